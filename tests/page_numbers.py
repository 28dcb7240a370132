"""What the package makes of some numbers, for the tests of the page that does the same in a browser.

Usage: python tests/page_numbers.py
"""

import base64
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from support import identity, picture_of

from srcnn import upscale
from srcnn.color import full_to_studio, rgb_to_ycbcr, studio_to_full, ycbcr_to_rgb
from srcnn.files import jpeg_quality
from srcnn.pixels import EncodedPicture, nearby_range
from srcnn.resize import Resizer
from srcnn.scales import step_sizes
from srcnn.zoo import find_model, find_restorer, list_models

NUMBERS = Path(__file__).parents[1] / "web" / "test" / "numbers.json"


def numbers() -> str:
    """All of them, as JSON."""
    parts = {
        "resize": resized(),
        "color": colors(),
        "encoded": encoded(),
        "upscaled": upscaled(),
        "jpeg": jpegs(),
        "sizes": sizes(),
        "models": models(),
    }
    return json.dumps(parts, indent=1) + "\n"


def packed(array: np.ndarray) -> dict[str, Any]:
    """Little-endian bytes, so that no bit is lost."""
    values = np.ascontiguousarray(array)
    little = values.astype(values.dtype.newbyteorder("<"))
    return {
        "shape": values.shape,
        "dtype": values.dtype.name,
        "base64": base64.b64encode(little.tobytes()).decode(),
    }


def digest(array: np.ndarray) -> dict[str, Any]:
    """What is too long to be written out."""
    values = np.ascontiguousarray(array)
    little = values.astype(values.dtype.newbyteorder("<"))
    return {
        "shape": values.shape,
        "dtype": values.dtype.name,
        "sha256": hashlib.sha256(little.tobytes()).hexdigest(),
    }


def planes_first(array: np.ndarray) -> dict[str, Any]:
    return packed(np.moveaxis(array, -1, 0))


def resized() -> list[dict[str, Any]]:
    """Windows of enlargements, float32."""
    image = picture_of("float32", 2, 7, 9)
    cases = []
    for shape, window in (
        ((14, 18), (0, 14, 0, 18)),
        ((21, 27), (4, 15, 5, 26)),
        ((16, 23), (0, 16, 0, 23)),
        ((23, 20), (7, 23, 3, 20)),
        ((7, 10), (0, 7, 0, 10)),
    ):
        resizer = Resizer((7, 9), shape=shape)
        part = (slice(*window[:2]), slice(*window[2:]))
        cases.append(
            {
                "input": planes_first(image),
                "size": shape,
                "window": window,
                "result": planes_first(resizer(image[resizer.source(part)], part)),
            }
        )
    return cases


def colors() -> dict[str, Any]:
    rgb = picture_of("float32", 3, 6, 8)
    ycbcr = rgb_to_ycbcr(rgb)
    return {
        "rgb": planes_first(rgb),
        "ycbcr": planes_first(ycbcr),
        "back": planes_first(ycbcr_to_rgb(ycbcr)),
        "full": packed(studio_to_full(ycbcr[..., 0])),
        "studio": packed(full_to_studio(studio_to_full(ycbcr[..., 0]))),
    }


