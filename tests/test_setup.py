"""setup.py agrees with the lists of versions, and its description reads well anywhere."""

import pathlib
import runpy

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from kfdiv import commands
from kfdiv.data import prepared

ROOT = pathlib.Path(__file__).parents[1]


@pytest.fixture(scope="module")
def setup():
    return runpy.run_path(str(ROOT / "setup.py"))


@pytest.fixture(scope="module")
def required(setup):
    """What an installation needs, by name."""
    found = map(Requirement, setup["INSTALL_REQUIRES"])
    return {canonicalize_name(requirement.name): requirement.specifier for requirement in found}


def pinned(name):
    """The versions that a file of requirements names."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(package): Version(version) for package, version in pins}


def test_the_oldest_versions_are_the_lower_bounds(required):
    lowest = {
        name: Version(bound.version)
        for name, bounds in required.items()
        for bound in bounds
        if bound.operator == ">="
    }
    oldest = pinned("requirements_oldest.txt")
    assert lowest.keys() == required.keys(), "one has no lower bound"
    assert {name: oldest.get(name) for name in lowest} == lowest


@pytest.mark.parametrize("name", ["requirements_oldest.txt", "requirements_lock.txt"])
def test_what_is_pinned_is_allowed(required, name):
    pins = pinned(name)
    assert [name for name, bounds in required.items() if pins[name] not in bounds] == []


def test_the_pin_that_an_error_names_is_that_of_setup_py(setup):
    assert prepared.METADATA_PIN in setup["INSTALL_REQUIRES"]


def test_an_installation_from_source_keeps_the_tensorflow_that_is_there(setup, tmp_path):
    narrowed, every = setup["for_this_tensorflow"], setup["INSTALL_REQUIRES"]
    assert narrowed(every, str(tmp_path)) == every
    metadata = tmp_path / "tensorflow-2.18.1.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: tensorflow\nVersion: 2.18.1\n")
    changed = set(narrowed(every, str(tmp_path))) - set(every)
    assert changed == {"tf_keras>=2.18,==2.18.*"}


def test_every_program_has_a_script(setup):
    for name in setup["PROGRAMS"]:
        assert (ROOT / "kfdiv" / f"{name}.py").is_file()
        assert callable(getattr(commands, name))


def test_the_description_needs_no_files_of_the_repository(setup):
    text = setup["without_local_links"]((ROOT / "README.md").read_text(encoding="utf-8"))
    assert "](" not in text
    assert "f(1) = 0, see RESULTS.md and the [docs](https://x.org/y)." in setup[
        "without_local_links"
    ](
        "![A\npicture](docs/demo.png)\n\n"
        "f(1) = 0, see [RESULTS.md](RESULTS.md) and the [docs](https://x.org/y)."
    )
    assert "```python\nimport kfdiv\n" in text
