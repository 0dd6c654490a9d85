import pytest

from kfdiv import files
from tests.damages import DAMAGES

WORDS = {"lose": "is lost", "empty": "is empty", "truncate": "bytes long", "flip": "checksum"}


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_is_named(tmp_path, damage):
    path = tmp_path / "inner" / "a.bin"
    path.parent.mkdir()
    path.write_bytes(bytes(range(200)))
    expected = files.digests(tmp_path, ["inner/a.bin"])
    files.check_digests(tmp_path, expected)
    DAMAGES[damage](path)
    with pytest.raises(files.DamageError, match=rf"^inner/a\.bin .*{WORDS[damage]}"):
        files.check_digests(tmp_path, expected)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_sealed_record_knows(tmp_path, damage):
    path = tmp_path / "a.json"
    files.write_json(path, files.seal({"seed": 0, "settings": {"units": 8, "name": "a"}}))
    DAMAGES[damage](path)
    with pytest.raises(files.DamageError, match=r"^a\.json "):
        files.unseal(files.read_json(path), "a.json")


def test_json_of_another_kind(tmp_path):
    (tmp_path / "a.json").write_text("[1]")
    with pytest.raises(files.DamageError, match="no named values"):
        files.read_json(tmp_path / "a.json")
