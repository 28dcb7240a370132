"""What ``srcnn train`` shows: bars and validations, what a rehearsal told, curves."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from srcnn.cli.output import Bar, complain

if TYPE_CHECKING:
    from pathlib import Path

    from srcnn.training.folder import Row, RunFolder


class Display:
    """Bars with PSNR on a terminal; a line for each validation, which ``quiet`` leaves out."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet, self._psnr = quiet, ""
        self._bars = contextlib.ExitStack()
        self._bar: Bar | None = None

    def __enter__(self) -> "Display":
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.close()

    def read(self, done: int, total: int) -> None:
        """Pictures read so far."""
        if self._bar is None:
            self._bar = self._bars.enter_context(Bar("reading pictures"))
        self._bar.update(done, total)

    def step(self, step: int, steps: int, row: "Row | None") -> None:
        """A step done, and what its validation found."""
        if self._bar is None or not self._psnr:
            self._bars.close()
            self._bar = self._bars.enter_context(Bar("training"))
            self._psnr = "no PSNR yet"
        if row is not None:
            self._psnr = f"{row.psnr:.3f} dB, {row.psnr - row.bicubic:+.3f} over bicubic"
            if not self._quiet:
                print(_line(row, steps), flush=True)
        self._bar.update(step, steps, self._psnr)


def _line(row: "Row", steps: int) -> str:
    gain = f"{row.psnr:.3f} dB, {row.psnr - row.bicubic:+.3f} over bicubic, MSE {row.mse:.6f}"
    learned = f"training {row.train_psnr:.2f} dB, MSE {row.train_mse:.6f}, loss {row.loss:.6f}"
    dead = f";  {row.dead:.0%} of the inner units never fire" if row.dead else ""
    return f"step {row.step}/{steps}  {gain};  {learned};  {row.seconds:.0f} s{dead}"


def told(plan: Mapping[str, Any]) -> str:
    """What a rehearsal found, for people."""
    return (
        f"{plan['network']}, {plan['parameters']:,} parameters, x{plan['scale']}\n"
        f"{plan['training']:,} training pictures, {plan['validation']} to watch\n"
        f"{plan['steps']:,} steps of {plan['batch']}, about {plan['step_ms']:.0f} ms each here: "
        f"{duration(plan['seconds'])}"
    )


def duration(seconds: float) -> str:
    """Such as ``1 h 5 min``."""
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min"


def draw(runs: "Mapping[str, RunFolder]", path: "Path") -> None:
    """Curves of runs by name; a note where they cannot be drawn."""
    from srcnn.errors import SrcnnError
    from srcnn.figures.curves import draw_curves

    try:
        draw_curves({name: folder.rows() for name, folder in runs.items()}, path)
    except SrcnnError as error:
        complain("note", f"no {path.name}: {error}")


@contextlib.contextmanager
def kept(checkpoint: "Path", folder: "Path", data: "Path | None") -> Iterator[None]:
    """On Ctrl-C tell how to go on with ``folder`` and the sets in ``data``, if ``checkpoint`` was written."""
    try:
        yield
    except KeyboardInterrupt:
        if checkpoint.exists():
            words = ["srcnn", "train", "--resume", str(folder), *(["--data", str(data)] if data else [])]
            line = " ".join(f'"{word}"' if " " in word else word for word in words)  # as any shell reads it
            complain("note", f"stopped after a checkpoint; go on with: {line}")
        else:
            complain("note", "stopped before the first checkpoint; nothing is kept")
        raise
