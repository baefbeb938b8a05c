//! The corner cases of method §8 that concern the segmentation of text, each named by its number.

use std::io::Write as _;

use segment::{PieceId, SegmentOptions, Segmenter};

use crate::small_vocabulary::{segmenter, units, vocabulary};

#[track_caller]
fn check_with(segmenter: &Segmenter, text: &str, expect: &[&str]) {
    assert_eq!(units(text, &segmenter.segment(text)), expect);
}

#[test]
fn case_7_specials_in_the_text_are_ordinary_characters() {
    let segmenter = segmenter();
    let specials = *segmenter.vocabulary().specials();
    for text in ["[MASK]", "a [SEP] b", "[CLS]你好[PAD]", "[mask][ MASK ]"] {
        let pieces = segmenter.segment(text).pieces;
        let special = [specials.pad, specials.cls, specials.sep].map(Some);
        let is_special = |id: &PieceId| special.contains(&Some(*id)) || specials.mask == Some(*id);
        assert!(!pieces.iter().any(is_special), "{text}");
    }
    check_with(&segmenter, "用[MASK]吧", &["用", "[", "MASK", "]", "吧"]);
}

#[test]
fn case_10_odd_characters_keep_their_place_in_the_original() {
    let segmenter = segmenter();
    check_with(
        &segmenter,
        "漢字ＡＢＣ１２，简体",
        &["漢字", "ＡＢＣ１２", "，", "简体"],
    );
    check_with(
        &segmenter,
        "cafe\u{301}和nai\u{308}ve",
        &["cafe", "和", "nai\u{308}ve"],
    );
    check_with(
        &segmenter,
        "使\u{200b}用\u{feff}语言",
        &["使", "用", "语言"],
    );
    check_with(&segmenter, "使用\0语言\u{1}。", &["使用", "语言", "。"]);
    check_with(&segmenter, "👨‍👩‍👧和🎉", &["👨‍👩‍👧", "和", "🎉"]);
    check_with(&segmenter, "𠀀𠀁是", &["𠀀𠀁", "是"]); // one word of jieba, of two pieces
    assert_eq!(segmenter.segment("𠀀𠀁是").pieces.len(), 3);
    check_with(&segmenter, "\u{200b}\u{feff}\0", &[]);
    assert_eq!(segmenter.segment("\u{200b}\n使用\n\0").n_empty_sentences, 2);
}

#[test]
fn case_11_a_unit_ends_where_a_word_and_a_piece_both_end() {
    let segmenter = segmenter();
    check_with(
        &segmenter,
        "看www.example.com吧",
        &["看", "www.example.com", "吧"],
    );
    check_with(&segmenter, "约3.14元", &["约", "3.14", "元"]);
    check_with(&segmenter, "COVID-19是", &["COVID-19", "是"]);
    check_with(
        &segmenter,
        "用C++和iPhone11",
        &["用", "C++", "和", "iPhone11"],
    );
    check_with(&segmenter, "12%的", &["12%", "的"]);
}

#[test]
fn case_12_a_word_of_the_user_dictionary_with_a_space_is_one_unit() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all("深度 学习 7 n\nquick brown 3\n".as_bytes())
        .unwrap();
    let options = SegmentOptions {
        dictionary: Some(file.path().to_path_buf()),
        ..SegmentOptions::default()
    };
    let segmenter = Segmenter::new(&vocabulary(), &options).unwrap();
    check_with(&segmenter, "在深度 学习中", &["在", "深度 学习", "中"]);
    check_with(
        &segmenter,
        "the quick brown fox",
        &["the", "quick brown", "fox"],
    );
    check_with(&segmenter, "深度学习", &["深度", "学习"]);
    let fingerprint = segmenter.fingerprint();
    assert_eq!(fingerprint.dictionary_sha256.as_ref().unwrap().len(), 64);
}

#[test]
fn case_13_texts_of_punctuation_digits_or_latin_only() {
    let segmenter = segmenter();
    check_with(&segmenter, "，、（）", &["，", "、", "（", "）"]);
    check_with(&segmenter, "20200429", &["20200429"]);
    check_with(
        &segmenter,
        "the quick brown fox",
        &["the", "quick", "brown", "fox"],
    );
    check_with(&segmenter, "", &[]);
    check_with(&segmenter, " \u{3000}\n\t", &[]);
}

#[test]
fn words_are_found_by_position_also_inside_longer_words() {
    let text = "大学生在北京大学学习大学物理，大学里的大学生学物理。";
    let segmenter = segmenter();
    let words: Vec<&str> = segmenter.words(text).iter().map(|word| word.text).collect();
    check_with(&segmenter, text, &words);
    assert!(
        words.contains(&"大学生") && words.contains(&"大学"),
        "{words:?}"
    );
}

#[test]
fn adjacent_characters_are_not_one_word() {
    check_with(
        &segmenter(),
        "使用语言模型来预测下一个词的概率",
        &[
            "使用", "语言", "模型", "来", "预测", "下", "一个", "词", "的", "概率",
        ],
    );
}

#[test]
fn boundaries_of_sentences_and_units_are_those_of_the_whole_document() {
    let text = "今天下雨。\r\n\r\n我们在家！\u{3000}真的？\n";
    let segmented = segmenter().segment(text);
    let sentences: Vec<&str> = segmented
        .sentences
        .iter()
        .map(|s| s.text.of(text))
        .collect();
    assert_eq!(sentences, ["今天下雨。", "我们在家！", "真的？"]);
    let pieces: Vec<_> = segmented
        .sentences
        .iter()
        .map(|s| s.pieces.clone())
        .collect();
    assert_eq!(pieces, [0..5, 5..10, 10..13]);
    for (index, span) in segmented.piece_spans.iter().enumerate() {
        let character = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .nth(index)
            .unwrap();
        assert_eq!(span.of(text), character.to_string());
    }
}
