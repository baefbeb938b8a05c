//! Compiles the C++ against LibTorch's headers, if the build has LibTorch.

const SOURCES: [&str; 6] = [
    "src/attention.cpp",
    "src/collective.cpp",
    "src/host.cpp",
    "src/memory.cpp",
    "src/transfer.cpp",
    "src/update.cpp",
];

fn main() {
    for source in SOURCES.iter().chain(&["src/attempt.h", "src/gloo"]) {
        println!("cargo:rerun-if-changed={source}");
    }
    #[cfg(feature = "tch")]
    compile();
}

#[cfg(feature = "tch")]
fn compile() {
    use std::env;
    use std::path::{Path, PathBuf};

    for name in ["LIBTORCH_INCLUDE", "LIBTORCH_CXX11_ABI"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    // `torch-sys` says where the libraries are. The headers are beside them.
    let libraries = env::var("DEP_TCH_LIBTORCH_LIB").expect("`torch-sys` says where LibTorch lies");
    let folder = env::var("LIBTORCH_INCLUDE")
        .map_or_else(|_| Path::new(&libraries).join(".."), PathBuf::from);
    let abi = env::var("LIBTORCH_CXX11_ABI").unwrap_or_else(|_| "1".to_owned());
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        .warnings(false) // LibTorch's headers have some
        .include(folder.join("include"))
        .include(folder.join("include/torch/csrc/api/include"))
        .include("src") // for the headers in `gloo`
        .define("USE_C10D_GLOO", None)
        .define("_GLIBCXX_USE_CXX11_ABI", abi.as_str())
        .files(SOURCES)
        .compile("macbert_libtorch");
}
