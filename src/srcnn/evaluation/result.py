"""What an evaluation returns: figures with everything that says what they mean."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from srcnn.evaluation.protocol import Protocol
from srcnn.evaluation.published import Published, published_rows
from srcnn.evaluation.use import NetworkUse


@dataclass(frozen=True)
class ImageScores:
    """Figures of one image: method (``bicubic``, ``jpeg``, ``srcnn``) to metric to value; PSNR in dB."""

    name: str
    methods: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Evaluation:
    """Figures of a model on a set of images; ``str()`` is a table.

    Attributes:
        protocol: the conventions all figures were made under.
        scale: enlargement; None for restoration.
        model: the name on the model's card; ``""``, as the next two, where there was none.
        architecture: its kernel sizes, such as ``9-5-5``.
        digest: SHA-256 of the network's weights: which network exactly.
        set: the folder's name; published figures are looked up by it.
        images: in the order of their names.
        use: how the network was used; None where there was none.
        luma_range: the range of luma on the model's card; empty where it works on R, G and B, or is none.
    """

    protocol: Protocol
    scale: int | None
    model: str
    architecture: str
    digest: str
    set: str
    images: tuple[ImageScores, ...]
    use: NetworkUse | None = None
    luma_range: str = "studio"

    @property
    def title(self) -> str:
        """Set, scale, number of images and model in a few words."""
        count = len(self.images)
        words = [self.set + (f" x{self.scale}" if self.scale else ""), f"{count} image{'s'[: count > 1]}"]
        return ", ".join([*words, self.model] if self.model else words)

    def describe(self) -> str:
        """The protocol and how the network was used, a line each."""
        lines = [self.protocol.describe()]
        if self.use is not None:
            lines.append(self.use.describe(self.scale, self.luma_range))
        return "\n".join(lines)

    @property
    def mean(self) -> dict[str, dict[str, float]]:
        """Means over the images: method to metric to value. One identical image makes its PSNR ``inf``."""
        first = self.images[0].methods
        return {
            method: {
                metric: math.fsum(image.methods[method][metric] for image in self.images) / len(self.images)
                for metric in first[method]
            }
            for method in first
        }

    @property
    def published(self) -> tuple[Published, ...]:
        """Published figures for this set and scale; none where the number of images is another."""
        rows = published_rows(self.set, self.scale, self.protocol.quality)
        return tuple(row for row in rows if row.images == len(self.images))

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json.dumps``; the infinite PSNR of identical pictures becomes None, ``null``."""
        return {
            "protocol": self.protocol.name,
            "conventions": asdict(self.protocol),
            "description": self.describe(),
            "use": None if self.use is None else {**asdict(self.use), "passes": self.use.count(self.scale)},
            "scale": self.scale,
            "model": self.model,
            "architecture": self.architecture,
            "digest": self.digest,
            "set": self.set,
            "images": [{"name": image.name, **_finite(image.methods)} for image in self.images],
            "mean": _finite(self.mean),
            "published": [
                {
                    "method": row.method,
                    "protocol": row.protocol,
                    "status": row.status,
                    "source": row.source,
                    **row.figures,
                }
                for row in self.published
            ],
        }

    def to_csv(self) -> str:
        """A line for each image and method, and for the means, with the protocol in each."""
        from srcnn.evaluation.table import csv_text

        return csv_text(self)

    def to_markdown(self) -> str:
        """The table of ``str()`` in Markdown."""
        from srcnn.evaluation.table import markdown

        return markdown(self)

    def __str__(self) -> str:
        from srcnn.evaluation.table import text

        return text(self)


def _finite(methods: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float | None]]:
    return {
        method: {metric: value if math.isfinite(value) else None for metric, value in figures.items()}
        for method, figures in methods.items()
    }
