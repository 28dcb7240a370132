"""Receiving a picture: from the request's body to a file, under limits."""

import asyncio
from pathlib import Path

from starlette.requests import ClientDisconnect, Request

from srcnn.files.signatures import LENGTH, suffix_of
from srcnn.web.limits import Limits
from srcnn.web.refusal import Refusal


async def receive_picture(request: Request, folder: Path, limits: Limits) -> Path:
    """Write the body into a file whose suffix says what it is by its first bytes.

    What the client calls its file is never looked at.

    Raises:
        Refusal: 413 for too many bytes, 422 for none, 408 for too slow a client, 507 for a full disk.
        ClientDisconnect: the client has gone.
    """
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > limits.max_bytes:
        raise _too_large(limits)
    path = folder / "received"
    try:
        async with asyncio.timeout(limits.max_seconds):
            size = await _write(request, path, limits)
    except TimeoutError as error:
        raise Refusal(408, f"expected the picture within {limits.max_seconds:g} s; send it again") from error
    except OSError as error:
        raise Refusal(507, "there is no room for the picture; try later") from error
    if size == 0:
        raise Refusal(422, "expected a picture, got none: the file, or the body of the request, is empty")
    with path.open("rb") as file:
        suffix = suffix_of(file.read(LENGTH))
    return path.rename(folder / f"picture{suffix}")


async def _write(request: Request, path: Path, limits: Limits) -> int:
    size = 0
    with path.open("xb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limits.max_bytes:
                raise _too_large(limits)
            file.write(chunk)
    return size


async def disconnected(request: Request) -> None:
    """Until the client, all of whose request has been read, has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _too_large(limits: Limits) -> Refusal:
    return Refusal(413, f"expected at most {limits.max_bytes:,} bytes; send a smaller file")


__all__ = ["ClientDisconnect", "disconnected", "receive_picture"]
