"""``srcnn web``: a page in the browser, and a service."""

from math import isfinite
from pathlib import Path
from typing import Annotated

import typer

from srcnn.cli.file_options import MaxMemory
from srcnn.errors import FailureError, MissingExtraError, UsageError, read_errors_as

EPILOG = """
Examples:

  srcnn web

  srcnn web --port 9000 --no-browser --workers 4

  srcnn web --host 0.0.0.0

  SRCNN_TOKEN=$(cat secret) srcnn web --host 0.0.0.0 --allowed-host pictures.example.org

  curl --data-binary @photo.jpg 'http://127.0.0.1:8000/api/upscale?scale=3&format=png' -o large.png
"""


def web_command(
    host: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="Address to listen on; others than loopback ask for a token."),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", help="Port to listen on; 0: any that is free.")
    ] = 8000,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")
    ] = True,
    token_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File with the token [SRCNN_TOKEN; else a new one, printed]."),
    ] = None,
    allowed_host: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Name of this service at a proxy; repeatable.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Processes at once, one picture each [2].")
    ] = None,
    max_memory: MaxMemory = None,
    max_megabytes: Annotated[
        float, typer.Option(min=0.001, metavar="MB", help="Largest file that is taken.")
    ] = 100,
    max_megapixels: Annotated[
        float, typer.Option(min=0.001, metavar="MP", help="Largest picture and result.")
    ] = 100,
    max_queue: Annotated[int, typer.Option(min=1, metavar="N", help="Unfinished pictures at once.")] = 64,
    max_per_client: Annotated[int, typer.Option(min=1, metavar="N", help="Of these, one client's.")] = 32,
    max_seconds: Annotated[float, typer.Option(min=1, metavar="S", help="Longest work on a picture.")] = 300,
    keep_seconds: Annotated[
        float, typer.Option(min=1, metavar="S", help="How long finished pictures are kept.")
    ] = 900,
    spool: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where pictures lie meanwhile [temporary files].")
    ] = None,
) -> None:
    """Open a page that enlarges and restores pictures; the same address is an HTTP service.

    What it does is what `srcnn upscale` and `srcnn restore` do. The service describes itself at
    /openapi.json; Prometheus finds figures at /metrics. Ctrl-C and SIGTERM end it: pictures that are worked
    on get 5 s to finish, and nothing is kept.
    """
    import os

    from srcnn.web.limits import Limits

    try:
        from srcnn.web.server import Address, serve
    except ModuleNotFoundError as error:
        raise MissingExtraError("srcnn web", "web") from error

    token = os.environ.get("SRCNN_TOKEN") or None
    if token_file is not None:
        with read_errors_as(FailureError, token_file, f"cannot read the token in {token_file}"):
            # Some editors write a mark of UTF-8 first; `Address` refuses what another encoding leaves.
            token = token_file.read_bytes().decode("utf-8-sig", errors="replace").strip()
    limits = Limits(
        workers=workers,
        max_memory=max_memory,
        max_bytes=_millions("--max-megabytes", max_megabytes),
        max_pixels=_millions("--max-megapixels", max_megapixels),
        max_queue=max_queue,
        max_per_client=max_per_client,
        max_seconds=max_seconds,
        keep_seconds=keep_seconds,
    )
    serve(Address(host, port, token, tuple(allowed_host or ())), limits, spool=spool, browser=browser)


def _millions(option: str, count: float) -> int:
    if not isfinite(count):
        raise UsageError(f"expected a number for {option}, got {count}")
    return int(count * 1e6)
