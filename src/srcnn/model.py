"""A model: weights and the engine that runs them, callable on luma or planes."""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeVar

import numpy as np

from srcnn.arch import Architecture
from srcnn.engines import BlockEngine, Engine, create_engine
from srcnn.errors import UsageError, WeightsError
from srcnn.parallel import run_ahead
from srcnn.tiling import DEFAULT_TILE, EIGHT_TURNS, Tile, cut_blocks, cut_tiles, tile_size, within
from srcnn.types import Floats, Planes, StrPath, Window
from srcnn.weights import ModelCard, Weights, load_weights
from srcnn.zoo import find_model, is_file_name

T = TypeVar("T")
Cut = Callable[[Window], Planes]
"""Gives (C, h, w) float32 of a window of the network's input."""


class Model:
    """Weights and an engine.

    Args:
        weights: the network and its card.
        engine: an engine's name (see `srcnn.engines.ENGINES`), an engine, or None for the default.
        tile: pixels a side worked on at a time, rounded up to whole blocks of the fixed grid; it changes how
            much memory is needed, never a result (see `srcnn.tiling`). By default 512, and more on a device.
        threads: see `srcnn.engines.create_engine`; an engine given keeps its own.

    Raises:
        UsageError: an unknown engine, a tile below 1, or fewer than one thread.
        MissingExtraError: an engine whose packages are not installed.
    """

    def __init__(
        self,
        weights: Weights,
        engine: Engine | str | None = None,
        *,
        tile: int | None = None,
        threads: int | None = None,
    ) -> None:
        self.weights = weights
        if engine is None or isinstance(engine, str):
            engine = create_engine(weights, engine, threads)
        self.engine = engine
        self.tile = tile_size(getattr(engine, "tile", DEFAULT_TILE) if tile is None else tile)

    def __repr__(self) -> str:
        return f"Model({self.card.name!r}, engine={self.engine.name!r})"

    @property
    def card(self) -> ModelCard:
        """Facts about the weights."""
        return self.weights.card

    @property
    def architecture(self) -> Architecture:
        """Layers, borders, and what follows from them."""
        return self.weights.architecture

    def __call__(self, planes: Floats, *, ensemble: bool = False) -> Planes:
        """The network's output.

        Args:
            planes: (H, W) or (C, H, W) float, in [0, 1] but for what bicubic overshoots; C as in the
                architecture.
            ensemble: return the mean over the eight flips and rotations of the input.

        Returns:
            float32 of the same shape, not clipped.

        Raises:
            UsageError: another number of planes than the network has, or an empty picture.
        """
        channels = self.architecture.channels
        if planes.ndim not in (2, 3) or (1 if planes.ndim == 2 else planes.shape[0]) != channels:
            wanted = "(H, W)" if channels == 1 else f"({channels}, H, W)"
            raise UsageError(f"expected {wanted} planes for {self.card.name}, got {planes.shape}")
        source = planes.reshape(channels, *planes.shape[-2:]).astype(np.float32, copy=False)
        result = np.empty(source.shape, np.float32)
        for (rows, columns), part in self.run(
            source.shape[1:], lambda window: source[:, window[0], window[1]], ensemble=ensemble
        ):
            result[:, rows, columns] = part
        return result.reshape(planes.shape)

    def run(
        self,
        size: tuple[int, ...],
        cut: Cut,
        *,
        tile: int | None = None,
        ensemble: bool = False,
        part: Window | None = None,
    ) -> Iterator[tuple[Window, Planes]]:
        """The network's output, tile by tile, for an input that need not exist as a whole.

        Args:
            size: (height, width) of input and output.
            cut: returns the network's input, (C, h, w) float32 in [0, 1], for a window of it.
            tile: pixels a side instead of the model's own tile.
            ensemble: see `__call__`.
            part: rows and columns to cover instead of all of it; they start at whole tiles.

        Yields:
            Each tile's window and (C, h, w) float32 for it.

        Raises:
            WeightsError: the network makes what is no number, or none that is finite.
        """
        side = self.tile if tile is None else tile_size(tile)
        tiles = cut_tiles(size[0], size[1], side, self.engine.halo, part=part)
        begun = (
            (whole, self._begin(source, whole, size, ensemble))
            for whole, source in zip(tiles, run_ahead(lambda tile: cut(tile.source), tiles), strict=True)
        )
        # A device computes the next tile while this one is looked after here.
        for whole, finish in _one_ahead(begun) if isinstance(self.engine, BlockEngine) else begun:
            result = finish()
            result /= np.float32(self.card.input_range)
            if not np.isfinite(result).all():
                raise WeightsError(
                    f"expected finite numbers from {self.card.name}, got others in the tile at column "
                    f"{whole.out[1].start}, row {whole.out[0].start}; check the weights, or try another "
                    "engine"
                )
            yield whole.out, result

    def _begin(
        self, planes: Planes, whole: Tile, size: tuple[int, ...], ensemble: bool
    ) -> Callable[[], Planes]:
        """What returns a tile's output, in the weights' own range; only a device has begun it."""
        source = planes * np.float32(self.card.input_range)
        # The ensemble needs blocks in any case: which bits a flipped tile gets hangs on where it ends.
        at_once = self.engine.whole_tiles and not ensemble
        blocks = [whole] if at_once else cut_blocks(size[0], size[1], self.engine.halo, whole.out)
        if isinstance(self.engine, BlockEngine):
            return self.engine.begin_blocks(source, whole, blocks, ensemble=ensemble)
        return partial(self._blocks, source, whole, blocks, ensemble)

    def _blocks(self, source: Planes, whole: Tile, blocks: Iterable[Tile], ensemble: bool) -> Planes:
        height, width = (part.stop - part.start for part in whole.out)
        result = np.empty((self.architecture.channels, height, width), np.float32)
        for block in blocks:
            rows, columns = within(block.source, whole.source)
            out_rows, out_columns = within(block.out, whole.out)
            result[:, out_rows, out_columns] = self._block(source[:, rows, columns], block, ensemble)
        return result

    def _block(self, planes: Planes, block: Tile, ensemble: bool) -> Planes:
        rows, columns = block.inner
        if not ensemble:
            return self.engine.run(planes, block.edges)[:, rows, columns]
        total = np.zeros((len(planes), rows.stop - rows.start, columns.stop - columns.start), np.float32)
        for turns, mirrored in EIGHT_TURNS:
            turned = np.rot90(planes[..., ::-1] if mirrored else planes, turns, axes=(1, 2))
            output = np.rot90(
                self.engine.run(turned, block.edges.turned(turns, mirrored)), -turns, axes=(1, 2)
            )
            total += (output[..., ::-1] if mirrored else output)[:, rows, columns]
        return total / np.float32(8)


