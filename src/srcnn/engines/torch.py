"""The torch engine, for those who have torch, and for its devices."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from srcnn.borders import input_margin, side_widths
from srcnn.engines.base import check_planes
from srcnn.errors import MissingExtraError, UsageError
from srcnn.tiling import DEFAULT_TILE, EIGHT_TURNS, Edges, Tile, within
from srcnn.types import Planes
from srcnn.weights import Weights

DEVICES = ("cuda", "xpu", "mps", "cpu")
"""In the order in which ``auto`` takes them."""
HALF = "half"
_BATCH = 16
"""Blocks that a device other than the processor is given at once."""


class TorchEngine:
    """Runs a network with torch; see `srcnn.engines.base.Engine`.

    ``threads`` sets torch's own number of threads, which holds for the whole process. On a device other than
    the processor several blocks are computed at once, and results agree with the processor's to rounding.

    Args:
        weights: the network.
        threads: threads of the processor.
        place: a device of `DEVICES`, also with a number as ``cuda:1``, or ``auto``; followed by ``:half`` it
            computes in 16-bit floats, whose rounding can be seen in 16-bit pictures.
        batch: blocks at once; by default 1 on the processor and 16 elsewhere.

    Raises:
        MissingExtraError: torch is not installed.
        UsageError: an unknown device, or one that is not there.
    """

    whole_tiles = False

    def __init__(
        self, weights: Weights, threads: int | None = None, place: str = "", batch: int | None = None
    ) -> None:
        try:
            import torch
        except ImportError as error:
            raise MissingExtraError("the torch engine", "train") from error
        if threads:
            torch.set_num_threads(threads)
        self.name = f"torch:{place}" if place else "torch"
        half = place == HALF or place.endswith(f":{HALF}")
        self.device = choose_device(place.removesuffix(HALF).rstrip(":") or "cpu")
        self.batch = batch or (1 if self.device == "cpu" else _BATCH)
        # So many pixels a side that there are blocks enough for a batch.
        self.tile = DEFAULT_TILE if self.device == "cpu" else 4 * DEFAULT_TILE
        self.description = f"{self.device} ({device_name(self.device)}), float{16 if half else 32}, " + (
            f"{self.batch} block{'s' if self.batch > 1 else ''} at a time"
        )
        self._architecture = weights.architecture
        self.halo = weights.architecture.halo
        self._torch = torch
        # Through memory that the device reads and writes itself, and that torch uses again: nobody waits for
        # the copy, and there are no new pages.
        self._pins = self.device.startswith("cuda")
        self._dtype = torch.float16 if half else torch.float32
        self._kernels = [self._moved(k).to(memory_format=torch.channels_last) for k in weights.kernels]
        self._biases = [self._moved(b) for b in weights.biases]

    def run(self, planes: Planes, edges: Edges) -> Planes:
        """The network's output for one window of a picture, without its halo."""
        return self._sent_back(self.network(self._moved(planes)[None], edges)[0])()

    def begin_blocks(
        self, planes: Planes, whole: Tile, blocks: Sequence[Tile], *, ensemble: bool
    ) -> Callable[[], Planes]:
        """Begin a tile; see `srcnn.engines.base.BlockEngine`.

        The tile goes to the device and its result comes back in one piece each.
        """
        torch, source = self._torch, self._moved(planes)
        height, width = (part.stop - part.start for part in whole.out)
        result = torch.empty((len(planes), height, width), device=self.device)
        compute = self._ensemble if ensemble else self.network
        for some in _groups(blocks, self.batch):
            windows = [within(block.source, whole.source) for block in some]
            parts = compute(
                torch.stack([source[:, rows, columns] for rows, columns in windows]), some[0].edges
            )
            rows, columns = some[0].inner
            for block, part in zip(some, parts, strict=True):
                out_rows, out_columns = within(block.out, whole.out)
                result[:, out_rows, out_columns] = part[:, rows, columns]
        return self._sent_back(result)

    def network(self, windows: Any, edges: Edges) -> Any:
        """The network's output for tensors on the device.

        Args:
            windows: (N, C, H, W) of the engine's type, windows with the same edges.
            edges: see `srcnn.engines.base.Engine.run`.

        Returns:
            (N, C, H', W'), without the halo on the sides that are no edge.
        """
        check_planes(windows[0], edges, self._architecture)
        torch, functional = self._torch, self._torch.nn.functional
        # Torch lets cuDNN round what it multiplies to TF32, 10 bits, unless it is told not to.
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            x = windows.contiguous(memory_format=torch.channels_last)
            x = functional.pad(x, _torch_pads(input_margin(self._architecture), edges), mode="replicate")
            layers = zip(self._architecture.layers, self._kernels, self._biases, strict=True)
            for number, (layer, kernel, bias) in enumerate(layers, start=1):
                if layer.border != "valid":
                    mode = "constant" if layer.border == "zero" else "replicate"
                    x = functional.pad(x, _torch_pads(layer.kernel // 2, edges), mode=mode)
                x = functional.conv2d(x, kernel, bias)
                if number < len(self._kernels):
                    x = x.relu_()
        return x

    def _ensemble(self, windows: Any, edges: Edges) -> Any:
        torch, total = self._torch, 0
        for turns, mirrored in EIGHT_TURNS:
            turned = torch.rot90(windows.flip(-1) if mirrored else windows, turns, (-2, -1))
            output = torch.rot90(self.network(turned, edges.turned(turns, mirrored)), -turns, (-2, -1))
            total = total + (output.flip(-1) if mirrored else output).float()
        return total / 8

    def _moved(self, array: Planes) -> Any:
        """An array on the device, in the engine's type; a copy, as torch refuses views that go backwards."""
        if not self._pins:
            return self._torch.from_numpy(np.array(array, np.float32)).to(self.device).to(self._dtype)
        host = self._torch.empty(array.shape, pin_memory=True)
        host.numpy()[...] = array
        return host.to(self.device, non_blocking=True).to(self._dtype)

    def _sent_back(self, tensor: Any) -> Callable[[], Planes]:
        """Begin to fetch a tensor; what is returned waits for it."""
        if not self._pins:
            return lambda: np.ascontiguousarray(tensor.float().cpu().numpy())
        host = self._torch.empty(tensor.shape, pin_memory=True)
        host.copy_(tensor.float(), non_blocking=True)
        copied = self._torch.cuda.Event()
        copied.record(self._torch.cuda.current_stream(self.device))

        def wait() -> Planes:
            copied.synchronize()
            return host.numpy()

        return wait


def list_devices() -> list[str]:
    """Devices of torch that are there, such as ``cuda:0`` and ``cpu``, the one that ``auto`` takes first."""
    import torch

    found: list[str] = []
    for kind in DEVICES[:-1]:
        backend = getattr(torch.backends, "mps", None) if kind == "mps" else getattr(torch, kind, None)
        if backend is not None and backend.is_available():
            count = 1 if kind == "mps" else backend.device_count()
            found += [kind] if kind == "mps" else [f"{kind}:{number}" for number in range(count)]
    return [*found, "cpu"]


def choose_device(place: str) -> str:
    """The device that a name stands for, such as ``cuda:0`` for ``cuda``.

    Raises:
        UsageError: an unknown device, or one that is not there.
    """
    available = list_devices()
    if place == "auto":
        return available[0]
    if place.partition(":")[0] not in DEVICES:
        raise UsageError(f"expected a device of {', '.join(DEVICES)} or auto, got {place!r}")
    found = next((name for name in available if place in (name, name.partition(":")[0])), None)
    if found is None:
        raise UsageError(f"expected a device that is here ({', '.join(available)}), got {place!r}")
    return found


def device_name(device: str) -> str:
    """What a device calls itself, such as ``NVIDIA H100``."""
    import torch

    kind = device.partition(":")[0]
    if kind in ("cuda", "xpu"):
        return str(getattr(torch, kind).get_device_name(device))
    return {"mps": "Apple GPU", "cpu": "the processor"}[kind]


def _torch_pads(amount: int, edges: Edges) -> tuple[int, int, int, int]:
    (top, bottom), (left, right) = side_widths(amount, edges)
    return left, right, top, bottom


def _groups(blocks: Sequence[Tile], batch: int) -> Iterator[Sequence[Tile]]:
    """Blocks of one shape with the same edges, up to ``batch`` at a time."""
    alike: dict[object, list[Tile]] = {}
    for block in blocks:
        shape = tuple(part.stop - part.start for part in block.source)
        inner = tuple((part.start, part.stop) for part in block.inner)
        alike.setdefault((shape, inner, block.edges), []).append(block)
    for same in alike.values():
        yield from (same[start : start + batch] for start in range(0, len(same), batch))
