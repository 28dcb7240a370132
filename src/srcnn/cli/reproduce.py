"""``srcnn reproduce``: the paper's tables measured again, in one report."""

from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli.common import AsJson, Bar, DataRoot, Workers, complain, parse_list, print_json
from srcnn.errors import DataError

EPILOG = """
Examples:

  srcnn reproduce

  srcnn reproduce --data sets/ --out reproduction --weights weights/

  srcnn reproduce --sets Set5,Set14 --runs runs/ --json
"""


def reproduce_command(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for the report.")] = Path(
        "reproduction"
    ),
    data: DataRoot = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder with the authors' weights in authors/, if present.",
            envvar="SRCNN_WEIGHTS",
        ),
    ] = None,
    runs: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Folder of finished runs; repeatable [records/studies and runs]."),
    ] = None,
    sets: Annotated[
        str, typer.Option(metavar="LIST", help="Image sets: Set5,Set14,BSD200.")
    ] = "Set5,Set14,BSD200",
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Measure the tables of the SRCNN paper again, and write a report on what agrees and what differs.

    Writes report.html (one file), report.md with its figures, and report.json. Published figures stand beside
    those of the authors' weights, if present, and of ours; differences are marked and explained. Nothing is
    trained: studies are read from finished runs, and missing ones are listed. Measurements are cached in the
    folder, so that a second run is quick and an interrupted one continues.
    """
    from srcnn import __version__
    from srcnn.atomic import make_folder, write_all
    from srcnn.reproduction import contents, html, reproduce

    folder = make_folder(out, DataError)
    with Bar("measuring") as bar:
        report = reproduce(
            folder / "measurements",
            __version__,
            data=data,
            authors=weights,
            runs=runs or (),
            sets=parse_list(sets),
            processes=workers,
            progress=bar.update,
        )
    files = contents(report, folder, html(report))
    make_folder(folder / "figures", DataError)
    write_all(files)
    if as_json:
        print_json(report.to_json())
        return
    print(report.summary)
    for missing in report.lacking:
        complain("note", f"not trained yet, about {missing.minutes} min: {missing.command}")
    for name in ("report.html", "report.md", "report.json"):
        print(folder / name)
