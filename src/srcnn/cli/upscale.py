"""``srcnn upscale``: pictures in, larger pictures out."""


def upscale_command() -> None:
    """Upscale pictures."""
