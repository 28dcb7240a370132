"""The command line: one file per command, each of which parses, calls one function and prints.

Exit codes: 0 all done, 1 something failed, 2 usage, 130 interrupted (Ctrl-C), 143 terminated (SIGTERM).
No half-written file is left behind by any of them.
"""

import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from srcnn.errors import SrcnnError, UsageError
from srcnn.standard_streams import guard_reports, open_missing_streams, report_failure
from srcnn.text_table import printable


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run ``srcnn`` with ``arguments`` (default: those of the process) and exit."""
    code = 130
    try:
        open_missing_streams()
        guard_reports()
        # A handler that is set already, or SIGTERM being ignored, stays.
        if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _end)
        code = run(arguments)
        failure = report_failure()
        if failure is not None:
            code = _fail(failure, code or 1)
    except KeyboardInterrupt:
        pass
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run ``srcnn`` and return its exit code; expected errors become one line on stderr."""
    try:
        return _run(arguments)
    except SrcnnError as error:
        return _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        return 130


def _run(arguments: Sequence[str] | None) -> int:
    # Ctrl-C while these are loaded has to end as quietly as later.
    import typer
    from typer.main import get_command

    from srcnn.cli.app import build_app

    try:
        # Not standalone: the parser's errors arrive here as exceptions and `typer.Exit` as a number.
        app = build_app(sys.argv[1:] if arguments is None else arguments)
        code = get_command(app).main(args=arguments, prog_name="srcnn", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except typer.Abort:
        return 130
    except Exception as error:
        # Some versions of typer contain their own copy of click, so its classes cannot be named here.
        if not hasattr(error, "format_message"):
            raise
        return _fail(_parser_message(error), UsageError.exit_code)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    """Exit by an exception, as Ctrl-C does, so that files are cleaned up; shells use 128 + signal number."""
    sys.exit(128 + number)


def _fail(message: str, code: int) -> int:
    print(f"srcnn: error: {printable(' '.join(message.split()))}", file=sys.stderr)
    return code


def _parser_message(error: Exception) -> str:
    message: str = error.format_message()  # type: ignore[attr-defined]
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "srcnn"
    return f"{message.strip().rstrip('.')}; see: {command} --help"
