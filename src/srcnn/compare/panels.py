"""From a picture and methods to a comparison: scored against the picture, or of plain input, unscored."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from srcnn.color import full_to_studio, rounded
from srcnn.compare.comparison import Comparison, Panel
from srcnn.compare.crops import Crop, check_crops, find_crops
from srcnn.enlargement import upscale
from srcnn.errors import DataError, SrcnnError
from srcnn.evaluation.case import Case, check_baselines, to_picture
from srcnn.evaluation.external_results import Outputs, check_folder_for
from srcnn.evaluation.images import read_eight_bit
from srcnn.evaluation.inference import NetworkUse, luma_range_of
from srcnn.evaluation.measurement import (
    Method,
    all_methods,
    check_request,
    choose_protocol,
    methods_of,
    naming,
    results,
)
from srcnn.evaluation.protocols import Protocol
from srcnn.evaluation.unmeasurable import find_unmeasurable
from srcnn.files import read_pixels
from srcnn.model import Model
from srcnn.resize import imresize
from srcnn.restoration import restore
from srcnn.scales import output_size
from srcnn.types import Array, Float64, Floats, Levels, Progress

_IN_COLOR = ("bicubic", "bicubic-uint8", "pillow", "opencv", "jpeg-colour")
"""Degradations that leave a picture its colours."""


def compare(
    path: str | os.PathLike[str],
    scale: float | None,
    models: Mapping[str, Model],
    *,
    protocol: Protocol | str | None = None,
    baselines: Iterable[str] = ("bilinear",),
    outputs: Mapping[str, str] | None = None,
    metrics: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """An HR image beside what methods make of it once it was degraded, with their figures.

    What is scored is what the protocol names, to the digit as `srcnn.evaluate` does it. Shown is colour
    where there is any: where luma alone is measured, every method is shown with the same bicubic chroma.

    Args:
        path: the HR image.
        scale: a whole enlargement; None for restoration.
        models: networks by the name of their column; see `srcnn.cli.arguments`.
        protocol: see `srcnn.evaluate`; by default that of the first model's task.
        baselines: enlargements out of `srcnn.evaluation.BASELINES`; bicubic is always there.
        outputs: pictures that other programs made, by the name of their column: a file, or a folder with
            one called as the picture.
        metrics: what to measure instead of the protocol's metrics.
        progress: see `Progress`.

    Raises:
        UsageError: a scale, protocol, baseline or metric that is invalid, or two columns of one name.
        DataError: a picture to which the protocol cannot be applied, or an output that is missing or of
            another size.
        ImageError: a picture that cannot be read.
    """
    path = Path(path)
    first = next(iter(models.values()), None)
    protocol, factor = check_request(protocol or choose_protocol("", None, first, scale), scale, metrics)
    external = {name: Outputs({path.stem: path}, file) for name, file in (outputs or {}).items()}
    methods = methods_of(protocol, baselines, models, external)
    case = Case(read_eight_bit(path), protocol, factor, path.stem)
    with naming(path):
        panels = tuple(_panels(case, methods, progress))
    notes = [NetworkUse().describe(factor, luma_range_of(net)) for net in models.values()]
    if _shows_color(case):
        notes.append("shown in colour, which is bicubic in every method; only luma is measured")
    return Comparison(path.stem, factor, panels, (protocol.describe(), *dict.fromkeys(notes)))


def compare_plain(
    path: str | os.PathLike[str],
    scale: float | None,
    models: Mapping[str, Model],
    *,
    baselines: Iterable[str] = ("bilinear",),
    outputs: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """A picture as methods enlarge or restore it; nothing is measured: nobody knows what it should look like.

    Args:
        path: the picture; 16 bits are shown as 8, transparency is laid over white.
        scale: any enlargement above 1; None for restoration.
        models: networks by the name of their column; see `srcnn.cli.arguments`.
        baselines: enlargements out of `srcnn.evaluation.BASELINES`; bicubic is always there.
        outputs: as for `compare`.
        progress: see `Progress`.

    Raises:
        UsageError: a scale or baseline that is invalid, or two columns of one name.
        DataError: an output that is missing or of another size.
        ImageError: a picture that cannot be read, or a result that does not fit into memory.
    """
    path = Path(path)
    pixels = _opaque(read_pixels(path))
    size = (pixels.shape[0], pixels.shape[1]) if scale is None else output_size(pixels.shape, scale)
    kernels = () if scale is None else check_baselines(baselines)
    files = {name: Outputs({path.stem: path}, file) for name, file in (outputs or {}).items()}
    methods: dict[str, Callable[[], Levels]] = all_methods(
        {kernel: partial(imresize, pixels, shape=size, kernel=kernel) for kernel in kernels},
        {name: partial(_read_output, file.path_of(path.stem), size) for name, file in files.items()},
        {name: partial(_through, pixels, scale, net) for name, net in models.items()},
    )
    panels = [Panel("input", imresize(pixels, shape=size, kernel="nearest"), "input", {}, _sides(pixels))]
    for done, (name, method) in enumerate(methods.items(), start=1):
        panels.append(Panel(name, method(), "method", {}))
        if progress is not None:
            progress(done, len(methods))
    change = "restored" if scale is None else f"enlarged x{scale:g}"
    note = f"{change} from {_sides(pixels)} pixels; no ground truth, nothing measured"
    return Comparison(path.stem, scale, _alike(panels), (note,))


def check_pictures(
    paths: Sequence[Path],
    scale: float | None,
    protocol: Protocol | None,
    *,
    outputs: Mapping[str, str] | None = None,
    metrics: Iterable[str] | None = None,
) -> dict[str, SrcnnError]:
    """Look at every picture before the first is compared: path to what is wrong with it.

    The arguments are as in `compare`, and without a protocol as in `compare_plain`.

    Raises:
        UsageError: one output for several pictures, or what `compare` refuses.
    """
    files = list((outputs or {}).values())
    for file in files:
        check_folder_for(len(paths), file)
    if protocol is not None:
        protocol, factor = check_request(protocol, scale, metrics)
        named = dict(zip(map(str, paths), paths, strict=True))
        return find_unmeasurable(
            named, protocol, factor, lambda name, path: (Outputs({name: path}, file) for file in files)
        )
    found: dict[str, SrcnnError] = {}
    for path in paths:
        try:
            read_pixels(path)
        except SrcnnError as error:
            found[str(path)] = error
    return found


def magnify(
    comparison: Comparison, crops: Sequence[Crop] = (), *, count: int = 2, side: int | None = None
) -> Comparison:
    """The comparison with parts to magnify: those given, or else found where the methods differ most.

    Args:
        comparison: see `compare`.
        crops: in pixels of the large picture.
        count: how many to find at most.
        side: of those, in pixels; by default `srcnn.compare.crops.usual_size`.

    Raises:
        UsageError: a crop beyond the picture, or a side larger than it.
    """
    check_crops(crops, comparison.size, comparison.name)
    shown = [panel.pixels for panel in comparison.methods]
    if len(shown) == 1:  # a single method differs from what it was given
        shown.append(comparison.panels[0].pixels)
    found = tuple(crops) or find_crops(shown, count, side, name=comparison.name)
    return replace(comparison, crops=found)


def _panels(case: Case, methods: Mapping[str, Method], progress: Progress | None) -> Iterator[Panel]:
    chroma = _chroma(case)
    if case.scale is not None:
        planes = _in_color(case).low("ycbcr") if _shows_color(case) else case.low(case.space)
        low = to_picture(rounded(planes), "ycbcr" if planes.ndim == 3 else "y")
        yield Panel("LR", imresize(low, shape=case.size, kernel="nearest"), "input", {}, _sides(low))
    for done, (name, levels, figures) in enumerate(results(case, methods), start=1):
        yield Panel(name, _shown(levels, case, chroma), "method", figures)
        if progress is not None:
            progress(done, len(methods))
    yield Panel("GT", _truth(case), "truth", {}, _sides(case.reference))


def _in_color(case: Case) -> Case:
    """The same picture in Y, Cb and Cr, whatever is measured."""
    return replace(case, protocol=replace(case.protocol, channel="ycbcr", luma_range="studio"))


def _shows_color(case: Case) -> bool:
    """Whether colours are there to be shown though only luma is measured."""
    return not case.grey and case.protocol.channel == "y" and case.protocol.degradation in _IN_COLOR


def _chroma(case: Case) -> Floats | None:
    """(H, W, 3) Y, Cb and Cr of the baseline, for its colours; None where the levels show themselves."""
    return _in_color(case).baseline() if _shows_color(case) else None


def _shown(levels: Float64, case: Case, chroma: Floats | None) -> Levels:
    if chroma is None:
        return to_picture(levels, "y" if case.grey else case.protocol.channel)
    planes = chroma.copy()
    full = case.protocol.luma_range == "full"
    planes[..., 0] = full_to_studio(levels / 255) if full else levels / 255
    return to_picture(rounded(planes), "ycbcr")


def _truth(case: Case) -> Levels:
    if case.grey or not (_shows_color(case) or case.protocol.channel != "y"):
        return case.reference
    return case.levels("rgb")


def _sides(pixels: Levels) -> str:
    return f"{pixels.shape[1]}x{pixels.shape[0]}"


def _through(pixels: Levels, scale: float | None, net: Model) -> Levels:
    return restore(pixels, model=net) if scale is None else upscale(pixels, scale, model=net)


def _read_output(path: Path, size: tuple[int, int]) -> Levels:
    pixels = _opaque(read_pixels(path))
    if pixels.shape[:2] != size:
        raise DataError(
            f"expected {size[1]}x{size[0]} pixels as of the others in {path}, got {_sides(pixels)}"
        )
    return pixels


def _alike(panels: Sequence[Panel]) -> tuple[Panel, ...]:
    """The panels, in colour where one of them is: a program may have made RGB of a grey picture."""
    if all(panel.pixels.ndim == 2 for panel in panels):
        return tuple(panels)
    return tuple(
        panel if panel.pixels.ndim == 3 else replace(panel, pixels=np.dstack([panel.pixels] * 3))
        for panel in panels
    )


def _opaque(pixels: Array) -> Levels:
    """(H, W) or (H, W, 3) uint8 of any picture, to look at."""
    levels = pixels / np.float64(np.iinfo(pixels.dtype).max)
    if levels.ndim == 3 and levels.shape[2] in (2, 4):
        alpha = levels[..., -1:]
        levels = levels[..., :-1] * alpha + (1 - alpha)
    levels = levels[..., 0] if levels.shape[2:] == (1,) else levels
    return rounded(levels).astype(np.uint8)
