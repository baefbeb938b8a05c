//! Recognises text in another encoding than UTF-8, so that the user is told once, and the file is neither dropped record by
//! record nor read as other characters.
//!
//! A file is judged by shares: single records of GB18030 may happen to be UTF-8, and single records of UTF-8 may be
//! damaged.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

/// Bytes that are decoded as UTF-16 or UTF-32 at most.
const MAX_WIDE_BYTES: usize = 1 << 16;
/// Units of UTF-16 or UTF-32 that are needed to recognise them without a byte order mark.
const MIN_WIDE_UNITS: usize = 4;
/// Two-byte characters that are needed to recognise GB18030 by its frequent characters.
const MIN_PAIRS: usize = 4;
/// Encodings of two-byte characters that `chardetng` tells apart, with their names for `iconv`.
const TWO_BYTES: [(&str, &str); 6] = [
    ("GBK", "GB18030"),
    ("gb18030", "GB18030"),
    ("Big5", "BIG5"),
    ("EUC-JP", "EUC-JP"),
    ("Shift_JIS", "SHIFT_JIS"),
    ("EUC-KR", "EUC-KR"),
];

/// The encoding of some text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoded {
    /// Most of it is UTF-8, and not only ASCII.
    Utf8,
    /// An encoding, by its name for `iconv`.
    Other(&'static str),
    /// ASCII, or bytes that are text in no encoding known here.
    Unknown,
}

/// Recognises the encoding of a file's first bytes. `is_whole` says that there are no more.
pub(crate) fn encoding_of(bytes: &[u8], is_whole: bool) -> Encoded {
    if let Some(encoding) = marked(bytes) {
        return Encoded::Other(encoding);
    }
    let lines = Lines::of(bytes, is_whole);
    let is_utf8 = lines.invalid * 2 <= lines.not_ascii;
    let n_zeros = memchr::memchr_iter(0, bytes).count();
    if (!is_utf8 || n_zeros * 10 >= bytes.len().max(1))
        && let Some(encoding) = wide(bytes)
    {
        return Encoded::Other(encoding);
    }
    if is_utf8 {
        return if lines.not_ascii > 0 {
            Encoded::Utf8
        } else {
            Encoded::Unknown
        };
    }
    // Lines of UTF-8 that are cut at a fixed width have few invalid bytes each.
    if lines.invalid_bytes * 4 < lines.bytes_not_ascii {
        return Encoded::Unknown;
    }
    two_bytes(bytes).map_or(Encoded::Unknown, Encoded::Other)
}

/// The encoding that a byte order mark names. The mark of UTF-32 begins like that of UTF-16.
fn marked(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\xff\xfe\0\0") || bytes.starts_with(b"\0\0\xfe\xff") {
        Some("UTF-32")
    } else if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        Some("UTF-16")
    } else {
        None
    }
}

/// Counts of lines and bytes.
#[derive(Default)]
struct Lines {
    /// Lines with other bytes than ASCII.
    not_ascii: usize,
    /// Lines among them that are not UTF-8.
    invalid: usize,
    bytes_not_ascii: usize,
    /// Bytes among them that are no UTF-8.
    invalid_bytes: usize,
}

impl Lines {
    fn of(bytes: &[u8], is_whole: bool) -> Self {
        let mut counts = Self::default();
        let end = memchr::memrchr(b'\n', bytes).filter(|_| !is_whole);
        let whole = &bytes[..end.unwrap_or(bytes.len())];
        for line in whole.split(|byte| *byte == b'\n') {
            if !line.is_ascii() {
                counts.add(line, !is_whole && end.is_none());
            }
        }
        counts
    }

