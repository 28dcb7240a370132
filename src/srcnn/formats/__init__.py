"""Other programs' weights, in and out: MATLAB, PyTorch, Keras, Caffe, ONNX.

One file a format, with two verbs, ``read`` and ``write``; what each takes for granted is data, in
`srcnn.formats.conventions`.
"""

from srcnn.formats.exporting import EXPORTED, Exported, export_weights
from srcnn.formats.importing import IMPORTED, import_weights

__all__ = ["EXPORTED", "IMPORTED", "Exported", "export_weights", "import_weights"]
