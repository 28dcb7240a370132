"""Where the system refuses to write: its reason, also where libvips and HDF5 are what writes."""

import subprocess
import sys
from pathlib import Path

import pytest

# A limit on the size of files stands for a full disk; the reason is another one, and comes the same way.
LIMITED = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from srcnn.errors import SrcnnError
from srcnn.files import Picture, Scratch, WriteOptions, read_picture, write_picture
from srcnn.data.hdf5 import subimage_writer

out, kind = Path(sys.argv[1]), sys.argv[2]
pixels = np.random.default_rng(0).integers(0, 256, (700, 700, 3)).astype(np.uint8)
write_picture(Picture(pixels), out / "in.png")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2**18, 2**18))
try:
    if kind == "hdf5":
        with subimage_writer(out / "out.h5") as writer:
            for _ in range(20):
                writer.add(*np.random.default_rng(0).random((2, 64, 1, 33, 33)).astype("f4"))
    elif kind == "scratch":
        read_picture(out / "in.png", scratch=Scratch(out, 0))
    else:
        write_picture(Picture(pixels), out / f"out{kind}", WriteOptions(quality=100))
except SrcnnError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits on the size of files are of POSIX")
@pytest.mark.parametrize("kind", [".png", ".tif", ".webp", "scratch", "hdf5"])
def test_what_the_system_refuses_is_said_as_it_says_it(tmp_path: Path, kind):
    if kind == "hdf5":
        pytest.importorskip("h5py")
    command = [sys.executable, "-c", LIMITED, str(tmp_path), kind]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("cannot write ")
    assert done.stdout.endswith(": File too large\n")
    assert not done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]
