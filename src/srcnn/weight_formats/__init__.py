"""Other programs' weights, in and out: MATLAB, PyTorch, Keras, Caffe, ONNX, arrays of NumPy and safetensors.

One file a format, with two verbs, ``read`` and ``write``; what each takes for granted is data, in
`srcnn.weight_formats.conventions`.
"""

from srcnn.weight_formats.exporter import EXPORTED, Exported, export_weights
from srcnn.weight_formats.importer import IMPORTED, import_weights

__all__ = ["EXPORTED", "IMPORTED", "Exported", "export_weights", "import_weights"]
