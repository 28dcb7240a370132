"""Arguments that are more than a value: pictures, ``LABEL=MODEL``, ``LABEL=PATH`` and folders of runs."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from srcnn.errors import DataError, UsageError
from srcnn.evaluation.case import Case
from srcnn.evaluation.images import find_pictures, read_eight_bit
from srcnn.evaluation.inference import NetworkUse
from srcnn.evaluation.measurement import check_request, choose_protocol, load_for, naming
from srcnn.evaluation.protocols import Protocol
from srcnn.model import Model, load_model
from srcnn.scales import step_scale
from srcnn.training.run_folder import RunFolder
from srcnn.training.run_log import RunLog, read_log, read_scale
from srcnn.zoo import SUFFIX


def find_all(arguments: Iterable[str]) -> list[Path]:
    """Pictures from pictures, folders of them, and names of image sets.

    Raises:
        DataError: no such folder, picture or set.
        ImageError: a folder without pictures.
        UsageError: two pictures of one name, which the results are named by.
    """
    found: dict[str, Path] = {}
    for text in arguments:
        for path in find_pictures(text)[1].values():
            if path.stem in found:
                raise UsageError(f"{found[path.stem]} and {path} have the same name; compare them one by one")
            found[path.stem] = path
    return list(found.values())


def protocol_for(
    models: Sequence[str], scale: float | None, name: str = "", quality: int | None = None
) -> Protocol:
    """`choose_protocol` for the first of models as in `load_models`, checked against the scale."""
    return check_request(choose_protocol(name, quality, split_label(models[0])[1], scale), scale, None)[0]


def load_models(
    arguments: Iterable[str],
    scale: float | None,
    protocol: Protocol | None = None,
    *,
    engine: str | None = None,
) -> dict[str, Model]:
    """Models by the label of their column.

    Arguments are names or files as for `srcnn.load_model`, each alone or as ``LABEL=MODEL``; the default
    label is the card's name, or the file's stem where that is taken. Without a protocol nothing is measured.

    Raises:
        UsageError: an unknown name, two columns of one label, or a model for another task.
        WeightsError: weights that cannot be read.
    """
    models: dict[str, Model] = {}
    for text in arguments:
        label, model = split_label(text)
        net = _load(model, scale, protocol, engine)
        name = label or net.card.name
        if not label and name in models and model.endswith(SUFFIX):
            name = Path(model).stem
        if name in models:
            raise UsageError(f"two models are named {name!r}; name one as LABEL=MODEL")
        models[name] = net
    return models


def _load(model: str, scale: float | None, protocol: Protocol | None, engine: str | None) -> Model:
    if protocol is not None:
        return load_for(model, check_request(protocol, scale, None)[1], protocol, NetworkUse(), engine)
    net = load_model(model, None if scale is None else step_scale(scale), engine=engine)
    task = "restore" if scale is None else "upscale"
    if net.card.task != task:
        advice = "name an enlargement with --scale" if scale is None else "leave out --scale"
        raise UsageError(f"expected a model to {task}, got {net.card.name}, one to {net.card.task}; {advice}")
    return net


def named_outputs(arguments: Iterable[str]) -> dict[str, str]:
    """Paths of other programs' results by label: ``LABEL=PATH``; the default label is the path's stem.

    Raises:
        UsageError: two of one label.
    """
    outputs: dict[str, str] = {}
    for text in arguments:
        label, file = split_label(text)
        name = label or Path(file).stem
        if name in outputs:
            raise UsageError(f"two outputs are named {name!r}; name one as LABEL=PATH")
        outputs[name] = file
    return outputs


def split_label(text: str) -> tuple[str, str]:
    """Label and rest of ``LABEL=REST``; the label is empty without one, or if a file of that name exists."""
    label, sign, rest = text.partition("=")
    return (label.strip(), rest) if sign and not os.path.lexists(text) else ("", text)


def open_case(image: str, protocol: Protocol, scale: float | None) -> Case:
    """One HR picture under a protocol.

    Raises:
        UsageError: several pictures, or a scale that the protocol does not take.
        DataError: no such picture, or one that the protocol cannot be applied to.
        ImageError: a picture that cannot be read.
    """
    paths = find_all([image])
    if len(paths) != 1:
        raise UsageError(f"expected one picture, got {len(paths)} in {image}")
    case = Case(read_eight_bit(paths[0]), protocol, check_request(protocol, scale, None)[1], paths[0].stem)
    with naming(paths[0]):
        _ = case.reference
    return case


def find_logs(arguments: Iterable[str]) -> list[RunLog]:
    """Runs from folders, each alone or as ``LABEL=FOLDER``; a folder of runs stands for all of them.

    Raises:
        DataError: no such folder, no log in it, or a broken one.
        UsageError: two runs of one label.
    """
    runs: dict[str, RunLog] = {}
    for text in arguments:
        label, folder = split_label(text)
        for path in _folders(Path(folder)):
            name = label if label and path == Path(folder) else path.resolve().name
            if name in runs:
                raise UsageError(f"two runs are named {name!r}; name one as LABEL=FOLDER")
            run = RunFolder(path)
            runs[name] = RunLog(name, read_log(run.log), read_scale(run.recipe))
    return list(runs.values())


def _folders(folder: Path) -> list[Path]:
    log = RunFolder(folder).log
    if log.exists():
        return [folder]
    runs = sorted(path.parent for path in folder.glob(f"*/{log.name}"))
    if not runs:
        raise DataError(f"expected a run's folder with {log.name}, or a folder of runs, got {folder}")
    return runs
