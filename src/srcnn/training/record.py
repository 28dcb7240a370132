"""What documents a run: the weights' card, and the record that reproduces them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from srcnn.data.pair import Pair, pairs_digest
from srcnn.training.provenance import machine
from srcnn.training.trainer import Trainer
from srcnn.training.validation import Watch
from srcnn.weights import ModelCard


def card_of(run: Trainer, figures: Mapping[str, Any]) -> ModelCard:
    """The card of a run's weights."""
    recipe = run.recipe
    color, scale = recipe.data.color, recipe.data.scale
    kind = "" if color == "y" else f"-{color}"
    return ModelCard(
        name=recipe.name if scale == 1 else f"{recipe.network.architecture}{kind}-x{scale}",
        scale=None if scale == 1 else scale,
        task="restore" if scale == 1 else "upscale",
        color="y" if color == "grey" else color,
        luma_range="full" if color == "grey" else "studio",
        degradation=recipe.data.degradation,
        data=recipe.data.train,
        recipe=recipe.name,
        commit=run.origin[0]["commit"],
        figures=figures,
    )


def data_facts(pairs: Sequence[Pair], watched: Sequence[Pair]) -> dict[str, Any]:
    """Which pictures a run learns from and watches: their number and the hash of their pixels."""
    return {
        "training": {"pictures": len(pairs), "sha256": pairs_digest(pairs)},
        "validation": {"pictures": len(watched), "sha256": pairs_digest(watched)},
    }


def record_of(run: Trainer, watch: Watch) -> dict[str, Any]:
    """Everything needed to train the same weights again, and what it took."""
    recipe = run.recipe
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "recipe": recipe.model_dump(mode="json"),
        **{key: run.origin[0][key] for key in ("command", "commit")},
        "resumed": run.origin[1:],
        "init": run.init,
        "machine": machine(),
        "seconds": round(run.seconds, 1),
        "steps": run.step,
        "examples": run.step * recipe.run.batch,
        "data": run.facts,
        "left_out": list(run.small),
        "validation": {"psnr": run.best, "bicubic": watch.bicubic, "step": run.best_step},
    }
