"""Measuring a network: under a named protocol, beside bicubic and beside what was published."""

from srcnn.evaluation.protocol import AUTHORS, Protocol
from srcnn.evaluation.published import Published, published, published_rows
from srcnn.evaluation.result import Evaluation, ImageScores
from srcnn.evaluation.run import evaluate

__all__ = [
    "AUTHORS",
    "Evaluation",
    "ImageScores",
    "Protocol",
    "Published",
    "evaluate",
    "published",
    "published_rows",
]