def _one_ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, each of them once the one after it has been taken too."""
    before = next(items, None)
    for item in items:
        assert before is not None
        yield before
        before = item
    if before is not None:
        yield before


AnyModel = StrPath | Weights | Model
"""What `load_model` takes: a name or a file, weights, or a model."""


def load_model(
    model: AnyModel,
    scale: float | None = None,
    *,
    engine: Engine | str | None = None,
    tile: int | None = None,
    threads: int | None = None,
) -> Model:
    """A model by name, by file, or from weights.

    Args:
        model: a shipped model's name with its scale (``9-5-5-x3``) or without it (``9-5-5``, and ``scale``
            picks the nearest; so with ``best``), the path of a ``.safetensors`` file, weights, or a model.
        scale: the enlargement it is wanted for; needed with a name such as ``9-5-5`` or ``best``.
        engine: see `Model`; a model given keeps its own unless one is named.
        tile: see `Model`; a model given keeps its own unless one is named.
        threads: see `Model`; a model given keeps its own.

    Raises:
        UsageError: an unknown name, engine or scale, a tile below 1, or something that is no model.
        WeightsError: a file that is missing, broken or no SRCNN.
    """
    if isinstance(model, Model):
        if engine is None and tile is None:
            return model
        same = engine is None or engine == model.engine.name
        return Model(
            model.weights, model.engine if same else engine, tile=model.tile if tile is None else tile
        )
    return Model(_load(model, scale), engine, tile=tile, threads=threads)


def _load(model: StrPath | Weights, scale: float | None) -> Weights:
    if isinstance(model, Weights):
        return model
    if not isinstance(model, str | os.PathLike):
        raise UsageError(
            f"expected a model's name or file, weights or a Model, got {type(model).__name__} {model!r:.40}"
        )
    name = os.fspath(model)
    return load_weights(name if is_file_name(name) else find_model(name, scale))
