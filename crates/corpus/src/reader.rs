//! Turns the records of a file into documents; drops and counts records that cannot become one.

use std::io::BufRead;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::boundaries::{first_document, line_start};
use crate::document::{Document, Source};
use crate::drops::{DropReason, DropReport, Loss};
use crate::encoding::{Encoded, encoding_of};
use crate::error::CorpusError;
use crate::files::CorpusFile;
use crate::format::Format;
use crate::json_line::{Field, field_of, mend_surrogates};
use crate::jsonl::JsonlRecords;
use crate::look::open_text;
use crate::open::{ByteCounter, read_error};
use crate::parquet_rows::ParquetRows;
use crate::record::Record;
use crate::text::TextRecords;

/// Streams the documents of a file, in order. Memory is bounded by the longest document that is kept.
pub struct DocumentReader {
    records: Records,
    file: CorpusFile,
    max_bytes: u64,
    /// The rest of a line that holds several objects.
    following: Option<Record>,
    counter: ByteCounter,
    drops: DropReport,
    /// Where the records of this reader begin. Others belong to other parts of the file.
    part: Range<u64>,
    /// Whether the part is the whole file.
    is_whole: bool,
    /// Whether text with other characters than ASCII was UTF-8: then the file has no other encoding, and a record that is
    /// not UTF-8 is damaged.
    has_utf8: bool,
    is_finished: bool,
}

enum Records {
    Text(TextRecords<Box<dyn BufRead + Send>>),
    Jsonl(JsonlRecords<Box<dyn BufRead + Send>>),
    Parquet(Box<ParquetRows>),
}

