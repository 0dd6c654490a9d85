"""Presets of one's own data: what is read off them, what a run is tied to, what is refused."""

import dataclasses
import json

import numpy as np
import pytest
from PIL import Image

from kfdiv import models, presets

SMALL = {"batch_size": 4, "base_filters": 1, "latent_size": 2}


@pytest.fixture
def root(tmp_path):
    (tmp_path / "pics").mkdir()
    for k in range(12):
        Image.new("RGB", (20, 10 + k), (20 * k, 0, 0)).save(tmp_path / "pics" / f"{k}.png")
    return tmp_path / "pics"


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    lines = [f"{a:.3f},{b:.3f}" for a, b in rng.normal([40, 3e4], [9, 5e3], (60, 2))]
    (tmp_path / "t.csv").write_text("\n".join(["age,income", *lines]))
    return tmp_path / "t.csv"


def images(root, **settings):
    settings = {"size": 8, "test_share": 0.25, **SMALL, **settings}
    return presets.get("images", data=f"folder:{root}", **settings)


def tabular(path, **settings):
    settings = {"data": f"csv:{path}", "units": 4, "layers": 1, "batch_size": 10, **settings}
    return presets.get("tabular", **settings)


def recorded(preset):
    """The same preset, of what config.json has of it."""
    name = {presets.own.Images: "images", presets.own.Tabular: "tabular"}[type(preset)]
    return presets.get(name, **json.loads(json.dumps(dataclasses.asdict(preset))))


def test_what_is_read_off_a_folder_stands_in_the_settings(root, monkeypatch):
    monkeypatch.chdir(root.parent)
    preset = images("pics")
    assert preset.data == f"folder:{root}"
    assert (preset.channels, preset.network) == (3, "dcgan")
    train, test = (preset.dataset(split).stream for split in ("train", "test"))
    assert preset.num_examples == train.num_examples == 12 - test.num_examples
    assert train.value_range == (-1.0, 1.0)
    # A batch of four where there are as many, and of all where there are fewer.
    assert (train.batch_size, test.batch_size) == (4, min(4, test.num_examples))
    assert images(root, batch_size=7).dataset("test").stream.batch_size == test.num_examples < 7
    assert recorded(preset) == preset


def test_a_changed_folder_is_refused_and_not_needed_to_sample(root):
    preset = recorded(images(root))
    Image.new("RGB", (9, 9)).save(root / "new.png")
    with pytest.raises(ValueError, match=r"data of this run have changed: folder:.*pics had .*Put"):
        preset.dataset()
    for path in root.iterdir():
        path.unlink()
    assert recorded(preset).build("kl", 0).event_shape == (8, 8, 3)


def test_a_table_is_turned_back(table):
    preset = recorded(tabular(table))
    assert preset.columns == ["age", "income"]
    names, values = preset.table(np.zeros((1, 2), np.float32))
    assert names == ["age", "income"]
    np.testing.assert_allclose(values, [preset.mean])
    np.testing.assert_allclose(values, [[40, 3e4]], rtol=0.1)
    table.write_text(table.read_text() + "\n1,2")
    with pytest.raises(ValueError, match="have changed: csv:"):
        preset.dataset()
    # Units of data that are not standardised are the model's.
    names, values = presets.get("tabular").table(np.ones((1, 3)))
    assert (names, values.tolist()) == (["x0", "x1", "x2"], [[1.0, 1.0, 1.0]])


def test_columns_are_settings(table):
    preset = tabular(table, columns="income")
    assert (preset.columns, len(preset.mean)) == (["income"], 1)
    assert recorded(preset).dataset().element_spec.shape == (10, 1)


# The default ones are tried with the other presets, in test_contract.py.
@pytest.mark.parametrize(
    "objective",
    [
        pytest.param(name, marks=() if name == "vae" else pytest.mark.rehearsal)
        for name in presets.own.objectives.names()
    ],
)
def test_every_objective_has_its_model(objective):
    divergence = {"vae": "kl", "variational_f_divergence": "rkl"}.get(objective)
    small = {"objective": objective, **({} if divergence else {"critic_units": 4})}
    pictures = presets.get("images", size=8, **small, **SMALL)
    rows = presets.get("tabular", units=4, layers=1, **small)
    for preset in (pictures, rows):
        model = preset.model()
        assert isinstance(model, models.GenerativeModel)
        assert divergence is None or model.divergence.name == divergence
        assert model.sample(2).shape == (2, *model.event_shape)


def test_residual_networks_from_64_pixels_on():
    known = {"num_examples": 100, "channels": 3}
    sizes = {n: presets.get("images", size=n, **known).network for n in (32, 64, 72, 96)}
    assert sizes == {32: "dcgan", 64: "sagan", 72: "dcgan", 96: "sagan"}


