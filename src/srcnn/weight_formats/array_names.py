"""Names of arrays in nested dictionaries, and what they say: a layer's kernel or bias, another parameter."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from srcnn.errors import WeightsError

Path = tuple[str, ...]
"""Modules from the outermost to the innermost."""

MOST_DEPTH = 32
"""Dictionaries or modules inside each other."""

MOST_ITEMS = 100_000
"""Entries of all dictionaries. A pickle can hold one of them a thousand times."""

_SEPARATORS = re.compile(r"[./]+")
_KERNEL = re.compile(r"^(.*?)(weight|kernel|filter|(?<![a-z])w)s?[\W_]*(\d*)$", re.IGNORECASE)
_BIAS = re.compile(r"^(.*?)(bias|(?<![a-z])b)(?:es)?[\W_]*(\d*)$", re.IGNORECASE)
_KIND_FIRST = re.compile(r"^(weight|kernel|bias)(?:e?s)?_(\D*\d+)$", re.IGNORECASE)

_LEARNED = re.compile(
    r"^(weight|bias|kernel)_|running_|^original\d*$|^(alpha|beta|gamma|scale|slope)\d*$", re.IGNORECASE
)
"""Leaves of what a layer that is no convolution learns, or of a kernel kept in parts (weight_norm)."""

_IN_PARTS = re.compile(r"^(weight|kernel)_(g|v|orig)$|^original\d*$")
"""Leaves of kernels that are computed from what the file holds: weight_norm, spectral_norm, pruning."""

_AUXILIARY = re.compile(
    r"loss|criteri|metric|psnr|ssim|vgg|lpips|percept|discrimin|critic|teacher|optim|gauss|window|sobel|"
    r"laplac|blur",
    re.IGNORECASE,
)
"""Modules that serve the training and are no part of the network."""

_SHIFT = re.compile(r"mean|shift|norm", re.IGNORECASE)

_AVERAGED = re.compile(r"(^|[\W_])(ema|swa|avg|averaged?|shadow)(?=[\W_\d]|$)", re.IGNORECASE)


class Role(NamedTuple):
    """The part that an array plays in a layer.

    Attributes:
        kind: ``kernel`` or ``bias``.
        word: how the file calls that kind, in the singular and lower case, such as ``weight`` or ``w``.
        layer: what kernel and bias of one layer have in common.
    """

    kind: str
    word: str
    layer: str


def flatten(value: Any, leaf: type) -> dict[str, Any]:
    """Leaves of nested mappings and lists, under names such as ``checkpoint/state_dict/conv1.weight``.

    States of optimisers, which hold arrays of the layers' shapes, are left out.

    Raises:
        WeightsError: more than `MOST_DEPTH` levels or `MOST_ITEMS` entries.
    """
    found: dict[str, Any] = {}
    pending: list[tuple[Path, Any]] = [((), value)]
    visited = 0
    while pending:
        path, current = pending.pop()
        visited += 1
        if isinstance(current, leaf):
            found["/".join(path)] = current
        if isinstance(current, Mapping) and not {"state", "param_groups"} <= set(current):
            items = list(current.items())
        else:
            items = list(enumerate(current)) if isinstance(current, list | tuple) else []
        if len(path) > MOST_DEPTH or visited + len(pending) + len(items) > MOST_ITEMS:
            raise WeightsError(
                f"expected at most {MOST_ITEMS:,} entries in {MOST_DEPTH} levels of dictionaries, got more"
            )
        pending.extend(((*path, str(key)), inner) for key, inner in reversed(items))
    return found


def parts(name: str) -> Path:
    """A name's components, such as (model, conv1, weight); ``kernels.0`` is one component."""
    found = [part for part in _SEPARATORS.split(name, MOST_DEPTH) if part]
    if len(found) > 1 and found[-1].isdigit():
        found[-2:] = [".".join(found[-2:])]
    return tuple(found)


def role_of(name: str) -> Role | None:
    """The role that a name claims; None where it claims none."""
    *above, leaf = parts(name) or ("",)
    if match := _KIND_FIRST.match(leaf):
        word = match[1].lower()
        return Role("bias" if word == "bias" else "kernel", word, ".".join([*above, match[2]]))
    for kind, pattern in (("bias", _BIAS), ("kernel", _KERNEL)):
        if match := pattern.match(leaf):
            inside = (match[1] + match[3]).strip("._:")
            return Role(kind, match[2].lower(), ".".join([*above, inside] if inside else above))
    return None


def is_learned(name: str) -> bool:
    """Whether a name is that of a parameter, or of statistics, that change what a network computes."""
    leaf = (parts(name) or ("",))[-1]
    return bool(_LEARNED.search(leaf)) or leaf.lower() in ("weight", "bias")


def is_in_parts(name: str) -> bool:
    """Whether an array is a part of a kernel, which its program puts together when it runs."""
    *above, leaf = parts(name) or ("",)
    return bool(_IN_PARTS.match(leaf)) and ("parametrizations" in above or not leaf.startswith("original"))


def is_auxiliary(name: str) -> bool:
    """Whether an array belongs to a loss, a metric or another network that serves the training."""
    return any(_AUXILIARY.search(part) for part in parts(name)[:-1])


def is_shift(name: str) -> bool:
    """Whether an array belongs to a module that shifts or scales its input, such as ``sub_mean.weight``."""
    return any(_SHIFT.search(part) for part in parts(name)[:-1][-1:])


def is_averaged(path: Path) -> bool:
    """Whether the modules of a path hold the average of weights over a training."""
    return any(_AVERAGED.search(part) for part in path)


def natural(name: str) -> tuple[str | int, ...]:
    """A key that sorts conv2d before conv2d_1 before conv2d_10."""
    return tuple(int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name))
