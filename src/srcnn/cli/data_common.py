"""What the commands of ``srcnn data`` share."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from srcnn.cli.common import complain, print_json

if TYPE_CHECKING:
    from srcnn.data.batch import FileResult


class Side(StrEnum):
    """The half that is the HR picture."""

    LEFT = "left"
    RIGHT = "right"


HrSide = Annotated[Side, typer.Option("--hr-side", help="The half of side-by-side pictures that is HR.")]
Steps = Annotated[
    list[str] | None,
    typer.Option(
        "--step",
        metavar="STEP",
        help='A degradation, repeatable: "blur SIGMA [SIZE]", "shrink [S] [KERNEL]", "subsample [S]", '
        '"enlarge [KERNEL]", "noise SIGMA", "jpeg QUALITY", "round".',
    ),
]


def report(outcomes: "Sequence[FileResult]", done: str, as_json: bool) -> None:
    """Print the result per file, which was ``done``, such as ``degraded``; exit with 1 if one failed."""
    failed = [outcome for outcome in outcomes if outcome.error]
    if as_json:
        results = [
            {"source": str(o.source), "targets": [str(target) for target in o.targets], "error": o.error}
            for o in outcomes
        ]
        print_json({"done": len(outcomes) - len(failed), "failed": len(failed), "results": results})
    for outcome in failed:
        complain("error", str(outcome.error))
    if not as_json:
        written = sum(len(outcome.targets) for outcome in outcomes)
        print(f"{len(outcomes) - len(failed)} of {len(outcomes)} pictures {done}, {written} files written")
    if failed:
        raise typer.Exit(1)
