"""The models of Rosca et al. 2018 on ColorMNIST."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, NamedTuple

import keras
import tensorflow as tf

from kfdiv import data, distributions, models, networks
from kfdiv.arguments import check_choice
from kfdiv.presets.criterion import Criterion, OwnObjective
from kfdiv.presets.preset import Preset
from kfdiv.presets.registry import registry

OBSERVATIONS = ("bernoulli", "quantized_normal")


class Kind(NamedTuple):
    """What the paper says of one of its models.

    Attributes:
        objective: the name of its class.
        rate: the first learning rate of Table 5, of encoder and decoder.
        critic_rate: of the critic of data, or of pairs.
        code_critic_rate: of the critic of codes.
    """

    objective: str
    rate: float
    critic_rate: float = 0.0
    code_critic_rate: float = 0.0


KINDS = {
    "vae": Kind("vae", 1e-3),
    "marginal_vae": Kind("marginal_vae", 1e-3, code_critic_rate=5e-4),
    "dcgan": Kind("bigan", 1e-4, 1e-4),
    "wasserstein_gan": Kind("wasserstein_gan", 1e-4, 1e-4),
    "aae": Kind("aae", 1e-3, code_critic_rate=5e-4),
    "aae_plus_plus": Kind("aae_plus_plus", 1e-4, 5e-4, 5e-4),
    "aae_gan": Kind("aae_gan", 1e-4, 5e-4, 5e-4),
    "veegan": Kind("veegan", 1e-3, 5e-5),
}
# Settings that some models alone make use of.
_OF = {
    "observation": ("vae", "marginal_vae"),
    "head_units": ("veegan",),
    "split_batch": ("wasserstein_gan",),
    "reconstruction_weight": ("aae_plus_plus", "aae_gan"),
    "marginal_weight": ("marginal_vae",),
    "critic_learning_rate": tuple(name for name, kind in KINDS.items() if kind.critic_rate),
    "code_critic_learning_rate": tuple(
        name for name, kind in KINDS.items() if kind.code_critic_rate
    ),
}


@registry.register("rosca/color_mnist")
@dataclasses.dataclass(frozen=True, kw_only=True)
class ColorMNIST(Preset):
    """ColorMNIST, that is stacked MNIST, by each of the paper's models, on the same networks.

    The paper's: the networks of Tables 6 to 8, latents of 10, 50 or 75, batches of 64, Adam at
    fixed rates with .5 and .9, 100,000 iterations. It sweeps the rates of Table 5; those left out
    here are the first of each. What it does not say is ours: pixels in [0, 1]; a sigmoid at the end
    of generators that are no likelihood's; Gaussian encoders, VEEGAN's reconstructor apart; no
    batch normalisation in the Wasserstein critic, in the first layer of the others, and in the
    layers of codes; AAE's l1; rates of `marginal_vae`'s critic; one weight of reconstructions for
    encoder and decoder, whose weights the paper sweeps apart. `dcgan` is `BiGAN` without an
    encoder, by the non-saturating loss, and has no dropout unless it is asked for. The five steps
    of the Wasserstein critic see one batch, unless `split_batch` gives each a part of one that
    should then be 384.

    Args:
        model_name: "vae", "marginal_vae", "dcgan", "wasserstein_gan", "aae", "aae_plus_plus",
            "aae_gan" or "veegan".
        source: of the digits: "mnist", "fashion_mnist", or "digits", which needs no files.
        observation: of the variational autoencoders, "bernoulli" or "quantized_normal" (section
            4.2).
        latent_size: how many latents.
        base_filters: of generator and encoder.
        critic_filters: of the critic of data.
        code_units: of the layers of the critic of codes.
        head_units: of the layers of VEEGAN's head.
        dropout: of the critic of data.
        split_batch: of "wasserstein_gan": a part of the batch for every update.
        learning_rate: of encoder and decoder; None is the first of Table 5.
        critic_learning_rate: of the critic of data or of pairs; None likewise.
        code_critic_learning_rate: of the critic of codes; None likewise.
        reconstruction_weight: of the distance in encoder and decoder of "aae_plus_plus" and
            "aae_gan": 1, 5, 10 or 50 in the paper.
        marginal_weight: lambda of "marginal_vae": 0, 1, 2 or 10 in the paper.

    Raises:
        ValueError: if the model, the source or the observation is another, or a setting is not for
            the model.

    Source: Rosca et al. 2018, sections 4.2 and 6.4, appendices B and K.

    Example:
        >>> import kfdiv
        >>> small = {"base_filters": 2, "critic_filters": 1, "code_units": 8}
        >>> preset = kfdiv.presets.get("rosca/color_mnist", model_name="aae_gan", **small)
        >>> preset.epochs * preset.steps_per_epoch, preset.divergence
        (100000, 'aae_gan')
        >>> preset.model().event_shape
        (28, 28, 3)
    """

    epochs: int = 50
    batch_size: int = 64
    steps_per_execution: int = 20
    num_examples: int = 128_000
    model_name: str = "vae"
    source: str = "mnist"
    observation: str = "bernoulli"
    latent_size: int = 50
    base_filters: int = 32
    critic_filters: int = 8
    code_units: int = 1_000
    head_units: int = 512
    dropout: float = 0.0
    split_batch: bool = False
    learning_rate: float | None = None
    critic_learning_rate: float | None = None
    code_critic_learning_rate: float | None = None
    reconstruction_weight: float = 1.0
    marginal_weight: float = 1.0

    default_divergence: ClassVar[str] = "kl"
    description: ClassVar[str] = "ColorMNIST by VAEs, GANs and their hybrids, on the same networks"
    image_shape: ClassVar[tuple[int, int, int]] = (28, 28, 3)

    def __post_init__(self) -> None:
        check_choice("model_name", self.model_name, KINDS)
        check_choice("observation", self.observation, OBSERVATIONS)
        super().__post_init__()
        for field in dataclasses.fields(self):
            known = _OF.get(field.name, (self.model_name,))
            if self.model_name not in known and getattr(self, field.name) != field.default:
                raise ValueError(
                    f"{field.name} is of model_name {' or '.join(known)} alone: "
                    f"{self.model_name!r} makes no use of it. Leave it out."
                )

    @property
    def kind(self) -> Kind:
        """What the paper says of the model."""
        return KINDS[self.model_name]

    @property
    def criterion(self) -> Criterion:
        """See `Preset.criterion`: each model has an objective of its own."""
        if self.model_name == "vae":
            return Criterion("kl")
        return OwnObjective(self.model_name)

    def dataset(
        self, split: str = "train", seed: int = 0, data_dir: str | None = None
    ) -> tf.data.Dataset:
        """Stack digits of the source, pixels in [0, 1]; the same ones for every seed."""
        return data.load(
            "stacked_mnist",
            split,
            batch_size=self.batch_size,
            seed=seed,
            data_dir=data_dir,
            source=self.source,
            num_examples=self.num_examples,
        )

    def networks(self) -> dict[str, keras.layers.Layer]:
        """Return what the constructors of any of the models take, by argument name."""
        image, size = self.image_shape, self.latent_size
        likelihood = self.model_name in ("vae", "marginal_vae")
        generator = networks.rosca_generator(
            size, image, self.base_filters, None if likelihood else "sigmoid"
        )
        decoder = distributions.Deterministic(generator)
        if likelihood and self.observation == "bernoulli":
            decoder = distributions.Bernoulli(generator)
        elif likelihood:
            decoder = distributions.QuantizedNormal(generator)
        point = self.model_name == "veegan"
        encoder = networks.rosca_encoder(image, size if point else 2 * size, self.base_filters)
        critic = networks.rosca_critic(
            image,
            self.critic_filters,
            batch_norm=self.model_name != "wasserstein_gan",
            dropout=self.dropout,
            latent_size=size if point else None,
            code_units=self.code_units if point else None,
            head_units=self.head_units if point else None,
        )
        return {
            "decoder": decoder,
            "encoder": distributions.Deterministic(encoder) if point else encoder,
            "critic": critic,
            "data_critic": critic,
            "code_critic": networks.rosca_code_critic(size, self.code_units),
        }

    def build(self, divergence: str, seed: int) -> models.GenerativeModel:
        """See `Preset.build`."""
        cls = models.registry.get(self.kind.objective)
        parts = self.networks()
        wanted = {name for role in cls.roles for name in role.networks} - {"prior"}
        if self.model_name in ("dcgan", "wasserstein_gan"):
            wanted -= {"encoder"}
        return cls(**{name: parts[name] for name in parts if name in wanted}, seed=seed)

    def compile_arguments(self, divergence: str) -> dict[str, Any]:
        """See `Preset.compile_arguments`."""
        rates = {
            "critic": self.critic_learning_rate or self.kind.critic_rate,
            "code_critic": self.code_critic_learning_rate or self.kind.code_critic_rate,
        }
        rates["data_critic"] = rates["critic"]
        arguments: dict[str, Any] = {}
        for role in models.registry.get(self.kind.objective).roles:
            rate = rates.get(role.name, self.learning_rate or self.kind.rate)
            if role.name != "encoder" or self.model_name not in ("dcgan", "wasserstein_gan"):
                adam = keras.optimizers.Adam(rate, beta_1=0.5, beta_2=0.9)
                arguments[role.keyword] = adam
        if self.model_name in ("aae_plus_plus", "aae_gan"):
            weights = dict.fromkeys(("encoder", "decoder"), self.reconstruction_weight)
            arguments |= {f"{role}_weight": weight for role, weight in weights.items()}
        if self.model_name == "wasserstein_gan":
            arguments["split_batch"] = self.split_batch
        if self.model_name == "marginal_vae":
            arguments["marginal_weight"] = self.marginal_weight
        return arguments
