"""The networks that are measured: ours as shipped, and the authors' where somebody has them."""

from collections.abc import Iterable
from pathlib import Path

from srcnn.errors import DataError
from srcnn.reproduction.measurement import NetworkFile, find_network
from srcnn.zoo import find_model, list_models


def shipped(name: str, scale: int) -> NetworkFile:
    """A shipped model such as ``9-5-5`` for a scale."""
    path = find_model(f"{name}-x{scale}")
    return find_network(path, path.stem)


def shipped_for_luma(scale: int) -> dict[str, NetworkFile]:
    """All shipped models that enlarge luma by a scale, by their name without it."""
    cards = {entry.name: entry.card for entry in list_models()}
    wanted = ("upscale", "y", scale)
    names = [name for name, card in cards.items() if (card.task, card.color, card.scale) == wanted]
    return {
        name.removesuffix(f"-x{scale}"): shipped(name.removesuffix(f"-x{scale}"), scale) for name in names
    }


def shipped_among(names: Iterable[str], scale: int) -> dict[str, NetworkFile]:
    """Those of some models that are shipped for a scale, by their name without it."""
    known = {entry.name for entry in list_models()}
    return {name: shipped(name, scale) for name in names if f"{name}-x{scale}" in known}


class AuthorsWeights:
    """The authors' released weights: ``authors/KIND/xSCALE.mat`` under a folder, KIND as ``9-5-5(ImageNet)``.

    They are for academic use and come from the authors alone, so there may be none.

    Args:
        root: the folder, or None.

    Raises:
        DataError: a folder without ``authors`` in it.
    """

    def __init__(self, root: Path | None) -> None:
        self._folder = None if root is None else root / "authors"
        if self._folder is not None and not self._folder.is_dir():
            raise DataError(
                f"expected the authors' weights in {self._folder}, found no such folder; "
                "name the folder that holds it with --weights, or leave both it and SRCNN_WEIGHTS out"
            )

    @property
    def there(self) -> bool:
        """Whether there is a folder of them."""
        return self._folder is not None

    def find(self, kind: str, scale: int) -> NetworkFile | None:
        """Weights of a kind for a scale; None where they were not released, or there is no folder.

        Raises:
            WeightsError: a broken file.
            MissingExtraError: scipy is not installed, which reads it.
        """
        if self._folder is None:
            return None
        path = self._folder / kind / f"x{scale}.mat"
        return find_network(path, f"the authors' {kind} x{scale}") if path.exists() else None
