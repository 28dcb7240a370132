"""SRCNN done right: upscale pictures with three convolutions, train them, and measure them.

::

    import srcnn
    big = srcnn.upscale(picture, scale=3)
    net = srcnn.load_model("9-5-5", scale=3)
    print(srcnn.evaluate(net, "Set5", scale=3))
"""

__version__ = "0.1.0"

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from srcnn import errors
    from srcnn.enlargement import upscale
    from srcnn.evaluation import evaluate
    from srcnn.jobs.changed_bytes import change_bytes
    from srcnn.model import load_model
    from srcnn.restoration import restore
    from srcnn.zoo import list_models

__all__ = [
    "__version__",
    "change_bytes",
    "errors",
    "evaluate",
    "list_models",
    "load_model",
    "restore",
    "upscale",
]

# Public names and the modules they live in: loaded when first asked for, so that importing is quick.
_HOMES = {
    "change_bytes": "srcnn.jobs.changed_bytes",
    "evaluate": "srcnn.evaluation",
    "list_models": "srcnn.zoo",
    "load_model": "srcnn.model",
    "restore": "srcnn.restoration",
    "upscale": "srcnn.enlargement",
}


def __getattr__(name: str) -> Any:
    if name == "errors":
        return import_module("srcnn.errors")
    if name not in _HOMES:
        raise AttributeError(f"module 'srcnn' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
