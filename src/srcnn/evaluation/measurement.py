"""From a folder of pictures and a model to figures."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np

from srcnn.color import Color
from srcnn.errors import DataError, UsageError
from srcnn.evaluation.case import Case, check_baselines, measured_levels, to_picture
from srcnn.evaluation.external_results import Outputs
from srcnn.evaluation.images import find_pictures, read_eight_bit
from srcnn.evaluation.inference import NetworkUse, apply_network, luma_range_of, space_of
from srcnn.evaluation.metric_table import Scores
from srcnn.evaluation.protocols import AUTHORS, JPEG, Protocol, at_quality, find_protocol, protocol_of
from srcnn.evaluation.result import Evaluation, ImageScores
from srcnn.evaluation.unmeasurable import find_unmeasurable, without_unmeasurable
from srcnn.model import AnyModel, Model, load_model
from srcnn.types import Float64, Floats, Levels, Progress
from srcnn.zoo import find_restorer, is_whole_name

Keep = Callable[[str, str, Levels], None]
"""Called as (name of the picture, method, pixels)."""
Method = Callable[[Case], tuple[Floats, Color]]
"""Planes of the reference's size for a case, and the space they are in."""
M = TypeVar("M")
NETWORK = "srcnn"
TRUTH = "hr"

LARGEST_SCALE = 100
"""Beyond it nothing is left of any picture; a slip of the keyboard should not be carried out."""


