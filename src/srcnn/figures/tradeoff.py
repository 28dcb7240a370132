"""PSNR against what it costs: multiply-accumulates a pixel, or time."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from srcnn.arch import parse_architecture
from srcnn.errors import DataError, UsageError, read_failure
from srcnn.evaluation import published_rows
from srcnn.figures.plot import in_thousands, new_figure, tidy
from srcnn.training.run_folder import RunFolder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Against = Literal["macs", "time"]
_AXES = {"macs": "multiply-accumulates per output pixel", "time": "time per picture"}


@dataclass(frozen=True)
class Point:
    """One method.

    Attributes:
        psnr: in dB, the mean over a set.
        macs: multiply-accumulates for one output pixel; None where not known.
        seconds: for one picture; None where not measured.
        published: somebody else's figure, not measured here.
    """

    name: str
    psnr: float
    macs: int | None = None
    seconds: float | None = None
    published: bool = False

    def cost(self, against: Against) -> float | None:
        """What it is drawn at; None where it cannot be drawn."""
        return self.macs if against == "macs" else self.seconds


@dataclass(frozen=True)
class Tradeoff:
    """Methods measured alike: on one set, at one scale, under one protocol."""

    set: str
    scale: int
    protocol: str
    points: tuple[Point, ...]


def read_tradeoff(paths: Sequence[Path], set_name: str) -> Tradeoff:
    """Methods from records, with what they reach on a set.

    Records are folders with a recipe and an evaluation, as in ``records/``, or files as
    ``benchmarks/running_time.py`` writes them.

    Raises:
        DataError: a record that is missing, broken, or measured otherwise than the first.
    """
    found = [_record(path, set_name) if path.is_dir() else _timings(path) for path in paths]
    if not found:
        raise UsageError("expected records to draw, got none")
    first = found[0]
    for path, one in zip(paths, found, strict=True):
        if (one.set, one.scale, one.protocol) != (first.set, first.scale, first.protocol):
            raise DataError(f"expected records of {_alike(first)}, as the first, got {_alike(one)} in {path}")
    points = {point.name: point for one in found for point in one.points}
    return Tradeoff(first.set, first.scale, first.protocol, tuple(points.values()))


def published_points(tradeoff: Tradeoff) -> tuple[Point, ...]:
    """The paper's networks, whose multiply-accumulates their names tell, measured under the same protocol."""
    points: dict[str, Point] = {}
    for row in published_rows(tradeoff.set, tradeoff.scale):
        name = row.method.removeprefix("srcnn ")
        # What was published comes before what was measured of the same weights.
        known = name in points or row.protocol != tradeoff.protocol
        if row.method.startswith("srcnn ") and not known and "psnr" in row.figures:
            status = "released weights" if row.status == "measured" else row.status
            kernels = name.split(" ")[0]
            # Widths of 64 and 32, as everywhere in the paper unless it says otherwise.
            macs = parse_architecture(kernels).macs_per_pixel if kernels.count("-") == 2 else None
            points[name] = Point(f"{name}, {status}", row.figures["psnr"], macs, published=True)
    return tuple(points.values())


def tradeoff_figure(tradeoff: Tradeoff, against: Against, published: Sequence[Point] = ()) -> "Figure":
    """PSNR against cost, the cheap at the left; published figures as hollow marks.

    Raises:
        DataError: no method whose cost is known.
        MissingExtraError: matplotlib is not installed.
    """
    points = [point for point in (*tradeoff.points, *published) if point.cost(against) is not None]
    if not any(not point.published for point in points):
        raise DataError(
            f"expected records that tell {_AXES[against]}, got none; "
            "folders of records tell multiply-accumulates, benchmarks/running_time.py writes times"
        )
    figure = new_figure(7.6, 4.8)
    from matplotlib.ticker import LogLocator, NullLocator

    axis = figure.subplots()
    for theirs, label, face, edge in (
        (False, "measured here", "C0", "C0"),
        (True, "the paper's", "none", "C1"),
    ):
        chosen = [(point.cost(against), point.psnr) for point in points if point.published == theirs]
        if chosen:
            axis.scatter(
                *zip(*chosen, strict=True), s=64, facecolor=face, edgecolor=edge, label=label, zorder=3
            )
    axis.set_xscale("log")
    axis.margins(x=0.1, y=0.12)
    middle = math.prod(axis.get_xlim()) ** 0.5
    for point in points:
        # Towards the middle, where there is room.
        right = (point.cost(against) or 0) > middle
        place, side = ((-8, 4), "right") if right else ((8, 4), "left")
        where = (point.cost(against), point.psnr)
        axis.annotate(point.name, where, place, textcoords="offset points", ha=side, fontsize=9)
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_minor_locator(NullLocator())
    tidy(axis, _AXES[against], "PSNR (dB)")
    in_thousands(axis, "s" if against == "time" else "")
    if any(point.published for point in points):
        axis.legend(fontsize="small", frameon=False, loc="lower right")
    figure.suptitle(_alike(tradeoff), fontsize=11)
    return figure


def _alike(tradeoff: Tradeoff) -> str:
    return f"{tradeoff.set} x{tradeoff.scale}, protocol {tradeoff.protocol}"


def _record(folder: Path, set_name: str) -> Tradeoff:
    evaluation = folder / f"{set_name}.json"
    measured, recipe = _read(evaluation), _read(RunFolder(folder).recipe)
    try:
        network = recipe["network"]
        channels = 1 if recipe["data"].get("color", "y") in ("y", "grey") else 3
        architecture = parse_architecture(
            network["architecture"], widths=tuple(network["widths"]), channels=channels
        )
        point = Point(folder.name, float(measured["mean"]["srcnn"]["psnr"]), architecture.macs_per_pixel)
        bicubic = Point("bicubic", float(measured["mean"]["bicubic"]["psnr"]))
        return Tradeoff(set_name, int(measured["scale"]), str(measured["protocol"]), (bicubic, point))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            f"expected a recipe and an evaluation in {folder}, got something else ({error!r})"
        ) from error


def _timings(path: Path) -> Tradeoff:
    content = _read(path)
    try:
        points = tuple(
            Point(str(row["name"]), float(row["psnr"]), row["macs"], float(row["seconds"]))
            for row in content["rows"]
        )
        return Tradeoff(str(content["set"]), int(content["scale"]), str(content["protocol"]), points)
    except (LookupError, TypeError, ValueError) as error:
        raise DataError(
            f"expected a record as benchmarks/running_time.py writes it, got {path} ({error!r})"
        ) from error


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(read_failure(path, error, f"expected a record in {path}, cannot read it")) from error
    except ValueError as error:
        raise DataError(f"expected a record in {path}, which is no JSON: {error}") from error
