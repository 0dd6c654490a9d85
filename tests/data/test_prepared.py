"""Where TensorFlow Datasets is not there, or half of it. The rest is in test_images.py."""

import logging
import sys

import pytest

from kfdiv import data

# What it does with an error: of protobuf's that is no ImportError.
HALF = """
from absl import logging
try:
    raise RuntimeError("Detected incompatible Protobuf versions:\\ngencode 6.31.1 runtime 5.29.6.")
except Exception as exception:
    logging.exception(exception)
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The file of another tensorflow_datasets, which is imported for the first time."""
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    monkeypatch.delitem(sys.modules, "tensorflow_datasets")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    folder = tmp_path / "tensorflow_datasets"
    folder.mkdir()
    return folder / "__init__.py"


def test_half_of_it_is_an_error_of_one_line_with_the_pin(package, caplog):
    package.write_text(HALF)
    with caplog.at_level(logging.ERROR), pytest.raises(ImportError) as first:
        data.load("mnist")
    assert caplog.records == []
    assert "pip install 'tensorflow-metadata>=1.17.2,<1.18'" in str(first.value)
    assert "gencode 6.31.1 runtime 5.29.6." in str(first.value)
    assert "\n" not in str(first.value)
    # It is not imported a second time.
    with pytest.raises(ImportError, match="pip install 'tensorflow-metadata"):
        data.load("mnist")


def test_none_of_it_says_what_to_install(package):
    package.write_text("import no_such_module")
    with pytest.raises(ImportError, match="pip install tensorflow-datasets importlib_resources"):
        data.load("mnist")
