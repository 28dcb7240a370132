"""Where a run came from: command, commit, machine and versions."""

import platform
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from srcnn.system import processor, usable_cores


def machine() -> dict[str, Any]:
    """Processor, cores, GPU and versions: what a time in a record depends on."""
    import torch

    return {
        "processor": processor(),
        "cores": usable_cores(),
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": version("numpy"),
        "srcnn": version("srcnn"),
    }


def source_commit() -> str:
    """Commit of the source tree this runs from, ``-dirty`` when it was changed; else the version."""
    folder = Path(__file__).parent
    try:
        # Installed inside somebody else's repository the commit would be theirs.
        _git(folder, "ls-files", "--error-unmatch", Path(__file__).name)
        commit = _git(folder, "rev-parse", "HEAD")
        dirty = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    except (OSError, subprocess.CalledProcessError):
        return f"version {version('srcnn')}"
    return commit + ("-dirty" if dirty else "")


def command_line() -> str:
    """The command as typed; another program's name alone, whose arguments may be private."""
    program = Path(sys.argv[0])
    ours = program.stem == "srcnn" or program.parts[-2:] == ("srcnn", "__main__.py")
    return shlex.join(["srcnn", *sys.argv[1:]]) if ours else program.name


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()
