//! Paths of a config to the files of a corpus.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::document::Document;
use crate::error::CorpusError;
use crate::options::{CorpusOptions, FormatOption};
use crate::reader::DocumentReader;

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

/// The files of a corpus, sorted by recorded path, each once.
#[derive(Debug)]
pub struct Corpus {
    files: Vec<CorpusFile>,
}

/// A file of a corpus.
#[derive(Clone, Debug)]
pub struct CorpusFile {
    pub(crate) recorded: Arc<str>,
    pub(crate) real: PathBuf,
    pub(crate) format: Format,
    pub(crate) packing: Packing,
    pub(crate) options: Arc<CorpusOptions>,
    bytes: u64,
}

impl Corpus {
    /// Finds the files; a path or pattern without any is an error.
    pub fn open(base: &Path, options: &CorpusOptions) -> Result<Self, CorpusError> {
        let shared = Arc::new(options.clone());
        let mut files = BTreeMap::new();
        for pattern in &options.paths {
            for path in matches(base, pattern)? {
                let file = CorpusFile::open(base, path, &shared)?;
                files.insert(Arc::clone(&file.recorded), file);
            }
        }
        Ok(Self {
            files: files.into_values().collect(),
        })
    }

    /// The files.
    pub fn files(&self) -> &[CorpusFile] {
        &self.files
    }

    /// The file of a recorded path.
    pub fn file(&self, recorded: &str) -> Option<&CorpusFile> {
        self.files.iter().find(|file| &*file.recorded == recorded)
    }
}

impl CorpusFile {
    fn open(base: &Path, real: PathBuf, options: &Arc<CorpusOptions>) -> Result<Self, CorpusError> {
        let (format, packing) = format_of(&real, options.format)?;
        let bytes = std::fs::metadata(&real)
            .map(|data| data.len())
            .map_err(|source| CorpusError::Read {
                path: real.clone(),
                source,
            })?;
        let relative = real.strip_prefix(base).unwrap_or(&real);
        let parts: Vec<_> = relative
            .components()
            .map(|part| part.as_os_str().to_string_lossy())
            .collect();
        Ok(Self {
            recorded: parts.join("/").into(),
            real,
            format,
            packing,
            options: Arc::clone(options),
            bytes,
        })
    }

    /// The path as it is recorded: relative to the base, `/` between folders.
    pub fn path(&self) -> &Arc<str> {
        &self.recorded
    }

    /// Its size on disk.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Its documents, in order, streaming.
    pub fn documents(&self) -> Result<DocumentReader, CorpusError> {
        DocumentReader::open(self)
    }

    /// The document whose record is at a place.
    pub fn document_at(&self, record: u64) -> Result<Option<Document>, CorpusError> {
        for document in self.documents()? {
            let document = document?;
            if document.source.record == record {
                return Ok(Some(document));
            }
            if document.source.record > record {
                return Ok(None);
            }
        }
        Ok(None)
    }
}

fn matches(base: &Path, pattern: &str) -> Result<Vec<PathBuf>, CorpusError> {
    let whole = base.join(pattern);
    let mut found = Vec::new();
    if whole.exists() {
        gather(&whole, true, &mut found)?;
    } else {
        let wrong = |reason: String| CorpusError::Pattern {
            pattern: pattern.to_owned(),
            reason,
        };
        for path in
            glob::glob(&whole.to_string_lossy()).map_err(|error| wrong(error.to_string()))?
        {
            gather(
                &path.map_err(|error| wrong(error.to_string()))?,
                true,
                &mut found,
            )?;
        }
    }
    if found.is_empty() {
        return Err(CorpusError::Missing {
            pattern: pattern.to_owned(),
            base: base.to_path_buf(),
        });
    }
    Ok(found)
}

/// A file, or all files of known formats below a folder (hidden ones aside).
fn gather(path: &Path, named: bool, found: &mut Vec<PathBuf>) -> Result<(), CorpusError> {
    if path.is_dir() {
        let read = |source| CorpusError::Read {
            path: path.to_path_buf(),
            source,
        };
        for entry in std::fs::read_dir(path).map_err(read)? {
            let entry = entry.map_err(read)?;
            if !entry.file_name().to_string_lossy().starts_with('.') {
                gather(&entry.path(), false, found)?;
            }
        }
    } else if named || format_of(path, FormatOption::Auto).is_ok() {
        found.push(path.to_path_buf());
    }
    Ok(())
}

fn format_of(path: &Path, option: FormatOption) -> Result<(Format, Packing), CorpusError> {
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
