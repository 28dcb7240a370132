"""Where pictures lie while they are worked on: a folder for each, all of them gone with the service.

A run of the service has a folder and, beside it, a file that it keeps locked. A lock ends with its process,
however that ends: what lies under a lock that is free was left by a run that was killed, and is removed by
the next one.
"""

import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import IO

from srcnn.atomic import lock, make_folder
from srcnn.errors import FailureError, os_errors_as

_LOCK = ".lock"


def default_folder() -> Path:
    """A folder of this user among the system's temporary files."""
    user = os.getuid() if hasattr(os, "getuid") else "user"
    return Path(tempfile.gettempdir()) / f"srcnn-web-{user}"


class Spool:
    """The folder of one run of the service.

    Args:
        root: the folder of all runs, made if need be, readable by nobody else.

    Raises:
        FailureError: it cannot be made or written to, or belongs to somebody else.
    """

    def __init__(self, root: Path) -> None:
        make_folder(root, FailureError)
        with os_errors_as(FailureError, f"cannot use the folder {root}"):
            if hasattr(os, "getuid") and root.stat().st_uid != os.getuid():
                raise FailureError(f"expected a folder of this user, got {root}; choose another with --spool")
            root.chmod(0o700)
            self._root = root
            self.removed = sum(_removed(path) for path in sorted(root.glob(f"*{_LOCK}")))
            self._file, self.folder = self._locked()
            self.folder.mkdir()

    def new_folder(self) -> Path:
        """An empty folder, for one picture."""
        return Path(tempfile.mkdtemp(dir=self.folder))

    def close(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._file.close()
        self.folder.with_suffix(_LOCK).unlink(missing_ok=True)

    def _locked(self) -> tuple[IO[str], Path]:
        while True:
            path = self._root / f"{secrets.token_hex(8)}{_LOCK}"
            file = path.open("x", encoding="utf-8")
            # Another run that starts just now may have taken it for one left behind.
            if lock(file) and path.exists():
                return file, path.with_suffix("")
            file.close()


def _removed(path: Path) -> bool:
    """Remove what a run has left behind, unless it still runs."""
    with path.open("r+", encoding="utf-8") as file:
        if not lock(file):
            return False
        shutil.rmtree(path.with_suffix(""), ignore_errors=True)
        path.unlink(missing_ok=True)
        return True
