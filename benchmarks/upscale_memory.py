"""Memory and time of large pictures: ``srcnn upscale`` on a square picture, and on frames of video.

Each is a fresh process that reads a PNG and writes a PNG or TIFF. What it holds in memory of its own, the
system's RssAnon, and with what it shares, VmHWM, is looked at every few milliseconds; pages of scratch files
and of results are the system's cache and do not count. A part of each result is compared with the same part
of the picture enlarged alone, to the bit. Linux only.

    python benchmarks/upscale_memory.py [--side 20000] [--max-memory 1G] [--model 9-1-5] [--json]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from srcnn.cli.common import parse_memory
from srcnn.enlargement import upscale
from srcnn.files import Picture, Scratch, read_picture, write_picture
from srcnn.text_table import markdown_table
from srcnn.tiling import BLOCK
from srcnn.types import Pixels

SCALE = 2
FRAMES = ((1080, 1920), (2160, 3840))
"""Of video: what becomes a 4K frame, and one."""
LOOK = 0.02
"""Seconds between two looks at a process."""
ROWS = 500
"""Of a picture that is made at a time."""


@dataclass
class Row:
    """One picture: its size, seconds, largest RssAnon and VmHWM in MiB, whether a part is exact."""

    width: int
    height: int
    wall: float
    processor: float
    anonymous: float
    resident: float
    part_is_exact: bool
    scratch: list[str]


def make_picture(height: int, width: int, path: Path) -> None:
    """Rings, ramps and noise, so that PNG has the work of a photograph; made in strips in a file."""
    rng = np.random.default_rng(0)
    pixels = Scratch(path.parent, above=0).empty((height, width, 3), np.uint8, path.name)
    columns = np.arange(width, dtype=np.float32)
    for start in range(0, height, ROWS):
        rows = np.arange(start, min(start + ROWS, height), dtype=np.float32)[:, None]
        rings = 60 * np.cos((rows - 900) ** 2 / 9000 + (columns - 700) ** 2 / 9000)
        noise = rng.normal(0, 3, rings.shape).astype(np.float32)
        rgb = np.stack(
            [128 + rings + noise, 90 + rings / 2 + noise, 60 + columns / width * 128 + noise], axis=-1
        )
        pixels[start : start + ROWS] = np.clip(rgb, 0, 255)
    write_picture(Picture(pixels), path)


def measure(
    source: Path, target: Path, model: str, max_memory: str | None
) -> tuple[float, float, float, float, list[str]]:
    """Wall and processor seconds, largest RssAnon and VmHWM in MiB, and the lines on stderr, of a process."""
    command = [sys.executable, "-m", "srcnn", "upscale", str(source), "-o", str(target), "--model", model]
    command += ["--scale", str(SCALE), *(["--max-memory", max_memory] if max_memory else [])]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    largest = {"RssAnon": 0, "VmHWM": 0}
    status = Path(f"/proc/{process.pid}/status")
    while True:
        done, code, usage = os.wait4(process.pid, os.WNOHANG)
        if done:
            break
        for line in status.read_text().splitlines():
            name, _, value = line.partition(":")
            if name in largest:
                largest[name] = max(largest[name], int(value.split()[0]))
        time.sleep(LOOK)
    wall = time.perf_counter() - started
    messages: str = process.stderr.read() if process.stderr else ""
    if code:
        raise SystemExit(f"expected {' '.join(command)} to succeed, got {messages}")
    processor = usage.ru_utime + usage.ru_stime
    anonymous, resident = (value / 1024 for value in largest.values())
    return wall, processor, anonymous, resident, list(messages.splitlines())


def part_is_exact(source: Path, target: Path, model: str) -> bool:
    """Whether blocks in the middle of the result are those of a part of the picture enlarged alone."""
    scratch = Scratch(source.parent, above=0)
    before, after = read_picture(source, scratch=scratch).pixels, read_picture(target, scratch=scratch).pixels
    # Whole blocks of the result's grid, with one more on each side for what a cut edge changes.
    step = BLOCK // SCALE
    row, column = (max(0, side // 2 // step - 2) * step for side in before.shape[:2])
    alone = upscale(np.array(before[row : row + 4 * step, column : column + 4 * step]), SCALE, model=model)
    inner: Pixels = after[SCALE * row :, SCALE * column :][BLOCK : 3 * BLOCK, BLOCK : 3 * BLOCK]
    return bool(np.array_equal(alone[BLOCK : 3 * BLOCK, BLOCK : 3 * BLOCK], inner))


def run(height: int, width: int, model: str, max_memory: str | None, folder: Path) -> Row:
    """Make a picture, enlarge it, look at it."""
    source, target = folder / f"{width}x{height}.png", folder / f"{width}x{height}_x{SCALE}.png"
    make_picture(height, width, source)
    wall, processor, anonymous, resident, messages = measure(source, target, model, max_memory)
    exact = part_is_exact(source, target, model)
    for path in (source, target):
        path.unlink()
    scratch = [
        line.partition("pixels lie in a ")[2].partition(" in ")[0] for line in messages if "scratch" in line
    ]
    return Row(
        width,
        height,
        round(wall, 1),
        round(processor, 1),
        round(anonymous),
        round(resident),
        exact,
        scratch,
    )


def table(rows: list[Row]) -> str:
    """A Markdown table."""
    header = [
        f"picture, x{SCALE}",
        "wall s",
        "processor s",
        "peak RssAnon MiB",
        "resident MiB",
        "scratch",
        "a part alone",
    ]
    cells = [
        [
            f"{row.width}x{row.height}",
            str(row.wall),
            str(row.processor),
            f"{row.anonymous:.0f}",
            f"{row.resident:.0f}",
            ", ".join(row.scratch) or "none",
            "equal to the bit" if row.part_is_exact else "DIFFERS",
        ]
        for row in rows
    ]
    return markdown_table(header, cells, words=range(len(header)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Memory and time of large pictures.")
    parser.add_argument("--side", type=int, default=2000, help="of the square picture; 20000 takes long")
    parser.add_argument("--model", default="9-1-5")
    parser.add_argument("--max-memory", default=None, help="as of srcnn upscale")
    parser.add_argument("--no-frames", action="store_true", help="leave the frames out")
    parser.add_argument("--folder", type=Path, default=None, help="with room for pictures and scratch files")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.max_memory:
        parse_memory(options.max_memory)
    sizes = [*([] if options.no_frames else FRAMES), (options.side, options.side)]
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        rows = [
            run(height, width, options.model, options.max_memory, Path(folder)) for height, width in sizes
        ]
    record = {
        "model": options.model,
        "max_memory": options.max_memory,
        "cores": os.cpu_count(),
        "rows": [asdict(row) for row in rows],
    }
    print(json.dumps(record, indent=2) if options.json else table(rows))


if __name__ == "__main__":
    main()
