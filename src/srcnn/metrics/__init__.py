"""How far a picture is from its reference: plain functions on arrays, computed in float64.

What moves a figure has no default here: the caller names ``data_range`` and ``crop_border`` each time.
"""

from srcnn.metrics.blocking import psnr_b
from srcnn.metrics.checks import check_data_range
from srcnn.metrics.ifc import ifc
from srcnn.metrics.multiscale import ms_ssim, ms_ssim_metrix
from srcnn.metrics.nqm import nqm
from srcnn.metrics.pixelwise import mse, psnr
from srcnn.metrics.structural import SSIM_WINDOW, ssim
from srcnn.metrics.wpsnr import wpsnr

__all__ = [
    "SSIM_WINDOW",
    "check_data_range",
    "ifc",
    "ms_ssim",
    "ms_ssim_metrix",
    "mse",
    "nqm",
    "psnr",
    "psnr_b",
    "ssim",
    "wpsnr",
]
