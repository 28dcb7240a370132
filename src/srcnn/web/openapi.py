"""The description of the service, in OpenAPI 3.2, made of the models that check its parameters."""

from typing import Any

from srcnn import __version__
from srcnn.web.limits import Limits
from srcnn.web.queries import QUERIES, known_models
from srcnn.web.refusal import RETRY_SECONDS

_WORDS = {
    "upscale": "Enlarge a picture.",
    "restore": "Remove JPEG damage, or a blur, from a picture at the same size.",
}
_REFUSALS = {
    401: "The token is missing or wrong.",
    403: "The request comes from a page of another site.",
    404: "There is no such job.",
    408: "The picture came too slowly.",
    409: "The job is not finished, or was cancelled.",
    413: "Too many bytes or pixels.",
    421: "The request names a host that is not this one.",
    422: "Invalid parameters, or a body that is no picture, is broken or cannot be done.",
    429: "Too many unfinished pictures of one client; see Retry-After.",
    503: "Too many unfinished pictures, or no worker process; see Retry-After.",
    507: "No room for the picture.",
}
_LETTING_IN = (401, 403, 421)
_WORKING = (*_LETTING_IN, 408, 413, 422, 429, 503, 507)
_JOB: dict[str, Any] = {
    "type": "object",
    "required": [
        *("id", "task", "state", "progress", "error"),
        *("width", "height", "format", "bytes", "seconds", "notes"),
    ],
    "properties": {
        "id": {"type": "string"},
        "task": {"type": "string"},
        "state": {
            "type": "string",
            "enum": ["receiving", "waiting", "running", "done", "failed", "cancelled"],
        },
        "progress": {"type": "number", "minimum": 0, "maximum": 1},
        "error": {"type": ["string", "null"], "description": "Why it failed."},
        "width": {"type": "integer", "description": "Of the result in pixels."},
        "height": {"type": "integer"},
        "format": {"type": ["string", "null"], "description": "Of the result, such as png."},
        "bytes": {"type": "integer", "description": "Of the result's file."},
        "seconds": {"type": "number", "description": "Of work."},
        "notes": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Deliberate changes, such as 16 bits becoming 8.",
        },
    },
}
_IN_JSON = {
    "type": "string",
    "contentMediaType": "application/json",
    "contentSchema": {"$ref": "#/components/schemas/Job"},
}
_ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
_PICTURE = {"image/*": {"schema": {"type": "string", "format": "binary"}}}
_ID = {"name": "job", "in": "path", "required": True, "schema": {"type": "string"}}


