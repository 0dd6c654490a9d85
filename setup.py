"""Package metadata. The tools' settings (ruff, pytest) are in pyproject.toml."""

import pathlib
import re

from setuptools import find_packages, setup

ROOT = pathlib.Path(__file__).parent


def read(name: str) -> str:
    """Return the text of a file beside this one, or nothing where it does not exist."""
    path = ROOT / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


VERSION = re.search(r'^__version__ = "(.+)"$', read("kfdiv/__init__.py"), re.MULTILINE).group(1)

# Lower bounds are the versions that the tests ran with.
INSTALL_REQUIRES = [
    "absl-py>=2.5",
    "importlib_resources>=7.1",  # Imported by tensorflow-datasets, not declared by it.
    "keras>=3.15",
    "keras-cv>=0.9",
    "matplotlib>=3.11",
    "numpy>=2.4",
    "pillow>=13.0",
    "scikit-learn>=1.9",
    "scipy>=1.17",
    "setuptools>=65",  # tensorflow-probability imports distutils, gone from Python 3.12.
    "tensorflow>=2.21",
    "tensorflow-datasets>=4.9.10",
    "tensorflow-probability>=0.25",
    "tf_keras>=2.21",  # tensorflow-probability does not import without it.
]

INDEX = ["faiss-cpu>=1.15"]

EXTRAS_REQUIRE = {
    "benchmarks": ["torch>=2.5"],
    "docs": [  # For `make docs`.
        "mkdocs>=1.6,<2",
        "mkdocs-jupyter>=0.26",
        "mkdocs-material>=9.8,<10",
        "mkdocstrings-python>=2.0",
    ],
    "index": INDEX,
    "test": [
        *INDEX,
        "mpmath>=1.4",
        "pytest>=9.2",
        "pytest-xdist>=3.8",
        "ruff>=0.17.5,<0.18",  # A formatter's next minor version may format differently.
    ],
}

if __name__ == "__main__":
    setup(
        name="kfdiv",
        version=VERSION,
        description="Fit latent-variable models to data by any f-divergence, with Keras 3.",
        long_description=read("README.md"),
        long_description_content_type="text/markdown",
        license="Apache-2.0",
        license_files=["LICENSE"],
        packages=find_packages(include=["kfdiv", "kfdiv.*"]),
        package_data={"kfdiv": ["py.typed"]},
        python_requires=">=3.11",
        install_requires=INSTALL_REQUIRES,
        extras_require=EXTRAS_REQUIRE,
        classifiers=[
            "Intended Audience :: Science/Research",
            "Programming Language :: Python :: 3",
            "Programming Language :: Python :: 3.11",
            "Topic :: Scientific/Engineering :: Artificial Intelligence",
            "Typing :: Typed",
        ],
    )
