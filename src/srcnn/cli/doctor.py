"""``srcnn doctor``: what is installed and what will be used."""

from typing import Annotated

import typer

from srcnn.cli.common import print_json

EPILOG = """
Examples:

  srcnn doctor

  srcnn doctor --json

Exit codes: 0 nothing is broken, 1 something is.
"""


def doctor_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Say what is installed, what will be used, and whether it works: lines for a bug report.

    Checks the shipped weights against their hashes and tries every engine. Nothing is written or sent.
    """
    from srcnn.doctor import examine

    report = examine()
    if as_json:
        print_json(report.to_json())
    else:
        print(report)
    if report.problems:
        raise typer.Exit(1)
