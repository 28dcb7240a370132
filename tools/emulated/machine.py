"""A bare emulated processor that runs the jobs: its program, its disc, and Bochs."""

import os
import pty
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import hatch_build

HERE = Path(__file__).parent
SOURCE = hatch_build.SOURCES / "csrc"
SYSLINUX = Path("/usr/lib/syslinux/modules/bios")
FILES = {
    "isolinux": [Path("/usr/lib/ISOLINUX/isolinux.bin")],
    "syslinux-common": [SYSLINUX / name for name in ("ldlinux.c32", "libcom32.c32", "mboot.c32")],
    "bochsbios": [Path("/usr/share/bochs/BIOS-bochs-latest")],
    "bochs": [Path("/usr/share/bochs/VGABIOS-lgpl-latest")],
    "bochs-term": [Path("/usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so")],
}
"""Debian package to what is needed of it."""
PROGRAMS = ("gcc", "objcopy", "bochs", "xorriso")
KERNEL_FLAGS = (
    *("-std=gnu11", "-O2", "-Wall", "-Wextra", "-ffreestanding", "-fno-stack-protector", "-fno-pic"),
    *("-mno-red-zone", "-fno-tree-loop-distribute-patterns", "-fno-asynchronous-unwind-tables"),
)
MEMORY = 256
"""MiB beside the jobs."""
ROOM = 2**29
"""Bytes of jobs: the program sees one gigabyte, and works in what lies behind them."""
PATIENCE = 600
"""Seconds without a line after which the program hangs."""
CONFIGURATION = """\
config_interface: textconfig
display_library: term
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
cpu: model={cpu}, count=1, ips=50000000, reset_on_triple_fault=0
memory: guest={memory}, host={memory}
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path=disc.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=serial.txt
clock: sync=none
panic: action=fatal
log: bochs.log
"""
LOADER = "default jobs\nlabel jobs\nkernel mboot.c32\nappend kernel.bin --- jobs.bin\n"


def missing() -> list[str]:
    """Names of what is not installed."""
    packages = [name for name, files in FILES.items() if not all(file.is_file() for file in files)]
    return [*packages, *(name for name in PROGRAMS if shutil.which(name) is None)]


def bochs_version() -> str:
    """What Bochs says of itself."""
    done = subprocess.run(["bochs", "--help"], capture_output=True, text=True, check=False)
    (line,) = [line for line in (done.stdout + done.stderr).splitlines() if "Bochs x86 Emulator" in line]
    return line.strip()


def build_program(folder: Path, compiler: list[str]) -> Path:
    """The program without a system, with every level of the library compiled as in the package."""
    objects: list[str] = []

    def compile_(name: str, source: Path, *flags: str, by: list[str]) -> None:
        objects.append(str(folder / f"{name}.o"))
        subprocess.run([*by, *flags, "-c", str(source), "-o", objects[-1]], check=True)

    for level, flags in hatch_build.LEVELS["x86_64"].items():
        own = (*hatch_build.FLAGS, *flags, f"-DSRCNN_LEVEL={level}")
        compile_(level, SOURCE / "network.c", *own, by=compiler)
    compile_("dispatch", SOURCE / "dispatch.c", *hatch_build.FLAGS, by=compiler)
    compile_("kernel", HERE / "kernel.c", *KERNEL_FLAGS, f"-I{SOURCE}", by=["gcc"])
    compile_("start", HERE / "start.S", by=["gcc"])
    linked, program = folder / "kernel.elf", folder / "kernel.bin"
    layout = ("-nostdlib", "-static", "-no-pie", f"-Wl,-T,{HERE / 'kernel.ld'}")
    layout += ("-Wl,--build-id=none,--no-warn-rwx-segments",)
    subprocess.run(["gcc", *layout, *objects, "-o", str(linked)], check=True)
    subprocess.run(["objcopy", "-O", "binary", str(linked), str(program)], check=True)
    return program


def build_disc(folder: Path, program: Path, jobs: bytes) -> None:
    """A disc that starts the program with the jobs beside it."""
    tree = folder / "tree" / "isolinux"
    tree.mkdir(parents=True)
    for file in (*FILES["isolinux"], *FILES["syslinux-common"], program):
        shutil.copy(file, tree)
    (tree / "jobs.bin").write_bytes(jobs)
    (tree / "isolinux.cfg").write_text(LOADER, encoding="ascii")
    command = "xorriso -as mkisofs -quiet -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot"
    options = ["-boot-load-size", "4", "-boot-info-table", "-o", str(folder / "disc.iso")]
    subprocess.run([*command.split(), *options, str(tree.parent)], check=True, capture_output=True)


def run(folder: Path, cpu: str, jobs: int, heard: Callable[[str], None]) -> None:
    """Start the disc of a folder and wait for its end.

    Args:
        folder: holds the disc.
        cpu: a model of Bochs.
        jobs: bytes of them.
        heard: gets every line of the serial port.

    Raises:
        ValueError: more jobs than there is room for.
        TimeoutError: no line for `PATIENCE` seconds.
    """
    if jobs > ROOM:
        raise ValueError(f"expected jobs of {ROOM >> 20} MiB at most, got {jobs >> 20}; use fewer --networks")
    memory = MEMORY + 2 ** max(7, (jobs >> 20).bit_length())
    (folder / "bochsrc").write_text(CONFIGURATION.format(cpu=cpu, memory=memory), encoding="ascii")
    (folder / "commands").write_text("c\n", encoding="ascii")
    # Debian's Bochs has a debugger, which waits for a command; its screen wants a terminal.
    master, slave = pty.openpty()
    process = subprocess.Popen(
        ["bochs", "-q", "-f", "bochsrc", "-rc", "commands"],
        cwd=folder,
        env={**os.environ, "TERM": "xterm"},
        start_new_session=True,
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    try:
        _follow(process, folder / "serial.txt", master, heard)
    finally:
        process.kill()
        process.wait()
        os.close(master)
        os.close(slave)


def _follow(
    process: subprocess.Popen[bytes], serial: Path, screen: int, heard: Callable[[str], None]
) -> None:
    read, last = 0, time.monotonic()
    while True:
        ended = process.poll() is not None  # asked first, so that the last lines are read
        while select.select([screen], [], [], 0)[0]:
            os.read(screen, 1 << 16)
        text = serial.read_text(encoding="ascii", errors="replace") if serial.exists() else ""
        *lines, _ = text[read:].split("\n")
        read += sum(len(line) + 1 for line in lines)
        for line in lines:
            heard(line)
            last = time.monotonic()
        if ended:
            return
        if time.monotonic() - last > PATIENCE:
            raise TimeoutError(f"expected a line within {PATIENCE} seconds, got none: the program hangs")
        time.sleep(0.2)
