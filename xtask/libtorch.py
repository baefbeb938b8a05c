"""Lays out LibTorch 2.9.0 for the CPU from Python wheels: libtorch.py FOLDER

burn-tch 0.22.1 needs tch 0.22.0, and that LibTorch 2.9.0. No CPU-only wheel of it exists for Linux x86-64,
so three files are taken from the CUDA wheel, with the two CUDA libraries that libtorch_cpu.so names (both
load without a driver), and libtorch.so, an empty umbrella, is made by the C compiler.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

WHEELS = """
torch==2.9.0 --hash=sha256:51de31219c97c51cf4bf2be94d622e3deb5dcc526c6dc00e97c17eaec0fc1d67
nvidia-cuda-runtime-cu12==12.8.90 --hash=sha256:adade8dcbd0edf427b7204d480d6066d33902cab2a4707dcfc48a2d0fd44ab90
nvidia-cuda-cupti-cu12==12.8.90 --hash=sha256:ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182
"""
# The hashes are those of the wheels for CPython 3.11; the libraries inside do not depend on the Python that runs pip.
TARGET = ["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--abi", "none"]
TARGET += ["--platform", "manylinux_2_28_x86_64", "--platform", "manylinux2014_x86_64"]
LIBRARIES = ["libtorch_cpu.so", "libc10.so", "libgomp.so.1", "libcudart.so.12", "libcupti.so.12"]


def wanted(name: str) -> pathlib.PurePath | None:
    """Where a wheel's member goes, or None."""
    path = pathlib.PurePath(name)
    if path.name in LIBRARIES:
        return pathlib.PurePath("lib") / path.name
    if name.startswith("torch/include/"):
        return pathlib.PurePath("include") / path.relative_to("torch/include")
    return None


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    if sys.platform != "linux":
        sys.exit("this recipe is for Linux x86-64; elsewhere set LIBTORCH to a LibTorch 2.9.0")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="libtorch-") as work:
        work = pathlib.Path(work)
        (work / "wheels.txt").write_text(WHEELS)
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes", *TARGET]
        subprocess.run([*pip, "-r", work / "wheels.txt", "-d", work / "wheels"], check=True)
        out = work / "out"
        for wheel in sorted((work / "wheels").glob("*.whl")):
            with zipfile.ZipFile(wheel) as archive:
                for name in archive.namelist():
                    if (target := wanted(name)) and not name.endswith("/"):
                        (out / target).parent.mkdir(parents=True, exist_ok=True)
                        with archive.open(name) as source, open(out / target, "wb") as sink:
                            shutil.copyfileobj(source, sink)
        missing = [name for name in LIBRARIES if not (out / "lib" / name).exists()]
        if missing:
            sys.exit(f"the wheels lack {', '.join(missing)}")
        (out / "lib/libgomp.so").symlink_to("libgomp.so.1")
        stub = ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", out / "lib/libtorch.so", "-Wl,-soname,libtorch.so"]
        subprocess.run(stub, input=b"int torch_stub_;", check=True)
        (out / "build-version").write_text("2.9.0\n")
        if folder.exists():
            shutil.rmtree(folder)
        out.rename(folder)


if __name__ == "__main__":
    main()
