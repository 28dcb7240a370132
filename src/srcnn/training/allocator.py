"""Freed memory kept for the next step instead of being given back to the system and asked for again.

Every step allocates and frees the same large arrays. By default glibc takes each of them fresh from the
kernel, which fills it with zeros page by page; kept, they cost nothing and no bit of a result changes.
"""

import ctypes
import os

# Of glibc's malloc.h; see mallopt(3).
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4
_LARGEST = 2**31 - 1
_AHEAD = 64 * 2**20
"""Bytes by which the heap grows beyond what is asked for."""


def keep_freed_memory() -> bool:
    """Let this process keep what it frees, from now on; for programs that go on allocating the same sizes.

    Returns:
        Whether it was done: False, and nothing changes, where there is no glibc.
    """
    try:
        if not os.confstr("CS_GNU_LIBC_VERSION"):
            return False
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, ValueError, OSError):  # no confstr, no such name, no such function
        return False
    settings = {_M_MMAP_MAX: 0, _M_TRIM_THRESHOLD: _LARGEST, _M_TOP_PAD: _AHEAD}
    return all(mallopt(ctypes.c_int(key), ctypes.c_int(value)) for key, value in settings.items())
