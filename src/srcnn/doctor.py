"""What is installed, what will be used, and whether it works: a report for bug reports."""

import importlib
import importlib.util
import os
import platform
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from srcnn.engines import ENGINES, FASTER, create_engine, default_engine, is_slow
from srcnn.engines.native.library import choose_level
from srcnn.engines.onnxruntime import has_onnxruntime
from srcnn.files import WRITABLE_SUFFIXES
from srcnn.files.phone import JXL_PACKAGE
from srcnn.system import (
    core_limit,
    gigabytes,
    instructions,
    memory_budget,
    memory_limit,
    physical_memory,
    processor,
    usable_cores,
)
from srcnn.tiling import ALL_EDGES
from srcnn.weights import Weights, load_weights
from srcnn.zoo import damaged_models, list_models

NEEDED = ("numpy", "pyvips", "Pillow", "safetensors", "pydantic", "typer", "rich")
EXTRAS: Mapping[str, tuple[str, ...]] = {
    "train": ("torch", "lightning-fabric", "h5py"),
    "formats": ("scipy", "h5py"),
    "onnx": ("onnx", "onnxruntime"),
    "figures": ("matplotlib",),
    "phone": ("pillow-heif", "pyjpegxl"),
    "web": ("starlette", "uvicorn", "prometheus-client"),
    "cluster": ("ray", "fsspec", "pyarrow", "s3fs"),
}
_TOLERANCE = 1e-4
"""Largest difference of an engine from the reference, as a part of white; rounding alone makes 1e-6."""


