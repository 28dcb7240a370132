"""``srcnn web`` as a user meets it: a process, what it prints, the browser, how it ends, what it leaves."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from support import assert_fails, srcnn
from web_fixtures import png, until

TOKEN = "a token of these tests"
LONG = "/api/jobs/upscale?scale=4&ensemble=true&engine=numpy&tile=256"


@contextmanager
def started(spool: Path, *options: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A service on a free port, and the line with its address."""
    command = (sys.executable, "-m", "srcnn", "web", "--port", "0", "--workers", "1", "--spool", spool)
    process = subprocess.Popen(
        (*command, *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


def address(line: str) -> str:
    port = re.search(r":(\d+)/", line)
    assert port is not None, line
    return f"http://127.0.0.1:{port[1]}"


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_ends_cleanly(tmp_path: Path, number: signal.Signals):
    with started(tmp_path, "--no-browser") as (process, line):
        assert re.fullmatch(r"srcnn: http://127\.0\.0\.1:\d+/ \(Ctrl-C ends it\)\n", line)
        assert httpx.get(f"{address(line)}/healthz").json()["status"] == "ok"
        httpx.post(address(line) + LONG, content=png(300, 300)).raise_for_status()
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (0, "srcnn: ended\n", "")
    assert files(tmp_path) == []


def test_the_browser_is_opened_with_a_new_token_elsewhere_than_on_loopback(tmp_path: Path):
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >{opened}.new\nmv {opened}.new {opened}\n')
    browser.chmod(0o755)
    with started(tmp_path, "--host", "0.0.0.0", BROWSER=str(browser)) as (_, line):
        token = re.search(r"#token=([\w-]{20,}) ", line)
        assert token is not None, line
        until(opened.exists)
        assert opened.read_text().strip() == line.split()[1]
        models = f"{address(line)}/api/models"
        assert httpx.get(models).status_code == 401
        assert httpx.get(models, headers={"Authorization": f"Bearer {token[1]}"}).status_code == 200


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_token_of_the_users_own_is_not_printed(tmp_path: Path, encoding):
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding=encoding)
    with started(tmp_path, "--no-browser", "--token-file", str(tmp_path / "token")) as (_, line):
        assert "token" not in line
        models = f"{address(line)}/api/models"
        assert httpx.get(models).status_code == 401
        assert httpx.get(models, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_what_it_cannot_do_is_said_in_one_line(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_fails(srcnn("web", "--no-browser", "--port", port), 1, "cannot listen", "--port")
    for host in ("192.0.2.1", "no-such-host.invalid"):
        failed = srcnn("web", "--no-browser", "--host", host)
        assert_fails(failed, 1, f"cannot listen on {host}", "an address of this machine with --host")
        assert "--port" not in failed.stderr
    assert_fails(srcnn("web", "--no-browser", "--token-file", tmp_path / "none"), 1, "none not found")
    (tmp_path / "short").write_text("short")
    assert_fails(srcnn("web", "--token-file", tmp_path / "short"), 2, "at least 16 characters")
    (tmp_path / "utf16").write_text(TOKEN, encoding="utf-16")
    assert_fails(srcnn("web", "--no-browser", "--token-file", tmp_path / "utf16"), 2, "of ASCII")
    assert_fails(srcnn("web", "--no-browser", "--spool", "/proc"), 1, "folder")
    for option in ("--max-megabytes", "--max-megapixels", "--max-seconds", "--keep-seconds"):
        assert_fails(srcnn("web", "--no-browser", option, "inf"), 2, "expected a number", "inf")


def test_a_kill_leaves_nothing_that_the_next_start_does_not_remove(tmp_path: Path):
    with started(tmp_path, "--no-browser") as (process, line):
        job = httpx.post(address(line) + LONG, content=png(300, 300)).json()["id"]
        until(lambda: httpx.get(f"{address(line)}/api/jobs/{job}").json()["state"] == "running")
        process.kill()
        process.wait()
    assert files(tmp_path) != []
    with started(tmp_path, "--no-browser") as (process, line):
        assert [path.suffix for path in files(tmp_path)] == [".lock"]
        assert httpx.get(f"{address(line)}/api/jobs/{job}").status_code == 404
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert files(tmp_path) == []


@pytest.mark.parametrize("name", ["Dockerfile", "srcnn-web.service"])
def test_the_examples_use_options_that_there_are(name: str):
    text = (Path(__file__).parents[2] / "examples" / "service" / name).read_text(encoding="utf-8")
    starts = [line for line in text.splitlines() if line.startswith(("ENTRYPOINT", "ExecStart"))]
    used = set(re.findall(r"--[a-z-]+", " ".join(starts)))
    known = set(re.findall(r"--[a-z-]+", srcnn("web", "--help").stdout))
    assert used >= {"--no-browser", "--spool"}
    assert used <= known
