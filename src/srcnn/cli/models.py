"""``srcnn models``: the weights in the package."""


def models_command() -> None:
    """List the shipped weights."""
