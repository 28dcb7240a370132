import json
import math
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from small_paper import SETS, Small, make_run
from support import make_tiny_weights

from srcnn.errors import DataError, SrcnnError, UsageError, WeightsError
from srcnn.evaluation import evaluate
from srcnn.reproduction import Report, contents, html, markdown, reproduce
from srcnn.reproduction.scores import find_images
from srcnn.reproduction.speed import Speed
from srcnn.reproduction.studies import Study, study_plans
from srcnn.reproduction.table import Cell, Row, Table
from srcnn.reproduction.weight_sources import AuthorsWeights
from srcnn.weights import save_weights
from srcnn.zoo import list_models

STUDY, SHIPPED = "ours, at one budget", "ours, as shipped"


def table_of(report: Report, key: str) -> Table:
    return next(table for table in report.tables if table.key == key)


def cell_of(table: Table, *head: str, column: str) -> Cell:
    row = next(row for row in table.rows if row.head == head)
    return row.cells[table.header.index(column) - len(head)]


def test_the_tables_hold_what_evaluate_measures(report: Report, small: Small) -> None:
    metrics = ("psnr", "ssim", "ifc", "ms_ssim_metrix")
    mean = evaluate("9-5-5", small.data / "Set5", 3, metrics=metrics).mean
    table = table_of(report, "Set5")
    for metric, name in zip(metrics, ("PSNR", "SSIM", "IFC", "MSSSIM"), strict=True):
        for column, method in (("bicubic, here", "bicubic"), ("SRCNN, our weights, here", "srcnn")):
            assert cell_of(table, name, "x3", column=column).value == pytest.approx(mean[method][metric])


def test_published_figures_stand_beside(report: Report) -> None:
    # arXiv:1501.00092v3, Tables 1, 2 and 5.
    table = table_of(report, "Set5")
    assert cell_of(table, "PSNR", "x3", column="SRCNN, published").value == 32.75
    assert cell_of(table, "NQM", "x4", column="A+, published").value == 26.97
    assert cell_of(table, "SSIM", "x2", column="SRCNN, our weights, here").published == 0.9542
    assert cell_of(table_of(report, "widths"), "32-16", column="PSNR, published").value == 32.26
    assert cell_of(table_of(report, "colours"), "KK", column="Cb, published").value == 44.35
    assert cell_of(table_of(report, "colours"), "bicubic", column="Cr, here").published == 45.42


def test_a_set_of_another_size_is_compared_with_nothing(report: Report) -> None:
    table = table_of(report, "Set14")
    assert table.source == ""
    assert all(cell.published is None for cell in table.cells)
    assert not any("published" in name for name in table.header)


def test_studies_read_trainings_of_either_layout_and_list_the_others(report: Report) -> None:
    table = table_of(report, "filters")
    ours = {row.head[0]: cell_of(table, *row.head, column=STUDY).value for row in table.rows}
    assert [name for name, value in ours.items() if value is not None] == ["9-1-5", "9-3-5"]
    assert cell_of(table, "9-1-5", column="minutes of training").value == 3
    assert cell_of(table_of(report, "widths"), "64-32", column=STUDY).value == ours["9-1-5"]
    assert "1,500 steps of 32 crops from T91" in " ".join(table.notes)
    commands = [one.command for one in report.lacking]
    assert "srcnn train sizes-x3.11-1-7 --data sets/" in commands
    assert not any("9-3-5 " in command or ".rgb " in command for command in commands)
    assert len(commands) == len(set(commands))