    /// Adds a line with other bytes than ASCII; `is_cut` says that its end is missing.
    fn add(&mut self, line: &[u8], is_cut: bool) {
        self.not_ascii += 1;
        self.bytes_not_ascii += line.iter().filter(|byte| !byte.is_ascii()).count();
        let Err(error) = std::str::from_utf8(line) else {
            return;
        };
        if is_cut && error.error_len().is_none() {
            return;
        }
        self.invalid += 1;
        let lengths = line.utf8_chunks().map(|chunk| chunk.invalid().len());
        self.invalid_bytes += lengths.sum::<usize>();
    }
}

/// UTF-16 or UTF-32 without a byte order mark.
fn wide(bytes: &[u8]) -> Option<&'static str> {
    let bytes = &bytes[..bytes.len().min(MAX_WIDE_BYTES)];
    let fours = bytes.as_chunks::<4>().0;
    let twos = bytes.as_chunks::<2>().0;
    let all = |to_number: fn([u8; 4]) -> u32| {
        let is_scalar = |four: &[u8; 4]| {
            let number = to_number(*four);
            number > 0 && char::from_u32(number).is_some()
        };
        fours.len() >= MIN_WIDE_UNITS && fours.iter().all(is_scalar)
    };
    let most = |to_number: fn([u8; 2]) -> u16| {
        let count = |is: fn(u16) -> bool| twos.iter().filter(|two| is(to_number(**two))).count();
        let (n_marks, n_ideographs) = (count(is_mark), count(is_ideograph));
        // Pairs of Shift_JIS look like ideographs of UTF-16, but not like marks, spaces and line ends.
        twos.len() >= MIN_WIDE_UNITS
            && (n_marks + n_ideographs) * 10 >= twos.len() * 9
            && n_marks * 50 >= twos.len()
    };
    if all(u32::from_le_bytes) {
        Some("UTF-32LE")
    } else if all(u32::from_be_bytes) {
        Some("UTF-32BE")
    } else if most(u16::from_le_bytes) {
        Some("UTF-16LE")
    } else if most(u16::from_be_bytes) {
        Some("UTF-16BE")
    } else {
        None
    }
}

/// Whether a unit of UTF-16 is white space, a letter or a mark of most Chinese and Western texts.
fn is_mark(unit: u16) -> bool {
    matches!(unit, 0x09 | 0x0a | 0x0d | 0x20..=0x7e | 0xa0..=0xff)
        || matches!(unit, 0x2010..=0x2027 | 0x3000..=0x30ff | 0xff01..=0xff65)
}

/// Whether a unit of UTF-16 is a Chinese character.
fn is_ideograph(unit: u16) -> bool {
    matches!(unit, 0x4e00..=0x9fff)
}

/// An encoding of two-byte characters.
fn two_bytes(bytes: &[u8]) -> Option<&'static str> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guess = detector.guess(None, Utf8Detection::Deny).name();
    let known = TWO_BYTES.iter().find(|(name, _)| *name == guess);
    known
        .map(|(_, name)| *name)
        .or_else(|| has_frequent_pairs(bytes).then_some("GB18030"))
}

/// Whether bytes are GB18030 by their pairs, with some of them damaged: at least seven in ten must be one of the 3,755
/// frequent characters of GB2312 or one of its marks.
///
/// Damaged UTF-8 has few such pairs, because its lead bytes are those of GB2312's rare characters. Random bytes have one
/// pair in five.
fn has_frequent_pairs(bytes: &[u8]) -> bool {
    let (mut n_pairs, mut n_frequent) = (0, 0);
    let mut bytes = bytes.iter().copied();
    while let Some(lead) = bytes.next() {
        if lead.is_ascii() {
            continue;
        }
        // The last examined byte may be the first half of a pair.
        let Some(trail) = bytes.next() else { break };
        n_pairs += 1;
        let is_frequent = matches!(lead, 0xa1..=0xa3 | 0xb0..=0xd7) && trail >= 0xa1;
        n_frequent += usize::from(is_frequent);
    }
    n_pairs >= MIN_PAIRS && n_frequent * 10 >= n_pairs * 7
}
