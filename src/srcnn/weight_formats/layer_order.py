"""The order in which named convolutions are a network, and the layout of their kernels."""

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import NamedTuple

import numpy as np

from srcnn.errors import WeightsError
from srcnn.weight_formats.array_names import Path
from srcnn.weight_formats.layers import MOST_LAYERS, MOST_VALUES, NOT_SRCNN, RawLayer, check_chain


class Member(NamedTuple):
    """A layer, the modules around it, and the names of its arrays."""

    path: Path
    names: tuple[str, ...]
    layer: RawLayer


def in_order(members: Sequence[Member], ordered: bool) -> tuple[Member, ...]:
    """The members in the layout and the order in which they are an SRCNN.

    Raises:
        WeightsError: there is none, or several orders are possible.
    """
    first: WeightsError | None = None
    for laid in (members, [_keras_layout(member) for member in members]):
        try:
            _check([member.layer for member in laid])
            return tuple(laid)
        except WeightsError as error:
            first = first or error
        if not ordered and (orders := list(_orders(laid))):
            if len(orders) == 1:
                return orders[0]
            raise WeightsError(f"expected names or channels that tell the order of the layers; {first}")
    raise first or WeightsError(NOT_SRCNN)


def _orders(members: Sequence[Member]) -> Iterator[tuple[Member, ...]]:
    shapes = [member.layer.kernel.shape for member in members]
    # As many planes leave the network as enter it, so that inputs and outputs are the same numbers.
    possible = sorted(shape[0] for shape in shapes) == sorted(shape[1] for shape in shapes)
    for order in permutations(members) if possible and len(members) <= MOST_LAYERS else ():
        try:
            _check([member.layer for member in order])
        except WeightsError:
            continue
        yield order


def _keras_layout(member: Member) -> Member:
    kernel = member.layer.kernel.transpose(3, 2, 0, 1)
    return member._replace(layer=RawLayer(member.layer.name, kernel, member.layer.bias))


def _check(layers: Sequence[RawLayer]) -> None:
    for layer in layers:
        kernel = layer.kernel
        if not np.issubdtype(kernel.dtype, np.floating) or kernel.size > MOST_VALUES:
            raise WeightsError(
                f"expected up to {MOST_VALUES:,} floats in {layer.name}, got {kernel.size:,} of "
                f"{kernel.dtype}"
            )
    check_chain(layers)
