import json
from pathlib import Path

import pytest
from PIL import Image

from srcnn.cli import run


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root with Set14 of one picture; the current folder holds no trainings."""
    folder = tmp_path / "sets" / "Set14"
    folder.mkdir(parents=True)
    Image.radial_gradient("L").resize((172, 172)).convert("RGB").save(folder / "ppt3.png")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SRCNN_DATA", raising=False)
    monkeypatch.delenv("SRCNN_WEIGHTS", raising=False)
    return tmp_path / "sets"


def test_a_report_in_every_form(sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["reproduce", "--data", str(sets), "--sets", "Set14", "--out", "report", "--workers", "1"]
    assert run(command) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[1:] == [f"report/report.{form}" for form in ("html", "md", "json")]
    before = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert run([*command, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["tables"] == before["tables"]
    names = {path.relative_to(tmp_path / "report").parts[0] for path in (tmp_path / "report").rglob("*")}
    assert names == {"figures", "measurements", "report.html", "report.md", "report.json"}


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--sets", "Set6"], 2, "expected image sets out of Set5, Set14, BSD200, got Set6"),
        (["--sets", "Set14,BSD200"], 1, "expected a folder named BSD200"),
        (["--sets", "Set14", "--data", "nowhere"], 1, "expected a folder of image sets"),
        (["--sets", "Set14", "--runs", "nowhere"], 1, "expected a folder of trained runs"),
        (["--sets", "Set14", "--weights", "nowhere"], 1, "expected the authors' weights in nowhere/authors"),
        (["--out", "taken"], 1, "expected a folder for the output, got taken, where taken is not a folder"),
        (["--out", "taken/inside"], 1, "expected a folder for the output, got taken/inside"),
        (["--workers", "0"], 2, "--workers"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_report(
    sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], code: int, says: str
) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    assert run(["reproduce", "--data", str(sets), *options]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert err.startswith("srcnn: error: ")
    assert says in err
    assert not list(tmp_path.rglob("report.*"))
