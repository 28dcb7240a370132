"""PSNR of an error seen through the eye's sensitivity to contrast.

Source: WPSNR.m by Ruizhen Liu (MATLAB Central), which is what the field calls WPSNR: a 41x41 kernel, sampled
from -20 to 20 cycles per degree, filters the error in space. The sensitivity, an isotropic band-pass with
fewer high frequencies along diagonals, is of the kind used by M. Miyahara, K. Kotani and V. R. Algazi,
"Objective picture quality scale (PQS) for image coding", IEEE Transactions on Communications 46(9), 1998.
"""

import math

import numpy as np
import numpy.typing as npt

from srcnn.metrics.inputs import plane_pair
from srcnn.types import Float64

_REACH = 20
"""Highest frequency of the sampled sensitivity in cycles per degree, and the kernel's reach in pixels."""
_SPREAD = 2.0
_DIAGONAL_RATE, _DIAGONAL_ONSET = 8.0, 11.13


def wpsnr(reference: npt.ArrayLike, image: npt.ArrayLike, *, data_range: float, crop_border: int) -> float:
    """Weighted PSNR, in dB: PSNR of the error filtered by the contrast sensitivity of the eye.

    Outside the picture the error counts as 0. Not to be confused with WSNR of Damera-Venkata et al., which
    weights by another curve and compares with the power of the signal instead of the peak. Set5 of the SRCNN
    paper comes out to 0.01 dB.

    Arguments and errors are those of `ssim`, for at least one pixel inside the border. The result is ``inf``
    for identical pictures.
    """
    first, second = plane_pair(reference, image, data_range, crop_border, smallest=1)
    power = float(np.mean(_filtered(first - second) ** 2))
    return -10 * math.log10(power) if power else math.inf


def _filtered(error: Float64) -> Float64:
    shape = tuple(side + 2 * _REACH for side in error.shape)
    spectrum = np.fft.rfft2(error, shape) * np.fft.rfft2(_KERNEL, shape)
    inner = tuple(slice(_REACH, _REACH + side) for side in error.shape)
    return np.fft.irfft2(spectrum, shape)[inner]


def _sensitivity() -> Float64:
    """(41, 41) sensitivity to each pair of vertical and horizontal frequency, the centre at index 20."""
    v, u = np.mgrid[-_REACH : _REACH + 1, -_REACH : _REACH + 1].astype(np.float64)
    squared = u**2 + v**2
    omega = 2 * np.pi * np.sqrt(squared) / 60
    band = 1.5 * np.exp(-((_SPREAD * omega) ** 2) / 2) - np.exp(-((_SPREAD * omega) ** 2))
    # cos(2 theta), by the double angle; at the centre, where no direction exists, 1.
    cosine = np.divide(u**2 - v**2, squared, out=np.ones_like(squared), where=squared > 0)
    onset = np.exp(_DIAGONAL_RATE * (omega - 2 * np.pi * _DIAGONAL_ONSET / 60))
    return band * (1 + onset * cosine**4) / (1 + onset)


_KERNEL = np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(_sensitivity())).real)
