"""DRAW's networks: a recurrent encoder that reads, and a recurrent decoder that writes."""

from kfdiv.networks.draw.build import networks
from kfdiv.networks.draw.conv_lstm_cell import ConvLSTMCell
from kfdiv.networks.draw.decoder import DrawDecoder
from kfdiv.networks.draw.encoder import DrawEncoder
from kfdiv.networks.draw.read import AttentiveRead, ConvRead, FullRead
from kfdiv.networks.draw.window import Window, window
from kfdiv.networks.draw.write import AttentiveWrite, ConvWrite, FullWrite

__all__ = [
    "AttentiveRead",
    "AttentiveWrite",
    "ConvLSTMCell",
    "ConvRead",
    "ConvWrite",
    "DrawDecoder",
    "DrawEncoder",
    "FullRead",
    "FullWrite",
    "Window",
    "networks",
    "window",
]
