"""Layers out of named arrays: state dicts, ``.npz``, ``.safetensors``, under any names and at any depth.

A file of arrays holds more than layers: counters, buffers of a loss, averages, other networks. The network is
what makes a chain of convolutions under one prefix. The rest is left out with a note, or refused where its
name says that it changes what the network computes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

import numpy as np

from srcnn.errors import WeightsError
from srcnn.types import Array
from srcnn.weight_formats.array_names import (
    Path,
    is_auxiliary,
    is_averaged,
    is_in_parts,
    is_learned,
    is_shift,
    natural,
    parts,
    role_of,
)
from srcnn.weight_formats.layer_order import Member, in_order
from srcnn.weight_formats.layers import NOT_SRCNN, RawLayer, RawNetwork

_USUAL_KEYS = ("state_dict", "model_state_dict", "params", "model", "net", "network", "weights")
"""Where checkpoints keep the network, most telling first."""


class _Network(NamedTuple):
    """A chain of convolutions, and the modules that all of it lies in."""

    path: Path
    members: tuple[Member, ...]
    bare: tuple[Member, ...] = ()
    """Layers beside it that alone have no bias."""

    @property
    def label(self) -> str:
        return ".".join(self.path) or "the top level"

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for member in self.members for name in member.names)


def network_of(arrays: Mapping[str, Array], *, ordered: bool = True) -> RawNetwork:
    """The one network among named arrays.

    Args:
        arrays: by names of modules with dots or slashes between; slashes alone separate dictionaries. Kernels
            are (out, in, k, k), or in all layers (k, k, in, out) as Keras and Flax have them.
        ordered: the order of the arrays is that of the layers; otherwise names and channels tell it.

    Raises:
        WeightsError: no chain of convolutions, several different ones, or parameters beside the layers.
    """
    if not ordered:
        arrays = {name: arrays[name] for name in sorted(arrays, key=natural)}
    try:
        found = _networks(_members(arrays), ordered)
    except WeightsError:
        _check_whole(arrays)
        raise
    network = _chosen(found)
    bare = {name for member in network.bare for name in member.names}
    others = [other for other in found if other is not network]
    rest = [
        name
        for name, array in arrays.items()
        if name not in network.names | bare
        and not _is_counter(name, array)
        and not any(parts(name)[: len(other.path)] == other.path for other in others)
    ]
    _check_rest(rest, network, arrays)
    notes = []
    if bare:
        notes.append(f"left out: {', '.join(sorted(bare))}, without a bias where the other layers have one")
    if others:
        labels = ", ".join(other.label for other in others)
        notes.append(f"the network in {network.label} is taken, not the one in {labels}")
    if rest:
        names = f"{', '.join(rest[:6])}{' and others' if len(rest) > 6 else ''}"
        notes.append(f"left out, as no part of the network: {names}")
    return RawNetwork([member.layer for member in network.members], tuple(notes))


def _members(arrays: Mapping[str, Array]) -> list[Member]:
    """Every convolution in the file, in its order."""
    roles = {name: role for name in arrays if (role := role_of(name)) is not None}
    kernels = {n: r for n, r in roles.items() if r.kind == "kernel" and arrays[n].ndim == 4}
    kernels = {n: r for n, r in kernels.items() if not is_auxiliary(n) and not is_shift(n)} or kernels
    if not kernels:
        return _in_turns(arrays)
    biases = {r.layer: n for n, r in roles.items() if r.kind == "bias" and arrays[n].ndim == 1}
    # A buffer may be called "kernel" where layers have a "weight": one word is that of the layers. Where
    # those have biases, a buffer is told by having none.
    words = Counter[str]()
    for role in kernels.values():
        words[role.word] += 1 + (role.layer in biases)
    word = words.most_common(1)[0][0]
    with_biases = any(role.layer in biases for role in kernels.values())
    return [
        _member(arrays, role.layer, name, biases.get(role.layer))
        for name, role in kernels.items()
        if role.word == word or with_biases
    ]


def _in_turns(arrays: Mapping[str, Array]) -> list[Member]:
    """Arrays whose names say nothing, such as arr_0, arr_1: in each module the n-th kernel has the n-th bias.

    Raises:
        WeightsError: no kernels, or another number of biases.
    """
    groups: dict[Path, list[str]] = {}
    for name, array in arrays.items():
        if np.issubdtype(array.dtype, np.floating) and array.ndim in (1, 4):
            groups.setdefault(parts(name)[:-1], []).append(name)
    found: list[Member] = []
    for path, names in groups.items():
        kernels, biases = ([n for n in names if arrays[n].ndim == size] for size in (4, 1))
        if len(biases) in (0, len(kernels)):
            for number, name in enumerate(kernels):
                label = ".".join(path) if len(kernels) == 1 and path else name
                found.append(_member(arrays, label, name, biases[number] if biases else None))
    if found:
        return found
    four = sum(array.ndim == 4 for array in arrays.values())
    raise WeightsError(
        f"expected {f'{four} kernels with a bias each' if four else 'a state dict with kernels'}, "
        f"got {len(arrays)} arrays: {', '.join(arrays)[:200] or 'none'}; {NOT_SRCNN}"
    )


def _member(arrays: Mapping[str, Array], label: str, kernel: str, bias: str | None) -> Member:
    layer = RawLayer(label or "the layer", arrays[kernel], None if bias is None else arrays[bias])
    return Member(parts(kernel)[:-1], (kernel,) if bias is None else (kernel, bias), layer)


def _networks(members: Sequence[Member], ordered: bool) -> list[_Network]:
    """The innermost groups of layers under one prefix that are an SRCNN each."""
    below: dict[Path, list[int]] = {}
    for number, member in enumerate(members):
        for length in range(len(member.path) + 1):
            below.setdefault(member.path[:length], []).append(number)
    groups: dict[tuple[int, ...], Path] = {}
    for path, numbers in below.items():
        groups[tuple(numbers)] = path  # of prefixes with the same layers the longest, which comes last
    found: dict[frozenset[str], _Network] = {}
    errors: dict[Path, WeightsError] = {}
    for numbers, path in groups.items():
        try:
            network = _network(path, [members[number] for number in numbers], ordered)
        except WeightsError as error:
            errors[path] = error
        else:
            # The same layers may be found with a stray one around them and without.
            pair = [network, found.get(network.names, network)]
            bare = max((one.bare for one in pair), key=len)
            found[network.names] = max(pair, key=lambda one: len(one.path))._replace(bare=bare)
    inner = [found[names] for names in found if not any(other < names for other in found)]
    if inner:
        return inner
    raise min(errors.items(), key=lambda item: _likelihood(item[0]))[1]


def _likelihood(path: Path) -> tuple[int, int]:
    """Lower for the group that an error should be about: that of a usual key, else all layers."""
    usual = _USUAL_KEYS.index(path[0]) if path[:1] and path[0] in _USUAL_KEYS else len(_USUAL_KEYS)
    return (usual, len(path)) if len(path) < 2 else (len(_USUAL_KEYS) + 1, len(path))


def _network(path: Path, members: list[Member], ordered: bool) -> _Network:
    """The members as one network, without those that have no bias where the others have one."""
    with_bias = tuple(member for member in members if member.layer.bias is not None)
    bare = tuple(member for member in members if member.layer.bias is None)
    whole: _Network | WeightsError
    try:
        whole = _Network(path, in_order(members, ordered))
    except WeightsError as error:
        whole = error
    if isinstance(whole, _Network) and (not bare or len(bare) > len(with_bias)):
        return whole
    try:
        part = _Network(path, in_order(with_bias, ordered), bare)
    except WeightsError as error:
        names = ", ".join(member.layer.name for member in bare)
        if isinstance(whole, _Network):
            raise WeightsError(f"expected a bias in {names}, as in the other layers, got none") from None
        raise whole from error
    inner = [member.layer.name for member in bare if member.layer.kernel.shape[0] not in (1, 3)]
    if inner and isinstance(whole, _Network):
        # It fits between the others, and no filter over planes does: their network may need it.
        raise WeightsError(f"expected a bias in {', '.join(inner)}, as in the other layers, got none")
    return part


def _chosen(found: Sequence[_Network]) -> _Network:
    """The averaged network of several, else that under a usual key, else any of equal ones."""
    averaged = [one for one in found if is_averaged(one.path)]
    usual = [one for key in _USUAL_KEYS for one in found if one.path[:1] == (key,)]
    for pool in (found, averaged):
        if len(pool) == 1:
            return pool[0]
    if usual and sum(one.path[:1] == usual[0].path[:1] for one in usual) == 1:
        return usual[0]
    if all(_equal(found[0], other) for other in found[1:]):
        return found[0]
    raise WeightsError(
        f"expected one network, got several: {', '.join(one.label for one in found)[:200]}; "
        "save the one that is meant alone"
    )


def _equal(one: _Network, other: _Network) -> bool:
    pairs = zip(one.members, other.members, strict=False)
    return len(one.members) == len(other.members) and all(
        np.array_equal(a.layer.kernel, b.layer.kernel)
        and (a.layer.bias is None) == (b.layer.bias is None)
        and (a.layer.bias is None or b.layer.bias is None or np.array_equal(a.layer.bias, b.layer.bias))
        for a, b in pairs
    )


def _check_whole(arrays: Mapping[str, Array]) -> None:
    """Where no network was found, say so if kernels are kept in parts; what is left of it misleads."""
    split = [name for name in arrays if is_in_parts(name) and not is_auxiliary(name)]
    if split:
        raise WeightsError(
            f"expected whole kernels, got parts of them: {', '.join(split[:6])}; take off weight_norm, "
            "spectral_norm or pruning before saving (remove_parametrizations, remove_weight_norm)"
        )


def _is_counter(name: str, array: Array) -> bool:
    """Whole numbers, and single ones: steps, decays, numbers of averaged models."""
    return not np.issubdtype(array.dtype, np.floating) or (array.ndim == 0 and not is_learned(name))


def _check_rest(rest: Sequence[str], network: _Network, arrays: Mapping[str, Array]) -> None:
    """Refuse what changes the network's result: parameters in its dictionary that are no layers' own."""
    words = {role.word for name in network.names if (role := role_of(name))}
    levels = zip(*(name.split("/")[:-1] for name in network.names), strict=False)
    shared = [level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels)]
    for name in rest:
        if name.split("/")[:-1][: len(shared)] != shared or is_auxiliary(name):
            continue
        role = role_of(name)
        if is_learned(name) or (role is not None and (role.kind == "bias" or role.word in words)):
            raise WeightsError(
                f"expected convolutions alone in {network.label}, got {name} {arrays[name].shape} beside "
                f"them; {NOT_SRCNN}"
            )
