"""Keras 3's ``.keras``: a zip archive with the graph in ``config.json`` and the arrays in an HDF5 file.

The arrays of a layer lie under its class and number, ``layers/conv2d_1/vars/0``, not under its name; newer
versions keep the name beside them. The graph is the one that `srcnn.weight_formats.keras` reads.
"""

import io
import json
import zipfile

from srcnn.errors import SrcnnError, WeightsError
from srcnn.weight_formats import keras
from srcnn.weight_formats.layers import RawNetwork, check_room


def read(content: bytes) -> RawNetwork:
    """Layers in the order of the network.

    Raises:
        WeightsError: no archive of Keras, a broken one, or a graph or arrays that no SRCNN has.
        MissingExtraError: h5py is not installed.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = ("config.json", "model.weights.h5")
            check_room(archive.getinfo(name).file_size for name in names)
            config, arrays = (archive.read(name) for name in names)
        return keras.read_parts(arrays, json.loads(config))
    except SrcnnError:
        raise
    except Exception as error:  # broken bytes bring errors of every kind out of the archive's reader
        raise WeightsError("expected a whole .keras file, got a broken or truncated one") from error
