import signal
import subprocess
import sys
from pathlib import Path

import pytest

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
