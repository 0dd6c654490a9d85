"""Whole-model studies: how far a fitted model is from the data, by independent means."""

from kfdiv.evaluation.annealed_importance_sampling import (
    AnnealedEstimate,
    AnnealedImportanceSampling,
)
from kfdiv.evaluation.bidirectional import Bidirectional, bidirectional
from kfdiv.evaluation.compared import Compared
from kfdiv.evaluation.digit_classifier import DigitClassifier, reconstruction_accuracy
from kfdiv.evaluation.estimate import Estimate
from kfdiv.evaluation.frechet import Moments, frechet_between, frechet_distance
from kfdiv.evaluation.inception import InceptionClassifier, InceptionFeatures
from kfdiv.evaluation.inception_score import inception_score
from kfdiv.evaluation.independent_critic import IndependentCritic, independent_critic
from kfdiv.evaluation.independent_objective import IndependentObjective, independent_objective
from kfdiv.evaluation.kernel_distance import kernel_distance
from kfdiv.evaluation.marginal import Posteriors, Surgery
from kfdiv.evaluation.marginal_kl import MarginalKL, marginal_kl
from kfdiv.evaluation.mode_coverage import (
    ModeCoverage,
    likeliest_mode,
    mode_coverage,
    mode_within,
)
from kfdiv.evaluation.precision_recall import PrecisionRecall, precision_recall
from kfdiv.evaluation.quadrature import best_gaussian, divergence_1d
from kfdiv.evaluation.quadrature_2d import best_gaussian_2d, divergence_2d
from kfdiv.evaluation.sample_diversity import sample_diversity
from kfdiv.evaluation.sandwich import Sandwich, SandwichMeasure, sandwich
from kfdiv.evaluation.sharpness import sharpness

__all__ = [
    "AnnealedEstimate",
    "AnnealedImportanceSampling",
    "Bidirectional",
    "Compared",
    "DigitClassifier",
    "Estimate",
    "InceptionClassifier",
    "InceptionFeatures",
    "IndependentCritic",
    "IndependentObjective",
    "MarginalKL",
    "ModeCoverage",
    "Moments",
    "Posteriors",
    "PrecisionRecall",
    "Sandwich",
    "SandwichMeasure",
    "Surgery",
    "best_gaussian",
    "best_gaussian_2d",
    "bidirectional",
    "divergence_1d",
    "divergence_2d",
    "frechet_between",
    "frechet_distance",
    "inception_score",
    "independent_critic",
    "independent_objective",
    "kernel_distance",
    "likeliest_mode",
    "marginal_kl",
    "mode_coverage",
    "mode_within",
    "precision_recall",
    "reconstruction_accuracy",
    "sample_diversity",
    "sandwich",
    "sharpness",
]
