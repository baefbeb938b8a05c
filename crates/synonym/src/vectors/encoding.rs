//! The encoding of the words of a file.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, GB18030};

/// Encodings other than those of Chinese whose text an error names.
const NAMED: [&str; 3] = ["EUC-JP", "Shift_JIS", "EUC-KR"];

/// An encoding that words are read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Gb18030,
    Big5,
}

/// Why words cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// They are in an encoding that is not read.
    Other(&'static str),
    /// Too many of them are text in no encoding that is known.
    NoText { n_not_text: usize, n_words: usize },
}

impl Encoding {
    /// Judges the encoding of words by the share that is valid. Words of ASCII say nothing.
    ///
    /// A word of GB18030 may be UTF-8 by chance: 同时 in GB18030 is `ͬʱ` in UTF-8. This happens to characters of two
    /// bytes only, because three bytes would be one and a half characters of GB18030. So words of UTF-8 with longer
    /// characters, as all Chinese ones are, show that a file is UTF-8 unless at least as many words are not.
    pub(crate) fn judge<'w>(words: impl IntoIterator<Item = &'w [u8]>) -> Result<Self, Unreadable> {
        let words: Vec<&[u8]> = words.into_iter().filter(|word| !word.is_ascii()).collect();
        let valid = words
            .iter()
            .filter_map(|word| std::str::from_utf8(word).ok());
        let (mut n_valid, mut n_long) = (0, 0);
        for word in valid {
            n_valid += 1;
            n_long += usize::from(word.chars().any(|c| c.len_utf8() > 2));
        }
        let n_invalid = words.len() - n_valid;
        if n_invalid <= n_long || n_invalid * 10 <= n_valid {
            return Ok(Self::Utf8);
        }
        Self::judge_other(&words)
    }

    /// Judges words of which most are not UTF-8.
    ///
    /// Only words that are valid in both Chinese encodings are compared by their characters: one broken word would rule
    /// an encoding out.
    fn judge_other(words: &[&[u8]]) -> Result<Self, Unreadable> {
        let n_words = words.len();
        let valid: Vec<&[u8]> = words
            .iter()
            .copied()
            .filter(|word| is_valid(word, GB18030))
            .collect();
        let no_text = Err(Unreadable::NoText {
            n_not_text: n_words - valid.len(),
            n_words,
        });
        if valid.len() * 2 < n_words {
            let guess = guess(words);
            return if is_named(guess, words) {
                Err(Unreadable::Other(guess.name()))
            } else {
                no_text
            };
        }
        let in_both: Vec<&[u8]> = valid
            .iter()
            .copied()
            .filter(|word| is_valid(word, BIG5))
            .collect();
        let guess = guess(&in_both);
        match guess.name() {
            "GBK" | "gb18030" => Ok(Self::Gb18030),
            "Big5" => Ok(Self::Big5),
            _ if is_named(guess, words) => Err(Unreadable::Other(guess.name())),
            _ if has_frequent_characters(&valid) => Ok(Self::Gb18030),
            _ => Err(Unreadable::NoText {
                n_not_text: n_words,
                n_words,
            }),
        }
    }

    /// The name, if it is not UTF-8.
    pub(crate) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Utf8 => None,
            Self::Gb18030 => Some("GB18030"),
            Self::Big5 => Some("Big5"),
        }
    }

    /// Decodes a word; `None` if it is not text.
    pub(super) fn text(self, word: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => std::str::from_utf8(word).ok().map(Cow::Borrowed),
            Self::Gb18030 => GB18030.decode_without_bom_handling_and_without_replacement(word),
            Self::Big5 => BIG5.decode_without_bom_handling_and_without_replacement(word),
        }
    }
}

fn is_valid(word: &[u8], encoding: &'static encoding_rs::Encoding) -> bool {
    let decoded = encoding.decode_without_bom_handling_and_without_replacement(word);
    decoded.is_some()
}

/// The encoding whose frequent characters the words have.
fn guess(words: &[&[u8]]) -> &'static encoding_rs::Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for word in words {
        detector.feed(word, false);
        detector.feed(b"\n", false);
    }
    detector.feed(b"", true);
    detector.guess(None, Utf8Detection::Deny)
}

/// Whether an error can name an encoding: nine words in ten are valid in it. Encodings of one byte are not named, because
/// any bytes are valid in them.
fn is_named(encoding: &'static encoding_rs::Encoding, words: &[&[u8]]) -> bool {
    let n_valid = words.iter().filter(|word| is_valid(word, encoding)).count();
    NAMED.contains(&encoding.name()) && n_valid * 10 >= words.len() * 9
}

