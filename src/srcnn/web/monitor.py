"""Figures about the service, in the format of Prometheus."""

from typing import TYPE_CHECKING

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

if TYPE_CHECKING:
    from srcnn.web.pool import Pool
    from srcnn.web.registry import Registry, Ticket

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Monitor:
    """What is counted; `watch` adds what is looked up when somebody asks."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._pictures = Counter(
            "srcnn_pictures", "Pictures finished.", ["task", "state"], registry=self._registry
        )
        self._seconds = Histogram(
            "srcnn_picture_seconds",
            "Seconds of work on a picture.",
            ["task"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._pixels = Counter("srcnn_pixels", "Pixels of results.", ["task"], registry=self._registry)
        self.received = Counter(
            "srcnn_received_bytes", "Bytes of pictures received.", registry=self._registry
        )
        self.refused = Counter(
            "srcnn_refused", "Requests that were refused.", ["status"], registry=self._registry
        )

    def watch(self, registry: "Registry", pool: "Pool") -> None:
        """Show what is waiting and at work, and the workers that had to be replaced."""
        unfinished = Gauge(
            "srcnn_unfinished", "Pictures that are not finished.", ["state"], registry=self._registry
        )
        for state in ("receiving", "waiting", "running"):
            unfinished.labels(state).set_function(
                lambda state=state: sum(ticket.state == state for ticket in registry.unfinished())
            )
        Gauge("srcnn_workers", "Worker processes.", registry=self._registry).set(pool.count)
        Gauge(
            "srcnn_workers_replaced", "Workers that died or were stopped.", registry=self._registry
        ).set_function(lambda: pool.replaced)

    def count(self, ticket: "Ticket") -> None:
        """Count a finished picture."""
        self._pictures.labels(ticket.task, ticket.state).inc()
        if ticket.state == "done" and ticket.result is not None:
            self._seconds.labels(ticket.task).observe(ticket.result.seconds)
            self._pixels.labels(ticket.task).inc(ticket.result.width * ticket.result.height)

    def text(self) -> bytes:
        """All of it."""
        return generate_latest(self._registry)
