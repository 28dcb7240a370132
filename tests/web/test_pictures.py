"""What the service answers is what the commands write, to the byte; what is wrong is said."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from web_fixtures import until

from srcnn.cli import run
from srcnn.files import Picture, WriteOptions, write_picture


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A PNG with transparency, a JPEG that lies on its side, a TIFF of 16 bits, and a WebP."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(5)
    smooth = np.kron(rng.integers(0, 256, (6, 8, 4)), np.ones((6, 6, 1))).astype(np.uint8)
    write_picture(Picture(smooth), folder / "alpha.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(smooth[..., :3]).save(folder / "rotated.jpg", exif=exif, quality=30)
    write_picture(Picture(smooth[..., :3].astype(np.uint16) * 257), folder / "deep.tif")
    write_picture(Picture(smooth[..., :3]), folder / "small.webp", WriteOptions(quality=100))
    return {path.name: path for path in folder.iterdir()}


ASKED = [
    ("upscale", "alpha.png", "", ""),
    (
        "upscale",
        "alpha.png",
        "scale=3&alpha=drop&format=jpg&quality=80",
        "--scale 3 --alpha drop --quality 80",
    ),
    ("upscale", "alpha.png", "format=jpg&background=white", "--background white"),
    ("upscale", "rotated.jpg", "width=100&restore=true&strip=true", "--width 100 --restore --strip"),
    ("upscale", "rotated.jpg", "quality_mode=fast&format=png&depth=16", "--quality-mode fast --depth 16"),
    (
        "upscale",
        "deep.tif",
        "fit=90x90&passes=2&back_projection=1",
        "--fit 90x90 --passes 2 --back-projection 1",
    ),
    (
        "upscale",
        "small.webp",
        "longest=77&model=9-1-5&engine=numpy&tile=256",
        "--longest 77 --model 9-1-5 --engine numpy --tile 256",
    ),
    ("restore", "rotated.jpg", "", ""),
    ("restore", "deep.tif", "damage_quality=20&ensemble=1", "--damage-quality 20 --ensemble"),
    ("restore", "alpha.png", "model=9-5-5-jpeg20", "--model 9-5-5-jpeg20"),
    pytest.param(
        *("restore", "rotated.jpg", "device=cpu&half=1", "--device cpu --half"),
        marks=pytest.mark.skipif(find_spec("torch") is None, reason="a device needs the extra train"),
    ),
]


@pytest.mark.parametrize(("task", "name", "query", "options"), ASKED)
def test_the_answer_is_what_the_command_writes(web, pictures, tmp_path, task, name, query, options):
    parameters = dict(part.split("=") for part in query.split("&") if part)
    out = tmp_path / f"out.{parameters.get('format', pictures[name].suffix[1:])}"
    assert run([task, str(pictures[name]), "-o", str(out), *options.split()]) == 0
    response = web.client.post(f"/api/{task}", params=parameters, content=pictures[name].read_bytes())
    assert response.status_code == 200, response.text
    assert response.content == out.read_bytes()
    kind = out.suffix.removeprefix(".").replace("jpg", "jpeg").replace("tif", "tiff")
    assert response.headers["content-type"] == f"image/{kind}"
    until(lambda: web.files() == [])


def test_notes_and_time_come_in_headers(web, pictures):
    response = web.client.post("/api/upscale?format=jpg", content=pictures["deep.tif"].read_bytes())
    assert "16 bits are rounded to 8, the most that JPEG holds" in json.loads(response.headers["srcnn-notes"])
    assert response.headers["server-timing"].startswith("srcnn;dur=")
    assert response.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("scale=1", "scale"),
        ("scale=nan", "scale"),
        ("scale=2&width=100", "scale and width"),
        ("sclae=3", "sclae"),
        ("scale=2&scale=3", "once"),
        ("model=nosuch", "nosuch"),
        ("model=../../etc/passwd", "/api/models"),
        ("model=/tmp/x.safetensors", "/api/models"),
        ("engine=magic", "engine"),
        ("format=exe", "format"),
        ("depth=12", "depth"),
        ("background=nocolor", "background"),
        ("damage_quality=20", "use damage_quality with restore"),
        ("quality_mode=best&model=9-1-5", "use either quality_mode or model"),
        ("tile=99999", "tile"),
        ("width=10", "smaller"),
    ],
)
def test_what_a_request_asks_wrongly_is_said(web, pictures, query, words):
    response = web.client.post(f"/api/upscale?{query}", content=pictures["alpha.png"].read_bytes())
    assert response.status_code == 422
    assert words in response.json()["error"]
    assert "\n" not in response.json()["error"]
    until(lambda: web.files() == [])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "got none: the file, or the body of the request, is empty"),
        (b"hello, this is no picture", "this file, which is none of them"),
        (b"%PDF-1.4 ...........................", "which is a PDF"),
    ],
)
def test_a_body_that_is_no_picture_is_refused_in_words_without_paths(web, content, words):
    response = web.client.post("/api/upscale", content=content)
    assert response.status_code == 422
    assert words in response.json()["error"]
    assert str(web.spool) not in response.text


def test_a_truncated_picture_is_refused(web, pictures):
    content = pictures["alpha.png"].read_bytes()
    response = web.client.post("/api/upscale", content=content[: len(content) // 2])
    assert response.status_code == 422
    assert "truncated or broken" in response.json()["error"]
    assert str(web.spool) not in response.text


def test_models_health_metrics_and_the_document(web, pictures):
    names = {model["name"] for model in web.client.get("/api/models").json()}
    assert "9-5-5-x3" in names
    assert web.client.get("/healthz").json()["status"] == "ok"
    web.client.post("/api/upscale", content=pictures["alpha.png"].read_bytes())
    metrics = web.client.get("/metrics").text
    assert 'srcnn_pictures_total{state="done",task="upscale"}' in metrics
    assert 'srcnn_refused_total{status="422"}' in metrics
    assert "srcnn_workers 1.0" in metrics
    document = web.client.get("/openapi.json").json()
    assert {"/api/upscale", "/api/restore", "/api/jobs/{job}/events"} <= set(document["paths"])


def test_what_there_is_not_is_said_in_json(web):
    assert web.client.get("/nothing").status_code == 404
    assert "error" in web.client.get("/nothing").json()
    assert web.client.get("/api/upscale").status_code == 405
    assert "error" in web.client.get("/api/upscale").json()
    assert web.client.get("/../../etc/passwd").status_code == 404
    assert web.client.get("/page/%2e%2e/%2e%2e/service.py").status_code == 404
