//! Tells a file's format and packing from its name.

use std::path::Path;

use crate::error::CorpusError;
use crate::options::FormatOption;

/// What the records of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Jsonl,
    Parquet,
}

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    None,
    Gzip,
    Zstd,
}

/// The format and packing of a file. The option decides the format if it is not `Auto`; the name always decides the
/// packing.
pub(crate) fn format_of(
    path: &Path,
    option: FormatOption,
) -> Result<(Format, Packing), CorpusError> {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let (stem, packing) = if let Some(stem) = name.strip_suffix(".gz") {
        (stem, Packing::Gzip)
    } else if let Some(stem) = name.strip_suffix(".zst") {
        (stem, Packing::Zstd)
    } else {
        (name.as_str(), Packing::None)
    };
    let format = match option {
        FormatOption::Text => Format::Text,
        FormatOption::Jsonl => Format::Jsonl,
        FormatOption::Parquet => Format::Parquet,
        FormatOption::Auto => match stem.rsplit_once('.').map(|(_, extension)| extension) {
            Some("txt" | "text") => Format::Text,
            Some("jsonl" | "ndjson" | "json") => Format::Jsonl,
            Some("parquet") => Format::Parquet,
            _ => {
                return Err(CorpusError::UnknownFormat {
                    path: path.to_path_buf(),
                });
            }
        },
    };
    Ok((format, packing))
}
