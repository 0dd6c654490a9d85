"""Package metadata. The tools' settings (ruff, pytest) are in pyproject.toml."""

import importlib.metadata
import pathlib
import re
import sysconfig

from setuptools import find_packages, setup

ROOT = pathlib.Path(__file__).parent


def read(name: str) -> str:
    """Return the text of a file beside this one, or nothing where it does not exist."""
    path = ROOT / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


VERSION = re.search(r'^__version__ = "(.+)"$', read("kfdiv/__init__.py"), re.MULTILINE).group(1)

# Lower bounds are the oldest versions that the package was run with: requirements_oldest.txt, which
# `make test-oldest` installs, names the same ones.
INSTALL_REQUIRES = [
    "absl-py>=2.1",
    "importlib_resources>=6.4",  # Imported by tensorflow-datasets, not declared by it.
    "keras>=3.11",
    "keras-cv>=0.9",
    "matplotlib>=3.9",
    "numpy>=1.26",
    "pillow>=10.0",
    "scikit-learn>=1.5",
    "scipy>=1.14",
    "setuptools>=65.5",  # tensorflow-probability imports distutils, gone from Python 3.12.
    "tensorflow>=2.18",
    "tensorflow-datasets>=4.9.7",
    # Later ones are made for a newer protobuf than TensorFlow 2.18 to 2.20 admit, without saying
    # so: tensorflow-datasets then imports half. This one works with every protobuf from 4.25.
    "tensorflow-metadata>=1.17.2,<1.18",
    "tensorflow-probability>=0.25",
    "tf_keras>=2.18",  # tensorflow-probability does not import without it.
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
    "export": ["onnx>=1.23", "onnxruntime>=1.32", "tf2onnx>=1.17"],
    "index": INDEX,
    "package": ["build>=1.6", "twine>=7.0"],
    "test": [
        *INDEX,
        "mpmath>=1.4",
        "pytest>=9.2",
        "pytest-xdist>=3.8",
        "ruff>=0.17.5,<0.18",  # A formatter's next minor version may format differently.
    ],
}


def for_this_tensorflow(requirements: list[str], path: str) -> list[str]:
    """Return the requirements of an installation from source where TensorFlow is installed already.

    Every tf_keras wants the TensorFlow of its own version, and pip takes the newest one and then
    replaces TensorFlow, rather than to look for an older one. So the version is told it. A wheel
    that `python -m build` makes is not concerned: it builds where nothing is installed.

    Args:
        requirements: as of any installation.
        path: folder of the installed packages.
    """
    installed = {
        d.metadata["Name"]: d.version for d in importlib.metadata.distributions(path=[path])
    }
    if "tensorflow" not in installed:
        return requirements
    minor = ".".join(installed["tensorflow"].split(".")[:2])
    return [f"{r},=={minor}.*" if r.startswith("tf_keras") else r for r in requirements]


PROGRAMS = ["train", "sample", "evaluate", "report"]


def without_local_links(markdown: str) -> str:
    """Return a text as it reads outside of the repository: no pictures, and of links the words.

    The project names no address at which its files could be found.
    """
    pictures = re.sub(r"^!\[[^]]*\]\((?!https?:)[^)]*\)\n+", "", markdown, flags=re.MULTILINE)
    return re.sub(r"\[([^]]*)\]\((?!https?:|#)[^)]*\)", r"\1", pictures)


if __name__ == "__main__":
    setup(
        name="kfdiv",
        version=VERSION,
        description="Fit latent-variable models to data by any f-divergence, with Keras 3.",
        long_description=without_local_links(read("README.md")),
        long_description_content_type="text/markdown",
        license="Apache-2.0",
        license_files=["LICENSE"],
        packages=find_packages(include=["kfdiv", "kfdiv.*"]),
        package_data={"kfdiv": ["py.typed"]},
        entry_points={
            "console_scripts": [f"kfdiv-{name} = kfdiv.commands:{name}" for name in PROGRAMS]
        },
        python_requires=">=3.11",
        install_requires=for_this_tensorflow(INSTALL_REQUIRES, sysconfig.get_path("purelib")),
        extras_require=EXTRAS_REQUIRE,
        classifiers=[
            "Development Status :: 4 - Beta",
            "Environment :: Console",
            "Intended Audience :: Science/Research",
            "Operating System :: POSIX :: Linux",
            "Programming Language :: Python :: 3",
            "Programming Language :: Python :: 3.11",
            "Programming Language :: Python :: 3.12",
            "Programming Language :: Python :: 3.13",
            "Topic :: Scientific/Engineering :: Artificial Intelligence",
            "Typing :: Typed",
        ],
    )
