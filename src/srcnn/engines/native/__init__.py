"""Exact convolutions in fewer multiplications, compiled; `NativeEngine` runs them."""

from srcnn.engines.native.engine import NativeEngine

__all__ = ["NativeEngine"]
