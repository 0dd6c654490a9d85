"""Networks: functions that return a built Keras model, ready for a distribution to wrap.

The layers that they are made of and Keras lacks are here too, for networks of one's own.
"""

from kfdiv.networks import draw
from kfdiv.networks.abstract_condition import Condition
from kfdiv.networks.condition import Labels, Vectors, condition
from kfdiv.networks.conv import conv_decoder, conv_encoder
from kfdiv.networks.dcgan import dcgan_critic, dcgan_encoder, dcgan_generator
from kfdiv.networks.implicit_encoder import implicit_encoder
from kfdiv.networks.joint_critic import joint_critic
from kfdiv.networks.mlp import mlp
from kfdiv.networks.noise_injection import NoiseInjection
from kfdiv.networks.resnet import resnet_encoder
from kfdiv.networks.rosca import (
    rosca_code_critic,
    rosca_critic,
    rosca_encoder,
    rosca_generator,
)
from kfdiv.networks.sagan import sagan_critic, sagan_features, sagan_generator
from kfdiv.networks.self_attention import SelfAttention
from kfdiv.networks.spectral_normalization import SpectralNormalization
from kfdiv.networks.wgan import wgan_critic, wgan_encoder, wgan_generator
from kfdiv.networks.zhang_conv import zhang_decoder, zhang_encoder

__all__ = [
    "Condition",
    "Labels",
    "NoiseInjection",
    "SelfAttention",
    "SpectralNormalization",
    "Vectors",
    "condition",
    "conv_decoder",
    "conv_encoder",
    "dcgan_critic",
    "dcgan_encoder",
    "dcgan_generator",
    "draw",
    "implicit_encoder",
    "joint_critic",
    "mlp",
    "resnet_encoder",
    "rosca_code_critic",
    "rosca_critic",
    "rosca_encoder",
    "rosca_generator",
    "sagan_critic",
    "sagan_features",
    "sagan_generator",
    "wgan_critic",
    "wgan_encoder",
    "wgan_generator",
    "zhang_decoder",
    "zhang_encoder",
]
