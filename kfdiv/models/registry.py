"""Every objective by name."""

from kfdiv.registry import Registry

registry = Registry("objective")