def openapi(limits: Limits) -> dict[str, Any]:
    """The document, with the limits in force."""
    tasks: dict[str, Any] = {}
    for task, words in _WORDS.items():
        tasks[f"/api/{task}"] = {
            "post": _posting(task, f"{words} The answer is the result.", limits, _done())
        }
        accepted = _json(202, "The job has been taken on.", "Job")
        tasks[f"/api/jobs/{task}"] = {
            "post": _posting(task, f"{words} The answer is a job.", limits, accepted)
        }
    return {
        "openapi": "3.2.0",
        "info": {"title": "srcnn", "version": __version__, "summary": "SRCNN as a service."},
        "paths": {**tasks, **_jobs(), **_facts()},
        "components": {
            "schemas": {"Job": _JOB, "Error": _ERROR},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _posting(task: str, summary: str, limits: Limits, answer: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": f"{'job' if '202' in answer else 'picture'}_{task}",
        "summary": summary,
        "description": (
            f"At most {limits.max_bytes:,} bytes and {limits.max_pixels:,} pixels of the picture and of its "
            f"result. Worth trying again after 429 and 503, in {RETRY_SECONDS} s."
        ),
        "parameters": _parameters(task),
        "requestBody": {
            "required": True,
            "description": "The bytes of one file: PNG, JPEG, TIFF, WebP, AVIF, GIF, BMP, HEIC, JPEG XL.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        },
        "responses": {**answer, **_refusals(*_WORKING)},
    }


def _parameters(task: str) -> list[dict[str, Any]]:
    fields = QUERIES[task].model_json_schema()["properties"]
    fields["model"]["enum"] = [*known_models(task), None]
    return [
        {
            "name": name,
            "in": "query",
            "description": field["description"],
            "schema": _without_null(
                {key: field[key] for key in field if key not in ("title", "description")}
            ),
        }
        for name, field in fields.items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or it is not; there is no null in an address."""
    schema = dict(schema)
    kinds = [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]
    for kind in kinds:
        schema.update(kind)
    if schema.get("default", ...) is None:
        del schema["default"]
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    return schema


def _jobs() -> dict[str, Any]:
    side = {"name": "side", "in": "path", "required": True, "schema": {"enum": ["before", "after"]}}
    event = {"type": "object", "required": ["data"], "properties": {"data": _IN_JSON}}
    stream = {"text/event-stream": {"itemSchema": event}}
    deleted = {"204": {"description": "There is nothing of it any more."}}
    described = _json(200, "The job.", "Job")
    png = {"200": {"description": "A PNG of 8 bits.", "content": {"image/png": _PICTURE["image/*"]}}}
    events = {"200": {"description": "An event for each change, up to the end.", "content": stream}}
    return {
        "/api/jobs/{job}": {
            "get": _asking("job", "Where a job stands.", described),
            "delete": _asking("delete_job", "Stop a job and forget all of it.", deleted),
        },
        "/api/jobs/{job}/cancel": {"post": _asking("cancel_job", "Stop a job.", described)},
        "/api/jobs/{job}/events": {"get": _asking("job_events", "Follow a job.", events)},
        "/api/jobs/{job}/result": {
            "get": _asking("job_result", "What a job has made.", _done(), 409, 413, 422)
        },
        "/api/jobs/{job}/preview/{side}": {
            "get": _asking(
                "job_preview", "The picture, to be shown.", png, 409, 413, 422, 429, 503, 507, further=[side]
            )
        },
    }


def _facts() -> dict[str, Any]:
    listed = {"type": "array", "items": {"type": "object", "required": ["name", "task", "scale"]}}
    found = {"application/json": {"schema": listed}}
    text = {"text/plain": {"schema": {"type": "string"}}}
    anything = {"application/json": {"schema": {"type": "object"}}}
    return {
        "/api/models": {
            "get": _asking("models", "The models that there are.", _ok("Models.", found), job=False)
        },
        "/api/capabilities": {
            "get": _asking(
                "capabilities", "What can be asked, and limits.", _ok("Both.", anything), job=False
            )
        },
        "/healthz": {
            "get": _asking("health", "Whether it is alive.", _ok("It is.", anything), 503, job=False)
        },
        "/metrics": {"get": _asking("metrics", "Figures for Prometheus.", _ok("Figures.", text), job=False)},
        "/openapi.json": {
            "get": _asking("document", "This document.", _ok("The document.", anything), job=False)
        },
    }


def _asking(
    name: str,
    summary: str,
    answer: dict[str, Any],
    *statuses: int,
    job: bool = True,
    further: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    refusals = _refusals(*_LETTING_IN, *((404,) if job else ()), *statuses)
    asked: dict[str, Any] = {"operationId": name, "summary": summary, "responses": {**answer, **refusals}}
    parameters = [_ID, *(further or [])] if job else []
    return {**asked, "parameters": parameters} if parameters else asked


def _ok(words: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"200": {"description": words, "content": content}}


def _done() -> dict[str, Any]:
    headers = {
        "Srcnn-Notes": {
            "description": "Deliberate changes, a list in JSON.",
            "schema": {"type": "string"},
        },
        "Server-Timing": {"description": "Milliseconds of work.", "schema": {"type": "string"}},
    }
    return {"200": {"description": "The result.", "headers": headers, "content": _PICTURE}}


def _json(status: int, words: str, schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {str(status): {"description": words, "content": content}}


def _refusals(*statuses: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status in sorted(statuses):
        found |= _json(status, _REFUSALS[status], "Error")
        if status in (429, 503):
            found[str(status)]["headers"] = {
                "Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}
            }
    return found
