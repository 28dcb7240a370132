"""Running time here: seconds of one core that bicubic enlargement and a network take for a picture."""

import hashlib
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from srcnn.atomic import write_bytes
from srcnn.engines.base import usable_cores
from srcnn.errors import DataError
from srcnn.evaluation.case import Case
from srcnn.evaluation.pictures import read_eight_bit
from srcnn.evaluation.protocols import AUTHORS
from srcnn.machine import processor
from srcnn.model import Model
from srcnn.reproduction.measurement import ImageSet, NetworkFile, read_weights

SCALE = 3
"""Of the paper's comparison of running times."""
_REPEATS = 3
Progress = Callable[[int, int, str], None]


def machine() -> str:
    """What measures, in words."""
    cores = usable_cores()
    return f"{cores} core{'s'[: cores > 1]} of {processor()}"


def time_all(
    networks: Sequence[NetworkFile], images: ImageSet, folder: Path, version: str, progress: Progress
) -> dict[str, float]:
    """Processor seconds a picture by digest of the network, ``""`` for bicubic alone.

    One thread, and the processor's time: what else the machine is doing meanwhile hardly shows. Times are
    kept in ``folder``, and taken from there on the same kind of processor.

    Args:
        networks: for `SCALE`.
        images: the pictures.
        folder: see `srcnn.reproduction.measuring.Store`.
        version: of this package.
        progress: called with what is done, what there is in all, and what is timed.

    Raises:
        DataError: a time cannot be kept.
    """
    times = {}
    everything: list[NetworkFile | None] = [None, *networks]
    for number, network in enumerate(everything, start=1):
        digest = network.digest if network else ""
        facts = [processor(), version, images.digest, digest]
        path = folder / f"time-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]}.json"
        seconds = _kept(path, facts)
        if seconds is None:
            seconds = _measured(network, images)
            _keep(path, facts, seconds)
        times[digest] = seconds
        progress(number, len(everything), f"time of {network.name if network else 'bicubic'}")
    return times


def _measured(network: NetworkFile | None, images: ImageSet) -> float:
    net = None if network is None else Model(read_weights(network.path), threads=1)
    return statistics.fmean(_of_picture(net, name, path) for name, path in images.pictures)


def _of_picture(net: Model | None, name: str, path: Path) -> float:
    case = Case(read_eight_bit(path), AUTHORS, SCALE, name)
    low = case.low("y")

    def enlarge() -> None:
        bicubic = case.resized(low, case.size)
        if net is not None:
            net(bicubic)

    return statistics.median(_seconds(enlarge) for _ in range(_REPEATS))


def _seconds(work: Callable[[], None]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _kept(path: Path, facts: list[str]) -> float | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return float(content["seconds"]) if content["of"] == facts else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _keep(path: Path, facts: list[str], seconds: float) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes((json.dumps({"of": facts, "seconds": seconds}) + "\n").encode(), path)
    except OSError as error:
        raise DataError(f"cannot keep a time in {path}: {error.strerror or error}") from error
