"""Lets the torch of this environment be imported without NVIDIA's libraries: torch_without_cuda.py

PyPI's torch for Linux x86-64 is a CUDA build. It loads eleven NVIDIA libraries (3 GB) when it is imported, and calls none
of them on a CPU. This program puts an empty library of the same name in the place of each of them, beside torch's own
libraries. An empty library defines the functions that torch links to; a call of one ends the process.

libcudart and libcupti are not replaced: torch calls them when it is imported, and their wheels have 12 MB.
Needs `cc` and `nm`.
"""

import collections
import importlib.util
import pathlib
import platform
import subprocess
import sys

# The file name of each library, and what the names of its functions begin with.
LIBRARIES = {
    "libcublas.so.12": "cublas",
    "libcublasLt.so.12": "cublasLt",
    "libcudnn.so.9": "cudnn",
    "libcufft.so.11": "cufft",
    "libcufile.so.0": "cuFile",
    "libcurand.so.10": "curand",
    "libcusolver.so.11": "cusolver",
    "libcusparse.so.12": "cusparse",
    "libcusparseLt.so.0": "cusparseLt",
    "libnccl.so.2": "nccl",
    "libnvshmem_host.so.3": "nvshmem",
}


def library_of(function: str) -> str | None:
    """The library that a function belongs to: the longest prefix decides, because cublasLt begins with cublas."""
    fitting = [name for name, prefix in LIBRARIES.items() if function.startswith(prefix)]
    return max(fitting, key=lambda name: len(LIBRARIES[name]), default=None)


def linked_functions(folder: pathlib.Path) -> tuple[dict[str, set[str]], dict[str, str]]:
    """The functions of each library that torch links to, and the version that they carry, of libraries with versions."""
    functions, versions = collections.defaultdict(set), {}
    for file in sorted(folder.glob("*.so")):
        call = ["nm", "--dynamic", "--undefined-only", "--format=just-symbols", file]
        for symbol in subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True).stdout.split():
            function, _, version = symbol.partition("@")
            if library := library_of(function):
                functions[library].add(function)
                if version:
                    versions[library] = version
    return functions, versions


def write_empty_library(path: pathlib.Path, functions: set[str], version: str | None) -> None:
    """Compiles a library whose functions end the process."""
    source = "".join(f"void {function}(void) {{ __builtin_trap(); }}\n" for function in sorted(functions))
    call = ["cc", "-shared", "-fPIC", "-nostdlib", "-w", "-x", "c", "-", "-o", path, f"-Wl,-soname,{path.name}"]
    if version:
        script = path.with_suffix(".map")
        script.write_text(f"{version} {{ global: *; }};\n")
        call.append(f"-Wl,--version-script={script}")
    subprocess.run(call, input=source, check=True, text=True)


def main() -> None:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return  # PyPI's wheels for other platforms need no CUDA.
    folder = pathlib.Path(importlib.util.find_spec("torch").origin).parent / "lib"
    functions, versions = linked_functions(folder)
    for name in LIBRARIES:
        write_empty_library(folder / name, functions[name], versions.get(name))
    print(f"{len(LIBRARIES)} NVIDIA libraries replaced by empty ones in {folder}")


if __name__ == "__main__":
    main()
