"""Several processes of one training, as ``torchrun`` starts them and tells each who it is."""

import os


def local_processes() -> int:
    """How many processes of this training run on this machine; 1 without ``torchrun``."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def leads() -> bool:
    """Whether this is the process that writes and speaks."""
    return os.environ.get("RANK", "0") == "0"
