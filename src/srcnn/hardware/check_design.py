"""Proves that all parts of a design give the same integers, and that the proofs can fail."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from srcnn.engines.onnxruntime import has_onnxruntime
from srcnn.errors import HardwareError
from srcnn.fixed_point import FixedNetwork, run_layers
from srcnn.hardware.check_result import CheckResult, Proof, Status
from srcnn.hardware.compiled import LANGUAGES, Language, compiler_of, run_program
from srcnn.hardware.manifest import changed_files, read_manifest, read_network
from srcnn.hardware.onnx_graphs import fits_int8, is_exact_in_float32, layer_session
from srcnn.hardware.plain_integers import run_plainly
from srcnn.hardware.planted_faults import (
    flip_golden_word,
    other_rounding,
    round_otherwise_in_c,
    transposed,
)
from srcnn.hardware.simulate import (
    SIMULATORS,
    BuiltSimulation,
    Simulator,
    build_simulation,
    has_cocotb,
    run_cocotb,
)
from srcnn.hardware.vectors import PICTURE
from srcnn.types import Integers, NamedProgress

PLAIN_VECTORS = ("crop13x11", "one1x1")
"""What Python's own integers are tried on: they take seconds for a few hundred pixels."""
ICARUS_PRODUCTS = 24_000_000
"""Multiplications that Icarus Verilog is given, half a million a second; Verilator is given all vectors."""
STALLED_VECTORS = ("crop13x11", "one1x1", "ramps24x16")
"""What the core is given with random stalls, last first."""
COCOTB_VECTORS = ("crop13x11", "one1x1")
QDQ = "onnx/srcnn_int8_qdq.onnx"


def check_design(
    directory: Path, *, stall_seed: int = 1, progress: NamedProgress | None = None
) -> CheckResult:
    """Run every proof that the installed programs allow.

    Args:
        directory: what `export_design` has written.
        stall_seed: of the random gaps and refusals that the Verilog core is tried with.
        progress: called with (proofs done, proofs in all, name of the next).

    Raises:
        HardwareError: no design, or one that was changed since it was exported.
    """
    manifest = read_manifest(directory)
    changed = changed_files(directory, manifest)
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise HardwareError(f"expected the files as they were exported, got {changed[0]}{more}; export again")
    checker = _Checker(directory, manifest, read_network(directory, manifest), stall_seed)
    steps = checker.steps()
    proofs = []
    for done, (name, step) in enumerate(steps):
        if progress is not None:
            progress(done, len(steps), name)
        try:
            proofs.append(Proof(name, *step()))
        except _MissingError as missing:
            proofs.append(Proof(name, "skipped", str(missing)))
        except HardwareError as error:
            proofs.append(Proof(name, "differs", str(error)))
    return CheckResult(directory, tuple(proofs))


class _MissingError(Exception):
    """A program or a file that a proof would need."""


Verdict = tuple[Status, str]


