import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="figures need the figures extra")

from srcnn.cli.arguments import find_logs
from srcnn.errors import DataError, UsageError
from srcnn.evaluation import published
from srcnn.figures.curves import choose_levels, curves_figure, gains_figure, published_gains
from srcnn.figures.plot import save_figure
from srcnn.training.run_log import RunLog, common_scale, read_log


def _rows(start: float) -> list[dict[str, float]]:
    return [
        {
            "examples": 100 * n,
            "psnr": start + float(np.log1p(n)),
            "train_psnr": start + float(np.log1p(n)) - 0.3,
            "mse": 0.01 / (n + 1),
            "train_mse": 0.012 / (n + 1),
            "bicubic": 28.0,
        }
        for n in range(5)
    ]


def _run(folder: Path, start: float = 28, scale: Any = 3) -> Path:
    folder.mkdir(parents=True)
    (folder / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in _rows(start)))
    (folder / "recipe.json").write_text(json.dumps({"data": {"scale": scale}}))
    return folder


def _heights(line: Any) -> list[float]:
    return np.asarray(line.get_ydata()).tolist()


def test_curves_show_what_was_logged() -> None:
    psnr, error = curves_figure({"one": _rows(28), "two": _rows(29)}).axes
    drawn = {line.get_label(): line for line in psnr.lines}
    assert _heights(drawn["two"]) == [row["psnr"] for row in _rows(29)]
    assert np.asarray(drawn["one"].get_xdata()).tolist() == [0, 100, 200, 300, 400]
    assert drawn["one"].get_color() != drawn["two"].get_color()
    assert {tuple(_heights(line)) for line in psnr.lines} >= {(28.0, 28.0)}  # the input
    assert len(error.lines) == 4


def test_logs_of_early_versions_without_errors_have_one_panel() -> None:
    rows = [{key: row[key] for key in ("examples", "psnr", "train_psnr", "bicubic")} for row in _rows(28)]
    assert len(curves_figure({"old": rows}).axes) == 1


def test_a_run_that_has_just_begun_can_be_drawn(tmp_path: Path) -> None:
    save_figure(curves_figure({"new": []}), tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 1000


def test_gains_are_above_each_runs_own_input_and_levels_are_lines() -> None:
    axis = gains_figure({"one": _rows(28)}, {"A+": 2.2, "SC": 1.03}, "Set5 x3").axes[0]
    drawn = {line.get_label(): _heights(line) for line in axis.lines}
    assert drawn["one"] == pytest.approx([row["psnr"] - 28.0 for row in _rows(28)])
    assert {round(float(_heights(line)[0]), 2) for line in axis.lines[1:]} == {2.2, 1.03}
    assert {text.get_text() for text in axis.texts} == {"A+", "SC"}


@pytest.mark.filterwarnings("error")
def test_a_slow_machine_is_no_reason_to_warn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matplotlib.legend.time.perf_counter", itertools.count(0, 5).__next__)
    logs = {"one": _rows(28), "two": _rows(29)}
    save_figure(gains_figure(logs, {}, "Set5 x3"), tmp_path / "gains.png")
    save_figure(curves_figure(logs), tmp_path / "curves.png")


def test_levels_are_published_psnr_above_published_bicubic() -> None:
    gains = published_gains("Set5", 3)
    bicubic = published("Set5", 3, "bicubic", "psnr", "authors")
    assert bicubic is not None
    for method in ("a+", "srcnn 9-5-5"):
        figure = published("Set5", 3, method, "psnr", "authors")
        assert figure is not None
        assert gains[method.upper()] == pytest.approx(figure - bicubic)
    assert "BICUBIC" not in gains
    assert choose_levels("Set5", 3, ["a+", "KK"]) == {name: gains[name] for name in ("A+", "KK")}


def test_what_was_never_published_is_refused() -> None:
    with pytest.raises(DataError, match="Set5 x7"):
        published_gains("Set5", 7)
    with pytest.raises(UsageError, match=r"out of sc, .*got 'vdsr'"):
        choose_levels("Set5", 3, ["vdsr"])


def test_runs_are_found_by_folder_by_label_and_in_a_folder_of_runs(tmp_path: Path) -> None:
    _run(tmp_path / "runs" / "b", 29)
    _run(tmp_path / "runs" / "a")
    logs = find_logs([str(tmp_path / "runs"), f"mine={tmp_path / 'runs' / 'a'}"])
    assert [log.name for log in logs] == ["a", "b", "mine"]
    assert logs[1].rows[0]["psnr"] == 29
    assert common_scale(logs) == 3


def test_runs_of_one_name_are_refused(tmp_path: Path) -> None:
    run = str(_run(tmp_path / "a"))
    with pytest.raises(UsageError, match="two runs are named 'a'; name one as LABEL=FOLDER"):
        find_logs([run, run])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"examples": 1, "psnr": 3', r"JSON object a line.*line 2 of .*log\.jsonl"),
        ("[1, 2]", r"a number as 'examples' in line 2"),
        ('{"examples": 1, "psnr": null, "train_psnr": 1, "bicubic": 1}', "'psnr' in line 2 .*got None"),
        ("\x00", "JSON object a line"),
    ],
)
def test_a_broken_log_is_told_with_its_line(tmp_path: Path, line: str, says: str) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(json.dumps(_rows(28)[0]) + "\n" + line + "\n")
    with pytest.raises(DataError, match=says):
        read_log(log)


def test_a_log_before_its_first_line_is_told(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.touch()
    with pytest.raises(DataError, match=r"a line a validation, got none in .*log\.jsonl"):
        read_log(log)


def test_a_missing_run_and_a_broken_recipe_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a run's folder with log\.jsonl.*nowhere"):
        find_logs([str(tmp_path / "nowhere")])
    run = _run(tmp_path / "a")
    (run / "recipe.json").write_text("{")
    with pytest.raises(DataError, match=r"a recipe in .*recipe\.json"):
        find_logs([str(run)])


def test_runs_of_several_scales_have_no_common_levels() -> None:
    runs = [RunLog("a", [], 3), RunLog("b", [], None)]
    with pytest.raises(DataError, match="of one scale, got a x3, b unknown"):
        common_scale(runs)
