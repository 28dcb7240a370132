"""What a file says of its colors beside an ICC profile: code points of ITU-T H.273, and chunks of PNG."""

from dataclasses import dataclass

SRGB, UNSPECIFIED = (1, 13), 2
LINEAR, PQ, HLG = 8, 16, 18
# ITU-T H.273, tables 2 and 3: x and y of white, red, green and blue by code point; names of the curves.
_D65 = (0.3127, 0.3290)
PRIMARIES = {
    1: (*_D65, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060),
    4: (0.310, 0.316, 0.670, 0.330, 0.210, 0.710, 0.140, 0.080),
    5: (*_D65, 0.640, 0.330, 0.290, 0.600, 0.150, 0.060),
    6: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
_NAMES = {1: "BT.709", 9: "BT.2020", 11: "DCI-P3", 12: "Display P3"}
_CURVES = {
    1: "BT.709",
    LINEAR: "linear",
    13: "sRGB",
    14: "BT.2020",
    15: "BT.2020",
    PQ: "PQ (HDR)",
    HLG: "HLG (HDR)",
}


@dataclass(frozen=True)
class CodePoints:
    """Primaries and transfer characteristics of RGB samples by ITU-T H.273; their range is full or narrow."""

    primaries: int
    transfer: int
    full_range: bool = True

    def __str__(self) -> str:
        primaries = _NAMES.get(self.primaries, f"primaries {self.primaries}")
        curve = _CURVES.get(self.transfer, f"transfer {self.transfer}")
        return f"{primaries}, {curve}{'' if self.full_range else ', narrow range'}"


@dataclass(frozen=True)
class ColorSpace:
    """What the samples of a picture mean, where a file says so outside of a profile.

    Attributes:
        code_points: of PNG's cICP and HEIF's nclx; they go before a profile in PNG.
        gamma: of PNG's gAMA, the power of light that samples are, such as 0.45455; a profile, sRGB and code
            points go before it.
        chromaticities: of PNG's cHRM: x and y of white, red, green and blue.
        intent: of PNG's sRGB, 0 to 3; the samples are sRGB.
        mastering: of PNG's mDCV: the screen of the mastering, 24 bytes.
        light_level: of PNG's cLLI: the largest light levels, 8 bytes.
    """

    code_points: CodePoints | None = None
    gamma: float | None = None
    chromaticities: tuple[float, ...] | None = None
    intent: int | None = None
    mastering: bytes | None = None
    light_level: bytes | None = None

    @property
    def is_srgb(self) -> bool:
        """Whether the samples are what those of a file that says nothing are taken for."""
        if self.code_points is not None:
            return self.code_points == CodePoints(*SRGB)
        return self.intent is not None or (self.gamma is None and self.chromaticities is None)

    @property
    def is_hdr(self) -> bool:
        """Whether the samples are coded for HDR screens."""
        return self.code_points is not None and self.code_points.transfer in (PQ, HLG)

    def __str__(self) -> str:
        if self.code_points is not None:
            return str(self.code_points)
        if self.intent is not None:
            return "sRGB"
        parts = [] if self.gamma is None else [f"gamma {self.gamma:.5g}"]
        return ", ".join(parts + ["chromaticities"] * (self.chromaticities is not None))
