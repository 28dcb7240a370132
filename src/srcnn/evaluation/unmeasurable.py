"""Pictures that cannot be measured, all found before the first one is."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np

from srcnn.errors import DataError, FailureError, SrcnnError
from srcnn.evaluation.case import Case
from srcnn.evaluation.external_results import Outputs
from srcnn.evaluation.images import read_eight_bit
from srcnn.evaluation.protocols import Protocol

_SMALL = 256  # pixels inside the border; what is larger is large enough for every metric


def find_unmeasurable(
    paths: Mapping[str, Path],
    protocol: Protocol,
    scale: int | None,
    outputs: Callable[[str, Path], Iterable[Outputs]] = lambda name, path: (),
) -> dict[str, SrcnnError]:
    """Look at every picture: name to what is wrong with it, of those that are unreadable or too small.

    ``outputs`` gives the results of other programs for a picture, which are looked at too.
    """
    found = {}
    for name, path in paths.items():
        try:
            case = Case(read_eight_bit(path), protocol, scale, name)
            if min(case.size) - 2 * protocol.shave(scale) < _SMALL:
                case.score(case.reference.astype(np.float64))
                case.low(case.space)
            for output in outputs(name, path):
                output(case)
        except FailureError as error:
            found[name] = error
        except SrcnnError as error:
            found[name] = DataError(f"cannot measure {path}: {error}")
    return found


def without_unmeasurable(
    paths: Mapping[str, Path], found: Mapping[str, SrcnnError], *, skip: bool
) -> dict[str, Path]:
    """The pictures that are measured: all but those that `find_unmeasurable` found.

    Raises:
        SrcnnError: one cannot be measured and ``skip`` is not set, or none is left.
    """
    left = {name: path for name, path in paths.items() if name not in found}
    if found and (not skip or not left):
        if len(paths) == 1:
            raise next(iter(found.values()))
        reasons = "; ".join(map(str, found.values()))
        hint = "; leave them out with --skip-unreadable" if left else ""
        raise DataError(f"{len(found)} of {len(paths)} pictures cannot be measured: {reasons}{hint}")
    return left
