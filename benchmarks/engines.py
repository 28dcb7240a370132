"""Our engines beside torch eager, OpenVINO, ncnn and OpenCV: speed, accuracy and memory, turn by turn.

All run the same network on the same luma plane with its edge repeated around it. Each contender is a process
of its own; they take turns, and a ratio is made of two turns of one round, so that whatever else the machine
does meets all alike. With one thread processor seconds count, with more the clock. Contenders that are not
installed are left out, and those whose result is not the network's.

    python benchmarks/engines.py [--models NAMES] [--side 512] [--rounds 9] [--threads 1,2] [--json]
"""

import argparse
import json
import multiprocessing
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from plain_network import in_float64, onnx_model, padded, plane

from srcnn.engines import create_engine
from srcnn.engines.native.library import choose_level
from srcnn.system import processor, usable_cores
from srcnn.tiling import ALL_EDGES
from srcnn.types import Planes
from srcnn.weights import Weights, load_weights
from srcnn.zoo import find_model

OURS = "native"
LEVELS_OF_FLOAT32, LEVELS_OF_BF16 = 0.1, 16.0
"""Grey levels from float64 beyond which a result is no longer a matter of rounding."""
Run = Callable[[Planes], Planes]


def _ours(name: str) -> Callable[[Weights, int], Run]:
    def create(weights: Weights, threads: int) -> Run:
        engine = create_engine(weights, name, threads)
        return lambda planes: engine.run(planes, ALL_EDGES)

    return create


def _plain_onnxruntime(weights: Weights, threads: int) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        onnx_model(weights, [1, weights.architecture.channels, "h", "w"]),
        options,
        providers=["CPUExecutionProvider"],
    )
    return lambda planes: np.asarray(session.run(None, {"input": padded(planes, weights)[None]})[0])[0]


def _torch(weights: Weights, threads: int) -> Run:
    import torch

    torch.set_num_threads(threads)
    layers = [
        (torch.from_numpy(np.array(k)), torch.from_numpy(np.array(b)))
        for k, b in zip(weights.kernels, weights.biases, strict=True)
    ]

    def run(planes: Planes) -> Planes:
        with torch.inference_mode():
            x = torch.from_numpy(padded(planes, weights))[None]
            for number, (kernel, bias) in enumerate(layers, start=1):
                x = torch.nn.functional.conv2d(x, kernel, bias)
                x = torch.relu(x) if number < len(layers) else x
            return x[0].numpy()

    return run


def _openvino(precision: str) -> Callable[[Weights, int], Run]:
    def create(weights: Weights, threads: int) -> Run:
        import openvino  # type: ignore[import-not-found]

        core = openvino.Core()
        if precision.upper() not in [*core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"), "F32"]:
            raise ImportError(f"this processor has no {precision}")
        model = core.read_model(onnx_model(weights, [1, weights.architecture.channels, -1, -1]))
        settings = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads}
        compiled = core.compile_model(model, "CPU", settings)
        return lambda planes: np.asarray(compiled(padded(planes, weights)[None])[0])[0]

    return create


def _opencv(weights: Weights, threads: int) -> Run:
    import cv2  # type: ignore[import-not-found]

    cv2.setNumThreads(threads)
    halo = 2 * weights.architecture.halo
    nets: dict[tuple[int, ...], Any] = {}

    def run(planes: Planes) -> Planes:
        shape = [1, planes.shape[0], planes.shape[1] + halo, planes.shape[2] + halo]
        key = tuple(shape)
        if key not in nets:
            nets[key] = cv2.dnn.readNetFromONNX(np.frombuffer(onnx_model(weights, shape), np.uint8))
        nets[key].setInput(padded(planes, weights)[None])
        return nets[key].forward()[0]

    return run


def _ncnn(weights: Weights, threads: int) -> Run:
    import ncnn  # type: ignore[import-not-found]

    count = len(weights.kernels)
    lines, binary = ["7767517", f"{count + 1} {count + 1}", "Input in 0 1 blob0"], b""
    for number, (kernel, bias) in enumerate(zip(weights.kernels, weights.biases, strict=True)):
        relu = int(number < count - 1)
        facts = f"0={len(kernel)} 1={kernel.shape[2]} 5=1 6={kernel.size} 9={relu}"
        lines.append(f"Convolution conv{number} 1 1 blob{number} blob{number + 1} {facts}")
        binary += bytes(4) + kernel.astype("<f4").tobytes() + bias.astype("<f4").tobytes()
    net = ncnn.Net()
    net.opt.num_threads = threads
    for name in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
        setattr(net.opt, name, False)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.param").write_text("\n".join(lines) + "\n")
        (Path(folder) / "a.bin").write_bytes(binary)
        if net.load_param(f"{folder}/a.param") or net.load_model(f"{folder}/a.bin"):
            raise ImportError("ncnn does not load the network")

    def run(planes: Planes) -> Planes:
        extractor = net.create_extractor()
        extractor.input("blob0", ncnn.Mat(np.ascontiguousarray(padded(planes, weights))).clone())
        return np.array(extractor.extract(f"blob{count}")[1])

    return run


