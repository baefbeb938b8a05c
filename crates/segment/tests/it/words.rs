//! Words are those of jieba-rs, on any text and with any dictionary.

use std::io::Write as _;
use std::sync::LazyLock;

use proptest::prelude::*;
use segment::WordSegmenter;

/// A user dictionary with words of every kind: known words made likelier, less likely and impossible, new words, long words,
/// words with a space, Latin words, and words with characters beyond the basic plane.
const DICTIONARY: &str = "语言模型 20000 n\n北京大学 0\n北京大 3\n概率的 1000000000\n使用语言模型来预测下一个词的概率 1\n\
    深度 学习 9\nmachine learning 5\na.b-c 7\n3.14 100000\n+1 4\n𠀀𠀁 3\n𠀁的 1000\n龘龘龘 2\n大学生物\nγ射线 99\n的 1\n在 0\n";

/// jieba's own dictionary and [`DICTIONARY`], each with the hidden Markov model and without.
static SEGMENTERS: LazyLock<Vec<WordSegmenter>> = LazyLock::new(|| {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(DICTIONARY.as_bytes()).unwrap();
    [None, Some(file.path())]
        .into_iter()
        .flat_map(|dictionary| {
            [true, false].map(|hmm| WordSegmenter::new(hmm, dictionary).unwrap())
        })
        .collect()
});

#[track_caller]
fn check(text: &str) {
    for segmenter in SEGMENTERS.iter() {
        assert_eq!(
            segmenter.words(text),
            segmenter.reference_words(text),
            "{text:?}"
        );
    }
}

/// Text of words of the dictionaries and of any characters.
fn texts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        8 => prop::sample::select("使用语言模型来预测下一个词的概率大学生物理学北京在深度习".chars().collect::<Vec<_>>()).prop_map(String::from),
        4 => prop::sample::select(vec!["语言模型", "北京大学", "大学生物", "深度 学习", "machine learning", "𠀀𠀁", "a.b-c", "γ射线", "COVID-19", "3.14%", "的概率", "\r\n"]).prop_map(String::from),
        3 => prop::sample::select("abzAZ0129+#&._%-".chars().collect::<Vec<_>>()).prop_map(String::from),
        2 => prop::sample::select("，。 \r\n\t龘鿿\u{9fd5}\u{9fd6}\u{3400}\u{4dbf}\u{f900}豈𠀀𠀁𫝆𪛟\u{2a6e0}\u{2ebf0}γ、é한".chars().collect::<Vec<_>>()).prop_map(String::from),
        2 => prop::char::range('\u{4e00}', '\u{9fff}').prop_map(String::from),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn jieba_gives_the_same_words_for_mixed_text(text in texts()) {
        check(&text);
    }

    #[test]
    fn jieba_gives_the_same_words_for_any_string(text: String) {
        check(&text);
    }

    #[test]
    fn jieba_gives_the_same_words_for_any_chinese_characters(text in "[\u{4e00}-\u{9fff}]{0,80}") {
        check(&text);
    }
}

#[test]
fn jieba_gives_the_same_words_around_every_character() {
    for code in (0..0x3_2400).chain(0xe_0000..0xe_0200).step_by(11) {
        if let Some(character) = char::from_u32(code) {
            check(&format!(
                "{character}大{character}{character}学a{character}b"
            ));
        }
    }
}

#[test]
fn jieba_gives_the_same_words_for_the_sample_corpus() {
    let mut n_lines = 0;
    for text in fixtures::sample_texts() {
        check(&text);
        text.lines().for_each(check);
        n_lines += text.lines().count();
    }
    assert!(n_lines > 200, "{n_lines}");
}
