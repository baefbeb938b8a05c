//! Turns the records of a file into documents; drops and counts records that cannot become one.

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
use crate::jsonl::{JsonlRecords, ParsedLine, parse_line};
use crate::open::{ByteCounter, open};
use crate::parquet_rows::ParquetRows;
use crate::place::Place;
use crate::record::Record;
use crate::text::TextRecords;

/// Streams the documents of a file, in order. Memory is bounded by the longest document that is kept.
pub struct DocumentReader {
    records: Records,
    recorded_path: Arc<str>,
    disk_path: PathBuf,
    text_field: String,
    max_bytes: u64,
    /// Positions of the records that the drop list leaves out.
    listed: Option<Arc<HashSet<u64>>>,
    counter: ByteCounter,
    drops: DropReport,
    /// Where the records of this reader begin. Others belong to other parts of the file.
    part: Range<u64>,
    /// Whether a record with other characters than ASCII was UTF-8: then the file has no other encoding, and a record
    /// that is not UTF-8 is damaged.
    has_utf8: bool,
    is_finished: bool,
}

enum Records {
    Text(TextRecords<Box<dyn BufRead + Send>>),
    Jsonl(JsonlRecords<Box<dyn BufRead + Send>>),
    Parquet(Box<ParquetRows>),
}

/// What became of a record.
enum Outcome {
    Document(Document),
    Dropped,
}

impl CorpusFile {
    /// Streams the file's documents, in order.
    pub fn documents(&self) -> Result<DocumentReader, CorpusError> {
        self.documents_in(&(0..u64::MAX))
    }

    /// Streams the documents whose records begin in a range that [`crate::Corpus::parts`] gave.
    pub fn documents_in(&self, records: &Range<u64>) -> Result<DocumentReader, CorpusError> {
        DocumentReader::open(self, records)
    }

    /// The document whose record is at a position. The file is read up to there.
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

impl DocumentReader {
    fn open(file: &CorpusFile, part: &Range<u64>) -> Result<Self, CorpusError> {
        let counter = ByteCounter::default();
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
            recorded_path: Arc::clone(&file.recorded_path),
            disk_path: file.disk_path.clone(),
            text_field: file.options.text_field.clone(),
            max_bytes,
            listed: file.listed.clone(),
            counter,
            drops: DropReport::default(),
            part: part.clone(),
            has_utf8: false,
            is_finished: false,
        })
    }

    /// What was dropped so far.
    pub const fn drops(&self) -> &DropReport {
        &self.drops
    }

    /// Bytes read from disk so far: packed bytes if the file is packed. For a Parquet file that is not packed, it is
    /// the file's size times the share of rows that were read.
    pub fn bytes_read(&self) -> u64 {
        self.counter.load(Ordering::Relaxed)
    }

    /// Reads the next record and decides what becomes of it; `None` behind the last one.
    fn read(&mut self) -> Result<Option<Outcome>, CorpusError> {
        let Some(record) = self.next_record()? else {
            return Ok(None);
        };
        let (position, place) = (record.position, record.place);
        if record.is_too_long {
            return Ok(Some(self.drop_record(DropReason::TooLong, place)));
        }
        let Some(text) = self.decode(record)? else {
            return Ok(Some(self.drop_record(DropReason::InvalidUtf8, place)));
        };
        if !matches!(self.records, Records::Jsonl(_)) {
            return Ok(Some(self.accept(position, place, text)));
        }
        match parse_line(&text, &self.text_field) {
            ParsedLine::Text(text) => Ok(Some(self.accept(position, place, text))),
            ParsedLine::Dropped(reason) => Ok(Some(self.drop_record(reason, place))),
            ParsedLine::NoText { found } => Err(CorpusError::Field {
                path: self.disk_path.clone(),
                place,
                field: self.text_field.clone(),
                found,
            }),
        }
    }

    /// The next record of this reader's part.
    fn next_record(&mut self) -> Result<Option<Record>, CorpusError> {
        let read_error = |source| CorpusError::Read {
            path: self.disk_path.clone(),
            source,
        };
        let first = self.part.start;
        let record = match &mut self.records {
            Records::Text(records) => records.next_from(first).map_err(read_error)?,
            Records::Jsonl(records) => records.next_from(first).map_err(read_error)?,
            // Rows are read by whole row groups, all of which belong to the part.
            Records::Parquet(rows) => {
                return rows.next().map_err(|reason| CorpusError::Parquet {
                    path: self.disk_path.clone(),
                    reason,
                });
            }
        };
        Ok(record.filter(|record| record.position < self.part.end))
    }

    /// The text of a record; `None` if it is not UTF-8. A file that is in another encoding as a whole is an error.
    fn decode(&mut self, record: Record) -> Result<Option<String>, CorpusError> {
        let text = match String::from_utf8(record.bytes) {
            Ok(text) => text,
            Err(_) if matches!(self.records, Records::Parquet(_)) => return Ok(None),
            Err(error) => {
                let encoding = other_encoding(error.as_bytes(), record.position == 0);
                // Of the parts of a file, only the first one reports the encoding.
                if let (Some(encoding), 0, false) = (encoding, self.part.start, self.has_utf8) {
                    return Err(CorpusError::Encoding {
                        path: self.disk_path.clone(),
                        place: record.place,
                        encoding,
                    });
                }
                return Ok(None);
            }
        };
        self.has_utf8 |= !text.is_ascii();
        Ok(Some(text))
    }

    /// Makes a document of a text, unless the text is empty, listed or too long.
    fn accept(&mut self, record: u64, place: Place, text: String) -> Outcome {
        let is_listed = |listed: &Arc<HashSet<u64>>| listed.contains(&record);
        if text.trim().is_empty() {
            self.drop_record(DropReason::Empty, place)
        } else if self.listed.as_ref().is_some_and(is_listed) {
            self.drop_record(DropReason::Listed, place)
        } else if text.len() as u64 > self.max_bytes {
            self.drop_record(DropReason::TooLong, place)
        } else {
            let path = Arc::clone(&self.recorded_path);
            Outcome::Document(Document {
                source: Source { path, record },
                text,
            })
        }
    }

    fn drop_record(&mut self, reason: DropReason, place: Place) -> Outcome {
        self.drops.add(reason, &self.recorded_path, place);
        Outcome::Dropped
    }
}

impl Iterator for DocumentReader {
    type Item = Result<Document, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.is_finished {
            match self.read() {
                Ok(Some(Outcome::Document(document))) => return Some(Ok(document)),
                Ok(Some(Outcome::Dropped)) => {}
                Ok(None) => self.is_finished = true,
                Err(error) => {
                    self.is_finished = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}
