"""The torch engine on a device beside torch eager and onnxruntime, as shares of what the device can do.

Each contender runs the same network on the same plane, from the host's memory to the host's memory, in turns;
those of torch also from tensor to tensor on the device, which is what can be held against the roofline. Its
ceilings are measured in the same run: a large matrix product in each precision, and a copy of device memory.
A layer takes at least its operations at the first or its input and output, read and written once, at the
second, whichever is longer; the roofline is the sum over the layers. Accuracy is the largest difference from
the formula in float64, in levels of 8 bits. A contender that cannot run is recorded with the reason.

    python benchmarks/devices.py [--device cuda] [--models NAMES] [--sizes SIZES] [--record FILE]
"""

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from plain_network import in_float64, onnx_model, padded, plane

from srcnn.atomic import write_bytes
from srcnn.engines.torch import TorchEngine, choose_device, device_name
from srcnn.model import Model
from srcnn.system import processor, usable_cores
from srcnn.tiling import ALL_EDGES, BLOCK
from srcnn.types import Planes
from srcnn.weights import Weights, load_weights
from srcnn.zoo import find_model

PRECISIONS = ("float32", "tf32", "float16")
CORNER = 96
"""Side of the part of a result that is held against float64."""
Run = Callable[[Planes], Planes]
Resident = tuple[Callable[[Any], Any], Any, int]
"""What is run on a tensor, the tensor, and the pixels that come out."""


def dtype_of(precision: str) -> torch.dtype:
    """What the numbers are stored as."""
    return torch.float16 if precision == "float16" else torch.float32


def wait(device: str) -> None:
    """Until the device has done what it was told."""
    kind = device.partition(":")[0]
    if kind != "cpu":
        getattr(torch, kind).synchronize()


def seconds(run: Callable[[], Any], device: str, least: float = 0.05) -> float:
    """Of one call, as the mean of as many as take ``least`` seconds."""
    run()
    wait(device)
    started, calls = time.perf_counter(), 0
    while calls == 0 or time.perf_counter() - started < least:
        run()
        wait(device)
        calls += 1
    return (time.perf_counter() - started) / calls


def set_tf32(allowed: bool) -> None:
    """Whether torch may round what it multiplies to TF32."""
    torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.backends.cudnn.allow_tf32 = allowed


