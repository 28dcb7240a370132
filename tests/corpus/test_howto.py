"""The programs of the page about a corpus run, and make what the command makes."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import srcnn as command

from srcnn.corpus.corpus_manifest import Manifest, rows_table
from srcnn.corpus.storage import open_store

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "corpus.md"


def program(mark: str) -> str:
    found = re.search(rf"<!-- {mark} -->\n```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("mark", "module"), [("process pool", "concurrent"), ("dask", "dask.bag"), ("ray", "ray.data")]
)
def test_programs_make_what_the_command_makes(
    mark: str, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    pytest.importorskip(module)
    if mark == "ray":
        request.getfixturevalue("ray_here")
    (tmp_path / "scans").mkdir()
    for number in range(3):
        pixels = np.random.default_rng(number).integers(0, 256, (9, 12 + number, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "scans" / f"{number}.png")
    monkeypatch.chdir(tmp_path)
    exec(program(mark), {"__name__": "program"})
    done = command("upscale", "scans", "-o", "same", "--name", "large_{stem}{ext}", folder=tmp_path)
    assert done.returncode == 0
    for number in range(3):
        name = f"large_{number}.png"
        assert Path(name).read_bytes() == Path("same", name).read_bytes()


def test_a_failure_is_shown_once_and_not_after_it_was_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pandas")
    store = open_store(str(tmp_path / "large"))
    for run, status in enumerate(["failed", "done"]):
        names = {"broken.png": "failed", "mended.png": status}
        manifest = Manifest(store, {}, f"{run:020d}-00")
        manifest.append(rows_table({"source": name, "status": word} for name, word in names.items()))
        manifest.flush()
    monkeypatch.chdir(tmp_path)
    exec(program("manifest"), {"__name__": "program"})
    printed = capsys.readouterr().out
    assert (printed.count("broken.png"), printed.count("mended.png")) == (1, 0)
