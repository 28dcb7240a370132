"""Importing is a feature: what is light stays light, and imports run one way."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from srcnn.weights import save_weights

PACKAGE = Path(__file__).parents[1] / "src" / "srcnn"

COMMAND_LINE = {"typer", "pydantic"}  # recent versions of typer stand on pydantic
HEAVY = (
    "numpy",
    "onnx",
    "onnxruntime",
    "pyvips",
    "PIL",
    "rich",
    "torch",
    "scipy",
    "h5py",
    "matplotlib",
    "ray",
    "pyarrow",
    "fsspec",
    *COMMAND_LINE,
)
EXTRAS = (
    "onnx",
    "onnxruntime",
    "torch",
    "torchvision",
    "lightning",
    "lightning_fabric",
    "h5py",
    "scipy",
    "matplotlib",
    "skimage",
    "starlette",
    "uvicorn",
    "prometheus_client",
)

# Rooms and what each may import, from the ground up; the test below fails on any other edge.
GROUND = {"errors", "types", "atomic", "system", "parallel", "text_table", "standard_streams"}
ARRAYS = {"color", "resize", "tiling", "metrics", "degrade", "pixels", "back_projection", "scales"}
NETWORK = {"arch", "weights"}
RUNNING = {"engines", "zoo", "weight_formats", "model"}
PIPELINE = {"enlargement", "restoration"}
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "types": set(),
    "parallel": {"errors", "standard_streams", "system", "types"},
    "standard_streams": {"errors"},
    "text_table": set(),
    "atomic": {"errors"},
    "system": {"errors", "types"},
    "color": GROUND,
    "resize": GROUND | {"color"},
    "tiling": GROUND,
    "metrics": GROUND | {"color", "resize"},
    "degrade": GROUND | {"color", "resize"},
    "pixels": GROUND | {"color", "tiling"},
    "back_projection": GROUND,
    "scales": GROUND,
    "files": GROUND | {"color"},
    "arch": GROUND,
    "weights": GROUND | {"arch"},
    "borders": GROUND | {"arch", "tiling"},
    "convolution": GROUND,
    "fixed_point": GROUND | NETWORK | {"borders", "convolution", "degrade", "tiling"},
    "zoo": GROUND | NETWORK,
    "weight_formats": GROUND | NETWORK | {"borders", "color", "tiling", "engines"},
    "engines": GROUND | NETWORK | {"borders", "convolution", "fixed_point", "tiling"},
    "model": GROUND | NETWORK | {"tiling", "engines", "zoo", "weight_formats"},
    "enlargement": GROUND | NETWORK | ARRAYS | RUNNING,
    "restoration": GROUND | NETWORK | ARRAYS | RUNNING | {"enlargement"},
    "doctor": GROUND | NETWORK | RUNNING | {"files", "tiling"},
    "data": GROUND | {"files", "degrade", "resize", "color"},
    "evaluation": GROUND | NETWORK | ARRAYS | RUNNING | PIPELINE | {"files", "data"},
    "jobs": GROUND | NETWORK | ARRAYS | RUNNING | PIPELINE | {"files"},
    "web": GROUND | NETWORK | ARRAYS | RUNNING | {"files", "jobs"},
    "training": GROUND | NETWORK | ARRAYS | RUNNING | PIPELINE | {"files", "data", "evaluation"},
    "compare": GROUND | NETWORK | ARRAYS | RUNNING | PIPELINE | {"files", "data", "evaluation"},
    "figures": GROUND
    | NETWORK
    | ARRAYS
    | RUNNING
    | PIPELINE
    | {"files", "evaluation", "compare", "training"},
    "reproduction": GROUND
    | NETWORK
    | ARRAYS
    | RUNNING
    | {"data", "evaluation", "compare", "figures", "training"},
}
ALLOWED["corpus"] = GROUND | {"files", "jobs"}
ALLOWED["hardware"] = GROUND | NETWORK | ARRAYS | RUNNING | {"evaluation", "figures", "files", "fixed_point"}
TORCH_HOMES = ("engines/torch.py", "weight_formats/pytorch.py", "training/")
RUN_FILES = {"run_log", "run_folder"}
"""What `figures` and `reproduction` may use of `training`: a run's log and folder, which need no torch."""


def sources() -> list[Path]:
    found = sorted(PACKAGE.rglob("*.py"))
    assert len(found) > 20
    return found


