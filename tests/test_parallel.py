import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from srcnn.parallel import run_ahead

# Each item says that it is being worked on, and stays busy for long.
PROGRAM = """
import time
from srcnn.parallel import map_in_order

def work(item):
    print("busy", flush=True)
    time.sleep(120)

if __name__ == "__main__":
    list(map_in_order(work, [0, 1], 2))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's: no process is killed here")
def test_processes_end_with_the_one_that_was_killed(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    asking = subprocess.Popen([sys.executable, tmp_path / "program.py"], stdout=subprocess.PIPE, text=True)
    assert asking.stdout is not None
    assert [asking.stdout.readline() for _ in range(2)] == ["busy\n", "busy\n"]
    asking.send_signal(signal.SIGKILL)
    # Every process has the pipe open for writing: it ends when the last of them has.
    rest, _ = asking.communicate(timeout=60)
    assert rest == ""


def test_results_that_are_computed_ahead_come_in_order() -> None:
    assert list(run_ahead(lambda item: item * item, range(5))) == [0, 1, 4, 9, 16]
    assert list(run_ahead(str, [])) == []


def test_the_next_item_is_made_while_one_is_worked_on() -> None:
    asked = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        asked.set()
        yield 2

    assert list(run_ahead(lambda item: item if asked.wait(60) else None, items())) == [1, 2]


def test_only_one_is_taken_ahead() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(10):
            taken.append(item)
            yield item

    for result in run_ahead(abs, items()):
        assert len(taken) <= result + 2  # what lies in memory meanwhile


def test_what_fails_ahead_is_raised_in_its_turn() -> None:
    results = run_ahead(lambda item: 1 // item, [1, 0, 1])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)
