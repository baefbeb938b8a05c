//! Reads and writes the file of a vocabulary: a `vocab.txt`, or a `tokenizer.json` that holds the vocabulary instead.

use std::path::{Path, PathBuf};

use repro::AtomicFile;

use crate::encoding::{line_end, other_encoding};
use crate::tokenizer_json::TokenizerJson;
use crate::vocabulary::{Vocabulary, VocabularyError};

/// The name of the file that transformers 5 writes instead of a `vocab.txt`.
pub(crate) const TOKENIZER_JSON: &str = "tokenizer.json";
/// How a file begins that Git LFS left in place of the real one.
const LFS_POINTER: &[u8] = b"version https://git-lfs";

impl Vocabulary {
    /// The file that [`Self::read`] reads for a path: the path itself, or the `tokenizer.json` beside it if there is no
    /// file at the path. `None` if there is neither.
    pub fn find(path: &Path) -> Option<PathBuf> {
        let beside = path.with_file_name(TOKENIZER_JSON);
        [path.to_path_buf(), beside]
            .into_iter()
            .find(|path| path.is_file())
    }

    /// Reads a `vocab.txt`, as [`Self::parse`] does, or the vocabulary of a `tokenizer.json`.
    ///
    /// If there is no file at the path, the `tokenizer.json` beside it is read.
    pub fn read(path: &Path) -> Result<Self, VocabularyError> {
        let Some(found) = Self::find(path) else {
            let path = path.to_path_buf();
            return Err(VocabularyError::Missing { path });
        };
        let in_file = |error| VocabularyError::File {
            path: found.clone(),
            error: Box::new(error),
        };
        if found
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let pieces = TokenizerJson::read(&found)?.pieces()?;
            return Self::from_pieces(pieces).map_err(in_file);
        }
        let bytes = std::fs::read(&found).map_err(|source| VocabularyError::Read {
            path: found.clone(),
            source,
        })?;
        Self::parse_bytes(&bytes).map_err(in_file)
    }

    fn parse_bytes(bytes: &[u8]) -> Result<Self, VocabularyError> {
        if bytes.starts_with(LFS_POINTER) {
            return Err(VocabularyError::LfsPointer);
        }
        if let Some(other) = other_encoding(bytes) {
            return Err(VocabularyError::Encoding(other));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            let line = before.split(|byte| *byte == b'\n').count();
            VocabularyError::NoText { line }
        })?;
        Self::parse(text)
    }

    /// Makes a vocabulary from the text of a `vocab.txt`: one piece per line, and the number of the line, from 0, is the
    /// piece's id.
    ///
    /// `\n` or `\r\n` ends a line, or `\r` in a file without any `\n`. The last line may lack its end, the text may begin
    /// with a byte order mark, and blank lines behind the last piece are no pieces: none of this makes another vocabulary.
    /// U+2028 and other blanks are kept, because pieces may contain them.
    pub fn parse(text: &str) -> Result<Self, VocabularyError> {
        let mut text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let end = char::from(line_end(text.as_bytes()));
        while let Some((front, last)) = text.rsplit_once(end)
            && last.trim_matches([' ', '\t', '\r']).is_empty()
        {
            text = front;
        }
        let lines = text.split(end);
        let pieces = lines.map(|line| line.strip_suffix('\r').unwrap_or(line).to_owned());
        Self::from_pieces(pieces.collect())
    }

    /// Writes the `vocab.txt` whole or not at all; makes missing folders.
    pub fn write(&self, path: &Path) -> Result<(), VocabularyError> {
        let written = AtomicFile::write(path, self.to_text().as_bytes());
        written.map_err(|source| VocabularyError::Write {
            path: path.to_path_buf(),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::spans::PieceId;
    use crate::vocabulary::{Vocabulary, VocabularyError};

    const START: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n";

    #[test]
    fn lines_end_at_newlines_only() {
        let text = format!("{START}a\u{2028}\n 语\n\u{3000}\n[MASK]\n");
        let vocabulary = Vocabulary::parse(&text).expect("a vocabulary");
        assert_eq!(vocabulary.len(), 8);
        assert!(vocabulary.id("a\u{2028}").is_some() && vocabulary.id(" 语").is_some());
        assert_eq!(vocabulary.to_text(), text);
    }

    #[test]
    fn line_ends_and_marks_make_no_other_vocabulary() {
        let text = format!("{START}语\n##s\n\u{2028}\n");
        let expect = Vocabulary::parse(&text).expect("a vocabulary");
        let crlf = text.replace('\n', "\r\n");
        let mixed = text.replacen('\n', "\r\n", 3);
        for form in [
            text.trim_end_matches('\n').to_owned(),
            format!("\u{feff}{text}"),
            format!("{text}\n"),
            format!("{text}\n  \n\n"),
            format!("\u{feff}{crlf}\r\n"),
            crlf[..crlf.len() - 2].to_owned(),
            text.replace('\n', "\r"),
            crlf,
            mixed,
        ] {
            let found = Vocabulary::parse(&form).expect("a vocabulary");
            assert_eq!(found.sha256(), expect.sha256(), "{form:?}");
            assert_eq!(found.to_text(), text, "{form:?}");
        }
    }

    #[test]
    fn a_blank_line_between_pieces_keeps_the_ids_of_the_others() {
        let vocabulary = Vocabulary::parse(&format!("{START}\n语\n")).expect("a vocabulary");
        assert_eq!(vocabulary.id("语").map(PieceId::get), Some(5));
    }

    #[test]
    fn an_error_names_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("vocab.txt");
        let refused = |bytes: &[u8]| {
            std::fs::write(&path, bytes).expect("written");
            let error = Vocabulary::read(&path).err().expect("refused").to_string();
            error
                .rsplit_once("vocab.txt: ")
                .expect("its name")
                .1
                .to_owned()
        };
        insta::assert_snapshot!(refused(b"[PAD]\n"), @"the vocabulary has no [UNK]; BERT's inputs need [PAD], [UNK], [CLS] and [SEP]");
        insta::assert_snapshot!(refused(b"[PAD]\n\xff\n"), @"line 2 is not UTF-8");
        insta::assert_snapshot!(refused(b"[PAD]\n\xd3\xef\n\xd1\xd4\n"), @"the text is GB18030, not UTF-8; convert the file first: iconv -f GB18030 -t UTF-8 OLD > NEW");
        insta::assert_snapshot!(refused(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), @"the file is a pointer of Git LFS; fetch the file itself: git lfs pull");
        let missing = Vocabulary::read(&folder.path().join("none"));
        assert!(matches!(missing, Err(VocabularyError::Missing { .. })));
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/vocab.txt");
        let vocabulary = Vocabulary::parse(&format!("{START}语\n")).expect("a vocabulary");
        vocabulary.write(&path).expect("written");
        let again = Vocabulary::read(&path).expect("read");
        assert_eq!(again.sha256(), vocabulary.sha256());
    }

    #[test]
    fn a_tokenizer_json_is_read_by_name_or_in_place_of_a_missing_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let vocabulary = Vocabulary::parse(&format!("{START}语\n")).expect("a vocabulary");
        let json = crate::tokenizer_json(&vocabulary, &[], true, &[].into());
        std::fs::write(folder.path().join("tokenizer.json"), json).expect("written");
        for name in ["tokenizer.json", "vocab.txt"] {
            let read = Vocabulary::read(&folder.path().join(name)).expect("read");
            assert_eq!(read.sha256(), vocabulary.sha256(), "{name}");
        }
    }
}
