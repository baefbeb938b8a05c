//! Writes the folder of LibTorch into the program, so that the program finds it at run time.

use std::env;

fn main() {
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    let with_libtorch = env::var_os("CARGO_FEATURE_TCH").is_some();
    if let (true, Ok(libtorch)) = (with_libtorch, env::var("LIBTORCH")) {
        println!("cargo:rustc-link-arg-bins=-Wl,-rpath,{libtorch}/lib");
    }
}