def evaluate(
    model: AnyModel | None,
    data: str | os.PathLike[str],
    scale: float | None = None,
    *,
    protocol: Protocol | str | None = None,
    use: NetworkUse | None = None,
    baselines: Iterable[str] = (),
    metrics: Iterable[str] | None = None,
    engine: str | None = None,
    outputs: Mapping[str, str | os.PathLike[str]] | None = None,
    skip_unreadable: bool = False,
    keep: Keep | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure a model, and baselines beside it, on high-resolution pictures.

    All pictures are looked at before the first is measured; those that cannot be measured are one error, or
    left out and named in the result.

    Args:
        model: see `srcnn.load_model`; a name such as ``9-5-5`` stands for its weights nearest to the scale
            or to the protocol's quality. None measures the baselines alone.
        data: a folder, a picture, or the name of an image set such as ``Set5``, found under ``SRCNN_DATA``.
        scale: a whole number of at least 2; None for restoration.
        protocol: the conventions to measure under, or their name (see `PROTOCOLS`); by default the authors'
            for a scale, and without one those of what the model restores.
        use: how the network is used; see `NetworkUse`.
        baselines: further enlargements out of `BASELINES`; bicubic is always there.
        metrics: what to measure instead of the protocol's metrics.
        engine: see `srcnn.engines.create_engine`.
        outputs: label to a folder of pictures that another program made of the same data (see
            `srcnn.evaluation.external_results.Outputs`).
        skip_unreadable: leave out pictures that cannot be measured.
        keep: called with the reference (as ``hr``) and each method's result, as 8-bit grey or RGB.
        progress: called with (images done, images in all).

    Returns:
        Figures per image and their means; ``print`` shows a table with what was published beside it.

    Raises:
        UsageError: a scale that is not whole or below 2, an unknown model, engine, protocol, baseline or
            metric, or a model for another task than the protocol's.
        DataError: no such folder or set, or a picture that the protocol says nothing about (transparent,
            16 bits) or that is too small; an output that is missing or of another size.
        ImageError: a folder without pictures, or a picture that cannot be read.
        WeightsError: weights that cannot be read.
    """
    protocol, factor = check_request(protocol or choose_protocol("", None, model, scale), scale, metrics)
    use = use or NetworkUse()
    methods = baseline_methods(protocol, baselines)
    net = None
    if model is not None:
        net = load_for(model, factor, protocol, use, engine)
        methods[NETWORK] = partial(apply_network, net=net, use=use)
    others = {label: Outputs(find_pictures(data)[1], folder) for label, folder in (outputs or {}).items()}
    methods = all_methods(methods, others)
    name, images, left_out = measure(
        data, factor, protocol, methods, skip_unreadable=skip_unreadable, keep=keep, progress=progress
    )
    return Evaluation(
        protocol=protocol,
        scale=factor,
        model=net.card.name if net else "",
        architecture=net.architecture.name if net else "",
        digest=net.weights.digest if net else "",
        set=name,
        images=images,
        use=use if net else None,
        luma_range=luma_range_of(net) if net else "",
        left_out=left_out,
    )


def choose_protocol(name: str, quality: int | None, model: AnyModel | None, scale: float | None) -> Protocol:
    """The protocol for what a user names of it; the one rule of every command.

    Args:
        name: of the protocol. Empty: `JPEG` where a quality is named, otherwise `AUTHORS` for a scale, and
            without one what measures the task of the model.
        quality: of JPEG. None: that of the weights, which have to be for one where the protocol is of JPEG:
            the quality is no convention but the task, so none is taken for granted.
        model: see `evaluate`; of several the first.
        scale: see `evaluate`.

    Raises:
        UsageError: an unknown protocol or model, a quality that is not known or that the protocol does not
            take, or a model that restores what no protocol is known for.
        WeightsError: weights that cannot be read.
    """
    if not name and quality is None:
        return AUTHORS if model is None or scale is not None else protocol_of(load_model(model).card)
    protocol = find_protocol(name) if name else JPEG
    if quality is None and protocol.quality is not None:
        # A name without its damage, such as 9-5-5, stands for weights of any quality.
        if model is not None and (not isinstance(model, str) or is_whole_name(model)):
            quality = protocol_of(load_model(model).card).quality
        if quality is None:
            raise UsageError(f"expected a --damage-quality for the protocol {name}, or weights for one")
    return protocol if quality is None else at_quality(protocol, quality)


def check_request(
    protocol: Protocol | str, scale: float | None, metrics: Iterable[str] | None
) -> tuple[Protocol, int | None]:
    """The protocol, with other metrics where they are named, and the scale as a whole number."""
    protocol = find_protocol(protocol)
    if metrics is not None:
        protocol = replace(protocol, metrics=tuple(metrics))
    if protocol.task == "restore":
        if scale not in (None, 1):
            raise UsageError(f"expected no scale in restoration ({protocol.name}), got {scale:g}")
        return protocol, None
    if scale is None or not float(scale).is_integer() or not 2 <= scale <= LARGEST_SCALE:
        got = "none; name it with --scale" if scale is None else f"{scale:g}"
        bound = f"at most {LARGEST_SCALE}" if scale and scale > LARGEST_SCALE else "at least 2"
        raise UsageError(f"expected a whole scale of {bound}, got {got}")
    return protocol, int(scale)


def load_for(
    model: AnyModel, scale: int | None, protocol: Protocol, use: NetworkUse, engine: str | None
) -> Model:
    """The model, for the enlargement of one pass or the quality of the JPEG.

    Raises:
        UsageError: one for another task, of an unknown colour, or for no JPEG as good as the protocol's.
    """
    if protocol.task == "restore" and isinstance(model, str) and not is_whole_name(model):
        found = find_restorer(model, protocol.quality, color=protocol.channel != "y")
        if found is None:
            raise UsageError(f"expected a JPEG that {model} restores, got quality {protocol.quality}")
        model = found
    net = load_model(model, None if scale is None else scale ** (1 / use.count(scale)), engine=engine)
    if net.card.task != protocol.task:
        raise UsageError(
            f"expected a model to {protocol.task} under the protocol {protocol.name}, got {net.card.name}, "
            f"which is one to {net.card.task}"
        )
    space_of(net)
    return net


def baseline_methods(protocol: Protocol, names: Iterable[str]) -> dict[str, Method]:
    """The baselines by name; in restoration the damaged picture alone."""
    kernels = check_baselines(names)
    if protocol.task == "restore":
        return {protocol.baseline: lambda case: (case.baseline(), case.space)}
    return {kernel: lambda case, kernel=kernel: (case.baseline(kernel), case.space) for kernel in kernels}


def measure(
    data: str | os.PathLike[str],
    scale: int | None,
    protocol: Protocol,
    methods: Mapping[str, Method],
    *,
    skip_unreadable: bool = False,
    keep: Keep | None = None,
    progress: Progress | None = None,
) -> tuple[str, tuple[ImageScores, ...], dict[str, str]]:
    """What the data is called, the figures of every method on each of its images, and those left out.

    See `evaluate`; of those left out, name to reason.
    """
    set_name, paths = find_pictures(data)
    external = [method for method in methods.values() if isinstance(method, Outputs)]
    found = find_unmeasurable(paths, protocol, scale, lambda name, path: external)
    paths = without_unmeasurable(paths, found, skip=skip_unreadable)
    images = []
    for done, (name, path) in enumerate(paths.items(), start=1):
        with naming(path):
            case = Case(read_eight_bit(path), protocol, scale, name)
            if keep is not None:
                keep(name, TRUTH, to_picture(case.reference, protocol.channel))
            figures = {}
            for method, levels, scores in results(case, methods):
                figures[method] = scores
                if keep is not None and np.isfinite(levels).all():
                    keep(name, method, to_picture(levels, protocol.channel))
        images.append(ImageScores(name, figures))
        if progress is not None:
            progress(done, len(paths))
    return set_name, tuple(images), {name: str(error) for name, error in found.items()}


def results(case: Case, methods: Mapping[str, Method]) -> Iterator[tuple[str, Float64, Scores]]:
    """Each method carried out: its name, its result as it is measured, and the figures of that.

    The result is (H, W) or (H, W, 3), levels of 255 in the protocol's channel.
    """
    for name, method in methods.items():
        planes, space = method(case)
        levels = measured_levels(planes, space, case.protocol, grey=case.grey)
        yield name, levels, case.score(levels)


@contextmanager
def naming(image: object) -> Iterator[None]:
    """Name the image in what is raised of one that a protocol cannot be applied to: `DataError`."""
    try:
        yield
    except UsageError as error:
        raise DataError(f"cannot measure {image}: {error}") from error


def methods_of(
    protocol: Protocol,
    baselines: Iterable[str],
    models: Mapping[str, Model],
    outputs: Mapping[str, Method] | None = None,
) -> dict[str, Method]:
    """Everything that is compared, by name: baselines, what other programs made, and networks.

    Raises:
        UsageError: an unknown baseline, or two methods of one name.
    """
    networks = {name: partial(apply_network, net=net, use=NetworkUse()) for name, net in models.items()}
    return all_methods(baseline_methods(protocol, baselines), outputs or {}, networks)


def all_methods(*groups: Mapping[str, M]) -> dict[str, M]:
    """Methods of several groups in one, by name; `UsageError` where a name stands for two of them."""
    methods: dict[str, M] = {}
    for name, method in (item for group in groups for item in group.items()):
        if name in methods:
            raise UsageError(f"two methods are named {name!r}; name one as LABEL=...")
        methods[name] = method
    return methods
