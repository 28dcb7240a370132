"""Ways in which a file comes to be broken."""

import random
from collections.abc import Callable, Sequence

_HEADER = 64
_EXTREMES = (
    0,
    1,
    2,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    0xFFFFFFFE,
)


def mutated(seed: bytes, others: Sequence[bytes], rng: random.Random) -> bytes:
    """The file after one to four accidents; ``others`` of its format lend parts of theirs."""
    content = bytearray(seed)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        rng.choice(_ACCIDENTS)(content, others, rng)
        if not content:
            content += b"\0"
    return bytes(content)


def _flip_in_header(content: bytearray, others: Sequence[bytes], rng: random.Random) -> None:
    content[rng.randrange(min(len(content), _HEADER))] ^= 1 << rng.randrange(8)


def _flip(content: bytearray, others: Sequence[bytes], rng: random.Random) -> None:
    for _ in range(rng.choice((1, 1, 4, 32))):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)


def _extreme_number(content: bytearray, others: Sequence[bytes], rng: random.Random) -> None:
    """Where sizes, offsets and counts stand, in either byte order."""
    width = rng.choice((1, 2, 4))
    number = rng.choice(_EXTREMES) % 256**width
    end = len(content) if rng.random() < 0.5 else min(len(content), 4 * _HEADER)
    start = rng.randrange(end)
    content[start : start + width] = number.to_bytes(width, rng.choice(("little", "big")))


def _noise(content: bytearray, others: Sequence[bytes], rng: random.Random) -> None:
    start = rng.randrange(len(content))
    length = rng.choice((1, 2, 8, 64))
    content[start : start + length] = rng.randbytes(length)


def _truncate(content: bytearray, others: Sequence[bytes], rng: random.Random) -> None:
    del content[rng.randrange(len(content)) :]


def _cut(content: bytearray, others: Sequence[bytes], rng: random.Random) -> None:
    start = rng.randrange(len(content))
    del content[start : start + rng.choice((1, 4, 12, 100))]


def _repeat(content: bytearray, others: Sequence[bytes], rng: random.Random) -> None:
    start = rng.randrange(len(content))
    part = content[start : start + rng.choice((1, 4, 12, 100))]
    content[start:start] = part * rng.choice((1, 2, 50))


def _splice(content: bytearray, others: Sequence[bytes], rng: random.Random) -> None:
    other = rng.choice(others)
    start = rng.randrange(min(len(content), len(other)))
    content[start:] = other[start:]


_ACCIDENTS: tuple[Callable[[bytearray, Sequence[bytes], random.Random], None], ...] = (
    _flip_in_header,
    _flip,
    _extreme_number,
    _extreme_number,
    _noise,
    _truncate,
    _cut,
    _repeat,
    _splice,
)
