//! Names the encoding and the line ends of a small text file: a dictionary, a list, a vocabulary.

/// Bytes of a file that are looked at to name its encoding.
const MAX_EXAMINED_BYTES: usize = 1 << 16;

/// A file in another encoding than UTF-8. The message says how to convert the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the text is {encoding}, not UTF-8; convert the file first: iconv -f {encoding} -t UTF-8 OLD > NEW"
)]
pub struct OtherEncoding {
    /// The encoding, by a name that `iconv` knows.
    pub encoding: &'static str,
}

/// Returns the encoding of a text file, if the file as a whole is not UTF-8.
///
/// A byte order mark decides, or bytes of zero, which only UTF-16 and UTF-32 have in a text. Otherwise the lines decide
/// that are not ASCII: if most of them are not UTF-8, the file is GB18030 or Big5. A single damaged line does not make
/// another encoding: the reader of the file names that line instead.
pub(crate) fn other_encoding(bytes: &[u8]) -> Option<OtherEncoding> {
    let examined = &bytes[..bytes.len().min(MAX_EXAMINED_BYTES)];
    let encoding = by_mark(examined)
        .or_else(|| by_zeros(examined))
        .or_else(|| by_lines(examined, bytes.len() > examined.len()))?;
    Some(OtherEncoding { encoding })
}

/// The last byte of a line's end in a text file: `\n`, or `\r` if the file has none, as old Macs wrote files.
pub fn line_end(bytes: &[u8]) -> u8 {
    if bytes.contains(&b'\n') { b'\n' } else { b'\r' }
}

fn by_mark(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        _ => None,
    }
}

/// UTF-32 has two bytes of zero in most characters. UTF-16 has one in line ends, blanks and digits: nearly all of them
/// are at even places or nearly all at odd ones, because few Chinese characters (言 U+8A00) have one.
fn by_zeros(bytes: &[u8]) -> Option<&'static str> {
    let zeros_at = |rest: usize| {
        let every_fourth = bytes.iter().skip(rest).step_by(4);
        every_fourth.filter(|byte| **byte == 0).count()
    };
    let [first, second, third, fourth] = [0, 1, 2, 3].map(zeros_at);
    let (even, odd) = (first + third, second + fourth);
    if bytes.len() < 4 || (even + odd) * 50 < bytes.len() {
        return None;
    }
    let is_utf32 = even.min(odd) * 4 >= even.max(odd);
    Some(match (is_utf32, fourth >= first, odd >= even) {
        (true, true, _) => "UTF-32LE",
        (true, false, _) => "UTF-32BE",
        (false, _, true) => "UTF-16LE",
        (false, _, false) => "UTF-16BE",
    })
}

fn by_lines(bytes: &[u8], is_cut: bool) -> Option<&'static str> {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    if is_cut && lines.len() > 1 {
        lines.pop(); // it may end inside a character
    }
    let (utf8, other): (Vec<&[u8]>, Vec<&[u8]>) = lines
        .into_iter()
        .filter(|line| !line.is_ascii())
        .partition(|line| std::str::from_utf8(line).is_ok());
    (other.len() > utf8.len())
        .then(|| by_pairs(&other))
        .flatten()
}

/// Tells GB18030 from Big5 by the two bytes of their characters.
///
/// Frequent characters of GB2312 have a lead byte from B0 to D7 and a second byte from A1. Frequent characters of Big5
/// have a lead byte from A4 to C6 and a second byte from 40 to 7E or from A1. Marks begin with A1 to A3 in both.
fn by_pairs(lines: &[&[u8]]) -> Option<&'static str> {
    let (mut n_pairs, mut n_gb, mut n_big5) = (0, 0, 0);
    for line in lines {
        let mut bytes = line.iter().copied();
        while let Some(lead) = bytes.next() {
            if lead.is_ascii() {
                continue;
            }
            let Some(trail) = bytes.next() else { break };
            let is_high = trail >= 0xa1;
            let is_gb = matches!(lead, 0xa1..=0xa3 | 0xb0..=0xd7) && is_high;
            let is_big5 = matches!(lead, 0xa1..=0xc6) && (is_high || matches!(trail, 0x40..=0x7e));
            n_pairs += 1;
            n_gb += usize::from(is_gb);
            n_big5 += usize::from(is_big5);
        }
    }
    let (name, n) = if n_gb >= n_big5 {
        ("GB18030", n_gb)
    } else {
        ("BIG5", n_big5)
    };
    (n_pairs >= 2 && n * 10 >= n_pairs * 7).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::other_encoding;

    #[track_caller]
    fn check(bytes: &[u8], expect: Option<&str>) {
        let found = other_encoding(bytes).map(|other| other.encoding);
        assert_eq!(found, expect);
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn utf8_is_no_other_encoding() {
        check(b"", None);
        check(b"word 3\n", None);
        check("\u{feff}语言 3 n\r\n模型 5\r\n".as_bytes(), None);
    }

    #[test]
    fn utf16_and_utf32_are_told_by_their_mark_or_their_zeros() {
        let text = "语言 3 n\n模型 5 n\n";
        check(
            &utf16(&format!("\u{feff}{text}"), u16::to_le_bytes),
            Some("UTF-16"),
        );
        check(
            &utf16(&format!("\u{feff}{text}"), u16::to_be_bytes),
            Some("UTF-16"),
        );
        check(&utf16(text, u16::to_le_bytes), Some("UTF-16LE"));
        check(&utf16(text, u16::to_be_bytes), Some("UTF-16BE"));
        check(&utf16("word 3\n", u16::to_le_bytes), Some("UTF-16LE"));
        let utf32 = |mark: &str| {
            let text = format!("{mark}{text}");
            text.chars()
                .flat_map(|c| u32::from(c).to_le_bytes())
                .collect::<Vec<u8>>()
        };
        check(&utf32("\u{feff}"), Some("UTF-32"));
        check(&utf32(""), Some("UTF-32LE"));
    }

    #[test]
    fn gb18030_and_big5_are_told_by_most_lines() {
        let gb18030 =
            b"\xcc\xe1\xc6\xf0\xcb\xdf\xcb\xcf 100000 v\n\xc3\xf1\xca\xc2\xd4\xf0\xc8\xce 5 n\n";
        check(gb18030, Some("GB18030"));
        // 語言模型, 測試
        check(
            b"\xbb\x79\xa8\xa5\xbc\xd2\xab\xac 3\n\xb4\xfa\xb8\xd5 4\n",
            Some("BIG5"),
        );
        let one_line = [gb18030.as_slice(), "语言\n模型\n概率\n".as_bytes()].concat();
        check(&one_line, None);
        check(b"bad \xff 3\n", None);
    }
}