def ceilings(device: str, precisions: Sequence[str]) -> dict[str, float]:
    """Operations a second in each precision and bytes a second of a copy, read and written both counted."""
    side, mebi = (8192, 1024) if device != "cpu" else (1024, 64)
    found = {}
    for precision in precisions:
        set_tf32(precision == "tf32")
        square = torch.randn(side, side, device=device).to(dtype_of(precision))
        found[precision] = 2 * side**3 / seconds(lambda square=square: square @ square, device, 0.2)
    source = torch.zeros(mebi << 20, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    found["copy"] = 2 * source.numel() / seconds(lambda: target.copy_(source), device, 0.2)
    return found


def least_seconds(weights: Weights, precision: str, known: dict[str, float]) -> float:
    """The roofline: what a pixel takes at least, layer by layer."""
    size = 2 if precision == "float16" else 4
    return sum(
        max(2 * o * i * k * k / known[precision], (i + o) * size / known["copy"])
        for o, i, k, _ in weights.architecture.weight_shapes
    )


def ours(weights: Weights, device: str, precision: str, planes: Planes) -> tuple[Run, Resident | None]:
    """This package's engine; blocks as it cuts them."""
    if precision == "tf32":
        raise NotImplementedError("the engine does not round to TF32")
    engine = TorchEngine(weights, None, device + (":half" if precision == "float16" else ""))
    side, count = BLOCK + 2 * engine.halo, engine.batch
    part = torch.from_numpy(planes[:, :side, :side].copy()).to(device).to(dtype_of(precision))
    inside = ALL_EDGES._make((False, False, False, False))
    resident = (lambda x: engine.network(x, inside)), part.expand(count, -1, -1, -1).contiguous()
    fits = min(planes.shape[1:]) >= side
    return Model(weights, engine), (*resident, count * BLOCK**2) if fits else None


def eager(layout: torch.memory_format) -> Callable[..., tuple[Run, Resident | None]]:
    """Torch as anybody would write it: the whole picture through convolutions with ReLUs between."""

    def create(weights: Weights, device: str, precision: str, planes: Planes) -> tuple[Run, Resident | None]:
        dtype = dtype_of(precision)
        kernels, biases = (
            [torch.from_numpy(np.array(x)).to(device, dtype) for x in arrays]
            for arrays in (weights.kernels, weights.biases)
        )
        kernels = [kernel.to(memory_format=layout) for kernel in kernels]

        def network(x: Any) -> Any:
            set_tf32(precision == "tf32")
            with torch.inference_mode():
                for number, (kernel, bias) in enumerate(zip(kernels, biases, strict=True), start=1):
                    x = torch.nn.functional.conv2d(x, kernel, bias)
                    x = torch.relu(x) if number < len(kernels) else x
                return x

        def moved(planes: Planes) -> Any:
            x = torch.from_numpy(padded(planes, weights))[None].to(device).to(dtype)
            return x.contiguous(memory_format=layout)

        def run(planes: Planes) -> Planes:
            return network(moved(planes))[0].float().cpu().numpy()

        return run, (network, moved(planes), planes[0].size)

    return create


def plain_onnxruntime(
    weights: Weights, device: str, precision: str, _: Planes
) -> tuple[Run, Resident | None]:
    """Onnxruntime's CUDA provider, or its own for the processor, on a plain export."""
    import onnxruntime

    provider = "CPUExecutionProvider" if device == "cpu" else "CUDAExecutionProvider"
    if provider not in onnxruntime.get_available_providers():
        raise ImportError(f"onnxruntime {onnxruntime.__version__} was built without {provider}")
    if precision == "float16":
        raise NotImplementedError("the export is float32")
    options = {"use_tf32": int(precision == "tf32")} if device != "cpu" else {}
    shape = [1, weights.architecture.channels, "h", "w"]
    session = onnxruntime.InferenceSession(onnx_model(weights, shape), providers=[(provider, options)])
    return lambda planes: np.asarray(session.run(None, {"input": padded(planes, weights)[None]})[0])[0], None


CONTENDERS: dict[str, Callable[..., tuple[Run, Resident | None]]] = {
    "srcnn": ours,
    "torch eager": eager(torch.contiguous_format),
    "torch eager, channels-last": eager(torch.channels_last),
    "onnxruntime, plain export": plain_onnxruntime,
}


def measure(
    model: str,
    size: tuple[int, int],
    device: str,
    precisions: Sequence[str],
    known: dict[str, float],
    rounds: int,
) -> list[dict[str, Any]]:
    """A row for each contender and precision."""
    weights = load_weights(find_model(model, None))
    planes, halo = plane(weights.architecture.channels, *size), weights.architecture.halo
    exact = in_float64(weights, planes[:, : CORNER + halo, : CORNER + halo])[:, :CORNER, :CORNER]
    rows, running = [], []
    for precision in precisions:
        for name, create in CONTENDERS.items():
            row: dict[str, Any] = {"name": name, "precision": precision}
            rows.append(row)
            # Whatever stops one contender - a missing provider, too little memory - must not stop the others.
            try:
                run, resident = create(weights, device, precision, planes)
                difference = np.abs(run(planes)[:, :CORNER, :CORNER] - exact).max()
                row["levels_from_float64"] = float(difference) * 255
                if resident is not None:
                    network, x, pixels = resident
                    pace = pixels / seconds(lambda network=network, x=x: network(x), device)
                    row["network_megapixels_per_second"] = pace / 1e6
                    row["share_of_roofline"] = pace * least_seconds(weights, precision, known)
                running.append((row, run))
            except Exception as error:
                row["reason"] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    times: list[list[float]] = [[] for _ in running]
    for _ in range(rounds):
        for (_, run), spent in zip(running, times, strict=True):
            spent.append(seconds(lambda run=run: run(planes), device, 0))
    for (row, _), spent in zip(running, times, strict=True):
        row["megapixels_per_second"] = planes[0].size / statistics.median(spent) / 1e6
    return rows


def line_of(row: dict[str, Any]) -> str:
    """A contender's figures in words."""
    name = f"{row['name']:28} {row['precision']:8}"
    if "reason" in row:
        return f"{name} {row['reason']}"
    network = ""
    if "share_of_roofline" in row:
        network = f"{row['network_megapixels_per_second']:9.1f} {row['share_of_roofline']:6.0%}"
    return f"{name} {row['megapixels_per_second']:9.1f} {network:16}  {row['levels_from_float64']:.5f} levels"


def main() -> None:
    """Measure, print, and write the record."""
    parser = argparse.ArgumentParser(description="The torch engine on a device beside others.")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--models", default="9-5-5-x3,9-1-5-x3")
    parser.add_argument("--sizes", default="1024x1024,3840x2160", help="width x height")
    parser.add_argument("--precisions", help=f"of {', '.join(PRECISIONS)}; all on a GPU, float32 elsewhere")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--record", type=Path)
    arguments = parser.parse_args()
    device = choose_device(arguments.device)
    on_gpu = device.startswith("cuda")
    precisions: Sequence[str] = PRECISIONS if on_gpu else PRECISIONS[:1]
    if arguments.precisions:
        precisions = arguments.precisions.split(",")
    known = ceilings(device, precisions)
    record: dict[str, Any] = {
        "command": " ".join(["python", "benchmarks/devices.py", *sys.argv[1:]]),
        "device": processor() if device == "cpu" else device_name(device),
        "host": {"processor": processor(), "cores": usable_cores()},
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "rounds": arguments.rounds,
        "ceilings": known,
        "runs": [],
    }
    print(f"{record['device']}: " + ", ".join(f"{name} {value:.3g}/s" for name, value in known.items()))
    for model in arguments.models.split(","):
        for size in arguments.sizes.split(","):
            width, height = map(int, size.split("x"))
            rows = measure(model, (height, width), device, precisions, known, arguments.rounds)
            record["runs"].append({"model": model, "size": size, "rows": rows})
            print(f"{model}, {size}: megapixels/s; of the network alone; of the roofline")
            print("\n".join(f"  {line_of(row)}" for row in rows), flush=True)
    if arguments.record:
        write_bytes((json.dumps(record, indent=2) + "\n").encode(), arguments.record)


if __name__ == "__main__":
    main()
