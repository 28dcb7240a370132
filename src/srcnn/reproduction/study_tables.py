"""Studies as tables: sizes with what they cost, colour strategies with a column for each plane."""

from srcnn.reproduction.cells import Cell, Column, Row, Table
from srcnn.reproduction.measurement import PLANES, NetworkFile
from srcnn.reproduction.measuring import Results
from srcnn.reproduction.studies import SCALE, SET, Study
from srcnn.reproduction.trainings import Run

SIZES = (
    "network",
    "PSNR, published",
    "authors' weights, here",
    "ours, at one budget",
    "ours, as shipped",
    "parameters",
    "MACs a pixel",
    "minutes of training",
)
COLOURS = (
    "strategy",
    *(f"{plane}, {whose}" for plane in ("Y", "Cb", "Cr", "YCbCr") for whose in ("published", "here")),
    "R, G and B, here",
)

SHIPPED = (
    "Shipped weights were trained longer, each at its own budget: they are no part of the study, and show "
    "what a network reaches."
)


def study_table(study: Study, results: Results) -> Table:
    """The table of a study, published figures beside those measured."""
    coloured = len(study.plan.protocols) > 1
    notes = (study.plan.note, _budget(study), SHIPPED if any(study.shipped.values()) else "")
    return Table(
        study.plan.key,
        f"{study.plan.title}, {SET} x{SCALE}",
        study.published.source,
        COLOURS if coloured else SIZES,
        tuple(_colour_rows(study, results) if coloured else _size_rows(study, results)),
        study.plan.protocols,
        tuple(note for note in notes if note),
    )


def _budget(study: Study) -> str:
    runs = list(study.runs.values())
    if not runs:
        return "None of the trainings is there."
    recipe = runs[0].record["recipe"]
    steps = sorted({run.steps for run in runs})
    count = f"{steps[0]:,}" if len(steps) == 1 else f"{steps[0]:,} to {steps[-1]:,}"
    compared = (
        "Compare them among themselves; the paper trained for days."
        if len(steps) == 1
        else "Their budgets differ: their order says little."
    )
    return (
        f"Our trainings are shortened: {count} steps of {recipe['run']['batch']} crops from "
        f"{', '.join(recipe['data']['train'])}. {compared}"
    )


def _size_rows(study: Study, results: Results) -> list[Row]:
    rows = []
    for row in study.plan.rows:
        beside = study.published.rows.get(row.name, {}).get("psnr")
        run, theirs = study.runs.get(row.name), study.authors.get(row.name)
        shipped = next(iter(study.shipped[row.name].values()), None)
        figures = [
            Cell(beside, "psnr", "published"),
            Cell(_psnr(study, theirs, results), "psnr", "authors", beside),
            Cell(_psnr(study, run and run.network, results), "psnr", "study", beside),
            Cell(_psnr(study, shipped, results), "psnr", "ours", beside),
        ]
        rows.append(Row((row.name,), (*figures, *_costs(run))))
    return rows


def _psnr(study: Study, network: NetworkFile | None, results: Results) -> float | None:
    return None if network is None else study.figures(network, results)["psnr"]


def _costs(run: Run | None) -> list[Cell]:
    if run is None:
        return [Cell(None, metric, "study") for metric in ("parameters", "macs", "minutes")]
    architecture = run.weights.architecture
    return [
        Cell(architecture.parameters, "parameters", "study"),
        Cell(architecture.macs_per_pixel, "macs", "study"),
        Cell(run.minutes, "minutes", "study"),
    ]


def _colour_rows(study: Study, results: Results) -> list[Row]:
    rows = [Row(("bicubic",), _planes(study, "bicubic", "bicubic", None, results))]
    for row in study.plan.rows:
        theirs, run = study.authors.get(row.name), study.runs.get(row.name)
        if theirs is not None:
            cells = _planes(study, row.name, "authors", theirs, results)
            rows.append(Row((f"{row.name}, authors' weights",), cells))
        if run is not None:
            rows.append(Row((row.name,), _planes(study, row.name, "study", run.network, results)))
        else:
            rows.append(Row((row.name,), _quoted(study, row.name)))
        for name, network in study.shipped[row.name].items():
            cells = _planes(study, row.name, "ours", network, results)
            rows.append(Row((f"{row.name}, shipped {name}",), cells))
    named = {"bicubic", *(row.name for row in study.plan.rows)}
    rows += [Row((name,), _quoted(study, name)) for name in study.published.rows if name not in named]
    return rows


def _planes(
    study: Study, name: str, column: Column, network: NetworkFile | None, results: Results
) -> tuple[Cell, ...]:
    beside = study.published.rows.get(name, {})
    here = study.figures(network, results)
    true = study.figures(network, results, study.plan.protocols[1])["psnr"]
    cells = [
        cell
        for metric in (*PLANES, "psnr")
        for cell in (
            Cell(beside.get(metric), metric, "published"),
            Cell(here[metric], metric, column, beside.get(metric)),
        )
    ]
    return (*cells, Cell(true, "psnr", column))


def _quoted(study: Study, name: str) -> tuple[Cell, ...]:
    """A line of which nothing can be measured here."""
    known = study.published.rows.get(name, {})
    pairs = ((Cell(known.get(m), m, "published"), Cell(None, m, "study")) for m in (*PLANES, "psnr"))
    return (*(cell for pair in pairs for cell in pair), Cell(None, "psnr", "study"))