/// The text of a record.
struct Text {
    text: String,
    /// Whether lone surrogates were replaced.
    is_mended: bool,
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
        let (mut is_whole, mut has_utf8) = (*part == (0..u64::MAX), false);
        let records = match file.format {
            Format::Text => {
                let start = first_document(file, part.start)?;
                let from = open_text(file, start, &counter)?;
                has_utf8 = from.is_utf8;
                Records::Text(TextRecords::new(from.bytes, start, max_bytes))
            }
            Format::Jsonl => {
                let start = line_start(file, part.start)?;
                let from = open_text(file, start, &counter)?;
                has_utf8 = from.is_utf8;
                Records::Jsonl(JsonlRecords::new(from.bytes, start, max_bytes))
            }
            Format::Parquet => {
                let rows = ParquetRows::open(file, part, &counter)?;
                is_whole = rows.is_whole();
                Records::Parquet(Box::new(rows))
            }
        };
        Ok(Self {
            records,
            file: file.clone(),
            max_bytes,
            following: None,
            counter,
            drops: DropReport::default(),
            part: part.clone(),
            is_whole,
            has_utf8,
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

    /// Reads the next record that becomes a document; `None` behind the last one.
    fn read(&mut self) -> Result<Option<Document>, CorpusError> {
        while let Some(record) = self.next_record()? {
            let (position, place) = (record.position, record.place);
            let text = self.text(record)?;
            let accepted = text.and_then(|text| self.accept(position, text));
            let path = &self.file.recorded_path;
            match accepted {
                Ok(Text { text, is_mended }) => {
                    self.drops.add_kept(path, is_mended);
                    let path = Arc::clone(path);
                    let source = Source {
                        path,
                        record: position,
                    };
                    return Ok(Some(Document { source, text }));
                }
                Err(loss) => self.drops.add(path, place, loss),
            }
        }
        self.check_end()?;
        Ok(None)
    }

    /// The next record of this reader's part.
    fn next_record(&mut self) -> Result<Option<Record>, CorpusError> {
        // All objects of a line belong to the part that has the line's first byte.
        if let Some(record) = self.following.take() {
            return Ok(Some(record));
        }
        let first = self.part.start;
        let record = match &mut self.records {
            Records::Text(records) => records.next_from(first),
            Records::Jsonl(records) => records.next_from(first),
            // Rows are read by whole row groups, all of which belong to the part.
            Records::Parquet(rows) => {
                return rows.next().map_err(|reason| CorpusError::Parquet {
                    path: self.file.disk_path.clone(),
                    reason,
                });
            }
        };
        let record = record.map_err(|source| read_error(&self.file, source))?;
        Ok(record.filter(|record| record.position < self.part.end))
    }

    /// The text of a record, or why it has none. A file whose text is not where or what it should be is an error.
    fn text(&mut self, record: Record) -> Result<Result<Text, Loss>, CorpusError> {
        if record.is_too_long {
            return Ok(Err(DropReason::TooLong.into()));
        }
        if !matches!(self.records, Records::Jsonl(_)) {
            return self.decode(record.bytes, None);
        }
        let line = &record.bytes;
        let object = field_of(line, record.start, &self.file.options.text_field);
        let text = match object.field {
            Ok(Field::Text(bytes)) => self.decode(bytes, Some(line)),
            Ok(Field::Null) => Ok(Err(DropReason::Empty.into())),
            Ok(Field::NoText { found }) => Err(CorpusError::Field {
                path: self.file.disk_path.clone(),
                place: record.place,
                field: self.file.options.text_field.clone(),
                found,
            }),
            Err(loss) if std::str::from_utf8(line).is_ok() => Ok(Err(loss)),
            Err(loss) => self.check_encoding(line).map(|()| Err(loss)),
        };
        self.following = object.next.map(|start| record.following(start));
        text
    }

    /// The text that bytes are. `line` is the line of JSONL that they come from.
    fn decode(
        &mut self,
        mut bytes: Vec<u8>,
        line: Option<&[u8]>,
    ) -> Result<Result<Text, Loss>, CorpusError> {
        let mut is_mended = false;
        if line.is_some() && std::str::from_utf8(&bytes).is_err() {
            is_mended = mend_surrogates(&mut bytes);
        }
        match String::from_utf8(bytes) {
            Ok(text) => {
                self.has_utf8 |= !text.is_ascii();
                Ok(Ok(Text { text, is_mended }))
            }
            Err(error) => {
                self.check_encoding(line.unwrap_or(error.as_bytes()))?;
                Ok(Err(DropReason::InvalidUtf8.into()))
            }
        }
    }

    /// Refuses a file in another encoding if the first record that is not ASCII shows it. Most files are refused before,
    /// when they are opened.
    fn check_encoding(&self, record: &[u8]) -> Result<(), CorpusError> {
        if self.has_utf8 || matches!(self.records, Records::Parquet(_)) {
            return Ok(());
        }
        match encoding_of(record, true) {
            Encoded::Other(encoding) => Err(CorpusError::Encoding {
                path: self.file.disk_path.clone(),
                encoding,
            }),
            Encoded::Utf8 | Encoded::Unknown => Ok(()),
        }
    }

    /// Decides whether a text becomes a document: not if it is empty, listed or too long.
    fn accept(&self, record: u64, text: Text) -> Result<Text, Loss> {
        let listed = self.file.listed.as_ref();
        if text.text.trim().is_empty() {
            Err(DropReason::Empty.into())
        } else if listed.is_some_and(|listed| listed.contains(&record)) {
            Err(DropReason::Listed.into())
        } else if text.text.len() as u64 > self.max_bytes {
            Err(DropReason::TooLong.into())
        } else {
            Ok(text)
        }
    }

    /// Refuses a file that has records, but gave no document. Of the parts of a file, no one can know.
    fn check_end(&self) -> Result<(), CorpusError> {
        match self.drops.lost_file(&self.file.recorded_path) {
            Some((records, first)) if self.is_whole => Err(CorpusError::AllDropped {
                path: self.file.disk_path.clone(),
                records: Box::new(records.clone()),
                first: Box::new(first.clone()),
            }),
            _ => Ok(()),
        }
    }
}

impl Iterator for DocumentReader {
    type Item = Result<Document, CorpusError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_finished {
            return None;
        }
        let document = self.read().transpose();
        self.is_finished = !matches!(document, Some(Ok(_)));
        document
    }
}
