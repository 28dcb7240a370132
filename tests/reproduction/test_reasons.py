import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from srcnn.evaluation import METRICS, published
from srcnn.evaluation.published_figures import PAPER_METHOD
from srcnn.reproduction.paper_tables import TABLES
from srcnn.reproduction.reasons import UNEXPLAINED, all_reasons, omitted, with_reasons
from srcnn.reproduction.scores import PLANES
from srcnn.reproduction.studies import study_plans
from srcnn.reproduction.table import Cell, Column, Row, Table
from srcnn.zoo import list_models

RECORDS = Path(__file__).parents[2] / "records"


def reason(table: str, head: tuple[str, ...], cell: Cell) -> str:
    whole = Table(table, "", "", ("",) * (len(head) + 1), (Row(head, (cell,)),), ())
    return with_reasons(whole).rows[0].cells[0].reason


@pytest.mark.parametrize(
    ("metric", "value", "published", "marked"),
    [
        ("psnr", 32.80, 32.75, False),
        ("psnr", 32.8001, 32.75, True),
        ("psnr", 32.69, 32.75, True),
        ("ssim", 0.911, 0.9090, False),
        ("ssim", 0.9111, 0.9090, True),
        ("ms_ssim_metrix", 0.98, 0.9866, True),
        ("nqm", 33.27, 33.21, True),
        ("psnr", 32.80, None, False),
        ("psnr", None, 32.75, False),
    ],
)
def test_what_differs_by_more_than_the_tolerance_is_marked(
    metric: str, value: float | None, published: float | None, marked: bool
) -> None:
    cell = Cell(value, metric, "ours", published)
    assert cell.marked == marked
    assert bool(reason("Set5", ("PSNR", "x3"), cell)) == marked


def test_a_difference_without_a_known_reason_says_so() -> None:
    assert reason("Set5", ("PSNR", "x3"), Cell(31.0, "psnr", "authors", 32.75)) == UNEXPLAINED
    assert reason("Set5", ("PSNR", "x3"), Cell(29.0, "psnr", "bicubic", 30.39)) == UNEXPLAINED
    # Better weights explain a little more, not half a decibel, and no SSIM above one.
    assert reason("Set5", ("PSNR", "x2"), Cell(37.16, "psnr", "ours", 36.66)) == UNEXPLAINED
    assert reason("Set5", ("SSIM", "x2"), Cell(1.1, "ssim", "ours", 0.9542)) == UNEXPLAINED
    assert reason("Set5", ("PSNR", "x2"), Cell(46.0, "psnr", "ours", 36.66)) == UNEXPLAINED


def test_better_weights_are_a_reason_for_ours_alone() -> None:
    cells: dict[Column, str] = {
        column: reason("Set5", ("PSNR", "x2"), Cell(36.92, "psnr", column, 36.66))
        for column in ("ours", "authors", "bicubic")
    }
    assert cells["ours"] != UNEXPLAINED
    assert cells["authors"] == cells["bicubic"] == UNEXPLAINED


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("data", ["Set5", "Set14"])
def test_what_shipped_weights_were_measured_to_reach_has_a_reason(data: str, scale: int) -> None:
    content = (RECORDS / f"9-5-5-x{scale}" / f"{data}.json").read_text(encoding="utf-8")
    for metric, value in json.loads(content)["mean"]["srcnn"].items():
        cell = Cell(value, metric, "ours", published(data, scale, PAPER_METHOD, metric, "authors"))
        assert not cell.marked or reason(data, ("", f"x{scale}"), cell) != UNEXPLAINED


@pytest.mark.parametrize(
    ("table", "scale", "metric", "value", "beside"),
    [
        # 9-5-5 of 26 November 2026, by `srcnn reproduce`.
        ("Set5", 2, "ifc", 8.323, 8.05),
        ("Set5", 3, "ifc", 4.851, 4.58),
        ("Set5", 2, "wpsnr", 60.411, 59.49),
        ("Set14", 2, "ifc", 7.996, 7.76),
    ],
)
def test_what_shipped_weights_reach_by_eye_has_a_reason(
    table: str, scale: int, metric: str, value: float, beside: float
) -> None:
    assert reason(table, ("", f"x{scale}"), Cell(value, metric, "ours", beside)) != UNEXPLAINED


def test_reasons_are_about_things_that_exist() -> None:
    keys = [entry.key for entry in all_reasons()]
    assert len(keys) == len(set(keys))
    tables = {how.key for how in TABLES} | {plan.key for plan in study_plans()}
    rows = {row.name for plan in study_plans() for row in plan.rows} | {"x2", "x3", "x4"}
    for entry in all_reasons():
        assert set(entry.tables) <= tables
        assert set(entry.columns) <= {"bicubic", "authors", "ours", "study"}
        limits = entry.within if isinstance(entry.within, Mapping) else {"psnr": entry.within}
        assert set(limits) <= {*METRICS, *PLANES}
        assert min(limits.values()) > 0
        assert set(entry.rows) <= rows
        assert entry.side in ("", "above", "below")
        assert entry.reason.endswith(".")
    assert all(words.endswith(".") for words in omitted())


def test_what_reasons_say_of_our_weights_is_so() -> None:
    # "T91, General-100 and the training pictures of BSDS500", "a few hours at most", "another optimiser".
    shipped = [entry for entry in list_models() if entry.card.task == "upscale" and entry.card.color == "y"]
    assert {entry.card.data for entry in shipped} == {("T91", "General-100", "BSDS500-train")}
    for entry in shipped:
        assert 60 < sum(record["seconds"] for record in chain_of(entry.name)) < 4 * 3600
        assert record_of(RECORDS / entry.name)["recipe"]["optimiser"]["name"] != "sgd"


def chain_of(name: str) -> list[dict[str, Any]]:
    """The record of a shipped model, of what it was started from, and so on to what began at random."""
    known: dict[str, dict[str, Any]] = {}
    for path in RECORDS.glob("**/record.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        shipped = record.get("shipped", {})
        known |= {shipped[key]: record for key in ("sha256", "rounded_from") if key in shipped}
    chain = [record_of(RECORDS / name)]
    while chain[-1]["init"]:
        chain.append(known[chain[-1]["init"]["sha256"]])
    return chain


def test_minutes_of_the_studies_are_those_of_their_records() -> None:
    for plan in study_plans():
        for row in plan.rows:
            minutes = record_of(RECORDS / "studies" / plan.recipe / row.variant)["seconds"] / 60
            assert row.minutes - 1 < minutes <= row.minutes


def record_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "record.json").read_text(encoding="utf-8"))