/// Whether seven in ten characters are marks or frequent characters of GB2312. Random bytes have one in five. This decides
/// for files of so few words that there is nothing to guess from.
fn has_frequent_characters(words: &[&[u8]]) -> bool {
    let (mut n_pairs, mut n_frequent) = (0, 0);
    for word in words {
        let mut bytes = word.iter().copied().filter(|byte| *byte > b' ');
        while let Some(lead) = bytes.next() {
            if lead.is_ascii() {
                continue;
            }
            let trail = bytes.next().unwrap_or(0);
            n_pairs += 1;
            let is_frequent = matches!(lead, 0xa1..=0xa3 | 0xb0..=0xd7) && trail >= 0xa1;
            n_frequent += usize::from(is_frequent);
        }
    }
    n_frequent * 10 >= n_pairs * 7
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, EUC_KR, GB18030};

    use super::{Encoding, Unreadable};

    fn judge(words: &[Vec<u8>]) -> Result<Encoding, Unreadable> {
        Encoding::judge(words.iter().map(Vec::as_slice))
    }

    fn encoded(text: &str, encoding: &'static encoding_rs::Encoding) -> Vec<Vec<u8>> {
        let words = text.split_whitespace();
        words
            .map(|word| encoding.encode(word).0.into_owned())
            .collect()
    }

    const SIMPLIFIED: &str =
        "医院 诊所 医生 大夫 购买 采购 快乐 高兴 悲伤 难过 城市 城镇 语言 语法 北京 上海";
    const TRADITIONAL: &str =
        "醫院 診所 醫生 護士 購買 採購 語言 語法 電腦 手機 老師 學生 國家 政府 圖書 雜誌";

    #[test]
    fn chinese_encodings_are_told_apart() {
        let utf8 = encoded(SIMPLIFIED, encoding_rs::UTF_8);
        assert_eq!(judge(&utf8), Ok(Encoding::Utf8));
        assert_eq!(judge(&encoded(SIMPLIFIED, GB18030)), Ok(Encoding::Gb18030));
        assert_eq!(judge(&encoded(TRADITIONAL, GB18030)), Ok(Encoding::Gb18030));
        assert_eq!(judge(&encoded(TRADITIONAL, BIG5)), Ok(Encoding::Big5));
        assert_eq!(judge(&encoded("语言 模型", GB18030)), Ok(Encoding::Gb18030));
        assert_eq!(judge(&encoded("the of and", GB18030)), Ok(Encoding::Utf8));
    }

    #[test]
    fn words_of_gb18030_that_are_utf8_by_chance_do_not_decide() {
        let by_chance = encoded("同时 目前 木头 全图", GB18030);
        assert!(
            by_chance
                .iter()
                .all(|word| std::str::from_utf8(word).is_ok())
        );
        for n in 1..=by_chance.len() {
            let words = [&by_chance[..n], &encoded("医院 诊所 医生", GB18030)].concat();
            assert_eq!(judge(&words), Ok(Encoding::Gb18030));
        }
    }

    #[test]
    fn a_few_broken_words_do_not_change_the_encoding() {
        for (text, encoding, expect) in [
            (SIMPLIFIED, encoding_rs::UTF_8, Encoding::Utf8),
            (SIMPLIFIED, GB18030, Encoding::Gb18030),
            (TRADITIONAL, BIG5, Encoding::Big5),
        ] {
            let mut words = encoded(text, encoding);
            words[3].push(0xff);
            words[7].push(0xff);
            assert_eq!(judge(&words), Ok(expect));
        }
    }

    #[test]
    fn words_in_no_encoding_that_is_read_are_refused() {
        let korean = encoded(
            "대한민국 서울 학교 학생 선생님 사랑 사람 나라 시간 문제",
            EUC_KR,
        );
        assert_eq!(judge(&korean), Err(Unreadable::Other("EUC-KR")));
        let bytes: Vec<Vec<u8>> = (0..18)
            .map(|i| vec![0xff - i, 0xfe, 0x80 + i, 0xff])
            .collect();
        let none = Unreadable::NoText {
            n_not_text: 18,
            n_words: 18,
        };
        assert_eq!(judge(&bytes), Err(none));
        let western = encoded(
            "für größe übung schön mädchen straße",
            encoding_rs::WINDOWS_1252,
        );
        assert!(matches!(judge(&western), Err(Unreadable::NoText { .. })));
    }
}
