"""Measuring a network: under a named protocol, beside baselines and beside what was published."""

from srcnn.evaluation.case import BASELINES
from srcnn.evaluation.inference import NetworkUse, noise_gain
from srcnn.evaluation.measurement import evaluate
from srcnn.evaluation.metric_table import METRICS
from srcnn.evaluation.protocols import (
    AUTHORS,
    BLUR,
    JPEG,
    JPEG_RGB,
    PROTOCOLS,
    Protocol,
    at_quality,
    find_protocol,
    protocol_of,
)
from srcnn.evaluation.published_figures import (
    Published,
    PublishedStudy,
    published,
    published_rows,
    published_studies,
)
from srcnn.evaluation.result import Evaluation, ImageScores

__all__ = [
    "AUTHORS",
    "BASELINES",
    "BLUR",
    "JPEG",
    "JPEG_RGB",
    "METRICS",
    "PROTOCOLS",
    "Evaluation",
    "ImageScores",
    "NetworkUse",
    "Protocol",
    "Published",
    "PublishedStudy",
    "at_quality",
    "evaluate",
    "find_protocol",
    "noise_gain",
    "protocol_of",
    "published",
    "published_rows",
    "published_studies",
]
