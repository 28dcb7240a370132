"""Restoring arrays: what JPEG or a blur has done to a picture, undone at the same size.

Luma goes through the network tile by tile, as in `srcnn.upscale`; chroma and alpha stay as they are.
"""

import numpy as np

from srcnn.engines import Engine
from srcnn.errors import UsageError
from srcnn.model import AnyModel, Model, load_model
from srcnn.parallel import run_ahead
from srcnn.pixels import EncodedPicture, check_picture
from srcnn.system import Empty, empty_picture
from srcnn.tiling import count_tiles, tile_size
from srcnn.types import Pixels, Planes, Progress, Window
from srcnn.zoo import find_restorer, is_file_name


def restore(
    picture: Pixels,
    quality: int | None = None,
    *,
    model: AnyModel = "9-5-5",
    engine: Engine | str | None = None,
    ensemble: bool = False,
    tile: int | None = None,
    progress: Progress | None = None,
    empty: Empty | None = None,
) -> Pixels:
    """A picture of the same kind and size with less of its damage.

    All three planes of a colour picture go through the network where there are such weights, and else luma
    alone, in the range its card names: of 0 to 255 where weights undo JPEG, whose luma that is. What does not
    is kept, and so are alpha and fully transparent pixels, whatever they hold. A grey picture is its luma.

    Args:
        picture: (H, W), or (H, W, C) with C of 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha);
            uint8, uint16, or float32 in [0, 1] (float64 is accepted and computed in float32).
        quality: of the JPEG file that the picture was, 1 to 100; see `srcnn.files.jpeg_quality`.
        model: a name such as ``9-5-5`` stands for its weights for the quality (`srcnn.zoo.find_restorer`);
            a whole name such as ``9-5-5-blur1.6``, or anything else that `srcnn.load_model` takes, needs no
            quality.
        engine: see `srcnn.engines.create_engine`.
        ensemble: mean of the network over the eight flips and rotations; eight times the work.
        tile: pixels a side worked on at a time; see `srcnn.upscale`. It changes memory, never a pixel.
        progress: called with (tiles done, tiles in all).
        empty: makes the array of the result; see `srcnn.upscale`.

    Returns:
        Shape and dtype of the picture; its values as they were, where the quality is above the best that
        weights are shipped for.

    Raises:
        UsageError: an array that is no picture, an unknown model or one that does not restore, no quality
            where one is needed, or none of 1 to 100.
        ImageError: a result that does not fit into memory; known before any work.
        WeightsError: weights that cannot be read, or whose network makes no numbers of the picture.
    """
    check_picture(picture)
    net = load_restorer(model, quality, color=has_color(picture), engine=engine)
    if net is None:
        return picture.copy()
    pixels = np.asarray(picture if picture.ndim == 3 else picture[..., None])
    side = net.tile if tile is None else tile_size(tile)
    needed = 2 * picture.nbytes if empty is None else 0
    result = empty_picture(
        pixels.shape, picture.dtype, needed=needed, advice="cut it into pieces", empty=empty
    )
    restoration = _Restoration(pixels, net.card.color, net.architecture.channels, net.card.luma_range)
    size = (pixels.shape[0], pixels.shape[1])
    total = count_tiles(*size, side)

    def put(part: tuple[Window, Planes]) -> None:
        result[part[0]] = restoration.pixels_of(np.moveaxis(part[1], 0, -1), part[0])

    tiles = net.run(size, restoration.network_input, tile=side, ensemble=ensemble)
    for done, _ in enumerate(run_ahead(put, tiles), start=1):
        if progress is not None:
            progress(done, total)
    return result if picture.ndim == 3 else result[..., 0]


def has_color(pixels: Pixels) -> bool:
    """Whether an array of a picture has the planes of colour."""
    return pixels.ndim == 3 and pixels.shape[2] >= 3


def load_restorer(
    model: AnyModel = "9-5-5",
    quality: int | None = None,
    *,
    color: bool = False,
    engine: Engine | str | None = None,
    threads: int | None = None,
) -> Model | None:
    """A model that restores; None where the quality is above the best that weights are shipped for.

    With weights that are named or given themselves the quality counts for nothing. ``color`` is whether it is
    for colour pictures. Other arguments as in `restore` and `srcnn.load_model`.

    Raises:
        UsageError: an unknown model or one that does not restore, or a quality that is missing or not of 1
            to 100.
        WeightsError: weights that cannot be read.
    """
    if isinstance(model, str) and not is_file_name(model):
        found = find_restorer(model, quality, color=color)
        if found is None:
            return None
        model = found
    net = load_model(model, engine=engine, threads=threads)
    if net.card.task != "restore":
        raise UsageError(f"expected a model that restores, got {net.card.name}, which is one to enlarge")
    return net


class _Restoration(EncodedPicture):
    """The network's input for a picture, and the pixels from its result."""

    def network_input(self, window: Window) -> Planes:
        """(K, h, w) float32, the network's channels of a window, with colors where nobody sees any."""
        encoded = self.encoded(window)[..., : self.learned]
        return np.ascontiguousarray(np.moveaxis(encoded, -1, 0))

    def pixels_of(self, planes: Planes, window: Window) -> Pixels:
        """(h, w, C) pixels of a window, from the network's (h, w, K) planes and the other channels."""
        before = self.pixels[window]
        rest = self.colors.encode(before)[..., self.learned :]
        after = self.colors.decode(np.concatenate([planes, rest], axis=-1), self.pixels.dtype)
        if not self.colors.alpha:
            return after
        return np.where(before[..., -1:] == 0, before, after)