def holes(kind: str, channels: int, height: int, width: int) -> np.ndarray:
    """A picture whose opacity is 0 in one part, white in another and between elsewhere."""
    pixels = picture_of(kind, channels, height, width)
    pixels[2:-3, 3 : width // 2, -1] = 0
    pixels[:, width * 2 // 3 :, -1] = np.iinfo(kind).max
    return pixels


def encoded() -> list[dict[str, Any]]:
    """Windows of pictures as a network sees them, and the range of opacity around."""
    cases = []
    for kind, channels, color, luma in (
        ("uint8", 3, "y", "studio"),
        ("uint8", 3, "y", "full"),
        ("uint8", 1, "rgb", "studio"),
        ("uint16", 4, "ycbcr", "studio"),
        ("uint8", 2, "y", "studio"),
    ):
        pixels = (holes if channels in (2, 4) else picture_of)(kind, channels, 40, 45)
        picture = EncodedPicture(pixels, color, 1 if color == "y" else 3, luma)
        window = (slice(5, 33), slice(2, 40))
        planes = picture.encoded(window)
        case = {
            "pixels": packed(pixels),
            "color": color,
            "luma": luma,
            "planes": digest(np.moveaxis(planes, -1, 0)),
            "decoded": digest(picture.colors.decode(planes.copy(), pixels.dtype)),
        }
        if channels in (2, 4):
            alpha = picture.colors.encode(pixels)[..., -1]
            target = (slice(10, 70), slice(3, 81))
            low, high = nearby_range(alpha, (slice(0, 40), slice(0, 45)), (40, 45), target, (100, 90))
            case |= {"low": digest(low), "high": digest(high)}
        cases.append(case)
    return cases


def upscaled() -> list[dict[str, Any]]:
    """Whole pictures through a network that changes nothing, in several tiles and steps."""
    cases = []
    for kind, channels, scale, color, alpha in (
        ("uint8", 3, 3.0, "y", "network"),
        ("uint8", 4, 2.5, "y", "network"),
        ("uint8", 4, 2.0, "rgb", "bicubic"),
        ("uint16", 1, 5.0, "y", "network"),
        ("uint8", 2, 2.0, "y", "drop"),
    ):
        height, width = (36, 110) if scale == 3 else (24, 31)
        pixels = (holes if channels in (2, 4) else picture_of)(kind, channels, height, width)
        model = identity(3 if color == "rgb" else 1, color)
        result = upscale(pixels, scale, model=model, engine="numpy", alpha=alpha, tile=256)  # type: ignore[arg-type]
        cases.append(
            {
                "pixels": packed(pixels),
                "scale": scale,
                "color": color,
                "alpha": alpha,
                "result": digest(result if result.ndim == 3 else result[..., None]),
            }
        )
    return cases


def jpegs() -> list[dict[str, Any]]:
    cases = []
    for mode, quality in (("RGB", 5), ("RGB", 37), ("L", 60), ("RGB", 92), ("RGB", 100)):
        file = io.BytesIO()
        Image.new(mode, (8, 8), "teal" if mode == "RGB" else 90).save(file, "JPEG", quality=quality)
        content = file.getvalue()
        cases.append(
            {
                "base64": base64.b64encode(content).decode(),
                "quality": jpeg_quality(io.BytesIO(content)),
                "components": len(mode),
            }
        )
    return cases


def sizes() -> list[dict[str, Any]]:
    cases = ((24, 31, 2.0), (5, 7, 2.5), (1, 3, 1.2), (100, 75, 5.0), (9, 9, 17.3))
    return [
        {"height": height, "width": width, "scale": scale, "sizes": step_sizes((height, width), scale)}
        for height, width, scale in cases
    ]


def models() -> dict[str, Any]:
    enlarged = [("9-5-5", 2.0), ("9-1-5", 2.45), ("best", 3.9), ("9-5-5-rgb", 1.5), ("9-3-5-x4", 2.0)]
    restored = [("9-5-5", 12, True), ("9-5-5", 12, False), ("9-5-5", 71, True), ("9-5-5", 95, True)]
    shelf = [entry.to_json() for entry in list_models()]
    return {
        "shelf": [{key: model[key] for key in ("name", "task", "scale", "best")} for model in shelf],
        "upscale": [[name, scale, find_model(name, scale).stem] for name, scale in enlarged],
        "restore": [
            [
                name,
                quality,
                color,
                found.stem if (found := find_restorer(name, quality, color=color)) else None,
            ]
            for name, quality, color in restored
        ],
    }


if __name__ == "__main__":
    NUMBERS.write_text(numbers(), encoding="utf-8")