@dataclass(frozen=True)
class Diagnosis:
    """The result of `examine`.

    Attributes:
        sections: heading to lines, each of a name and a value.
        problems: what is broken, and what to do.
    """

    sections: Mapping[str, Mapping[str, str]]
    problems: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json.dumps``."""
        return {**{name: dict(lines) for name, lines in self.sections.items()}, "problems": [*self.problems]}

    def __str__(self) -> str:
        width = max(len(name) for lines in self.sections.values() for name in lines)
        text = []
        for heading, lines in self.sections.items():
            text += [heading, *(f"  {name:{width}}  {value}" for name, value in lines.items())]
        return "\n".join([*text, "problems", *(f"  {problem}" for problem in self.problems or ("none",))])


def examine() -> Diagnosis:
    """Check the installation, the machine and the weights, and run every engine.

    Nothing is written or sent; the report names no folder of the user.
    """
    problems: list[str] = []
    sections = {
        "srcnn": {
            "version": version("srcnn"),
            "python": f"{platform.python_version()} ({platform.python_implementation()})",
            "system": platform.platform(),
        },
        "machine": _machine(),
        "packages": _packages(problems),
        "extras": {name: _extra(parts) for name, parts in EXTRAS.items()},
        "pictures": _guarded("pictures", _formats, problems),
        "weights": _guarded("weights", _shipped, problems),
        "engines": _guarded("engines", _engines, problems),
        "devices": _guarded("devices", _devices, problems),
    }
    return Diagnosis(sections, tuple(problems))


def _machine() -> dict[str, str]:
    total, limit, quota = physical_memory(), memory_limit(), core_limit()
    return {
        "processor": processor(),
        "instructions": " ".join(instructions()),
        "cores": str(os.cpu_count() or "unknown"),
        "core limit": "none" if quota is None else f"{quota:g} by the control group",
        "threads": str(usable_cores()),
        "memory": "unknown" if total is None else gigabytes(total),
        "memory limit": "none" if limit is None else f"{gigabytes(limit)} by the control group",
        "memory budget": gigabytes(memory_budget()),
    }


def _packages(problems: list[str]) -> dict[str, str]:
    versions = {name: _version(name) for name in NEEDED}
    for name in NEEDED:
        if versions[name] == "missing":
            problems.append(f"{name} not found; reinstall: pip install --force-reinstall srcnn")
    return versions


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _extra(parts: tuple[str, ...]) -> str:
    return ", ".join(f"{name} {_version(name)}" for name in parts)


def _guarded(
    title: str, section: Callable[[list[str]], dict[str, str]], problems: list[str]
) -> dict[str, str]:
    """A section of the report; one that fails must not hide the others."""
    try:
        return section(problems)
    except Exception as error:
        problems.append(f"{title}: {type(error).__name__}: {_reason(error)}")
        return {"state": "broken"}


def _reason(error: Exception) -> str:
    """What an error says, in a line, without folders of the user and of the installation."""
    text = " ".join(str(error).split())
    folders = {sys.prefix, sys.base_prefix, *sys.path, *map(os.environ.get, ("HOME", "USERPROFILE"))}
    known = {folder.rstrip(os.sep) for folder in folders if folder}
    for folder in sorted(known - {""}, key=len, reverse=True):
        whole = rf"(?<![\w./\\-]){re.escape(folder)}({re.escape(os.sep)}|(?![\w.-]))"
        text = re.sub(whole, lambda found: "" if found[1] else "a folder", text)
    return text


def _formats(problems: list[str]) -> dict[str, str]:
    import pyvips

    written = set(pyvips.get_suffixes())
    missing = [suffix for suffix in WRITABLE_SUFFIXES if suffix not in {*written, ".jxl"}]
    if importlib.util.find_spec(JXL_PACKAGE) is not None:
        written.add(".jxl")
    if missing:
        problems.append(f"libvips cannot write {', '.join(missing)}; reinstall: pip install 'pyvips[binary]'")
    return {
        "libvips": ".".join(str(pyvips.version(part)) for part in range(3)),
        "formats": " ".join(suffix[1:] for suffix in WRITABLE_SUFFIXES if suffix in written),
    }


def _shipped(problems: list[str]) -> dict[str, str]:
    damaged = damaged_models()
    if damaged:
        problems.append(
            f"wrong hash of shipped weights: {', '.join(damaged)}; reinstall: "
            "pip install --force-reinstall srcnn"
        )
    names = [entry.name for entry in list_models()]
    return {"shipped": ", ".join(names), "hashes": f"{len(damaged)} wrong" if damaged else "all as shipped"}


def _engines(problems: list[str]) -> dict[str, str]:
    weights = load_weights(min(list_models(), key=lambda entry: entry.architecture.parameters).path)
    picture = np.random.default_rng(0).random((weights.architecture.channels, 24, 24), np.float32)
    reference = create_engine(weights, "numpy").run(picture, ALL_EDGES)
    return {name: _engine(name, weights, picture, reference, problems) for name in ENGINES}


def _devices(problems: list[str]) -> dict[str, str]:
    """The devices of torch."""
    if importlib.util.find_spec("torch") is None:
        return {"torch": "not installed"}
    from srcnn.engines.torch import device_name, list_devices

    return {device: device_name(device) for device in list_devices()}


def _engine(
    name: str, weights: Weights, picture: np.ndarray, reference: np.ndarray, problems: list[str]
) -> str:
    if name == "torch" and importlib.util.find_spec("torch") is None:
        return "not installed"
    if name == "onnxruntime" and not has_onnxruntime():
        return "not installed"
    chosen = " (default)" if name == default_engine(weights.architecture) else ""
    if name == "numpy" and is_slow():
        chosen = f" (default); {FASTER}"
    if name == "native":
        level = choose_level()
        if isinstance(level, str):  # nothing is broken: another engine serves
            return f"not used: {level}"
        chosen = f", {level.name}{chosen}"
    try:
        result = create_engine(weights, name).run(picture, ALL_EDGES)
    except Exception as error:  # a library that does not fit the machine may raise anything
        problems.append(f"the engine {name} fails: {_reason(error)}")
        return "broken" + chosen
    difference = float(np.abs(result - reference).max())
    if not difference < _TOLERANCE:
        problems.append(f"the engine {name} differs from the reference by {difference:.1e} of white")
        return "wrong" + chosen
    return "works" + chosen