class _Checker:
    """The proofs of one design."""

    def __init__(
        self, directory: Path, manifest: dict[str, Any], network: FixedNetwork, stall_seed: int
    ) -> None:
        self._directory, self._network, self._seed = directory.resolve(), network, stall_seed
        self._sizes = {name: (v["height"], v["width"]) for name, v in manifest["vectors"].items()}
        self._small = [name for name in self._sizes if name != PICTURE]

    def steps(self) -> list[tuple[str, Callable[[], Verdict]]]:
        """Name and function of each proof, the quick ones first."""
        return [
            ("NumPy", self._numpy),
            ("plain Python integers", self._plain),
            *((language, partial(self._program, language)) for language in LANGUAGES),
            ("ONNX int8", self._onnx),
            *((f"Verilog, {name}", partial(self._verilog, name)) for name in SIMULATORS),
            ("Verilog, cocotb", self._cocotb),
            ("negative controls", self._controls),
        ]

    def _golden(self, name: str, what: str) -> Integers:
        try:
            return np.load(self._directory / "vectors" / name / f"{what}.npy", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise HardwareError(f"cannot read vectors/{name}/{what}.npy: {error}") from error

    def _numpy(self) -> Verdict:
        return self._compared(self._small, lambda network, planes: run_layers(network, planes), self._network)

    def _plain(self) -> Verdict:
        def run(network: FixedNetwork, planes: Integers) -> Iterator[tuple[Any, Any]]:
            return run_plainly(network, planes.tolist())

        return self._compared([name for name in PLAIN_VECTORS if name in self._small], run, self._network)

    def _compared(
        self, names: Sequence[str], run: Callable[[FixedNetwork, Any], Any], network: FixedNetwork
    ) -> Verdict:
        count = 0
        for name in names:
            for number, (acc, out) in enumerate(run(network, self._golden(name, "input")), start=1):
                for what, got in (("acc", acc), ("out", out)):
                    want = self._golden(name, f"conv{number}_{what}")
                    difference = _first_difference(np.asarray(got), want)
                    if difference:
                        return "differs", f"layer {number} {what} of {name}: {difference}"
                    count += want.size
        return "equal", f"{count:,} accumulators and outputs of {len(names)} vectors"

    def _program(self, language: Language) -> Verdict:
        _need(compiler_of(language))
        small = run_program(self._directory, language)
        whole = run_program(self._directory, language, "tb/picture.txt")
        if small.mismatches or whole.mismatches:
            return "differs", (small.mismatches or whole.mismatches)[0]
        height, width = self._sizes[PICTURE]
        checked = " with sanitizers" if language != "HLS C++" else ""
        return (
            "equal",
            f"every layer of {len(self._small)} vectors, and a picture of {width}x{height}{checked}",
        )

    def _verilog(self, simulator: Simulator) -> Verdict:
        _need(simulator)
        names = self._small if simulator == "verilator" else self._affordable()
        with build_simulation(self._directory, simulator) as built:
            clocks = self._simulated(built, names + [PICTURE] * (simulator == "verilator"), None)
            self._simulated(built, [name for name in reversed(names) if name in STALLED_VECTORS], self._seed)
        frames = "1 frame" if len(names) == 1 else f"{len(names)} frames back to back"
        detail = f"every layer of {frames}, also with random stalls"
        if PICTURE in clocks:
            height, width = self._sizes[PICTURE]
            detail += f"; a picture of {width}x{height} in {clocks[PICTURE]:,} clocks"
        return "equal", detail

    def _cocotb(self) -> Verdict:
        if not has_cocotb():
            raise _MissingError("cocotb not found; pip install 'cocotb>=2'")
        _need("iverilog")
        differences = run_cocotb(self._directory, COCOTB_VECTORS, seed=self._seed)
        if differences:
            return "differs", differences[0]
        return "equal", f"output of {len(COCOTB_VECTORS)} frames back to back, with random stalls"

    def _affordable(self) -> list[str]:
        """Vectors that Icarus Verilog can be asked for: the smallest, and what else there is time for."""
        left, margin = ICARUS_PRODUCTS, 2 * self._network.input_margin

        def products(name: str) -> int:
            height, width = self._sizes[name]
            return (height + margin) * (width + margin) * self._network.macs_per_pixel

        smallest = min(self._small, key=products)
        left -= products(smallest)
        names = []
        for name in self._small:
            if name == smallest:
                names.append(name)
            elif products(name) <= left:
                names.append(name)
                left -= products(name)
        return names

    def _simulated(self, built: BuiltSimulation, names: list[str], seed: int | None) -> dict[str, int]:
        done = built.run(names, stall_seed=seed)
        if done.mismatches:
            raise HardwareError(done.mismatches[0])
        last = f"conv{len(self._network.layers)}_out"
        for name in names:
            difference = _first_difference(done.outputs[name], self._golden(name, last))
            if difference:
                raise HardwareError(f"output of {name}: {difference}")
        return done.clocks

    def _onnx(self) -> Verdict:
        if not has_onnxruntime():
            raise _MissingError("onnxruntime not found; pip install 'srcnn[onnx]'")
        if not fits_int8(self._network):
            raise _MissingError(
                "only a design of 8-bit weights and activations, 32-bit biases, rounded half to even, has it"
            )
        if not (self._directory / QDQ).is_file():
            raise _MissingError("the design was exported without it, as onnx was not installed; export again")
        if not is_exact_in_float32(self._network):
            raise _MissingError("an accumulator needs more than 25 bits, which float32 sums do not hold")
        session = layer_session(self._directory / QDQ, len(self._network.layers))
        for name in self._sizes:
            results = session.run(None, {"planes": self._golden(name, "input")[None]})
            for number, got in enumerate(results, start=1):
                if name == PICTURE and number < len(results):
                    continue
                difference = _first_difference(got[0], self._golden(name, f"conv{number}_out"))
                if difference:
                    return "differs", f"layer {number} of {name}: {difference}"
        return "equal", f"outputs of every layer of {len(self._small)} vectors, and the whole picture"

    def _controls(self) -> Verdict:
        """Faults that have to be found."""
        name = PLAIN_VECTORS[0]
        numpy = partial(self._compared, [name], lambda network, planes: run_layers(network, planes))
        found = {"another rounding": numpy(other_rounding(self._network))[0]}
        turned = transposed(self._network)
        if turned is not None:
            found["a transposed kernel"] = numpy(turned)[0]
        with tempfile.TemporaryDirectory(prefix="srcnn-") as folder:
            copy = Path(folder) / "design"
            shutil.copytree(self._directory, copy)
            flip_golden_word(copy / f"vectors/{name}")
            flipped = _Checker(copy, {"vectors": {}}, self._network, self._seed)
            flipped._sizes, flipped._small = self._sizes, [name]
            found["a flipped golden word, NumPy"] = flipped._numpy()[0]
            if shutil.which("gcc"):
                found["a flipped golden word, C"] = _verdict(run_program(copy, "C").mismatches)
                round_otherwise_in_c(copy)
                found["another rounding, C"] = _verdict(run_program(copy, "C").mismatches)
            if shutil.which("iverilog"):
                with build_simulation(self._directory, "iverilog") as built:
                    done = replace(built, directory=copy).run([name])
                found["a flipped golden word, Verilog"] = _verdict(done.mismatches)
        missed = [fault for fault, status in found.items() if status != "differs"]
        if missed:
            return "differs", f"expected every fault to be found, but not: {', '.join(missed)}"
        return "equal", f"found as they must be: {', '.join(found)}"


def _need(program: str) -> None:
    if shutil.which(program) is None:
        raise _MissingError(f"{program} not found; on Debian: apt install {program}")


def _verdict(mismatches: list[str]) -> Status:
    return "differs" if mismatches else "equal"


def _first_difference(got: Integers, want: Integers) -> str:
    """The first place where two arrays of (C, h, w) differ, in words; empty where none does."""
    if got.shape != want.shape:
        return f"shape {got.shape}, want {want.shape}"
    places = np.argwhere(got != want)
    if not len(places):
        return ""
    channel, y, x = places[0]
    return f"channel {channel} y {y} x {x} got {got[channel, y, x]} want {want[channel, y, x]}"
