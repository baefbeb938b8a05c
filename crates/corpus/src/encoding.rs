//! Recognises text in another encoding than UTF-8, so that the user is told once and the file is not dropped record by
//! record.

/// Bytes of a record that are examined at most.
const MAX_EXAMINED_BYTES: usize = 1 << 12;
/// Two-byte characters that are needed to recognise an encoding.
const MIN_PAIRS: usize = 4;

/// Recognises the encoding of bytes that are not UTF-8. `is_first` says that a file begins with them.
///
/// UTF-16 is recognised by its byte order mark. GB18030, which includes GBK and GB2312, is recognised by its byte
/// pairs: at least seven in ten must be one of the 3,755 frequent characters of GB2312 or one of its marks. Damaged
/// UTF-8 has few such pairs, because its lead bytes are those of GB2312's rare characters. Random bytes have one pair
/// in five.
pub(crate) fn other_encoding(bytes: &[u8], is_first: bool) -> Option<&'static str> {
    if is_first && (bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")) {
        return Some("UTF-16");
    }
    let (mut n_pairs, mut n_frequent) = (0, 0);
    let mut bytes = bytes.iter().take(MAX_EXAMINED_BYTES).copied();
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
    (n_pairs >= MIN_PAIRS && n_frequent * 10 >= n_pairs * 7).then_some("GB18030")
}
