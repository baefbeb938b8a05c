//! Reads and writes the manifest: JSON with indentation, whose first key is the checksum of the rest.
//!
//! ```text
//! {
//!   "checksum": "<SHA-256 of this file without this line>",
//!   "version": 2,
//!   …
//! }
//! ```

use std::io::Write as _;
use std::path::Path;

use repro::{AtomicFile, sha256_hex};

use crate::error::ShardError;
use crate::folder::MANIFEST;
use crate::manifest::Manifest;

const OPENING: &str = "{\n";
/// The text before the checksum, after the opening brace.
const BEFORE: &str = "  \"checksum\": \"";
/// The text after the checksum.
const AFTER: &str = "\",\n";

impl Manifest {
    /// Writes the manifest into a folder, whole or not at all.
    pub fn write(&self, folder: &Path) -> Result<(), ShardError> {
        let path = folder.join(MANIFEST);
        let write = || -> std::io::Result<()> {
            let file = AtomicFile::create(&path)?;
            file.file().write_all(self.to_json()?.as_bytes())?;
            file.commit()
        };
        write().map_err(|error| ShardError::Write {
            path: path.clone(),
            reason: error.to_string(),
        })
    }

    fn to_json(&self) -> serde_json::Result<String> {
        let body = serde_json::to_string_pretty(self)? + "\n";
        let rest = body.strip_prefix(OPENING).unwrap_or_default();
        let checksum = sha256_hex(&body);
        Ok([OPENING, BEFORE, &checksum, AFTER, rest].concat())
    }

    /// Reads the manifest of a folder; refuses other versions and changed files.
    pub fn read(folder: &Path) -> Result<Self, ShardError> {
        let path = folder.join(MANIFEST);
        let bytes = std::fs::read(&path).map_err(|source| ShardError::Read {
            path: path.clone(),
            source,
        })?;
        Self::parse(&bytes).map_err(|reason| ShardError::Manifest { path, reason })
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let value: serde_json::Value =
            serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let version = &value["version"];
        if *version != Self::VERSION {
            return Err(format!("version {version}, expected {}", Self::VERSION));
        }
        let body = std::str::from_utf8(bytes).ok().and_then(checked_body);
        let body = body.ok_or("its checksum does not match, so it was changed or is damaged")?;
        serde_json::from_str(&body).map_err(|error| error.to_string())
    }
}

/// The text of a manifest without its checksum, if the checksum is right.
fn checked_body(text: &str) -> Option<String> {
    let text = text.strip_prefix(OPENING)?.strip_prefix(BEFORE)?;
    let (checksum, rest) = text.split_once(AFTER)?;
    let body = [OPENING, rest].concat();
    (sha256_hex(&body) == checksum).then_some(body)
}
