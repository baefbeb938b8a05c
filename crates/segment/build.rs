//! Copies jieba-rs's dictionary into the build, because that crate does not export it and `cut.rs` needs it.
//!
//! If the dictionary is not found, the copy is empty, and jieba-rs itself cuts words: the same words, but more slowly.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

/// The version of jieba-rs whose words `cut.rs` reproduces. A test compares it with the lock file.
const JIEBA_VERSION: &str = "0.11.0";
/// The dictionary's path in the folder of jieba-rs.
const DICTIONARY: &str = "src/data/dict.txt";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=JIEBA_VERSION={JIEBA_VERSION}");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let text = match dictionary(&out) {
        Ok(path) => {
            println!("cargo::rerun-if-changed={}", path.display());
            fs::read(&path).unwrap_or_default()
        }
        Err(why) => {
            println!(
                "cargo::warning=jieba-rs's dictionary was not found, words will be cut more slowly: {why}"
            );
            Vec::new()
        }
    };
    fs::write(out.join("dictionary.txt"), text).expect("cargo's folder can be written");
}

/// Finds the dictionary. `cargo metadata` of a package that depends on jieba-rs alone tells the folder of jieba-rs;
/// it works offline, because jieba-rs is downloaded already.
fn dictionary(out: &Path) -> Result<PathBuf, String> {
    let package = out.join("jieba");
    write_package(&package).map_err(|error| error.to_string())?;
    let output = Command::new(env::var_os("CARGO").expect("cargo sets it"))
        .args(["metadata", "--offline", "--format-version", "1"])
        .args([
            "--filter-platform",
            &env::var("TARGET").expect("cargo sets it"),
        ])
        .arg("--manifest-path")
        .arg(package.join("Cargo.toml"))
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        let lines = String::from_utf8_lossy(&output.stderr).replace('\n', " ");
        return Err(format!("cargo metadata: {lines}"));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|e| e.to_string())?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let manifest = packages
        .filter(|package| package["name"] == "jieba-rs" && package["version"] == JIEBA_VERSION)
        .find_map(|package| package["manifest_path"].as_str());
    let manifest = manifest.ok_or("cargo metadata does not name jieba-rs")?;
    let path = Path::new(manifest).with_file_name(DICTIONARY);
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!("no {}", path.display()))
    }
}

fn write_package(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("lib.rs"), "")?;
    let manifest = format!(
        "[workspace]\n[package]\nname = \"where-is-jieba\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [lib]\npath = \"lib.rs\"\n[dependencies]\njieba-rs = \"={JIEBA_VERSION}\"\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest)
}
