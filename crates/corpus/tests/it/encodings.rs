//! Files in other encodings than UTF-8 are refused as a whole; damaged records of UTF-8 are dropped one by one.

use corpus::{CorpusError, CorpusOptions, DropReason};

use crate::files::{check, gzip, read};

/// 今天天气很好，我们去公园。
const GB18030: &[u8] = b"\xbd\xf1\xcc\xec\xcc\xec\xc6\xf8\xba\xdc\xba\xc3\xa3\xac\xce\xd2\xc3\xc7\xc8\xa5\xb9\xab\xd4\xb0\xa1\xa3";
/// 同时目前木头 in GB18030, whose bytes happen to be UTF-8.
const BY_CHANCE: &[u8] = b"\xcd\xac\xca\xb1\xc4\xbf\xc7\xb0\xc4\xbe\xcd\xb7";
/// 大家聽了都很高興。 in Big5.
const BIG5: &[u8] = b"\xa4j\xaea\xc5\xa5\xa4F\xb3\xa3\xab\xdc\xb0\xaa\xbf\xb3\xa1C";
/// これは日本語の文章です。 and two line ends in `Shift_JIS`.
const SHIFT_JIS: &[u8] = b"\x82\xb1\x82\xea\x82\xcd\x93\xfa\x96{\x8c\xea\x82\xcc\x95\xb6\x8f\xcd\x82\xc5\x82\xb7\x81B\n\n";
const TEXT: &str = "昨天上午，语文老师讲了一个故事。\r\nABC 3.14\r\n\r\n大家听了都很高兴。\r\n";

/// The encoding that the error about a file names.
#[track_caller]
fn refused(name: &str, bytes: &[u8]) -> &'static str {
    match read(name, bytes, &CorpusOptions::of(name)) {
        Err(CorpusError::Encoding { encoding, .. }) => encoding,
        Err(error) => panic!("{error}"),
        Ok(read) => panic!("{read:?}"),
    }
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn utf32(text: &str, bytes: fn(u32) -> [u8; 4]) -> Vec<u8> {
    text.chars().flat_map(|c| bytes(u32::from(c))).collect()
}

#[test]
fn text_in_another_encoding_is_an_error_that_names_it_and_the_cure() {
    let error = read("a.txt", GB18030, &CorpusOptions::of("a.txt"))
        .err()
        .unwrap()
        .to_string();
    let error = &error[error.find("a.txt").unwrap()..];
    insta::assert_snapshot!(error, @"a.txt: the text is GB18030, not UTF-8; convert the file first: iconv -f GB18030 -t UTF-8 OLD > NEW");
    let jsonl = [b"{\"id\": 1, \"text\": \"".as_slice(), GB18030, b"\"}\n"].concat();
    assert_eq!(refused("a.jsonl", &jsonl), "GB18030");
    assert_eq!(refused("a.txt.gz", &gzip(GB18030)), "GB18030");
    assert_eq!(refused("a.txt", &[BIG5, b"\n\n", BIG5].concat()), "BIG5");
    assert_eq!(refused("a.txt", &SHIFT_JIS.repeat(8)), "SHIFT_JIS");
}

#[test]
fn records_that_are_ascii_or_utf8_by_chance_hide_no_other_encoding() {
    assert_eq!(
        refused("a.txt", &[b"title\n\n", GB18030].concat()),
        "GB18030"
    );
    let by_chance = [BY_CHANCE, b"\n\n", GB18030, b"\n\n", GB18030, b"\n\n"].concat();
    assert_eq!(refused("a.txt", &by_chance), "GB18030");
    // Also where the first record that is not ASCII lies far behind the look ahead.
    let ascii = b"licence\n\n".repeat(200_000);
    assert_eq!(refused("a.txt", &[&ascii, GB18030].concat()), "GB18030");
}

#[test]
fn utf16_and_utf32_are_refused_with_and_without_a_mark() {
    let marked = format!("\u{feff}{TEXT}");
    assert_eq!(
        refused("a.txt", &utf16(&marked, u16::to_le_bytes)),
        "UTF-16"
    );
    assert_eq!(
        refused("a.txt", &utf16(&marked, u16::to_be_bytes)),
        "UTF-16"
    );
    assert_eq!(refused("a.txt", &utf16(TEXT, u16::to_le_bytes)), "UTF-16LE");
    assert_eq!(refused("a.txt", &utf16(TEXT, u16::to_be_bytes)), "UTF-16BE");
    assert_eq!(
        refused("a.txt", &utf16("only ASCII\n", u16::to_le_bytes)),
        "UTF-16LE"
    );
    assert_eq!(
        refused("a.txt", &utf32(&marked, u32::to_le_bytes)),
        "UTF-32"
    );
    assert_eq!(
        refused("a.txt", &utf32(&marked, u32::to_be_bytes)),
        "UTF-32"
    );
    assert_eq!(refused("a.txt", &utf32(TEXT, u32::to_le_bytes)), "UTF-32LE");
    assert_eq!(refused("a.txt", &utf32(TEXT, u32::to_be_bytes)), "UTF-32BE");
    let jsonl = utf16("{\"text\": \"大家\"}\n", u16::to_le_bytes);
    assert_eq!(refused("a.jsonl", &jsonl), "UTF-16LE");
}

#[test]
fn single_records_in_another_encoding_are_dropped() {
    let mixed = ["甲\n\n".as_bytes(), GB18030, "\n\n乙\n".as_bytes()].concat();
    let drops = check("a.txt", &mixed, &["甲\n", "乙\n"]);
    assert_eq!(drops.counts[&DropReason::InvalidUtf8], 1);
    // The first record decides nothing.
    let first = [GB18030, "\n\n甲\n\n乙\n".as_bytes()].concat();
    assert_eq!(check("a.txt", &first, &["甲\n", "乙\n"]).total(), 1);
}

#[test]
fn damaged_utf8_is_not_mistaken_for_another_encoding() {
    let text = "今天天气很好，我们去公园。";
    for missing in 1..4 {
        let bytes = [&text.as_bytes()[missing..], b"\n\n", "甲\n".as_bytes()].concat();
        let (documents, drops) = read("a.txt", &bytes, &CorpusOptions::of("a.txt")).unwrap();
        assert!(documents.len() as u64 + drops.total() == 2, "{missing}");
    }
    // Every line was cut in the middle of a character.
    let line = &text.repeat(3).into_bytes()[..100];
    let lines = [line, b"\n\n"].concat().repeat(20);
    let (documents, drops) = read("a.txt", &lines, &CorpusOptions::of("a.txt")).unwrap();
    assert_eq!(
        (documents.len(), drops.counts[&DropReason::InvalidUtf8]),
        (0, 20)
    );
    // English is no UTF-16, though every two letters are a Chinese character of it.
    check("a.txt", b"bush hid the facts", &["bush hid the facts"]);
}
