//! Tells a file's format and packing from its name.

use std::path::Path;

use crate::error::CorpusError;
use crate::options::FormatOption;
use crate::packing::{Packing, packing_of};

/// What the records of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Jsonl,
    Parquet,
}

/// The endings of files that hold other files.
const ARCHIVES: [&str; 11] = [
    "tar", "tgz", "taz", "tbz", "tbz2", "txz", "tzst", "zip", "7z", "rar", "cpio",
];

/// The endings of files that are packed in a way that is not read.
const OTHER_PACKINGS: [&str; 8] = ["z", "lzma", "lz", "lzo", "br", "bz", "sz", "snappy"];

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
    let (stem, packing) = packing_of(&name);
    let ending = stem.rsplit_once('.').map(|(_, ending)| ending);
    if let Some(what) = ending.and_then(unread) {
        return Err(CorpusError::Unread {
            path: path.to_path_buf(),
            what: what.to_owned(),
        });
    }
    let format = match option {
        FormatOption::Text => Format::Text,
        FormatOption::Jsonl => Format::Jsonl,
        FormatOption::Parquet => Format::Parquet,
        FormatOption::Auto => match ending {
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

/// What a file with an ending is, if it has to be unpacked before it can be read.
fn unread(ending: &str) -> Option<&'static str> {
    if ARCHIVES.contains(&ending) {
        Some("an archive of other files")
    } else if OTHER_PACKINGS.contains(&ending) {
        Some("packed in a way that this program does not read")
    } else {
        None
    }
}
