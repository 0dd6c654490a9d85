"""Pictures: grids of images, points, latents and curves, each file written whole."""

from kfdiv.plotting.curves import save_curves
from kfdiv.plotting.figure import figure
from kfdiv.plotting.grid import image_grid, save_grid, save_images
from kfdiv.plotting.points import Plane, save_latents, save_points
from kfdiv.plotting.thumbnail import reduced, save_thumbnail

__all__ = [
    "Plane",
    "figure",
    "image_grid",
    "reduced",
    "save_curves",
    "save_grid",
    "save_images",
    "save_latents",
    "save_points",
    "save_thumbnail",
]
