"""What the paper's experiments on images share: models and optimizers, whatever the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import keras

from kfdiv import distributions, models, networks
from kfdiv.presets.printed import Printed
from kfdiv.presets.rosca.kinds import GENERATOR_ALONE, KINDS, LIKELIHOOD, OF_PAIRS, WEIGHTED

_FIRST_SCALE = 0.1

_NOT_SWEPT = "None is the first of the model's there; that of {} is ours, which the table has not"
OPTIMIZERS = (
    Printed("batch_size", 64),
    Printed("beta_1 and beta_2 of Adam", "0.5 and 0.9", here="0.5 and 0.9"),
)
PRINTED = (
    *OPTIMIZERS,
    Printed("observation", "bernoulli"),
    Printed("code_units", 1_000),
    Printed("adaptive_contrast", False),
    Printed("updates of the Wasserstein critic a step", "5", here="5"),
    Printed("weight of its gradient penalty", "10", here="10"),
    Printed("distance of VEEGAN's codes", "l1", here="l1"),
    Printed("distance of reconstructions by AAE++ and AAE-GAN", "l1", here="l1"),
    Printed("distance of reconstructions by AAE", None, "not given", here="l1"),
    Printed("learning_rate", "swept over table 5", _NOT_SWEPT.format("marginal_vae and avb")),
    Printed("critic_learning_rate", "swept over table 5", _NOT_SWEPT.format("avb")),
    Printed("code_critic_learning_rate", "swept over table 5", _NOT_SWEPT.format("marginal_vae")),
    Printed(
        "reconstruction_weight",
        "1, 5, 10 or 50, of encoder and generator each",
        "the first; both have one",
    ),
    Printed("marginal_weight", "0, 1, 2 or 10", "the least that adds the term"),
    Printed(
        "split_batch",
        None,
        "whether the Wasserstein critic's updates see new data is not said",
    ),
    Printed("head_units", "512 or 1,024", "the first"),
    Printed(
        "head of VEEGAN's critic",
        "convolutions of 3 x 3 and 2 x 2",
        "their input is a vector, on which they are dense",
        here="two dense layers",
    ),
    Printed(
        "batch normalisation",
        "in all experiments",
        "a gradient penalty is of one example's slope; the rest is ours",
        here="not in the Wasserstein critic, a critic's first layer, and layers of codes",
    ),
    Printed(
        "end of generators without a likelihood",
        None,
        "not given; pixels are in [0, 1]",
        here="a sigmoid",
    ),
)
# What CelebA and CIFAR-10 have beside it.
PRINTED_OF_PHOTOGRAPHS = (
    Printed(
        "networks", "those of the WGAN authors' program", here="those of the WGAN authors' program"
    ),
    Printed("latent_size", "100 or 200 in table 1", "the first"),
)


class Settings(Protocol):
    """The settings that these experiments have, beside `epochs` and their like.

    The paper's: the same networks for every model of a data set, batches of 64, Adam at fixed rates
    with .5 and .9. It sweeps the rates of Table 5; those left out are the first of each. What it
    does not say is ours: pixels in [0, 1]; a sigmoid at the end of generators that are no
    likelihood's; Gaussian encoders, apart from VEEGAN's reconstructor and AVB's
    `kfdiv.networks.implicit_encoder`; no batch normalisation in the Wasserstein critic, in the
    first layer of the others, and in the layers of codes; AAE's l1; rates of `marginal_vae`'s
    critic and all of `avb`; one weight of reconstructions for encoder and decoder, whose weights
    the paper sweeps apart. `dcgan` is `BiGAN` without an encoder, by the non-saturating loss. The
    five steps of the Wasserstein critic see one batch, unless `split_batch` gives each a part of
    one that should then be 384. `avb` has the critic of pairs of VEEGAN.

    Attributes:
        model_name: "vae", "marginal_vae", "dcgan", "wasserstein_gan", "aae", "aae_plus_plus",
            "aae_gan", "veegan" or "avb".
        observation: of those with a likelihood, the variational autoencoders and "avb":
            "bernoulli" or "quantized_normal" (section 4.2), whose scales, one a pixel, are learned,
            from 0.1; or "unit_normal", of scale 1, which appendix D takes for a Bernoulli's like.
        latent_size: how many latents.
        base_filters: of generator and encoder.
        critic_filters: of the critic of data.
        code_units: of the layers of the critic of codes, and of the one that noise enters.
        head_units: of the layers of the head of a critic of pairs.
        adaptive_contrast: of "avb": whether its critic compares the posterior with the Gaussian of
            its moments, not with the prior (appendix J has none).
        moment_draws: of "avb": from which those moments are estimated, 64 if it is None.
        split_batch: of "wasserstein_gan": a part of the batch for every update.
        learning_rate: of encoder and decoder; None is the first of Table 5.
        critic_learning_rate: of the critic of data or of pairs; None likewise.
        code_critic_learning_rate: of the critic of codes; None likewise.
        reconstruction_weight: of the distance in encoder and decoder of "aae_plus_plus" and
            "aae_gan": 1, 5, 10 or 50 in the paper.
        marginal_weight: lambda of "marginal_vae": 0, 1, 2 or 10 in the paper.
    """

    model_name: str
    observation: str
    latent_size: int
    base_filters: int
    critic_filters: int
    code_units: int
    head_units: int
    adaptive_contrast: bool
    moment_draws: int | None
    split_batch: bool
    learning_rate: float | None
    critic_learning_rate: float | None
    code_critic_learning_rate: float | None
    reconstruction_weight: float
    marginal_weight: float
    image_shape: tuple[int, int, int]


class Architecture(NamedTuple):
    """Functions that make the networks of a data set.

    Attributes:
        generator: of latent size, image shape, filters, and the activation at its end.
        encoder: of image shape, number of outputs, and filters.
        critic: of image shape, filters, whether to normalise, and what one of pairs has beside.
    """

    generator: Callable[..., keras.Model]
    encoder: Callable[..., keras.Model]
    critic: Callable[..., keras.Model]


WGAN = Architecture(networks.wgan_generator, networks.wgan_encoder, networks.wgan_critic)


def parts(settings: Settings, architecture: Architecture) -> dict[str, keras.layers.Layer]:
    """Return what the constructors of any of the models take, by argument name.

    Args:
        settings: a preset.
        architecture: of its networks.
    """
    name, image, size = settings.model_name, settings.image_shape, settings.latent_size
    likelihood = name in LIKELIHOOD
    generator = architecture.generator(
        size, image, settings.base_filters, None if likelihood else "sigmoid"
    )
    decoder = distributions.Deterministic(generator)
    if likelihood:
        decoder = _likelihood(settings.observation, generator)
    # Means and scales of a Gaussian, or as many features.
    outputs = size if name == "veegan" else 2 * size
    encoder = architecture.encoder(image, outputs, settings.base_filters)
    if name == "veegan":
        encoder = distributions.Deterministic(encoder)
    elif name == "avb":
        noisy = networks.implicit_encoder(encoder, size, units=settings.code_units)
        encoder = distributions.Implicit(noisy)
    critic = architecture.critic(
        image,
        settings.critic_filters,
        batch_norm=name != "wasserstein_gan",
        latent_size=size if name in OF_PAIRS else None,
        code_units=settings.code_units if name in OF_PAIRS else None,
        head_units=settings.head_units if name in OF_PAIRS else None,
    )
    return {
        "decoder": decoder,
        "encoder": encoder,
        "critic": critic,
        "data_critic": critic,
        "code_critic": networks.rosca_code_critic(size, settings.code_units),
    }


def _likelihood(observation: str, generator: keras.Model) -> distributions.ConditionalDistribution:
    if observation == "bernoulli":
        return distributions.Bernoulli(generator)
    if observation == "unit_normal":
        return distributions.Normal(generator, scale=1.0)
    decoder = distributions.QuantizedNormal(generator)
    # From 1, where it starts by itself, Adam's steps of 1e-3 take some thousands to get there.
    decoder.set_scale(_FIRST_SCALE)
    return decoder


def build(
    settings: Settings, found: dict[str, keras.layers.Layer], seed: int
) -> models.GenerativeModel:
    """Return the model, not compiled.

    Args:
        settings: a preset.
        found: what `parts` made.
        seed: of every draw.
    """
    cls = models.registry.get(KINDS[settings.model_name].objective)
    wanted = {name for role in cls.roles for name in role.networks} - {"prior"}
    if settings.model_name in GENERATOR_ALONE:
        wanted -= {"encoder"}
    return cls(**{name: found[name] for name in found if name in wanted}, seed=seed)


def compile_arguments(settings: Settings) -> dict[str, Any]:
    """Return what `compile` takes besides the divergence.

    Args:
        settings: a preset.
    """
    name = settings.model_name
    kind = KINDS[name]
    rates = {
        "critic": settings.critic_learning_rate or kind.critic_rate,
        "code_critic": settings.code_critic_learning_rate or kind.code_critic_rate,
    }
    rates["data_critic"] = rates["critic"]
    arguments: dict[str, Any] = {}
    for role in models.registry.get(kind.objective).roles:
        rate = rates.get(role.name, settings.learning_rate or kind.rate)
        if role.name != "encoder" or name not in GENERATOR_ALONE:
            arguments[role.keyword] = keras.optimizers.Adam(rate, beta_1=0.5, beta_2=0.9)
    if name in WEIGHTED:
        weights = dict.fromkeys(("encoder", "decoder"), settings.reconstruction_weight)
        arguments |= {f"{role}_weight": weight for role, weight in weights.items()}
    if name == "wasserstein_gan":
        arguments["split_batch"] = settings.split_batch
    if name == "marginal_vae":
        arguments["marginal_weight"] = settings.marginal_weight
    if name == "avb":
        arguments["adaptive_contrast"] = settings.adaptive_contrast
        arguments["moment_draws"] = settings.moment_draws
    return arguments
