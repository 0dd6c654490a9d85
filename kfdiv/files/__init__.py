"""Files that survive kills and are known when they are damaged."""

from kfdiv.files.atomic import replacing, replacing_folder
from kfdiv.files.checksums import check_digests, digests
from kfdiv.files.damage import DamagedFileWarning, DamageError
from kfdiv.files.lock import InUseError, NoLockWarning, locked
from kfdiv.files.partials import sweep
from kfdiv.files.places import check_folder_writable, check_path, check_space, check_writable
from kfdiv.files.records import as_json, read_json, seal, unseal, write_json

__all__ = [
    "DamageError",
    "DamagedFileWarning",
    "InUseError",
    "NoLockWarning",
    "as_json",
    "check_digests",
    "check_folder_writable",
    "check_path",
    "check_space",
    "check_writable",
    "digests",
    "locked",
    "read_json",
    "replacing",
    "replacing_folder",
    "seal",
    "sweep",
    "unseal",
    "write_json",
]