def test_colour_strategies_are_measured_plane_by_plane(report: Report, small: Small) -> None:
    row = next(row for row in table_of(report, "colours").rows if row.head == ("RGB",))
    header = table_of(report, "colours").header[1:]
    here = {name: cell.value for name, cell in zip(header, row.cells, strict=True) if "here" in name}
    network = small.runs / "colours-9-1-5-x3" / "rgb" / "weights.safetensors"
    joint = evaluate(network, small.data / "Set5", 3, protocol="colour-ycbcr")
    assert here["YCbCr, here"] == pytest.approx(joint.mean["srcnn"]["psnr"])
    luma = evaluate(network, small.data / "Set5", 3)
    assert here["Y, here"] == pytest.approx(luma.mean["srcnn"]["psnr"])
    true = evaluate(network, small.data / "Set5", 3, protocol="colour-rgb")
    assert here["R, G and B, here"] == pytest.approx(true.mean["srcnn"]["psnr"])


def test_shipped_weights_stand_where_the_paper_has_their_network(report: Report, small: Small) -> None:
    mean = evaluate("9-1-5", small.data / "Set5", 3).mean["srcnn"]
    assert cell_of(table_of(report, "filters"), "9-1-5", column=SHIPPED).value == pytest.approx(mean["psnr"])
    assert cell_of(table_of(report, "widths"), "64-32", column=SHIPPED).value == pytest.approx(mean["psnr"])
    luma = cell_of(table_of(report, "colours"), "Y only, shipped 9-1-5", column="Y, here")
    assert luma.value == pytest.approx(mean["psnr"])
    assert luma.published == 32.39
    timed = {row.head[0] for row in table_of(report, "speed").rows}
    cards = {entry.name: entry.card for entry in list_models()}
    for name, card in cards.items():
        assert (f"{name.removesuffix('-x3')}, ours" in timed) == ((card.scale, card.color) == (3, "y"))


