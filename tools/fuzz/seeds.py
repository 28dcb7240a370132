"""Whole little pictures of every format and kind that is read: what mutations start from."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pillow_heif
import tifffile
from PIL import Image, ImageCms

from srcnn.files import Picture, WriteOptions, write_picture
from srcnn.files.color_space import CodePoints, ColorSpace

SIDE = 24
_VIDEO = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(256)) * 2
_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" '
    b'xmlns:Container="http://ns.google.com/photos/1.0/container/" GCamera:MotionPhoto="1" '
    b'tiff:ImageWidth="24" GPano:CroppedAreaImageWidthPixels="24" GPano:FullPanoWidthPixels="48">'
    b"<Container:Directory><Container:Item/></Container:Directory></x:xmpmeta>"
)


def seeds() -> dict[str, list[bytes]]:
    """Files by format."""
    rng = np.random.default_rng(0)
    # Noise on a ramp, so that pixels are most of a file and still compress.
    ramp = np.add.outer(np.arange(SIDE), np.arange(SIDE))[..., None] * np.array([4, 3, 5, 5])
    pixels = (ramp + rng.integers(0, 16, (SIDE, SIDE, 4))).astype(np.uint8)
    return {
        "PNG": [*_pillow("PNG", pixels, _png()), *_ours(".png", pixels), *_colored(".png", pixels)],
        "JPEG": [*_pillow("JPEG", pixels, _jpeg()), *_ours(".jpg", pixels[..., :3]), *_with_more(pixels)],
        "TIFF": [*_pillow("TIFF", pixels, _tiff()), *_tifffile(pixels), *_ours(".tif", pixels)],
        "WebP": [*_pillow("WEBP", pixels, _webp()), *_ours(".webp", pixels)],
        "BMP": _pillow("BMP", pixels, [("RGB", {}), ("RGBA", {}), ("L", {}), ("P", {}), ("1", {})]),
        "GIF": _pillow("GIF", pixels, [("P", {}), ("RGBA", {}), ("RGB", {"save_all": True, "frames": 2})]),
        "AVIF": [*_ours(".avif", pixels), *_colored(".avif", pixels)],
        "HEIC": _heic(pixels),
        "JPEG XL": _ours(".jxl", pixels),
    }


Kinds = list[tuple[str, dict[str, Any]]]


def _belongings() -> dict[str, Any]:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Maker", 6
    exif.get_ifd(0x8769)[0x9003] = "2020:01:01 00:00:00"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return {"exif": exif.tobytes(), "icc_profile": profile, "dpi": (300, 300)}


def _png() -> Kinds:
    modes = ("RGB", "RGBA", "L", "LA", "P", "1")
    return [(mode, {}) for mode in modes] + [("RGB", _belongings()), ("RGB", {"save_all": True, "frames": 2})]


def _jpeg() -> Kinds:
    return [
        ("RGB", {}),
        ("L", {}),
        ("CMYK", {}),
        ("RGB", {"progressive": True}),
        ("RGB", {"restart_marker_rows": 1}),
        ("RGB", _belongings()),
    ]


def _tiff() -> Kinds:
    packed = ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")
    modes = ("RGB", "RGBA", "L", "LA", "P", "CMYK")
    kinds: Kinds = [("RGB", {"compression": name}) for name in packed]
    kinds += [("1", {"compression": "group4"}), ("RGB", {"big_tiff": True}), ("RGB", _belongings())]
    return kinds + [(mode, {}) for mode in modes]


def _with_more(pixels: np.ndarray) -> list[bytes]:
    """JPEGs that something follows, or that lack their end marker."""
    plain, progressive = _pillow("JPEG", pixels, [("RGB", {}), ("RGB", {"progressive": True})])
    several = _pillow("MPO", pixels, [("RGB", {"save_all": True, "frames": 3})])
    motion = _pillow("JPEG", pixels, [("RGB", {"xmp": _XMP})])[0] + _VIDEO
    return [*several, several[0] + _VIDEO, motion, plain + b"other data" * 5, plain[:-2], progressive[:-2]]


def _webp() -> Kinds:
    return [
        ("RGB", {}),
        ("RGBA", {"lossless": True}),
        ("RGB", _belongings()),
        ("RGB", {"save_all": True, "frames": 2}),
    ]


def _pillow(name: str, pixels: np.ndarray, kinds: Kinds) -> list[bytes]:
    found = []
    for mode, options in kinds:
        image, buffer = (
            Image.fromarray(pixels).convert("RGBA" if "A" in mode else "RGB").convert(mode),
            io.BytesIO(),
        )
        options = dict(options)
        frames = options.pop("frames", 1)
        if frames > 1:
            options["append_images"] = [image.rotate(90)] * (frames - 1)
        image.save(buffer, name, **options)
        found.append(buffer.getvalue())
    return found


def _tifffile(pixels: np.ndarray) -> list[bytes]:
    found = []
    calls: list[Callable[[io.BytesIO], object]] = [
        lambda file: tifffile.imwrite(file, pixels[..., :3], photometric="rgb", tile=(16, 16)),
        lambda file: tifffile.imwrite(file, pixels, photometric="rgb", extrasamples=["assocalpha"]),
        lambda file: tifffile.imwrite(file, np.moveaxis(pixels[..., :3], -1, 0), planarconfig="separate"),
        lambda file: tifffile.imwrite(file, pixels, photometric="rgb", extrasamples=["unspecified"]),
        lambda file: tifffile.imwrite(file, pixels, photometric="minisblack", planarconfig="contig"),
        lambda file: _with_thumbnail(file, pixels[..., :3]),
        lambda file: tifffile.imwrite(file, pixels[..., 0].astype(">u2") * 257, byteorder=">"),
    ]
    for call in calls:
        buffer = io.BytesIO()
        call(buffer)
        found.append(buffer.getvalue())
    return found


def _with_thumbnail(file: io.BytesIO, pixels: np.ndarray) -> None:
    with tifffile.TiffWriter(file) as pages:
        pages.write(pixels[::4, ::4], photometric="rgb", subfiletype=1)
        pages.write(pixels, photometric="rgb")


def _ours(suffix: str, pixels: np.ndarray) -> list[bytes]:
    return [content for options in _options(suffix) for content in _written(suffix, pixels, options)]


def _colored(suffix: str, pixels: np.ndarray) -> list[bytes]:
    """With code points, and what else PNG says of colors; with text."""
    color = ColorSpace(CodePoints(9, 16), 0.5, (0.3,) * 8, None, bytes(24), bytes(8))
    text = (("parameters", "a cat, steps: 20"), ("workflow", "見出し"))
    picture = Picture(pixels, color=color, text=text)
    return [_file(picture, suffix, WriteOptions())]


def _heic(pixels: np.ndarray) -> list[bytes]:
    found = []
    deep = pixels.astype(np.uint16) * 257
    for mode, samples in (("RGB", pixels[..., :3]), ("RGBA", pixels), ("RGB;16", deep[..., :3])):
        file, buffer = pillow_heif.from_bytes(mode, (SIDE, SIDE), samples.tobytes()), io.BytesIO()
        file.save(buffer, exif=_belongings()["exif"], icc_profile=_belongings()["icc_profile"])
        found.append(buffer.getvalue())
    return found


def _options(suffix: str) -> list[WriteOptions]:
    return [WriteOptions(), WriteOptions(quality=100)] if suffix in (".webp", ".avif") else [WriteOptions()]


def _written(suffix: str, pixels: np.ndarray, options: WriteOptions) -> Iterator[bytes]:
    belongings = _belongings()
    deep = pixels.astype(np.uint16) * 257
    for kind in (pixels, deep, pixels[..., 0], deep[..., :3]):
        picture = Picture(
            kind,
            icc=belongings["icc_profile"],
            exif=belongings["exif"].removeprefix(b"Exif\0\0"),
            xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
            resolution=(300, 200),
        )
        yield _file(picture, suffix, options)


def _file(picture: Picture, suffix: str, options: WriteOptions) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"seed{suffix}"
        write_picture(picture, path, options)
        return path.read_bytes()
