//! The fast path for pieces gives the ids and offsets of the `tokenizers` crate, on any text.

use std::sync::LazyLock;

use proptest::prelude::*;
use segment::{PieceTokenizer, Vocabulary};

use crate::small_vocabulary::vocabulary;

/// Tokenizers with a vocabulary of words and parts of words in several scripts, and of odd pieces: with lower case, without,
/// and with a punctuation map.
static TOKENIZERS: LazyLock<[PieceTokenizer; 3]> = LazyLock::new(|| {
    let mut text =
        String::from("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n\n##\n#\n\u{2028}\n##\u{2028}\n");
    for piece in [
        "a", "b", "c", "ab", "abc", "cafe", "iphone", "ss", "i", "o", "1", "12", "19", "covid",
        "σ", "か", "は", "ᄒ", "☃", "=", "a b", "A", "é", "e", "ß", "ᅡ", "ᆫ", "豈", "0", "9", "z",
    ] {
        text.extend([piece, "\n##", piece, "\n"]);
    }
    for code in (0x4e00..0x4f00).chain(0x3001..0x3020).chain(0xff01..0xff20) {
        text.extend([char::from_u32(code).unwrap(), '\n']);
    }
    text.push_str("##bc\n##bcd\nabcde\n##e\u{301}\n");
    let vocabulary = Vocabulary::parse(&text).unwrap();
    let punctuation = [('“', '='), ('…', '、'), ('—', '#'), ('’', '☃')].into();
    [
        PieceTokenizer::new(&vocabulary, true),
        PieceTokenizer::new(&vocabulary, false),
        PieceTokenizer::with_punctuation(&vocabulary, true, &punctuation),
    ]
});

#[track_caller]
fn check(text: &str) {
    for tokenizer in TOKENIZERS.iter() {
        assert_eq!(
            tokenizer.pieces(text),
            tokenizer.reference_pieces(text),
            "{text:?}"
        );
    }
}

/// Text of any characters, with those that are treated specially drawn often.
fn texts() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        6 => prop::sample::select("使用语言一丁七万丈三上下".chars().collect::<Vec<_>>()),
        6 => prop::sample::select("aabbccdeABCz01219#+_%-.".chars().collect::<Vec<_>>()),
        4 => prop::sample::select("。，（）“”…—$=^~|￥〇々\u{f900}豈𠀀𫝆𫠠".chars().collect::<Vec<_>>()),
        4 => prop::sample::select(
            " \u{3000}\n\t\u{200b}\u{200d}\u{feff}\0\u{1}\u{85}\u{2028}\u{fffd}\u{e000}\u{fe0f}".chars().collect::<Vec<_>>()
        ),
        4 => prop::sample::select(
            "éÉßİΣςがﾊ①≠ǆŉ한글\u{301}\u{323}\u{345}\u{344}\u{f71}\u{f73}\u{3099}\u{1d165}\u{302e}\u{20e3}☃🎉"
                .chars().collect::<Vec<_>>()
        ),
        2 => any::<char>(),
    ];
    prop::collection::vec(character, 0..60).prop_map(|text| text.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn tokenizers_gives_the_same_pieces_for_mixed_text(text in texts()) {
        check(&text);
    }

    #[test]
    fn tokenizers_gives_the_same_pieces_for_any_string(text: String) {
        check(&text);
    }

    #[test]
    fn tokenizers_gives_the_same_pieces_for_very_long_words(text in "[abcé\u{200b}]{80,130}( [ab]{99,101})?") {
        check(&text);
    }
}

#[test]
fn tokenizers_gives_the_same_pieces_around_every_character() {
    // Every plane that holds characters. In the large blocks of characters that are all treated alike, one in nine.
    let is_in_large_block = |code: &u32| {
        (0x3500..0x4d00).contains(code)
            || (0x4f00..0x9f00).contains(code)
            || (0xac00..0xd700).contains(code)
            || (0xe100..0xf800).contains(code)
            || *code > 0x1_4000
    };
    let codes = (0..0x3_2400).chain(0xe_0000..0xe_0200);
    for code in codes.filter(|code| !is_in_large_block(code) || code % 9 == 0) {
        let Some(character) = char::from_u32(code) else {
            continue;
        };
        check(&format!("a{character}b {character}{character}"));
    }
}

#[test]
fn tokenizers_gives_the_same_pieces_for_the_sample_corpus() {
    let tokenizer = PieceTokenizer::new(&vocabulary(), true);
    let texts = fixtures::sample_texts();
    let mut n_lines = 0;
    for line in texts.iter().flat_map(|text| text.lines()) {
        assert_eq!(
            tokenizer.pieces(line),
            tokenizer.reference_pieces(line),
            "{line}"
        );
        n_lines += 1;
    }
    assert!(n_lines > 200, "{n_lines}");
}