def test_weights_shipped_later_are_taken_up(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, channels in (("9-3-5-x3", 1), ("9-5-5-rgb-x3", 3), ("9-3-5-x2", 1)):
        weights = make_tiny_weights(scale=int(name[-1]), channels=channels)
        color = "y" if channels == 1 else "rgb"
        weights = replace(weights, card=replace(weights.card, name=name, color=color))
        save_weights(weights, tmp_path / f"{name}.safetensors")
    monkeypatch.setenv("SRCNN_MODELS", str(tmp_path))
    images, nobody = find_images("Set5", small.data / "Set5"), AuthorsWeights(None)
    studies = {plan.key: Study(plan, images, nobody, ()).shipped for plan in study_plans()}
    assert {name for name, found in studies["filters"].items() if found} == {"9-3-5"}
    assert {name: list(found) for name, found in studies["colours"].items() if found} == {
        "RGB": ["9-5-5-rgb"]
    }
    assert [network.name for network in Speed(images, nobody).networks] == ["9-3-5-x3"]


def test_every_difference_is_marked_with_a_reason(report: Report) -> None:
    # Random pictures are no baby and no bird: everything differs, and no reason reaches that far.
    marked = [cell for table in report.tables for cell in table.cells if cell.marked]
    assert len(marked) > 30
    assert all(cell.reason for cell in marked)
    assert report.unexplained > 0
    assert f"{report.unexplained} of them without a known reason" in report.summary
    unmarked = [cell for table in report.tables for cell in table.cells if not cell.marked]
    assert not any(cell.reason for cell in unmarked)


def test_a_second_run_measures_nothing(report: Report, small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object) -> None:
        raise AssertionError("measured although everything was there")

    monkeypatch.setattr("srcnn.reproduction.scores.measure_picture", refuse)
    monkeypatch.setattr("srcnn.reproduction.speed._mean_seconds", refuse)
    monkeypatch.setattr("srcnn.reproduction.run.illustrate", lambda *given: ((), ""))
    again = reproduce(small.store, "0", data=small.data, runs=[small.runs], sets=tuple(SETS))
    assert again.tables == report.tables


def test_the_page_needs_no_other_file_and_says_why(report: Report) -> None:
    page = html(report)
    assert not re.search(r'(?:src|href)="(?!data:image/png;base64,|#)', page)
    for cell in (cell for table in report.tables for cell in table.cells if cell.marked):
        mark = report.reasons[cell.reason][0]
        assert f'href="#why-{mark}"' in page
        assert f'id="why-{mark}"' in page
    for name in re.findall(r'href="#([\w-]+)"', page):
        assert page.count(f'id="{name}"') == 1
    assert "crops-butterfly" in page
    assert "srcnn train sizes-x3.11-1-7" in page


def test_markdown_has_the_same_figures_as_the_page_and_its_pictures_beside_it(
    report: Report, tmp_path: Path
) -> None:
    text, page = markdown(report), html(report)
    files = contents(report, tmp_path, page)
    for name in re.findall(r"\]\((figures/[^)]+)\)", text):
        assert files[tmp_path / name].startswith(b"\x89PNG")
    for table in report.tables:
        section = text.partition(f"## {table.title}\n")[2].partition("\n## ")[0]
        lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
        for line, row in zip(lines[2:], table.rows, strict=True):
            figures = [cell.partition(" ")[0] for cell in line[len(row.head) :]]
            assert figures == [cell.text for cell in row.cells]
    told = json.loads(files[tmp_path / "report.json"])
    assert told["unexplained"] == report.unexplained
    assert {table["key"] for table in told["tables"]} == {table.key for table in report.tables}


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("record.json", '{"steps": 3', "record of a finished run"),
        ("record.json", "[]", "record of a finished run"),
        ("log.jsonl", "no json\n", "expected a run log with a JSON object a line"),
        ("log.jsonl", '{"examples": 1}\n', "expected a number as 'psnr'"),
        ("log.jsonl", None, "log.jsonl"),
        ("weights.safetensors", None, "weights.safetensors"),
        ("weights.safetensors", "no weights", "weights.safetensors"),
    ],
)
def test_a_broken_training_is_one_line(
    small: Small, tmp_path: Path, file: str, content: str | None, says: str
) -> None:
    path = make_run(tmp_path / "runs" / "sizes-x3" / "9-1-5") / file
    path.unlink()
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises((DataError, WeightsError)) as error:
        reproduce(tmp_path / "store", "0", data=small.data, runs=[tmp_path / "runs"], sets=("Set5",))
    assert says in str(error.value)
    assert str(path.parent) in str(error.value)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ({"sets": ("Set6",)}, UsageError, "expected image sets out of Set5, Set14, BSD200, got Set6"),
        ({"sets": ()}, UsageError, "got none"),
        ({"sets": ("BSD200",)}, DataError, "expected a folder named BSD200"),
        ({"runs": [Path("no/runs")]}, DataError, "expected a folder of trained runs, got no/runs"),
        ({"authors": Path("no")}, DataError, "expected the authors' weights in no/authors"),
    ],
)
def test_what_is_missing_is_named_before_any_work(
    small: Small, tmp_path: Path, change: dict[str, object], kind: type[SrcnnError], says: str
) -> None:
    options = {"data": small.data, "sets": ("Set5",), **change}
    with pytest.raises(kind) as error:
        reproduce(tmp_path / "store", "0", **options)  # pyright: ignore[reportArgumentType]
    assert says in str(error.value)
    assert not (tmp_path / "store").exists()


def test_without_matplotlib_the_report_has_crops_and_says_what_is_missing(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    made = reproduce(small.store, "0", data=small.data, runs=[small.runs], sets=("Set14",))
    assert [figure.name for figure in made.illustrations] == ["crops-ppt3"]
    assert "pip install 'srcnn[figures]'" in made.made["figures"]
    assert "pip install &#x27;srcnn[figures]&#x27;" in html(made)


def test_numbers_without_end_make_valid_json() -> None:
    endless = Cell(math.inf, "psnr", "ours", 30.0)
    assert endless.marked
    table = Table("t", "t", "", ("a", "b"), (Row(("r",), (endless,)),), ())
    assert '"value": null' in json.dumps(table.to_json(), allow_nan=False)
