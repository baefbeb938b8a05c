//! Files that are no vectors, or none of use, are refused by what they seem to be.

use std::io::Write as _;

use super::{fifu, packed, read, refused, word2vec};
use crate::vectors::format::VectorFormat;

#[track_caller]
fn check(bytes: &[u8], expect: &str) {
    for format in [
        VectorFormat::Text,
        VectorFormat::TextDims,
        VectorFormat::Word2vec,
        VectorFormat::Finalfusion,
        VectorFormat::Fasttext,
    ] {
        let error = refused(bytes, format);
        assert!(
            error.contains("it seems to be") && error.contains(expect),
            "{format:?}: {error}"
        );
    }
}

#[test]
fn files_that_are_no_vectors_are_named() {
    check(
        b"\x80\x04\x95\x10\0\0\0\0\0\0\0}\x94.",
        "a pickle of Python",
    );
    check(b"\x93NUMPY\x01\0v\0{'descr'", "NumPy");
    check(b"PK\x03\x04\x14\0words.txt", "zip archive");
    let html = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n";
    check(html.as_bytes(), "a web page");
    check(
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
        "git lfs pull",
    );
    let utf16: Vec<u8> = "2 2\n语言 1 0\n模型 0 1\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    check(&[b"\xff\xfe", &utf16[..]].concat(), "UTF-16");
    check(&utf16, "UTF-16");
}

#[test]
fn an_archive_is_named_though_it_holds_rows() {
    let mut archive = vec![0; 512];
    archive[..9].copy_from_slice(b"words.txt");
    archive[257..262].copy_from_slice(b"ustar");
    archive.extend("\n语言 1 0\n模型 0 1\n".as_bytes());
    check(&archive, "tar archive");
    let error = refused(&packed(&archive), VectorFormat::Text);
    assert!(error.contains("tar archive"), "{error}");
}

#[test]
fn word_counts_are_named() {
    let text = "</s> 0\n的 2000\n了 1993\n在 1986\n";
    insta::assert_snapshot!(
        refused(text.as_bytes(), VectorFormat::Text),
        @"could not read FILE as vectors in the format text: it seems to be a list of words and their counts, as word2vec's -save-vocab writes it; name the file of the vectors themselves"
    );
}

#[test]
fn word_counts_are_named_whatever_the_format() {
    let text = "的 2000\n了 1993\n在 1986\n";
    for (text, format) in [
        (text.to_owned(), VectorFormat::TextDims),
        (format!("3 1\n{text}"), VectorFormat::TextDims),
        (text.to_owned(), VectorFormat::Word2vec),
        (text.replace(' ', "\t"), VectorFormat::Text),
    ] {
        let error = refused(text.as_bytes(), format);
        assert!(
            error.contains("a list of words and their counts"),
            "{error}"
        );
    }
}

#[test]
fn a_binary_head_that_lies_is_no_text() {
    let error = refused(b"99999999999 99999999999\nabc ", VectorFormat::Word2vec);
    assert!(
        error.contains("its first line says 99999999999 words"),
        "{error}"
    );
}

#[test]
fn another_format_is_named() {
    let glove = "语言 1 0\n模型 0 1\n";
    let with_counts = format!("2 2\n{glove}");
    for (bytes, format, found) in [
        (glove.as_bytes(), VectorFormat::TextDims, "text"),
        (glove.as_bytes(), VectorFormat::Word2vec, "text"),
        (with_counts.as_bytes(), VectorFormat::Text, "text_dims"),
        (with_counts.as_bytes(), VectorFormat::Word2vec, "text_dims"),
        (&word2vec(), VectorFormat::Text, "word2vec"),
        (&word2vec(), VectorFormat::TextDims, "word2vec"),
        (&fifu(), VectorFormat::Word2vec, "finalfusion"),
        (&fifu(), VectorFormat::Text, "finalfusion"),
    ] {
        let error = refused(bytes, format);
        let expect = format!("set similar_words.format = \"{found}\"");
        assert!(error.contains(&expect), "{format:?}: {error}");
    }
}

#[test]
fn a_file_of_which_nothing_is_left_is_refused_with_what_was_left_out() {
    let dims = |text: &str| refused(text.as_bytes(), VectorFormat::TextDims);
    insta::assert_snapshot!(dims("0 16\n"), @"FILE: no vector is left of 0 that were read");
    insta::assert_snapshot!(
        dims("3 2\n语言 0 0\n\n模型 0 0\n概率 nan 0\n"),
        @r"
    FILE: no vector is left of 3 that were read; left out: 1 with a number that is not finite, 2 of length 0, 1 blank lines
    line 5: a number is not finite
    "
    );
    insta::assert_snapshot!(refused(b"0 2\n", VectorFormat::Word2vec), @"FILE: no vector is left of 0 that were read");
}

#[test]
fn a_file_most_of_whose_words_are_no_text_is_refused() {
    let bytes = |n_words: u8| {
        let mut bytes = b"20 2\n".to_vec();
        for word in 0..20 {
            if word < n_words {
                write!(bytes, "词{}", char::from(b'a' + word)).expect("written");
            } else {
                bytes.extend([0xff - word, 0xfe, 0x80 + word, 0xff]);
            }
            bytes.extend(b" 0.5 0.25\n");
        }
        bytes
    };
    insta::assert_snapshot!(refused(&bytes(2), VectorFormat::TextDims), @"FILE: 18 of 20 words are text neither in UTF-8 nor in GB18030 nor in Big5; convert the file to UTF-8, or take one whose words are text");
    let (vectors, report) = read(&bytes(11), VectorFormat::TextDims).expect("vectors");
    assert_eq!((vectors.words().len(), report.n_not_text), (11, 9));
}