def imported(path: Path) -> Iterator[str]:
    """Dotted names that a file imports anywhere in it; relative imports are not used in this package."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def rooms_used(path: Path) -> set[str]:
    names = {name.split(".")[1] for name in imported(path) if name.startswith("srcnn.")}
    return names - {room_of(path), "__version__"}


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_the_way_the_house_is_drawn(path):
    room = room_of(path)
    if room in ("__init__", "__main__", "cli"):  # the surface and the command line stand on everything
        return
    assert room in ALLOWED, f"{room} is a new room: draw it in ALLOWED and in docs/architecture.md"
    assert rooms_used(path) <= ALLOWED[room]
    assert "srcnn" not in set(imported(path)), "import the room, not the package's surface"


def test_no_circles_between_rooms_as_drawn_and_as_built():
    built: dict[str, set[str]] = {}
    for path in sources():
        if room_of(path) not in ("__init__", "__main__"):
            built.setdefault(room_of(path), set()).update(rooms_used(path))
    for graph in (ALLOWED, built):
        TopologicalSorter(graph).prepare()  # raises CycleError


def test_torch_is_imported_only_where_it_belongs():
    for path in sources():
        if any(name.split(".")[0] in ("torch", "lightning", "lightning_fabric") for name in imported(path)):
            assert path.relative_to(PACKAGE).as_posix().startswith(TORCH_HOMES)
    # The needle is one that the search finds where it is.
    assert any(name.split(".")[0] == "torch" for name in imported(PACKAGE / "engines" / "torch.py"))


@pytest.mark.parametrize("room", ["figures", "reproduction"])
def test_runs_are_read_without_torch(room: str):
    used = {name for path in (PACKAGE / room).rglob("*.py") for name in imported(path)}
    trainings = {name.split(".")[2] for name in used if name.startswith("srcnn.training.")}
    assert trainings <= RUN_FILES
    code = "".join(f"import srcnn.training.{name}\n" for name in sorted(trainings))
    assert fresh(code + "import sys; print('torch' in sys.modules)").split() == ["False"]


def fresh(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import srcnn", set()),
        ("import srcnn.files, srcnn.jobs, srcnn.corpus, srcnn.model, srcnn.engines, srcnn.zoo", {"numpy"}),
        ("from srcnn.cli import run; run(['--version'])", COMMAND_LINE),
        ("from srcnn.cli import run; run(['upscale', '--help'])", COMMAND_LINE),
    ],
)
def test_heavy_modules_wait_until_they_are_needed(code, allowed):
    report = f"{code}\nimport sys\nprint(*(set(sys.modules) & set({HEAVY!r})))"
    assert set(fresh(report).splitlines()[-1].split()) <= allowed


def test_a_command_loads_no_other() -> None:
    code = "from srcnn.cli import run; run(['upscale', '--help'])\nimport sys\nprint(*sys.modules)"
    loaded = fresh(code).splitlines()[-1].split()
    assert "srcnn.cli.upscale" in loaded
    assert not {"srcnn.cli.train", "srcnn.cli.hardware", "srcnn.cli.batch"} & set(loaded)


UPSCALE_WITHOUT_EXTRAS = """
import sys
for name in EXTRAS:
    sys.modules[name] = None  # importing it raises ModuleNotFoundError
import json
import numpy as np
import srcnn
picture = np.random.default_rng(0).integers(0, 256, (12, 10, 3), np.uint8)
shapes = {}
for name in (sys.argv[1], *(entry.name for entry in srcnn.list_models() if entry.card.task == "upscale")):
    model = srcnn.load_model(name)
    shapes[model.card.name] = srcnn.upscale(picture, model.card.scale, model=model).shape
print(json.dumps(shapes))
"""


def test_upscaling_needs_no_extra(tmp_path, tiny_weights):
    save_weights(tiny_weights(scale=3), tmp_path / "tiny.safetensors")
    code = UPSCALE_WITHOUT_EXTRAS.replace("EXTRAS", repr(EXTRAS))
    shapes = json.loads(fresh(code, str(tmp_path / "tiny.safetensors")))
    assert shapes.pop("tiny-3-1-3-x3") == [36, 30, 3]
    if not shapes:
        pytest.skip("no weights are shipped: only made-up ones were tried without the extras")
    for name, shape in shapes.items():
        scale = int(name.rsplit("-x", 1)[1])
        assert shape == [12 * scale, 10 * scale, 3], name
