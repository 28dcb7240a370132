"""What an evaluation returns: figures with everything that says what they mean."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from srcnn.evaluation.protocol import Protocol
from srcnn.evaluation.published import Published, published_rows


@dataclass(frozen=True)
class ImageScores:
    """Figures of one image: method (``bicubic``, ``srcnn``) to metric to value; PSNR in dB."""

    name: str
    methods: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Evaluation:
    """Figures of a model on a set of images; ``str()`` is a table.

    Attributes:
        protocol: the conventions all figures were made under.
        scale: enlargement.
        model: the name on the model's card.
        architecture: its kernel sizes, such as ``9-5-5``.
        digest: SHA-256 of the network's weights: which network exactly.
        set: the folder's name; published figures are looked up by it.
        images: in the order of their names.
    """

    protocol: Protocol
    scale: int
    model: str
    architecture: str
    digest: str
    set: str
    images: tuple[ImageScores, ...]

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
        return tuple(row for row in published_rows(self.set, self.scale) if row.images == len(self.images))

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json.dumps``; the infinite PSNR of identical pictures becomes None, ``null``."""
        return {
            "protocol": self.protocol.name,
            "conventions": asdict(self.protocol),
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
