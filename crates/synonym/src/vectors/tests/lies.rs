//! A file that contradicts itself is refused with the reason, and never makes the program panic.

use proptest::prelude::*;

use super::{fasttext, fifu, quantised_fifu, read, refused, word2vec};
use crate::vectors::format::VectorFormat;
use crate::vectors::sniff::sniff;

#[test]
fn text_with_a_wrong_header_is_refused() {
    let of = |text: &str| refused(text.as_bytes(), VectorFormat::TextDims);
    insta::assert_snapshot!(of("2 3\n语言 1 0\n模型 0 1\n"), @"could not read FILE as vectors in the format text_dims: its first line says 3 dimensions, but 2 of the first 2 rows have 2 numbers");
    insta::assert_snapshot!(of("2 1\n语言 0.5 0.25\n模型 0.5 1\n"), @"could not read FILE as vectors in the format text_dims: its first line says 1 dimensions, but 2 of the first 2 rows have 2 numbers");
    insta::assert_snapshot!(of("语言 1 0\n"), @r#"could not read FILE as vectors in the format text_dims: it seems to be text without a line of counts, as GloVe writes it; set similar_words.format = "text""#);
    insta::assert_snapshot!(of("2 0\n语言\n模型\n"), @"could not read FILE as vectors in the format text_dims: its first line says 0 dimensions");
    insta::assert_snapshot!(of("99999999999999999999 2\n"), @"FILE:1: expected `words dimensions`, found `99999999999999999999 2`");
    insta::assert_snapshot!(of("2 99999999999\n语言 1 0\n"), @"could not read FILE as vectors in the format text_dims: its first line says 99999999999 dimensions, but 1 of the first 1 rows have 2 numbers");
    insta::assert_snapshot!(of(""), @"could not read FILE as vectors in the format text_dims: it is empty");
}

#[test]
fn word2vec_with_a_wrong_header_is_refused() {
    let of = |head: &str| {
        let bytes = [head.as_bytes(), &word2vec()[4..]].concat();
        refused(&bytes, VectorFormat::Word2vec)
    };
    insta::assert_snapshot!(
        of("1 2\n"),
        @"could not read FILE as vectors in the format word2vec: its first line says 1 words, found 17 bytes after them"
    );
    insta::assert_snapshot!(
        of("9000000000000000000 300\n"),
        @"could not read FILE as vectors in the format word2vec: its first line says 9000000000000000000 words of 300 dimensions, found 56 bytes"
    );
    insta::assert_snapshot!(
        of("2 0\n"),
        @"could not read FILE as vectors in the format word2vec: its first line says 2 words of 0 dimensions, found 36 bytes"
    );
    for counts in [
        "18446744073709551615 18446744073709551615",
        "1 4611686018427387904",
    ] {
        let error = of(&format!("{counts}\n"));
        assert!(error.contains("its first line says"), "{error}");
    }
    assert!(of("0 4611686018427387904\n").contains("says"));
    insta::assert_snapshot!(
        of("two\n"),
        @"could not read FILE as vectors in the format word2vec: expected a first line `words dimensions`"
    );
}

#[test]
fn a_repeated_word_in_a_binary_format_is_named() {
    let twice = |bytes: Vec<u8>| {
        let place = find(&bytes, "模型");
        let mut twice = bytes;
        twice[place..place + 6].copy_from_slice("语言".as_bytes());
        twice
    };
    let expect = "FILE: the word `语言` occurs twice, as word 1 and as word 2; keep one of the two";
    for (bytes, format) in [
        (fifu(), VectorFormat::Finalfusion),
        (quantised_fifu(), VectorFormat::Finalfusion),
        (fasttext(), VectorFormat::Fasttext),
    ] {
        assert_eq!(refused(&twice(bytes), format), expect);
    }
    let (vectors, report) = read(&twice(word2vec()), VectorFormat::Word2vec).expect("vectors");
    assert_eq!((vectors.words().len(), report.n_repeated), (1, 1));
}

fn find(bytes: &[u8], word: &str) -> usize {
    let found = bytes.windows(word.len()).position(|w| w == word.as_bytes());
    found.expect("the word is there")
}

#[test]
fn a_code_without_a_centroid_is_refused() {
    let mut bytes = quantised_fifu();
    *bytes.last_mut().expect("a code") = 2;
    insta::assert_snapshot!(
        refused(&bytes, VectorFormat::Finalfusion),
        @"could not read FILE as vectors in the format finalfusion: row 2 has the code 2, expected less than 2"
    );
}

#[test]
fn fewer_norms_than_words_are_refused() {
    let mut bytes = fifu();
    // The norms are the last chunk: their count stands before the type, 1 to 4 bytes of padding, and two numbers.
    let count = (0..bytes.len() - 8).rev();
    let mut count = count.filter(|at| bytes[*at..*at + 8] == 2_u64.to_le_bytes());
    let place = count.next().expect("the count");
    bytes[place] = 1;
    let error = refused(&bytes, VectorFormat::Finalfusion);
    assert!(
        error.contains("expected a norm for each of 2 words, found 1"),
        "{error}"
    );
}

#[test]
fn fasttext_without_ngrams_is_refused() {
    let mut bytes = fasttext();
    bytes[44..52].fill(0);
    insta::assert_snapshot!(
        refused(&bytes, VectorFormat::Fasttext),
        @"could not read FILE as vectors in the format fasttext: it has n-grams of 0 to 0 characters, which finalfusion cannot read; save its words as text"
    );
}

#[test]
fn ngrams_without_words_are_refused() {
    let text = "2 3 2 5 1 2166136261 < >\n0 1 2 3\n1 4 5 6\n".as_bytes();
    let expect = "FILE holds vectors of n-grams instead of words, as floret writes them; save the vectors of your words as text, one word per line, and use that file";
    assert_eq!(refused(text, VectorFormat::Floret), expect);
    let mut bytes = b"FiFu".to_vec();
    for number in [0_u32, 2, 9, 2, 9, 0, 0] {
        bytes.extend(number.to_le_bytes());
    }
    assert_eq!(refused(&bytes, VectorFormat::Finalfusion), expect);
}

#[test]
fn a_file_cut_short_is_refused() {
    for (bytes, format) in [
        (fifu(), VectorFormat::Finalfusion),
        (quantised_fifu(), VectorFormat::Finalfusion),
        (fasttext(), VectorFormat::Fasttext),
        (word2vec().trim_ascii_end().to_vec(), VectorFormat::Word2vec),
    ] {
        for length in 0..bytes.len() {
            assert!(
                read(&bytes[..length], format).is_err(),
                "{format:?}, {length} bytes"
            );
        }
    }
}

/// Puts the largest numbers at every position. Nothing is allocated that the file cannot hold.
#[test]
fn impossible_counts_are_refused_or_harmless() {
    for (bytes, format) in [
        (fifu(), VectorFormat::Finalfusion),
        (quantised_fifu(), VectorFormat::Finalfusion),
        (fasttext(), VectorFormat::Fasttext),
    ] {
        for place in 0..bytes.len() - 8 {
            for (value, length) in [(0xff, 4), (0xff, 8), (0x7f, 8), (0, 4)] {
                let mut lie = bytes.clone();
                lie[place..place + length].fill(value);
                let _ = read(&lie, format);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        text in "[2 语言\n.1-]{0,60}",
        head in prop::sample::select(vec!["", "FiFu", "2 2\n", "1 1\n语"]),
    ) {
        for rest in [bytes.as_slice(), text.as_bytes()] {
            let bytes = [head.as_bytes(), rest].concat();
            for format in [
                VectorFormat::Finalfusion,
                VectorFormat::Word2vec,
                VectorFormat::Text,
                VectorFormat::TextDims,
                VectorFormat::Fasttext,
                sniff(&bytes),
            ] {
                let _ = read(&bytes, format);
            }
        }
    }
}
