"""The programs of the page about a corpus run, and make what the command makes."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import srcnn as command

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "corpus.md"


@pytest.mark.parametrize(
    ("mark", "module"), [("process pool", "concurrent"), ("dask", "dask.bag"), ("ray", "ray.data")]
)
def test_programs_make_what_the_command_makes(
    mark: str, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    pytest.importorskip(module)
    if mark == "ray":
        request.getfixturevalue("ray_here")
    found = re.search(rf"<!-- {mark} -->\n```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    (tmp_path / "scans").mkdir()
    for number in range(3):
        pixels = np.random.default_rng(number).integers(0, 256, (9, 12 + number, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "scans" / f"{number}.png")
    monkeypatch.chdir(tmp_path)
    exec(found[1], {"__name__": "program"})
    done = command("upscale", "scans", "-o", "same", "--name", "large_{stem}{ext}", folder=tmp_path)
    assert done.returncode == 0
    for number in range(3):
        name = f"large_{number}.png"
        assert Path(name).read_bytes() == Path("same", name).read_bytes()
