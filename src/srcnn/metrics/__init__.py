"""How far a picture is from its reference: plain functions on arrays, computed in float64.

What moves a figure has no default here: the caller names ``data_range`` and ``crop_border`` each time.
"""

from srcnn.metrics.checks import check_data_range
from srcnn.metrics.pixelwise import mse, psnr
from srcnn.metrics.structural import SSIM_WINDOW, ssim

__all__ = ["SSIM_WINDOW", "check_data_range", "mse", "psnr", "ssim"]
