"""How far a picture is from its reference: plain functions on arrays, computed in float64.

What moves a figure has no default here: the caller names ``data_range`` and ``crop_border`` each time.
"""

from srcnn.metrics.information_fidelity import ifc
from srcnn.metrics.inputs import check_data_range
from srcnn.metrics.noise_quality import nqm
from srcnn.metrics.pixel_metrics import mse, psnr, psnr_b
from srcnn.metrics.structural_similarity import SSIM_WINDOW, ms_ssim, ms_ssim_metrix, ssim
from srcnn.metrics.weighted_psnr import wpsnr

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
