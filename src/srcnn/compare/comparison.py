"""What is compared: one picture as several methods show it, side by side, with their figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from srcnn.compare.crops import Crop
from srcnn.evaluation import METRICS
from srcnn.evaluation.metric_table import finite
from srcnn.types import Levels

Role = Literal["input", "method", "truth"]


@dataclass(frozen=True, eq=False)
class Panel:
    """One column of a comparison.

    Attributes:
        name: its caption, such as ``LR``, ``bicubic``, ``9-5-5-x3`` or ``GT``.
        pixels: (H, W) grey or (H, W, 3) RGB uint8, the same H and W in every panel.
        role: ``input``, what the methods were given; ``method``, one that competes; ``truth``, the HR
            image.
        figures: metric to value over the whole picture; empty where nothing was measured.
        detail: a second line where there are no figures, such as the size of the input.
    """

    name: str
    pixels: Levels
    role: Role
    figures: Mapping[str, float]
    detail: str = ""


@dataclass(frozen=True, eq=False)
class Comparison:
    """One picture as several methods show it.

    Attributes:
        name: what the picture is called.
        scale: enlargement; None for restoration.
        panels: in the order they are shown: the input, baselines, networks, the truth.
        description: the protocol and how each network was used, a line each; of plain input, what was done.
        crops: the parts to magnify.
    """

    name: str
    scale: float | None
    panels: tuple[Panel, ...]
    description: tuple[str, ...]
    crops: tuple[Crop, ...] = ()

    @property
    def title(self) -> str:
        """The picture's name, with its scale."""
        return self.name if self.scale is None else f"{self.name} x{self.scale:g}"

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of every panel."""
        return self.panels[0].pixels.shape[0], self.panels[0].pixels.shape[1]

    @property
    def methods(self) -> tuple[Panel, ...]:
        """Those that compete."""
        return tuple(panel for panel in self.panels if panel.role == "method")

    @property
    def whole(self) -> Panel:
        """What is shown whole: the truth, or where there is none the last method."""
        return next((panel for panel in self.panels if panel.role == "truth"), self.methods[-1])

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what is shown and how the figures were made."""
        sentences = [line[:1].upper() + line[1:] + "." for line in self.description]
        if any(panel.figures for panel in self.panels):
            sentences[0] = f"Figures are of the whole picture, under the protocol {self.description[0]}."
        return tuple(sentences)

    def best(self, metric: str) -> float | None:
        """The best of the methods' figures; None where nothing was measured."""
        values = [panel.figures[metric] for panel in self.methods if metric in panel.figures]
        if not values:
            return None
        return max(values) if METRICS[metric].rises else min(values)

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json.dumps``; the infinite PSNR of identical pictures becomes None."""
        return {
            "name": self.name,
            "scale": self.scale,
            "width": self.size[1],
            "height": self.size[0],
            "description": list(self.description),
            "methods": [{"name": panel.name, **finite(panel.figures)} for panel in self.methods],
            "crops": [str(crop) for crop in self.crops],
        }
