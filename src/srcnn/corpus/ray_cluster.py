"""A Ray cluster: an existing one, or one of this machine alone that ends with this process."""

import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from srcnn.errors import ClusterError, MissingExtraError, SrcnnError
from srcnn.system import usable_cores

_PATIENCE = 5.0
"""Seconds that an address gets to answer."""
_OBJECTS = 2**30
"""Bytes of the memory in which groups travel, in a cluster of this machine alone; more goes to its disk."""


@contextmanager
def joined_cluster(address: str | None, cores: int | None = None) -> Iterator[None]:
    """Join a cluster for the block; one that this process has joined already is used and left joined.

    Args:
        address: ``host:port``, ``ray://host:port`` or ``auto``; None starts one of this machine alone.
        cores: of that one; by default those that this process may use.

    Raises:
        MissingExtraError: Ray is not installed.
        ClusterError: no cluster at the address, or one that runs another version of Ray, Python or srcnn.
    """
    # Nothing is reported to anybody, and standard error is left to this package.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("a cluster", "cluster") from error
    if ray.is_initialized():
        yield
        return
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if address is None:
            with _one_line(address):
                ray.init(
                    "local",
                    num_cpus=max(cores or 1, usable_cores()),
                    object_store_memory=_OBJECTS,
                    include_dashboard=False,
                    **quiet,
                )
        else:
            _check_answers(address)
            with _one_line(address):
                ray.init(address, **quiet)
            check_version(address)
        yield
    finally:
        ray.shutdown()


def cluster_workers(threads: int) -> int:
    """Workers of so many cores each that the cluster has room for now.

    Raises:
        ClusterError: for none.
    """
    import ray

    cores = [int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"]]
    workers = sum(count // threads for count in cores)
    if not workers:
        raise ClusterError(
            f"expected a machine of {threads} cores in the cluster, got {max(cores, default=0)}; "
            "use fewer --threads"
        )
    return workers


@contextmanager
def cluster_errors() -> Iterator[None]:
    """What Ray raises in the block, as one line; an error of this package that it carries, as itself."""
    from ray.exceptions import RayError

    try:
        yield
    except RayError as error:
        chain = list(_causes(error))
        for cause in reversed(chain):  # what Ray wraps is of the same class, with more lines
            if isinstance(cause, SrcnnError):
                cause.args = (str(cause).splitlines()[0],)  # Ray Data adds lines of its own
                raise cause from error
        raise ClusterError(f"the cluster failed: {_in_a_line(chain[-1])}; go on with --resume") from error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error of Ray, what it carries, and so on down to what was raised first."""
    while error is not None:
        yield error
        inner = getattr(error, "cause", None)
        error = inner if isinstance(inner, BaseException) else error.__cause__


def _check_answers(address: str) -> None:
    host, separator, port = address.removeprefix("ray://").rpartition(":")
    if not separator or not port.isdecimal():
        if address == "auto":
            return
        raise ClusterError(f"expected a cluster's address such as 10.0.0.1:6379, got {address}")
    try:
        socket.create_connection((host, int(port)), _PATIENCE).close()
    except OSError as error:
        raise ClusterError(
            f"no cluster at {address}: {error.strerror or error}; start one with: ray start --head"
        ) from error


@contextmanager
def _one_line(address: str | None) -> Iterator[None]:
    try:
        with _silent():
            yield
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        place = "a cluster of this machine" if address is None else f"the cluster at {address}"
        message = " ".join(str(error).split())
        if "ersion" in message:
            raise ClusterError(f"{place} runs another version: {message}") from error
        raise ClusterError(f"cannot join {place}: {message}") from error


@contextmanager
def _silent() -> Iterator[None]:
    """Nothing on standard error, by its descriptor: Ray's own library writes there."""
    sys.stderr.flush()
    before = os.dup(2)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(before, 2)
        os.close(before)


def check_version(address: str) -> None:
    """Refuse, with a `ClusterError`, a cluster that has been joined and whose srcnn is another, or none."""
    import ray

    # Defined here, so that it is sent along: the package may be missing there.
    def installed() -> str:
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("srcnn")
        except PackageNotFoundError:
            return "none"

    remote = ray.get(ray.remote(num_cpus=0)(installed).remote())
    if remote != version("srcnn"):
        raise ClusterError(
            f"the cluster at {address} runs another version: expected srcnn {version('srcnn')}, got {remote}"
        )


def _in_a_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
