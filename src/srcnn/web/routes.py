"""The service as an application: which address does what."""

from collections.abc import Collection
from functools import partial
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from srcnn.web.guard import Guard
from srcnn.web.queries import QUERIES
from srcnn.web.refusal import Refusal
from srcnn.web.service import PAGE_FILES, Service


def create_app(service: Service, hosts: Collection[str], token: str | None = None) -> Starlette:
    """The application.

    Args:
        service: what it does.
        hosts: see `srcnn.web.guard.known_hosts`.
        token: see `srcnn.web.guard.Guard`.
    """
    job = "/api/jobs/{job}"
    routes = [
        *(Route(path, service.page) for path in PAGE_FILES),
        *(Route(f"/api/{task}", partial(service.answer, task=task), methods=["POST"]) for task in QUERIES),
        *(
            Route(f"/api/jobs/{task}", partial(service.create, task=task), methods=["POST"])
            for task in QUERIES
        ),
        Route(job, service.show),
        Route(job, service.delete, methods=["DELETE"]),
        Route(f"{job}/events", service.events),
        Route(f"{job}/result", service.result),
        Route(f"{job}/preview/{{side}}", service.preview),
        Route(f"{job}/cancel", service.cancel, methods=["POST"]),
        Route("/api/models", service.models),
        Route("/healthz", service.health),
        Route("/metrics", service.metrics),
        Route("/openapi.json", service.document),
    ]
    return Starlette(
        routes=routes,
        lifespan=service.lifespan,
        middleware=[Middleware(Guard, hosts=hosts, token=token)],
        exception_handlers={
            Refusal: service.refuse,
            HTTPException: _in_json,
            ClientDisconnect: _gone,
        },
    )


async def _in_json(request: Request, error: Exception) -> Response:
    """What the framework refuses: no such address, another method."""
    assert isinstance(error, HTTPException)
    message = HTTPStatus(error.status_code).phrase.lower()
    return JSONResponse({"error": f"{message}; see /openapi.json"}, error.status_code, error.headers)


async def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it
