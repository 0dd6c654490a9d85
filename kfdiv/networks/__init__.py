"""Networks: functions that return a built Keras model, ready for a distribution to wrap."""

from kfdiv.networks.conv import conv_decoder, conv_encoder
from kfdiv.networks.joint_critic import joint_critic
from kfdiv.networks.mlp import mlp
from kfdiv.networks.zhang_conv import zhang_decoder, zhang_encoder

__all__ = ["conv_decoder", "conv_encoder", "joint_critic", "mlp", "zhang_decoder", "zhang_encoder"]
