"""What a service answers to broken pictures."""

import http.client
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worker import judge_picture

_PATIENCE = 60.0


@contextmanager
def serving() -> Iterator[int]:
    """The port of a service; afterwards its workers are all alive and nothing of theirs is left on disk.

    Raises:
        SystemExit: a worker had to be replaced, or a file is left.
    """
    command = (sys.executable, "-m", "srcnn", "web", "--no-browser", "--port", "0")
    with tempfile.TemporaryDirectory() as spool:
        with subprocess.Popen((*command, "--spool", spool), stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            found = re.search(r":(\d+)/", process.stdout.readline())
            if found is None:
                raise SystemExit("expected the service to say its address")
            try:
                yield int(found[1])
                if b"srcnn_workers_replaced 0.0" not in _ask(int(found[1]), "GET", "/metrics")[1]:
                    raise SystemExit("expected all workers to live, got some that were replaced")
            finally:
                process.terminate()
                process.communicate()
        left = [path for path in Path(spool).rglob("*") if path.is_file()]
        if left:
            raise SystemExit(f"expected nothing on disk afterwards, got {left}")


def judge_upload(port: int, path: Path, folder: Path) -> tuple[str, str]:
    """The outcome for a picture that is sent, and why."""
    try:
        status, body = _ask(port, "POST", "/api/upscale?format=png&scale=1.5", path.read_bytes())
    except (OSError, http.client.HTTPException) as error:
        return "finding", f"no answer: {error!r}"
    if status == 200:
        result = folder / "result.png"
        result.write_bytes(body)
        outcome, detail = judge_picture(result, folder)
        return outcome, detail if outcome == "read" else f"a result that is no picture: {detail}"
    if status not in (413, 422):
        return "finding", f"status {status}: {body!r:.300}"
    message = json.loads(body)["error"]
    if "\n" in message or "unexpected" in message or "process" in message:
        return "finding", f"status {status}: {message}"
    return "refused", message


def _ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
