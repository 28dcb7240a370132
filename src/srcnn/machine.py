"""What the machine is: the name of its processor, and the instructions that it has."""

import platform
from pathlib import Path


def processor() -> str:
    """The processor's name as it gives it, such as ``AMD EPYC 7763 64-Core Processor``."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def instructions() -> list[str]:
    """Names, as NumPy has them, of the vector instructions that the processor offers: ``X86_V3`` is AVX2."""
    import numpy as np

    # NumPy's annotation says None for every mode.
    found: dict[str, list[str]] = (np.show_config(mode="dicts") or {}).get("SIMD Extensions", {})  # type: ignore[attr-defined]
    return [*found.get("baseline", []), *found.get("found", [])]
