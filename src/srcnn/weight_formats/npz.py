"""NumPy's ``.npz``: named arrays in their order."""

import io
import zipfile

import numpy as np

from srcnn.errors import WeightsError
from srcnn.types import Array
from srcnn.weight_formats.layers import RawNetwork, check_room
from srcnn.weight_formats.network_search import network_of


def read(content: bytes) -> RawNetwork:
    """Layers of an archive; arrays of Python objects, which are pickles, are left out unread.

    Raises:
        WeightsError: a broken file, or arrays of another network.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            check_room(entry.file_size for entry in archive.infolist())
            arrays = {
                entry.filename.removesuffix(".npy"): array
                for entry in archive.infolist()
                if (array := _array(archive, entry)) is not None
            }
    except WeightsError:
        raise
    except Exception as error:  # broken bytes bring errors of every kind out of the archive's reader
        raise WeightsError("expected a whole .npz file of NumPy, got a broken or truncated one") from error
    return network_of(arrays)


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Array | None:
    stream = io.BytesIO(archive.read(entry))
    version = np.lib.format.read_magic(stream)
    headers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    shape, _, dtype = headers[version](stream)
    if dtype.hasobject or dtype.kind not in "fiub":
        return None
    if int(np.prod(shape, dtype=object)) * dtype.itemsize > entry.file_size:
        raise ValueError
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False)
