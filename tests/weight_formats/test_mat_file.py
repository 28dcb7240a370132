"""The reader of ``.mat`` files, held against scipy's."""

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from srcnn.errors import WeightsError
from srcnn.weight_formats.mat_file import read_arrays

scipy_io = pytest.importorskip("scipy.io")

KINDS = ("f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8")
# A training in the same process has the processor flush subnormal numbers to zero.
NORMAL = {"allow_subnormal": False}
SHAPES = hnp.array_shapes(min_dims=2, max_dims=4, min_side=1, max_side=5)


def saved(variables: dict[str, Any], *, compressed: bool) -> bytes:
    buffer = io.BytesIO()
    scipy_io.savemat(buffer, variables, do_compression=compressed)
    return buffer.getvalue()


@settings(max_examples=100)
@given(
    arrays=st.dictionaries(
        st.from_regex("[a-z][a-z0-9_]{0,12}", fullmatch=True),
        st.sampled_from(KINDS).flatmap(lambda kind: hnp.arrays(kind, SHAPES, elements=NORMAL)),
        max_size=4,
    ),
    compressed=st.booleans(),
)
def test_the_same_arrays_as_scipy_reads(arrays, compressed):
    content = saved(arrays, compressed=compressed)
    read, theirs = read_arrays(content), scipy_io.loadmat(io.BytesIO(content))
    assert set(read) == set(arrays)
    for name, array in read.items():
        assert array.dtype == theirs[name].dtype
        np.testing.assert_array_equal(array, theirs[name])


@pytest.mark.parametrize("compressed", [False, True])
def test_what_is_no_array_of_real_numbers_is_left_out(compressed):
    cells: Any = np.array([[1, "a"]], object)
    others = {"text": "abc", "record": {"a": 1}, "cells": cells, "complex": np.array([[1j]])}
    assert set(read_arrays(saved({**others, "weights": np.eye(3)}, compressed=compressed))) == {"weights"}


def element(kind: int, content: bytes) -> bytes:
    return np.array([kind, len(content)], "<u4").tobytes() + content.ljust(-(-len(content) // 8) * 8, b"\0")


def matrix(kind: int, shape: list[int], values: bytes) -> bytes:
    parts = [(6, np.array([6, 0], "<u4").tobytes()), (5, np.array(shape, "<i4").tobytes()), (1, b"a")]
    inner = b"".join(element(*part) for part in [*parts, (kind, values)])
    return b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + element(14, inner)


def test_doubles_stored_as_smaller_numbers():
    (array,) = read_arrays(matrix(2, [2, 2], bytes([1, 2, 3, 4]))).values()
    assert array.dtype == np.float64
    assert array.tolist() == [[1, 3], [2, 4]]


def test_many_arrays_that_unpack_without_end():
    one = saved({"a": np.zeros(9_000_000)}, compressed=True)
    with pytest.raises(WeightsError, match="expected arrays of up to 268,435,456 bytes, got more"):
        read_arrays(one + 3 * one[128:])


@pytest.mark.parametrize(
    "content",
    [
        matrix(99, [1, 1], bytes(8)),  # scipy 1.17 ends the process here
        matrix(9, [2**31 - 1, 2**31 - 1], bytes(8)),
        matrix(9, [-1, -1], bytes(8)),
        matrix(9, [3, 1], bytes(8)),
        matrix(9, [1, 1], bytes(8))[:-1],
        b"",
        bytes(200),
    ],
)
def test_broken_files(content):
    with pytest.raises(WeightsError, match="broken or truncated"):
        read_arrays(content)
