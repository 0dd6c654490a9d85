"""Modes of the data that die while a model trains."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import warnings
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kfdiv import plotting
from kfdiv.arguments import check_count, check_flag
from kfdiv.callbacks import chief
from kfdiv.callbacks.collapse import Collapse, ModeStatistics
from kfdiv.data import examples, inputs, pixels

# Samples that a mode must be expected to get, so that few of them mean something: by chance a mode
# of a perfect generator gets less than one of ten with probability e^-10.
_LEAST_EXPECTED = 10
# Of more modes than these, only the dead are named in the picture.
_NAMED = 10


class ModeCollapseWarning(UserWarning):
    """The generator, or the density of the data, has lost modes."""


class CollapseMonitor(keras.callbacks.Callback):
    """Watches the likelihood of real data and the generator's samples, mode by mode.

    At the end of an epoch it takes the mean log-density of each mode's data, under f-GM's p_eta
    where the model has one, and each mode's share of generated samples. `Collapse` says
    when a mode is dead. Then it warns, naming the mode, and draws both curves of all modes; it
    draws them once more at the end. The logs get `dead_modes`, how many there are. A resumed run
    begins a new record.

    Source: Roquero Gimenez and Zou 2022, section IV.b.

    Args:
        path: image file.
        x: real examples of every mode, shape `(examples, *event_shape)`; some hundred a mode do. Or
            batches `(x, y)` or `(x, y, w)`, whatever `fit` takes, which bring their labels; they
            are read at once.
        labels: their modes, integers of shape `(examples,)`, beside an array.
        weights: probabilities of the modes in the order of the sorted labels; by default the
            shares of `labels`, weighted, which are right if `x` is a random part of the data.
        log_prob: function of examples that returns log-densities `(examples,)`. By default
            `model.density.log_prob`; without a density, `model.log_prob` where encoder and decoder
            have densities; else likelihoods are left out.
        assign: function of samples that returns their labels, -1 for none, such as
            `kfdiv.evaluation.likeliest_mode` or `DigitClassifier.modes`; by default the label of
            the nearest of `x`.
        num_samples: generated samples.
        observation_noise: as in `model.sample`: whether samples are draws or means of p(x|z).
        every: epochs between looks at the model; epochs of `patience` are such looks.
        **rule: `margin`, `least_share` and `patience` of `kfdiv.callbacks.Collapse`.

    Attributes:
        collapse: the record, a `kfdiv.callbacks.Collapse`; its modes count the sorted labels.
        modes: the sorted labels.

    Raises:
        ValueError: if examples and labels do not fit, or `num_samples` are too few to judge the
            rarest mode by.

    Example:
        >>> x, labels = np.array([[0.0], [0.1], [5.0]]), [0, 0, 1]
        >>> callback = CollapseMonitor("run/collapse.png", x, labels, num_samples=500)
        >>> # model.fit(dataset, epochs=20, callbacks=[callback])
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        x: Any,
        labels: Any = None,
        weights: Any = None,
        log_prob: Callable[[Any], Any] | None = None,
        assign: Callable[[np.ndarray], Any] | None = None,
        num_samples: int = 2_000,
        observation_noise: bool = True,
        every: int = 1,
        **rule: Any,
    ) -> None:
        super().__init__()
        self.path = pathlib.Path(path)
        found = _labelled(x, labels)
        self.x, self.labels, self.sample_weight = found.x, found.y, found.weight
        self._of_pixels = found.of_pixels
        self.modes, index = np.unique(self.labels, return_inverse=True)
        counts = np.bincount(index, self.sample_weight)
        weights = np.asarray(counts if weights is None else weights, np.float64)
        if weights.shape != self.modes.shape:
            raise ValueError(
                f"weights must be one for each of the {len(self.modes)} labels, but got shape "
                f"{weights.shape}."
            )
        needed = int(np.ceil(_LEAST_EXPECTED * weights.sum() / weights.min()))
        self.num_samples = check_count("num_samples", num_samples)
        if self.num_samples < needed:
            raise ValueError(
                f"num_samples={num_samples} are too few to judge the rarest mode by; take at least "
                f"{needed}."
            )
        self.observation_noise = check_flag("observation_noise", observation_noise)
        self.every = check_count("every", every, expected="a positive number of epochs")
        self.collapse = Collapse(weights, **rule)
        self._new_record = lambda: Collapse(weights, **rule)
        self._given_log_prob = self._log_prob = log_prob
        self._given_assign = self._assign = assign
        self._scaled = self.x

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begin a new record."""
        if self.model.condition is not None:
            raise ValueError(
                "CollapseMonitor looks for the modes of all data among samples of the model, but "
                f"this {type(self.model).__name__} is conditional on "
                f"{self.model.condition.describe()}. Leave it out."
            )
        self.collapse = self._new_record()
        self._log_prob = self._given_log_prob or _default_log_prob(self.model)
        if self._of_pixels:
            known = pixels.check_known(self.model.known_pixel_range())
            self._scaled = pixels.to_float_array(self.x, known)
        self._assign = self._given_assign or _nearest(self._scaled, self.labels)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Look at every mode, and warn of those that died."""
        if (epoch + 1) % self.every == 0:
            fresh = self.collapse.update(epoch + 1, self._likelihoods(), self._shares())
            if fresh:
                self._draw()
                warnings.warn(self._describe(fresh), ModeCollapseWarning, stacklevel=2)
        if logs is not None:
            logs["dead_modes"] = float(len(self.collapse.dead))

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Draw the whole record."""
        if self.collapse.history:
            self._draw()

    def _likelihoods(self) -> np.ndarray | None:
        if self._log_prob is None:
            return None
        values = np.asarray(self._log_prob(self._scaled), np.float64)
        chosen = [self.labels == mode for mode in self.modes]
        if self.sample_weight is None:
            return np.array([values[of_mode].mean() for of_mode in chosen])
        return np.array([np.average(values[m], weights=self.sample_weight[m]) for m in chosen])

    def _shares(self) -> np.ndarray:
        samples = self.model.sample(
            self.num_samples, seed=0, observation_noise=self.observation_noise
        )
        labels = np.asarray(self._assign(np.asarray(samples)))
        return np.array([(labels == mode).mean() for mode in self.modes])

    def _describe(self, fresh: list[int]) -> str:
        statistics: ModeStatistics = self.collapse.history[-1]
        lines = [f"Mode collapse by epoch {statistics.epoch}:"]
        for mode in fresh:
            reasons = []
            if statistics.undersampled[mode]:
                reasons.append(
                    f"{statistics.share[mode]:.2%} of the samples, "
                    f"{self.collapse.weights[mode]:.2%} of the data"
                )
            if statistics.likelihood_dropped[mode]:
                reasons.append(
                    f"mean log-density of its data fallen to {statistics.log_prob[mode]:.4g} nats"
                )
            lines.append(f"mode {self.modes[mode]} died ({'; '.join(reasons)}).")
        return f"{' '.join(lines)} See {self.path}."

    def _draw(self) -> None:
        """Draw the likelihoods, if there are any, above the shares."""
        if not chief.writes(self.model):
            return
        history = self.collapse.history
        epochs = [entry.epoch for entry in history]
        log_prob = np.stack([entry.log_prob for entry in history])
        ratio = np.stack([entry.share for entry in history]) / self.collapse.weights
        panels = {"share of samples / share of data": ratio}
        if np.isfinite(log_prob).any():
            panels = {"mean log-density of the data, nats": log_prob, **panels}
        with plotting.figure(self.path, columns=len(panels), title="life of the modes") as axes:
            for panel, (title, curves) in zip(np.ravel(axes), panels.items(), strict=True):
                for mode, curve in enumerate(curves.T):
                    dead = mode in self.collapse.dead
                    style = {"lw": 2.0, "ls": "--"} if dead else {"lw": 1.0}
                    if dead or len(self.modes) <= _NAMED:
                        style["label"] = f"{self.modes[mode]}{' (dead)' if dead else ''}"
                    panel.plot(epochs, curve, **style)
                panel.set(xlabel="epoch", title=title)
                panel.grid(alpha=0.3)
            # The last panel is that of the shares.
            panel.axhline(self.collapse.least_share, color="black", lw=0.8)
            if panel.get_legend_handles_labels()[0]:
                panel.legend(title="mode", fontsize="small")


def _labelled(x: Any, labels: Any) -> examples.Examples:
    """Return examples and their labels; pixels from 0 to 255, since the model knows their range."""
    if inputs.is_examples(x) and np.shape(labels) != (len(x),):
        raise ValueError(
            f"labels must be one for each of the {len(x)} examples, but got shape "
            f"{np.shape(labels)}."
        )
    found = examples.read(x, labels, value_range=(0.0, 255.0)).counted()
    if found.y is None or found.y.ndim != 1:
        raise ValueError("Received batches without labels; expected (x, y), y of shape (batch,).")
    return dataclasses.replace(found, x=found.x.astype(np.float32))


def _default_log_prob(model: Any) -> Callable[[Any], Any] | None:
    """Return log p_eta, else the generator's log p(x), else None."""
    if getattr(model, "density", None) is not None:
        return model.density.log_prob
    networks = (model.encoder, model.decoder)
    if all(network is not None and network.has_density for network in networks):
        # Its loop over draws is slow in eager mode.
        return tf.function(lambda x: model.log_prob(x), autograph=False)
    return None


def _nearest(x: np.ndarray, labels: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return what gives a sample the label of the nearest example."""
    # Imported here, because scikit-learn takes a second that few programs need to spend.
    from sklearn.neighbors import KNeighborsClassifier

    classifier = KNeighborsClassifier(n_neighbors=1).fit(x.reshape(len(x), -1), labels)
    return lambda samples: classifier.predict(samples.reshape(len(samples), -1))
