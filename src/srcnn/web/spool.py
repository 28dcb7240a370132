"""Where pictures lie while they are worked on: a folder for each, all of them gone with the service.

A run of the service has a folder and, beside it, a file that it keeps locked. A lock ends with its process,
however that ends: what lies under a lock that is free was left by a run that was killed, and is removed by
the next one.
"""

import os
import re
import secrets
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from srcnn.atomic import lock, make_folder
from srcnn.errors import FailureError, os_errors_as

_LOCK = ".lock"
_NAME = re.compile("[0-9a-f]{16}")


class Spool:
    """The folder of one run of the service.

    Args:
        parent: where the folder of all runs of this user lies, which nobody else may read; by default that of
            the system's temporary files.

    Attributes:
        folder: of this run.

    Raises:
        FailureError: it cannot be made or written to, or belongs to somebody else.
    """

    def __init__(self, parent: Path | None = None) -> None:
        user = os.getuid() if hasattr(os, "getuid") else "user"
        self._root = (parent or Path(tempfile.gettempdir())) / f"srcnn-web-{user}"
        self._begin()

    def new_folder(self) -> Path:
        """An empty folder, for one picture."""
        if not self.folder.is_dir():  # a system removes temporary files that have not been used for days
            self.close()
            self._begin()
        return Path(tempfile.mkdtemp(dir=self.folder))

    def close(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._file.close()
        self.folder.with_suffix(_LOCK).unlink(missing_ok=True)

    def _begin(self) -> None:
        root = make_folder(self._root, FailureError)
        with os_errors_as(FailureError, f"cannot use the folder {root}"):
            if hasattr(os, "getuid") and root.stat().st_uid != os.getuid():
                raise FailureError(f"expected a folder of this user, got {root}; choose another with --spool")
            root.chmod(0o700)
            _remove_leftovers(root)
            self._file, self.folder = self._locked()
            self.folder.mkdir()

    def _locked(self) -> tuple[IO[str], Path]:
        while True:
            path = self._root / f"{secrets.token_hex(8)}{_LOCK}"
            file = path.open("x", encoding="utf-8")
            # Another run that starts just now may have taken it for one left behind.
            if lock(file) and path.exists():
                return file, path.with_suffix("")
            file.close()


def _remove_leftovers(root: Path) -> None:
    """Remove what runs have left behind that no longer run."""
    for path in root.glob(f"*{_LOCK}"):
        with suppress(FileNotFoundError), path.open("r+", encoding="utf-8") as file:
            if lock(file):
                shutil.rmtree(path.with_suffix(""), ignore_errors=True)
                path.unlink(missing_ok=True)
    for path in root.iterdir():  # a run makes its lock first
        if _NAME.fullmatch(path.name) and not path.with_suffix(_LOCK).exists():
            shutil.rmtree(path, ignore_errors=True)