def test_residual_networks_fit_together(monkeypatch):
    from kfdiv import networks

    seen = {}

    def encoder(shape, outputs, **options):
        seen.update(options)
        return networks.dcgan_encoder(shape, outputs, 1)

    # A ResNet takes ten seconds to build; what it is asked for can be looked at.
    monkeypatch.setattr(networks, "resnet_encoder", encoder)
    known = {"num_examples": 100, "channels": 1, "objective": "vae", **SMALL}
    preset = presets.get("images", size=16, network="sagan", **known)
    assert preset.build("kl", 0).event_shape == (16, 16, 1)
    assert seen == {"head_units": [8], "filters": [1, 2, 4, 8], "blocks": [2, 2, 2, 2]}


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        (
            "images",
            {"data": "folder"},
            r"data='folder'; expected one of folder:PATH, npz:PATH, dig",
        ),
        ("images", {"data": "digits:x"}, "expected one of folder:PATH"),
        ("images", {"data": "foldr:/x"}, "Did you mean 'folder'"),
        ("images", {"data": "/"}, "Did you mean folder:/?"),
        ("images", {"network": "resnet"}, "network must be one of auto, dcgan, sagan"),
        ("images", {"size": 40, "network": "sagan"}, "Take size=32 or size=48; or network='dcgan'"),
        ("images", {"size": 8, "network": "sagan"}, "Take size=16; or"),
        ("images", {"resize": "pad"}, "resize is of data=folder; data=digits has none"),
        ("images", {"channels": 3}, r"shape \(32, 32, 1\), but the settings say \(32, 32, 3\)"),
        ("images", {"objective": "gan"}, "objective must be one of vae, variational_f_diver"),
        ("images", {"width": 0.1}, "'age' has a critic and makes no use of the setting width"),
        ("images", {"objective": "vae", "clip": 0.5}, "has no critic and makes no use .* clip"),
        ("tabular", {"objective": "vae", "critic_units": 3}, "no use of the setting critic_units"),
        ("tabular", {"label": "a"}, "label is of data=csv; data=ring has none"),
        ("tabular", {"mean": [1.0]}, "mean and scale are read off the data"),
        ("tabular", {"data": "csv:/nowhere.csv"}, "There is no file /nowhere.csv"),
        ("images", {"data": "folder:/nowhere"}, "There is no folder /nowhere"),
    ],
)
def test_mistakes_have_their_messages(name, settings, message):
    with pytest.raises((OSError, ValueError), match=message):
        presets.get(name, **settings)


def test_pictures_are_no_table_and_a_table_no_pictures(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros((99, 8, 8), np.uint8), y=np.eye(99)[:, :5])
    path = f"npz:{tmp_path / 'a.npz'}"
    assert presets.get("images", data=path, key="x", size=8).channels == 1
    with pytest.raises(ValueError, match=r"shape \(8, 8, 1\), but the settings say \(32, 32, 1\)"):
        presets.get("images", data=path, key="x")
    with pytest.raises(ValueError, match="only columns of floats can be standardised"):
        presets.get("tabular", data=path, key="x")


def test_the_density_of_too_many_pictures_is_refused():
    settings = {"num_examples": 10_000_000, "channels": 3, "digest": "x"}
    with pytest.raises(ValueError, match="10000000 of 32 x 32 pixels are too many"):
        presets.get("images", objective="variational_f_divergence", **settings)


MINE = """
import dataclasses
import kfdiv

@dataclasses.dataclass(frozen=True, kw_only=True)
class Mine(kfdiv.presets.zhang.Gaussian):
    units: int = 3
"""


def test_a_preset_of_one_s_own_is_found_by_module_and_class(tmp_path, monkeypatch):
    (tmp_path / "mine_to_try.py").write_text(MINE)
    (tmp_path / "broken_to_try.py").write_text("import nowhere_to_be_found")
    monkeypatch.syspath_prepend(tmp_path)
    assert presets.get("mine_to_try:Mine", epochs=2).units == 3
    with pytest.raises(TypeError, match="'mine_to_try:Mine' has no setting 'unit'"):
        presets.get("mine_to_try:Mine", unit=2)
    with pytest.raises(ValueError, match=r"has no preset 'Min', .* It has: Mine\."):
        presets.get("mine_to_try:Min")
    with pytest.raises(ModuleNotFoundError, match=r"no module 'mein', .*PYTHONPATH"):
        presets.get("mein:Mine")
    with pytest.raises(ModuleNotFoundError, match="nowhere_to_be_found"):
        presets.get("broken_to_try:Mine")
    with pytest.raises(ValueError, match="expected a registered name, or module:Class"):
        presets.get(":Mine")
