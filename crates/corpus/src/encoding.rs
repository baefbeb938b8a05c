//! Text in another encoding than UTF-8, told so that its whole file is not dropped record by record.

/// So many bytes of a record are looked at.
const LOOKED_AT: usize = 1 << 12;
/// It takes so many characters of two bytes to tell.
const MIN_PAIRS: usize = 4;

/// The encoding that bytes which are no UTF-8 are in, where it can be told; `is_first` says that a file begins with them.
///
/// GB18030, with GBK and GB2312 inside it, by its pairs: at least seven in ten are of the 3,755 frequent characters of
/// GB2312, or of its marks. Damaged UTF-8 has no such pairs (its lead bytes are those of GB2312's rare characters), bytes
/// at random have one in five. UTF-16 by its byte order mark.
pub(crate) fn other_encoding(bytes: &[u8], is_first: bool) -> Option<&'static str> {
    if is_first && (bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")) {
        return Some("UTF-16");
    }
    let (mut n_pairs, mut n_frequent) = (0, 0);
    let mut bytes = bytes.iter().take(LOOKED_AT).copied();
    while let Some(lead) = bytes.next() {
        if lead.is_ascii() {
            continue;
        }
        // A pair may be cut through where the look ends.
        let Some(trail) = bytes.next() else { break };
        n_pairs += 1;
        let is_frequent = matches!(lead, 0xa1..=0xa3 | 0xb0..=0xd7) && trail >= 0xa1;
        n_frequent += usize::from(is_frequent);
    }
    (n_pairs >= MIN_PAIRS && n_frequent * 10 >= n_pairs * 7).then_some("GB18030")
}
