import numpy as np
import pytest

from srcnn.back_projection import back_project, check_steps
from srcnn.errors import UsageError
from srcnn.resize import imresize


def test_a_true_enlargement_stays() -> None:
    truth = np.random.default_rng(0).random((24, 24))
    low = imresize(truth, 1 / 2)
    up, down = (lambda x: imresize(x, 2)), (lambda x: imresize(x, 1 / 2))
    assert np.abs(back_project(truth, low, 5, down=down, up=up) - truth).max() < 1e-12


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_result_fits_the_picture_better_with_each_step(dtype: type) -> None:
    truth = np.random.default_rng(0).random((24, 30, 3)).astype(dtype)
    low = imresize(truth, 1 / 3)
    start = imresize(low, 3)
    kept = start.copy()
    misses = []
    for steps in (0, 1, 3, 10):
        result = back_project(
            start, low, steps, down=lambda x: imresize(x, 1 / 3), up=lambda x: imresize(x, 3)
        )
        assert result.dtype == dtype
        misses.append(float(np.abs(imresize(result, 1 / 3) - low).max()))
    assert misses == sorted(misses, reverse=True)
    assert misses[-1] < misses[0] / 10
    assert np.array_equal(start, kept)


@pytest.mark.parametrize("steps", [-1, 101])
def test_steps_that_cannot_be_meant(steps: int) -> None:
    with pytest.raises(UsageError, match="0 to 100 back-projection steps"):
        check_steps(steps)
