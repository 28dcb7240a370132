"""The figures of the report, as PNGs in memory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from srcnn.compare.panels import compare, magnify
from srcnn.compare.sheet import sheet_png
from srcnn.errors import MissingExtraError
from srcnn.evaluation.case import Case
from srcnn.evaluation.images import read_eight_bit
from srcnn.evaluation.protocols import AUTHORS
from srcnn.figures.curves import curves_figure, gains_figure, published_gains
from srcnn.figures.filters_and_maps import draw_filters, draw_maps, feature_maps
from srcnn.figures.plot import figure_bytes
from srcnn.figures.tradeoff import Point, Tradeoff, tradeoff_figure
from srcnn.model import Model
from srcnn.reproduction.report import Illustration
from srcnn.reproduction.scores import ImageSet, NetworkFile, read_weights
from srcnn.reproduction.speed import TIMED_SCALE, TIMED_SET
from srcnn.reproduction.studies import STUDIED_SCALE, Study
from srcnn.reproduction.weight_sources import AuthorsWeights, shipped

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = (("Set5", "butterfly"), ("Set14", "ppt3"), ("Set14", "zebra"))
"""Set and picture of the paper's visual comparisons."""
CHROMA = "YCbCr"
"""The colour strategy whose filters are shown."""


def pictures(images: Mapping[str, ImageSet], authors: AuthorsWeights) -> Iterator[Illustration]:
    """The paper's visual comparisons, of those pictures that are there."""
    theirs = authors.find("9-5-5(ImageNet)", STUDIED_SCALE)
    networks = {"authors' 9-5-5": theirs} if theirs else {}
    networks["our 9-5-5"] = shipped("9-5-5", STUDIED_SCALE)
    for set_name, name in SHOWN:
        path = _picture(images, set_name, name)
        if path is not None:
            models = {label: _opened(network) for label, network in networks.items()}
            comparison = magnify(compare(path, STUDIED_SCALE, models, metrics=("psnr", "ssim")))
            caption = (
                "The parts are those where the methods differ most; figures are of the whole picture's luma."
            )
            yield Illustration(f"crops-{name}", f"{name} x{STUDIED_SCALE}", caption, sheet_png(comparison))


def drawings(
    studies: Sequence[Study],
    images: Mapping[str, ImageSet],
    authors: AuthorsWeights,
    points: Sequence[Point],
) -> Iterator[Illustration]:
    """Figures that matplotlib draws; ``points`` are networks with PSNR and time on `TIMED_SET`.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    for study in studies:
        yield from _curves(study)
    ours = shipped("9-5-5", STUDIED_SCALE)
    for name, network in (("ours", ours), ("authors", authors.find("9-5-5(ImageNet)", STUDIED_SCALE))):
        if network is not None:
            caption = (
                "Each filter is scaled by its own largest weight: grey is 0, white positive, black negative."
            )
            title = f"First-layer filters of 9-5-5, {name if name == 'ours' else 'the authors'}"
            yield _drawn(f"filters-{name}", title, caption, draw_filters(read_weights(network.path)))
    yield from _chroma(studies)
    yield from _maps(images, ours)
    # Without bicubic, far below and far to the left of all others, which would be crowded together.
    networks = tuple(point for point in points if point.macs is not None)
    if networks:
        drawn = tradeoff_figure(Tradeoff(TIMED_SET, TIMED_SCALE, AUTHORS.name, networks), "time")
        caption = "The paper times the same pictures on its own machine; these times are of one core here."
        yield _drawn("psnr-against-time", "PSNR against time", caption, drawn)


def _curves(study: Study) -> Iterator[Illustration]:
    if len(study.trainings) < 2:
        return
    logs = {name: run.log for name, run in study.trainings.items()}
    title = f"Training curves: {study.plan.title.lower()}"
    if len(study.plan.protocols) > 1:
        caption = (
            "Pictures that are watched while training, which are in no test set. RGB is measured on R, G and "
            "B and the others on their own planes, so that the curves cannot be compared with each other."
        )
        yield _drawn(f"curves-{study.plan.key}", title, caption, curves_figure(logs))
        return
    published = study.published
    gains = published_gains(published.set, published.scale)
    levels = {name: gain for name, gain in gains.items() if name.startswith("SRCNN")}
    caption = (
        "Gain over bicubic on pictures held out of the training sets; dashed, the gains of the paper's "
        f"networks on {published.set}, which are other pictures."
    )
    drawn = gains_figure(logs, levels, f"{published.set} x{published.scale}")
    yield _drawn(f"curves-{study.plan.key}", title, caption, drawn)


def _chroma(studies: Sequence[Study]) -> Iterator[Illustration]:
    for run in (study.trainings[CHROMA] for study in studies if CHROMA in study.trainings):
        caption = "What each of the three input planes adds to the first layer's maps; scaled as above."
        yield _drawn(
            "filters-chroma", "First-layer filters of the YCbCr network", caption, draw_filters(run.weights)
        )


def _maps(images: Mapping[str, ImageSet], network: NetworkFile) -> Iterator[Illustration]:
    set_name, name = SHOWN[0]
    path = _picture(images, set_name, name)
    if path is None:
        return
    net = _opened(network)
    maps = feature_maps(Case(read_eight_bit(path), AUTHORS, STUDIED_SCALE, name), net)
    caption = "What the hidden layers of our 9-5-5 make of the picture, after their ReLU; black is 0."
    yield _drawn("maps", f"Feature maps of {name}", caption, draw_maps(maps, f"{name} x{STUDIED_SCALE}"))


def _picture(images: Mapping[str, ImageSet], set_name: str, name: str) -> Path | None:
    """A picture of a set by its name, which may go on as in ``butterfly_GT``."""
    pictures = images[set_name].pictures if set_name in images else ()
    return next((path for stem, path in pictures if stem.partition("_")[0] == name), None)


def _drawn(name: str, title: str, caption: str, figure: "Figure") -> Illustration:
    return Illustration(name, title, caption, figure_bytes(figure, "png"))


def _opened(network: NetworkFile) -> Model:
    return Model(read_weights(network.path))


def illustrate(
    studies: Sequence[Study],
    images: Mapping[str, ImageSet],
    authors: AuthorsWeights,
    points: Sequence[Point],
    drawn: Callable[[str], None],
) -> tuple[tuple[Illustration, ...], str]:
    """Every figure that can be made, and a sentence on those that cannot; empty if all can.

    ``drawn`` is called with the title of each as it is done.
    """
    illustrations = []
    try:
        for one in chain(pictures(images, authors), drawings(studies, images, authors, points)):
            illustrations.append(one)
            drawn(one.title)
    except MissingExtraError as error:
        return tuple(illustrations), str(error)
    return tuple(illustrations), ""
