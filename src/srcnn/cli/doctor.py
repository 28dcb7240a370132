"""``srcnn doctor``: what is installed and whether it works."""

import typer

from srcnn.cli.common import AsJson, print_json

EPILOG = """
Examples:

  srcnn doctor

  srcnn doctor --json

Exit codes: 0 no problems, 1 problems.
"""


def doctor_command(as_json: AsJson = False) -> None:
    """Print what is installed, what will be used, and whether it works, for a bug report.

    Compares the shipped weights with their hashes and runs every engine. Nothing is written or sent.
    """
    from srcnn.doctor import examine

    report = examine()
    if as_json:
        print_json(report.to_json())
    else:
        print(report)
    if report.problems:
        raise typer.Exit(1)
