//! Names what a file seems to be that is not a file of vectors, or not one in the format that was asked for.

use crate::vectors::format::VectorFormat;
use crate::vectors::layout::{are_counts, lines_of_start};
use crate::vectors::row::n_numbers;
use crate::vectors::sniff::sniff;

/// What a file seems to be, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seems {
    /// What the file seems to be.
    pub what: &'static str,
    /// What to do.
    pub cure: &'static str,
}

const UNPACK: &str = "unpack it, and name the file in it";
const RECODE: &str = "convert it to UTF-8 first: iconv -f UTF-16 -t UTF-8 OLD > NEW";
const RECODE_UNMARKED: &str =
    "convert it to UTF-8 first: iconv -f UTF-16LE -t UTF-8 OLD > NEW, or with UTF-16BE";
const RECODE_WIDE: &str = "convert it to UTF-8 first: iconv -f UTF-32 -t UTF-8 OLD > NEW";
const FETCH: &str = "download the file itself";
const NAME_VECTORS: &str = "name the file of the vectors themselves";
const EXPORT: &str = "save the vectors as text or in word2vec's binary form with the program that wrote the file, for example `save_word2vec_format` of gensim's KeyedVectors";

/// First bytes that no file of vectors and no list begins with. A longer mark stands before its own beginning.
const MARKS: [(&[u8], &str, &str); 23] = [
    (b"\x1f\x8b", "packed with gzip", UNPACK),
    (
        b"PK\x03\x04",
        "a zip archive, or weights of PyTorch",
        UNPACK,
    ),
    (b"BZh9", "packed with bzip2", UNPACK),
    (b"\xfd7zXZ\0", "packed with xz", UNPACK),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", UNPACK),
    (b"\x04\x22\x4d\x18", "packed with lz4", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (b"\x80\x02", PICKLE, EXPORT),
    (b"\x80\x03", PICKLE, EXPORT),
    (b"\x80\x04", PICKLE, EXPORT),
    (b"\x80\x05", PICKLE, EXPORT),
    (
        b"\x93NUMPY",
        "an array of NumPy, which has no words",
        EXPORT,
    ),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", EXPORT),
    (b"SQLite format 3\0", "an SQLite database", EXPORT),
    (b"PAR1", "a Parquet file", EXPORT),
    (b"\xff\xfe\0\0", "text in UTF-32", RECODE_WIDE),
    (b"\0\0\xfe\xff", "text in UTF-32", RECODE_WIDE),
    (b"\xff\xfe", "text in UTF-16", RECODE),
    (b"\xfe\xff", "text in UTF-16", RECODE),
    (
        b"version https://git-lfs.github.com/spec",
        "a pointer of Git LFS in place of the file",
        "fetch the file with `git lfs pull`",
    ),
    (b"%PDF-", "a PDF document", FETCH),
    (b"\x7fELF", "a program", FETCH),
];
const PICKLE: &str = "a pickle of Python, as gensim's `save` writes it";
/// Where the mark of a tar archive stands, and the mark.
const TAR: (usize, &[u8]) = (257, b"ustar");
/// Of so many bytes one must be 0 for a text to be taken for UTF-16.
const BYTES_PER_ZERO: usize = 4;

/// What a file is by its first bytes, whatever else it holds.
pub(crate) fn by_mark(start: &[u8]) -> Option<Seems> {
    let (at, mark) = TAR;
    if start.get(at..).is_some_and(|rest| rest.starts_with(mark)) {
        let what = "a tar archive";
        return Some(Seems { what, cure: UNPACK });
    }
    let mut marks = MARKS.into_iter();
    let found = marks.find(|(mark, _, _)| start.starts_with(mark));
    found.map(|(_, what, cure)| Seems { what, cure })
}

/// What a file seems to be that could not be read in a format.
pub(super) fn by_look(start: &[u8], format: VectorFormat) -> Option<Seems> {
    by_form(start).or_else(|| other_format(start, format))
}

/// Signs of files without vectors. A file of vectors may begin with some of them, so this is asked only after the file
/// could not be read.
fn by_form(start: &[u8]) -> Option<Seems> {
    let text = start.trim_ascii_start();
    let begins = |sign: &str| {
        let beginning = text.get(..sign.len()).unwrap_or_default();
        beginning.eq_ignore_ascii_case(sign.as_bytes())
    };
    let (what, cure) = if ["<!doctype", "<html", "<?xml", "<head"]
        .into_iter()
        .any(begins)
    {
        ("a web page (HTML)", FETCH)
    } else if are_counts(&lines_of_start(start)) {
        (
            "a list of words and their counts, as word2vec's -save-vocab writes it",
            NAME_VECTORS,
        )
    } else if begins("{") || begins("[") {
        ("JSON", EXPORT)
    } else if is_utf16(start) {
        ("text in UTF-16 without a byte order mark", RECODE_UNMARKED)
    } else if is_separated_by_commas(start) {
        (
            "a table with commas between its columns",
            "put spaces in place of the commas",
        )
    } else {
        return None;
    };
    Some(Seems { what, cure })
}

/// Whether most lines are numbers with commas between them, behind a word.
fn is_separated_by_commas(start: &[u8]) -> bool {
    let lines = lines_of_start(start);
    let is_row = |line: &&&[u8]| {
        let mut fields = line.rsplit(|byte| *byte == b',');
        let numbers = fields
            .by_ref()
            .take(2)
            .map(|field| n_numbers(&[b"x ", field].concat()));
        numbers.eq([1, 1])
    };
    lines.iter().filter(is_row).count() * 2 > lines.len()
}

/// Whether many bytes are 0, and nearly all of them are the first or nearly all the second bytes of pairs, as in UTF-16.
fn is_utf16(start: &[u8]) -> bool {
    let (mut first, mut second) = (0, 0);
    for pair in start.chunks_exact(2) {
        first += usize::from(pair[0] == 0);
        second += usize::from(pair[1] == 0);
    }
    let n_zeros = first + second;
    n_zeros > 0 && n_zeros * BYTES_PER_ZERO >= start.len() && first.min(second) * 10 <= n_zeros
}

/// Another format of vectors.
fn other_format(start: &[u8], format: VectorFormat) -> Option<Seems> {
    let found = sniff(start);
    let lines = lines_of_start(start);
    let is_text = || {
        let rows = lines
            .get(1..)
            .filter(|rows| !rows.is_empty())
            .unwrap_or(&lines);
        let n_rows = rows.iter().filter(|row| n_numbers(row) > 1).count();
        n_rows * 2 > rows.len()
    };
    let (what, cure) = match found {
        found if found == format => return None,
        VectorFormat::Finalfusion => (
            "finalfusion's form",
            "set similar_words.format = \"finalfusion\"",
        ),
        VectorFormat::Fasttext => (
            "fastText's binary form",
            "set similar_words.format = \"fasttext\"",
        ),
        VectorFormat::TextDims if is_text() => (
            "text with a line of counts, as word2vec and fastText write it",
            "set similar_words.format = \"text_dims\"",
        ),
        VectorFormat::Word2vec => (
            "word2vec's binary form",
            "set similar_words.format = \"word2vec\"",
        ),
        VectorFormat::Text if is_text() => (
            "text without a line of counts, as GloVe writes it",
            "set similar_words.format = \"text\"",
        ),
        _ => return None,
    };
    Some(Seems { what, cure })
}

#[cfg(test)]
mod tests {
    use super::{by_look, by_mark};
    use crate::vectors::format::VectorFormat;

    #[test]
    fn a_file_is_named_by_its_mark() {
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        for (start, expect) in [
            (&tar[..], "tar archive"),
            (b"PK\x03\x04\x14\0", "zip archive"),
            (b"\x80\x04\x95", "pickle"),
            (b"\x93NUMPY\x01", "NumPy"),
            (b"\xff\xfe2\0", "UTF-16"),
            (b"\xff\xfe\0\0", "UTF-32"),
            (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        ] {
            let seems = by_mark(start).expect("known");
            assert!(seems.what.contains(expect), "{seems:?}");
        }
        assert_eq!(by_mark("语言 1 2\n".as_bytes()), None);
    }

    #[test]
    fn a_file_that_could_not_be_read_is_named_by_its_look() {
        let utf16: Vec<u8> = "2 2\nab 1 2\n".bytes().flat_map(|byte| [byte, 0]).collect();
        for (start, format, expect) in [
            (&b"\n<!DOCTYPE html>"[..], VectorFormat::Text, "HTML"),
            (b"{\"a\": 1}", VectorFormat::Text, "JSON"),
            (b"a,1,2\nb,1,2\n", VectorFormat::Text, "commas"),
            (&utf16, VectorFormat::TextDims, "UTF-16"),
            (b"a 1 2\nb 1 2\n", VectorFormat::TextDims, "GloVe"),
            (b"2 2\na 1 2\nb 1 2\n", VectorFormat::Text, "fastText"),
            (b"2 2\na 1 2\nb 1 2\n", VectorFormat::Word2vec, "fastText"),
        ] {
            let seems = by_look(start, format).expect("known");
            assert!(seems.what.contains(expect), "{seems:?}");
        }
        assert_eq!(by_look(b"a 1 2\nb 1 2\n", VectorFormat::Text), None);
        assert_eq!(by_look(b"a b c\n", VectorFormat::TextDims), None);
    }
}
