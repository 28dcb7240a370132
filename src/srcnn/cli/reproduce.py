"""``srcnn reproduce``: the paper's tables measured again, in one report."""

from pathlib import Path
from typing import Annotated

import typer

EPILOG = """
Examples:

  srcnn reproduce

  srcnn reproduce --data sets/ --out reproduction --weights weights/

  srcnn reproduce --sets Set5,Set14 --runs runs/ --json
"""


def reproduce_command(
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of the report, made if it is not there.")
    ] = Path("reproduction"),
    data: Annotated[
        Path | None, typer.Option(help="Folder that holds the image sets.", envvar="SRCNN_DATA")
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            help="Folder with the authors' weights in authors/, if you have them.", envvar="SRCNN_WEIGHTS"
        ),
    ] = None,
    runs: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of finished trainings; repeatable [records/studies and runs]."),
    ] = None,
    sets: Annotated[
        str, typer.Option(metavar="LIST", help="Which image sets: Set5,Set14,BSD200.")
    ] = "Set5,Set14,BSD200",
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Pictures measured at once [one for each core].")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Measure the tables of the SRCNN paper again, and write one report of what agrees and what differs.

    Writes report.html, which needs no other file, report.md with its figures, and report.json. Published
    figures stand beside the authors' weights, where you have them, and ours. What differs is marked and
    explained. Nothing is trained: studies are read from finished trainings, and those that are lacking are
    listed. Finished measurements are kept in the folder, so that a second run is quick and an interrupted one
    goes on.
    """
    from srcnn import __version__
    from srcnn.atomic import write_all
    from srcnn.cli.common import Bar, complain, print_json
    from srcnn.reproduction import contents, html, reproduce

    folder = _made(out)
    with Bar("measuring") as bar:
        report = reproduce(
            folder / "measurements",
            __version__,
            data=data,
            authors=weights,
            runs=runs or (),
            sets=tuple(name.strip() for name in sets.split(",") if name.strip()),
            processes=workers,
            progress=bar.update,
        )
    files = contents(report, folder, html(report))
    _made(folder / "figures")
    write_all(files)
    if as_json:
        print_json(report.to_json())
        return
    print(report.summary)
    for one in report.lacking:
        complain("note", f"not trained yet, about {one.minutes} minutes: {one.command}")
    for name in ("report.html", "report.md", "report.json"):
        print(folder / name)


def _made(folder: Path) -> Path:
    from srcnn.errors import DataError, UsageError

    if folder.exists() and not folder.is_dir():
        raise UsageError(f"expected a folder for the report, got {folder}, which is a file")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot make the folder {folder}: {error.strerror or error}") from error
    return folder
