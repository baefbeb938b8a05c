//! Records of a file to documents, dropping and counting what is none.

use std::collections::HashSet;
use std::io::BufRead;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::boundaries::{first_document, line_start};
use crate::document::{Document, Source};
use crate::drops::{DropReason, DropReport};
use crate::encoding::other_encoding;
use crate::error::CorpusError;
use crate::files::CorpusFile;
use crate::format::Format;
use crate::jsonl::{JsonlRecords, Text, text_of};
use crate::open::{Counter, open};
use crate::parquet_rows::ParquetRows;
use crate::place::Place;
use crate::text::TextRecords;

/// A record as it stands in a file.
pub(crate) struct Record {
    pub start: u64,
    place: Place,
    bytes: Vec<u8>,
    pub too_long: bool,
}

impl Record {
    pub(crate) fn new(start: u64, place: Place, bytes: Vec<u8>, too_long: bool) -> Self {
        Self {
            start,
            place,
            bytes,
            too_long,
        }
    }

    /// Adds a line, unless the record becomes longer than `limit` bytes.
    pub(crate) fn append(&mut self, line: &[u8], limit: usize) {
        if self.bytes.len() + line.len() > limit {
            self.pass_over();
        }
        if !self.too_long {
            self.bytes.extend_from_slice(line);
        }
    }

    /// Only counts what is too long, and keeps none of it.
    pub(crate) fn pass_over(&mut self) {
        self.too_long = true;
        self.bytes = Vec::new();
    }
}

enum Records {
    Text(TextRecords<Box<dyn BufRead + Send>>),
    Jsonl(JsonlRecords<Box<dyn BufRead + Send>>),
    Parquet(Box<ParquetRows>),
}

/// The documents of a file, in order; memory is bounded by the longest document that is kept.
pub struct DocumentReader {
    records: Records,
    path: Arc<str>,
    real: PathBuf,
    text_field: String,
    max_bytes: u64,
    /// Records to leave out.
    listed: Option<Arc<HashSet<u64>>>,
    counter: Counter,
    drops: DropReport,
    /// Records that begin elsewhere belong to other parts of the file.
    part: Range<u64>,
    /// Whether a record was UTF-8: the others are then damaged, and not of another encoding.
    has_utf8: bool,
    finished: bool,
}

/// What became of a record.
enum Outcome {
    Document(Document),
    Dropped,
}

impl DocumentReader {
    /// The documents whose records begin in a range.
    pub(crate) fn open(file: &CorpusFile, part: &Range<u64>) -> Result<Self, CorpusError> {
        let counter = Counter::default();
        let max_bytes = file.options.max_document_bytes;
        let records = match file.format {
            Format::Text => {
                let start = first_document(file, part.start)?;
                let from = open(file, start, &counter)?;
                Records::Text(TextRecords::new(from, start, max_bytes))
            }
            Format::Jsonl => {
                let start = line_start(file, part.start)?;
                let from = open(file, start, &counter)?;
                Records::Jsonl(JsonlRecords::new(from, start, max_bytes))
            }
            Format::Parquet => {
                let rows = ParquetRows::open(file, part, &counter)?;
                Records::Parquet(Box::new(rows))
            }
        };
        Ok(Self {
            records,
            path: Arc::clone(&file.recorded),
            real: file.real.clone(),
            text_field: file.options.text_field.clone(),
            max_bytes,
            listed: file.listed.clone(),
            counter,
            drops: DropReport::default(),
            part: part.clone(),
            has_utf8: false,
            finished: false,
        })
    }

    /// What was dropped so far.
    pub const fn drops(&self) -> &DropReport {
        &self.drops
    }

    /// Bytes read from disk so far (packed ones where the file is packed; for plain Parquet the share of its rows).
    pub fn bytes_read(&self) -> u64 {
        self.counter.load(Ordering::Relaxed)
    }

    fn read(&mut self) -> Result<Option<Outcome>, CorpusError> {
        let read = |source| CorpusError::Read {
            path: self.real.clone(),
            source,
        };
        let first = self.part.start;
        let record = match &mut self.records {
            Records::Text(records) => records.next_from(first).map_err(read)?,
            Records::Jsonl(records) => records.next_from(first).map_err(read)?,
            Records::Parquet(rows) => {
                let row = rows.next().map_err(|reason| CorpusError::Parquet {
                    path: self.real.clone(),
                    reason,
                })?;
                return Ok(row.map(|(row, bytes)| {
                    match String::from_utf8(bytes.unwrap_or_default()) {
                        Ok(text) => self.judge(row, Place::Line(row + 1), text),
                        Err(_) => self.dropped(DropReason::InvalidUtf8, Place::Line(row + 1)),
                    }
                }));
            }
        };
        let Some(record) = record.filter(|record| record.start < self.part.end) else {
            return Ok(None);
        };
        if record.too_long {
            return Ok(Some(self.dropped(DropReason::TooLong, record.place)));
        }
        let text = match String::from_utf8(record.bytes) {
            Ok(text) => text,
            Err(error) => {
                let encoding = other_encoding(error.as_bytes(), record.start == 0);
                // Of a file's parts the first one tells.
                if let (Some(encoding), 0, false) = (encoding, self.part.start, self.has_utf8) {
                    return Err(CorpusError::Encoding {
                        path: self.real.clone(),
                        place: record.place,
                        encoding,
                    });
                }
                return Ok(Some(self.dropped(DropReason::InvalidUtf8, record.place)));
            }
        };
        self.has_utf8 |= !text.is_ascii();
        if matches!(self.records, Records::Text(_)) {
            return Ok(Some(self.judge(record.start, record.place, text)));
        }
        match text_of(&text, &self.text_field) {
            Text::Found(text) => Ok(Some(self.judge(record.start, record.place, text))),
            Text::Dropped(reason) => Ok(Some(self.dropped(reason, record.place))),
            Text::NoField(found) => Err(CorpusError::Field {
                path: self.real.clone(),
                place: record.place,
                field: self.text_field.clone(),
                found,
            }),
        }
    }

    fn judge(&mut self, record: u64, place: Place, text: String) -> Outcome {
        let is_listed = |listed: &Arc<HashSet<u64>>| listed.contains(&record);
        if text.trim().is_empty() {
            self.dropped(DropReason::Empty, place)
        } else if self.listed.as_ref().is_some_and(is_listed) {
            self.dropped(DropReason::Listed, place)
        } else if text.len() as u64 > self.max_bytes {
            self.dropped(DropReason::TooLong, place)
        } else {
            let path = Arc::clone(&self.path);
            Outcome::Document(Document {
                source: Source { path, record },
                text,
            })
        }
    }

    fn dropped(&mut self, reason: DropReason, place: Place) -> Outcome {
        self.drops.add(reason, &self.path, place);
        Outcome::Dropped
    }
}

impl Iterator for DocumentReader {
    type Item = Result<Document, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.finished {
            match self.read() {
                Ok(Some(Outcome::Document(document))) => return Some(Ok(document)),
                Ok(Some(Outcome::Dropped)) => {}
                Ok(None) => self.finished = true,
                Err(error) => {
                    self.finished = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}
