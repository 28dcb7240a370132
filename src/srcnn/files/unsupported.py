"""Kinds of files that are whole and cannot be read here: what they are, in words."""

from srcnn.files.headers import Header

_JPEG_XL = "JPEG XL"
# TIFF, Compression: values that libtiff does not decode, or only where it was built so.
_TIFF_COMPRESSIONS = {
    6: "JPEG of the old kind",
    32809: "ThunderScan",
    33003: "JPEG 2000 (Aperio)",
    33005: "JPEG 2000 (Aperio)",
    34712: "JPEG 2000",
    34713: "Nikon NEF",
    34887: "LERC",
    34892: "lossy JPEG of DNG",
    34925: "LZMA",
    34933: "PNG",
    34934: "JPEG XR",
    50000: "ZSTD",
    50001: "WebP",
    50002: _JPEG_XL,
    52546: _JPEG_XL,
    65000: "Kodak DCR",
}
_BYTES = 8
# By where it stands: bytes that begin a file of another kind.
_MAGIC = (
    (0, b"8BPS", "a Photoshop file"),
    (0, b"%PDF", "a PDF"),
    (0, b"%!PS", "a PostScript file"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"II\xbc", "JPEG XR"),
    (0, b"\x76\x2f\x31\x01", "OpenEXR"),
    (0, b"#?RADIANCE", "a Radiance HDR picture"),
    (0, b"DDS ", "a DirectDraw surface"),
    (0, b"qoif", "QOI"),
    (0, b"gimp xcf", "a GIMP file"),
    (0, b"SIMPLE  =", "FITS"),
    (0, b"\0\0\1\0", "an icon"),
    (0, b"FUJIFILM", "a raw file of a camera"),
    (0, b"FOVb", "a raw file of a camera"),
    (0, b"IIU\0", "a raw file of a camera"),
    (0, b"IIRO", "a raw file of a camera"),
    (4, b"ftypcrx", "a raw file of a camera"),
    (0, b"\x1aE\xdf\xa3", "a video"),
    (4, b"ftypmp4", "a video"),
    (4, b"ftypisom", "a video"),
    (4, b"ftypqt", "a video"),
    (4, b"ftypM4V", "a video"),
    (8, b"AVI ", "a video"),
    (0, b"PK\3\4", "an archive"),
    (0, b"\x1f\x8b", "an archive"),
    (0, b"<svg", "SVG"),
    (0, b"<!DOCTYPE", "a web page"),
    (0, b"<!doctype", "a web page"),
    (0, b"<html", "a web page"),
    (0, b"version https://git-lfs", "a pointer of Git LFS; fetch the file itself"),
    *((0, b"P%d" % number, "a PNM picture") for number in range(1, 8)),
)


def known_kind(head: bytes) -> str | None:
    """What another kind of file is, by its first bytes; None of an unknown one."""
    return next((kind for at, magic, kind in _MAGIC if head[at:].startswith(magic)), None)


def unsupported_coding(header: Header) -> str | None:
    """What in the coding of a TIFF or JPEG no library here may be able to decode; None of the usual ones."""
    tiff, jpeg = header.tiff, header.jpeg
    if jpeg is not None and jpeg.precision != _BYTES:
        return f"JPEG of {jpeg.precision} bits a sample"
    if jpeg is not None and jpeg.process is not None:
        return jpeg.process
    if tiff.bits not in (1, 2, 4, _BYTES, 16, 32, 64):
        return f"TIFF of {tiff.bits} bits a sample"
    compression = _TIFF_COMPRESSIONS.get(tiff.compression)
    return None if compression is None else f"TIFF with the compression {compression}"