CONTENDERS: dict[str, Callable[[Weights, int], Run]] = {
    OURS: _ours("native"),
    "onnxruntime (this package's)": _ours("onnxruntime"),
    "onnxruntime, plain export": _plain_onnxruntime,
    "torch eager": _torch,
    "OpenVINO fp32": _openvino("f32"),
    "OpenVINO bf16": _openvino("bf16"),
    "ncnn": _ncnn,
    "OpenCV dnn": _opencv,
}


def contend(pipe: Connection, name: str, model: str, threads: int, side: int) -> None:
    """A contender's process: says how far from float64 it is, then takes turns; None where it is missing."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    weights = load_weights(find_model(model, None))
    planes = plane(weights.architecture.channels, side, side)
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        run = CONTENDERS[name](weights, threads)
        small = planes[:, :64, :64]
        pipe.send((run(small) - in_float64(weights, small), None))
    except ImportError:
        pipe.send(None)
        return
    run(planes)
    clock = time.process_time if threads == 1 else time.perf_counter
    while pipe.recv():
        begun = clock()
        run(planes)
        pipe.send(clock() - begun)
    pipe.send((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle) / 1024)


def measure(model: str, threads: int, side: int, rounds: int) -> list[dict[str, Any]]:
    """A row for each contender that is installed."""
    context = multiprocessing.get_context("spawn")
    pipes, differences, processes = {}, {}, []
    for name in CONTENDERS:
        ours, theirs = context.Pipe()
        process = context.Process(target=contend, args=(theirs, name, model, threads, side), daemon=True)
        process.start()
        theirs.close()
        processes.append(process)
        try:
            first = ours.recv()
        except EOFError:
            first = None
        if first is None:
            continue
        difference = float(np.abs(first[0]).max()) * 255
        if not difference < (LEVELS_OF_BF16 if "bf16" in name else LEVELS_OF_FLOAT32):
            print(f"{name} is left out: {difference:.3g} levels from float64", file=sys.stderr)
            process.terminate()
            continue
        pipes[name], differences[name] = ours, difference
    seconds: dict[str, list[float]] = {name: [] for name in pipes}
    for _ in range(rounds):
        for name, pipe in pipes.items():
            pipe.send(True)
            seconds[name].append(pipe.recv())
    rows = []
    for name, pipe in pipes.items():
        pipe.send(False)
        ratios = sorted(a / b for a, b in zip(seconds[name], seconds[OURS], strict=True))
        rows.append(
            {
                "name": name,
                "ms_per_megapixel": statistics.median(seconds[name]) * 1e9 / side**2,
                "times_ours": {"median": statistics.median(ratios), "least": ratios[0], "most": ratios[-1]},
                "levels_from_float64": differences[name],
                "peak_mib": pipe.recv(),
            }
        )
    for process in processes:
        process.join()
    return rows


def line_of(row: dict[str, Any]) -> str:
    """A contender's figures in words."""
    ratio = row["times_ours"]
    return (
        f"{row['name']:30} {row['ms_per_megapixel']:7.0f} ms/MP  {ratio['median']:5.2f} times ours "
        f"({ratio['least']:.2f} to {ratio['most']:.2f})  {row['levels_from_float64']:.5f} levels  "
        f"{row['peak_mib']:.0f} MiB"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Our engines beside others.")
    parser.add_argument("--models", default="9-5-5-x3,9-1-5-x3")
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", default=",".join(str(n) for n in sorted({1, usable_cores()})))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    level = choose_level()
    record: dict[str, Any] = {
        "command": " ".join(["python", *sys.argv]),
        "machine": processor(),
        "level": level if isinstance(level, str) else level.name,
        "side": arguments.side,
        "rounds": arguments.rounds,
        "runs": [],
    }
    for model in arguments.models.split(","):
        for threads in map(int, arguments.threads.split(",")):
            rows = measure(model, threads, arguments.side, arguments.rounds)
            record["runs"].append({"model": model, "threads": threads, "rows": rows})
            if arguments.json:
                continue
            print(f"{model}, {threads} thread(s), {arguments.side}x{arguments.side}")
            for row in rows:
                print("  " + line_of(row))
    if arguments.json:
        print(json.dumps(record, indent=2))


if __name__ == "__main__":
    main()
