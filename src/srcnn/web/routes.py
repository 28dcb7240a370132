"""The service as an application: which address does what."""

import mimetypes
from collections.abc import Collection
from functools import partial
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from srcnn.web.guard import Guard
from srcnn.web.queries import QUERIES
from srcnn.web.refusal import Refusal
from srcnn.web.service import Service

PAGE = Path(__file__).parent / "page"
# What the system has registered for scripts need not be what browsers run.
mimetypes.add_type("text/javascript", ".js")


class PageFiles(StaticFiles):
    """The page as it was built; browsers ask each time whether it is still that one."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file of it."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


def create_app(service: Service, hosts: Collection[str], token: str | None = None) -> Guard:
    """The application.

    Args:
        service: what it does.
        hosts: see `srcnn.web.guard.known_hosts`.
        token: see `Guard`.
    """
    job = "/jobs/{job}"
    api = [
        *(Route(f"/{task}", partial(service.answer, task=task), methods=["POST"]) for task in QUERIES),
        *(Route(f"/jobs/{task}", partial(service.create, task=task), methods=["POST"]) for task in QUERIES),
        Route(job, service.job, methods=["GET", "DELETE"]),
        Route(f"{job}/events", service.events),
        Route(f"{job}/result", service.result),
        Route(f"{job}/preview/{{side}}", service.preview),
        Route(f"{job}/cancel", service.cancel, methods=["POST"]),
        Route("/models", service.models),
        Route("/capabilities", service.capabilities),
    ]
    routes = [
        Mount("/api", routes=api),
        Route("/healthz", service.health),
        Route("/metrics", service.metrics),
        Route("/openapi.json", service.document),
        Mount("/", PageFiles(directory=PAGE, html=True)),
    ]
    app = Starlette(
        routes=routes,
        lifespan=service.lifespan,
        exception_handlers={
            Refusal: service.refuse,
            HTTPException: _in_json,
            ClientDisconnect: _gone,
            Exception: _defect,
        },
    )
    return Guard(app, hosts, token, lambda status: service.monitor.refused.labels(str(status)).inc())


async def _in_json(request: Request, error: Exception) -> Response:
    """What the framework refuses: no such address, another method."""
    assert isinstance(error, HTTPException)
    message = HTTPStatus(error.status_code).phrase.lower()
    return JSONResponse({"error": f"{message}; see /openapi.json"}, error.status_code, error.headers)


async def _defect(request: Request, error: Exception) -> Response:
    """An error of this program; the server writes it to its log."""
    return JSONResponse({"error": "unexpected error of the service; its log says more"}, 500)


async def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it
