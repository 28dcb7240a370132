"""What the tools share: a run's files and evaluations as they stand in ``records/``, and tables of them."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from srcnn.atomic import write_bytes
from srcnn.evaluation import Evaluation
from srcnn.text_table import markdown_table
from srcnn.weights import load_weights
from srcnn.zoo import find_model

RECORDS = Path(__file__).parents[1] / "records"
FORMER = RECORDS / "former"
"""Records of weights that others have replaced."""
FILES = ("recipe.json", "record.json", "log.jsonl")
"""What of a finished run is kept: its inputs, its facts, a line a validation."""


def copy_run(run: Path, record: Path) -> None:
    """Copy a finished run's small files into a record's folder, made if need be."""
    record.mkdir(parents=True, exist_ok=True)
    for file in FILES:
        shutil.copyfile(run / file, record / file)


def write_evaluation(result: Evaluation, path: Path) -> None:
    """Write an evaluation with a line for each image."""
    write_bytes(_readable(result.to_json()).encode(), path)


def engine_sources() -> str:
    """SHA-256 of the native engine's C sources."""
    digest = hashlib.sha256()
    for path in sorted((RECORDS.parent / "src/srcnn/engines/native/csrc").iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def shipped() -> list[str]:
    """Names of the shipped models: the folders of records."""
    return sorted(path.parent.name for path in RECORDS.glob("*/record.json"))


def present_name(name: str, digest: str) -> str:
    """The name of a shipped model, and whether other weights have that name by now."""
    return name if digest == load_weights(find_model(name)).digest else f"{name}, former weights"


def enlarging() -> list[str]:
    """Shipped models that enlarge."""
    return [name for name in shipped() if _data_rules(name)["scale"] != 1]


def former() -> list[str]:
    """Records of replaced models that enlarge, as folders beside those of the shipped ones."""
    names = (path.parent.relative_to(RECORDS).as_posix() for path in FORMER.glob("*/record.json"))
    return [name for name in names if _data_rules(name)["scale"] != 1]


def restoring_models(kind: str = "", *, color: bool | None = None) -> list[str]:
    """Shipped models that undo a kind of damage, all for ``""``; those for colour, or the others, if said."""
    found = [name for name in shipped() if _data_rules(name)["scale"] == 1]
    if color is not None:
        found = [name for name in found if (_data_rules(name)["color"] == "rgb") == color]
    return [name for name in found if _data_rules(name)["degradation"][0].startswith(kind)]


def read_record(name: str, file: str) -> dict[str, Any]:
    """A file of a record."""
    return json.loads((RECORDS / name / file).read_text(encoding="utf-8"))


def mean_of(name: str, file: str) -> dict[str, Any]:
    """The means of an evaluation in a record; nothing where there is none."""
    return read_record(name, file)["mean"] if (RECORDS / name / file).exists() else {}


def _data_rules(name: str) -> dict[str, Any]:
    return read_record(name, "record.json")["recipe"]["data"]


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, all columns set to the left."""
    return markdown_table(header, rows, words=range(len(header)))


def _readable(content: dict[str, Any]) -> str:
    # A line for each image: two hundred of them should stay a table and not become a novel.
    images = ",\n    ".join(json.dumps(_rounded(image)) for image in content.pop("images"))
    body = json.dumps(_rounded(content), indent=2)
    return body.removesuffix("\n}") + f',\n  "images": [\n    {images}\n  ]\n}}\n'


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value
