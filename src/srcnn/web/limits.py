"""What the service takes on at most."""

from dataclasses import dataclass
from math import inf

from srcnn.errors import UsageError
from srcnn.system import memory_budget, usable_cores

_WORKERS = 2
_MOST_IN_MEMORY = 3 * 3 * 4  # bytes a pixel: back-projection holds three planes of float32, three times


@dataclass(frozen=True)
class Limits:
    """Limits of the service.

    Attributes:
        workers: processes that work, a picture each; None is 2, or 1 on a single core.
        max_memory: bytes that pixels may take, in all workers together; None is `memory_budget`.
        max_bytes: of an uploaded file.
        max_pixels: of a picture and of its result.
        max_queue: pictures that are received, wait or are worked on; and finished ones that are kept.
        max_per_client: of these, one client's.
        max_seconds: for receiving a picture, and for working on it.
        keep_seconds: how long a finished picture is kept for whoever sent it.

    Raises:
        UsageError: a limit that lets nothing through, or that is infinite.
    """

    workers: int | None = None
    max_memory: int | None = None
    max_bytes: int = 100 * 10**6
    max_pixels: int = 100 * 10**6
    max_queue: int = 64
    max_per_client: int = 32
    max_seconds: float = 300.0
    keep_seconds: float = 900.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and not 0 < value < inf:
                raise UsageError(f"expected a number above 0 as a limit for {name}, got {value}")

    @property
    def processes(self) -> int:
        """Workers, as a number."""
        return self.workers or min(_WORKERS, usable_cores())

    @property
    def memory(self) -> int:
        """Bytes that pixels may take, as a number."""
        return self.max_memory or memory_budget()

    def to_json(self) -> dict[str, int | float]:
        """What a client has to know of them."""
        hidden = ("workers", "max_memory")
        return {name: value for name, value in vars(self).items() if name not in hidden}

    def pixels(self, back_projection: int) -> int:
        """Pixels of a result, fewer where back-projection holds whole planes in a worker's memory."""
        if not back_projection:
            return self.max_pixels
        return min(self.max_pixels, max(1, self.memory // self.processes // _MOST_IN_MEMORY))
