//! Text files as people have them are read: phrases, blank lines, marks, other encodings, broken rows, wrong counts.

use super::{fasttext, fifu, read, read_first, refused, word2vec};
use crate::vectors::format::VectorFormat;
use crate::vectors::report::{NamedRow, RowFault, VectorReport, WrongCount};

const WORDS: [&str; 20] = [
    "医院", "诊所", "医生", "大夫", "购买", "采购", "快乐", "高兴", "悲伤", "难过", "城市", "城镇",
    "电脑", "手机", "语言", "语法", "北京", "上海", "老师", "教师",
];

/// Rows of three numbers for some words.
fn rows(words: &[&str]) -> Vec<String> {
    let rows = words.iter().enumerate();
    rows.map(|(index, word)| format!("{word} 0.{index}01 -0.25 1e-2"))
        .collect()
}

fn with_counts(rows: &[String]) -> String {
    format!("{} 3\n{}\n", rows.len(), rows.join("\n"))
}

/// Checks that a file has the words, and returns the report.
#[track_caller]
fn check(bytes: &[u8], format: VectorFormat, words: &[&str]) -> VectorReport {
    let (vectors, report) = read(bytes, format).expect("vectors");
    assert_eq!(vectors.words(), words);
    assert_eq!(vectors.n_dimensions(), 3);
    report
}

#[test]
fn words_may_have_white_space_and_numbers_in_them() {
    let words = [
        "New York",
        "2019 年",
        "May 5",
        ". . .",
        "at mail@example.com",
        "\u{3000}",
        "扬\u{a0}帆",
        "2020",
    ];
    let rows = rows(&[&words[..], &WORDS].concat());
    let words = [&words[..], &WORDS].concat();
    let report = check(
        with_counts(&rows).as_bytes(),
        VectorFormat::TextDims,
        &words,
    );
    assert_eq!(report.n_read(), words.len());
    check(rows.join("\n").as_bytes(), VectorFormat::Text, &words);
    let tabbed = self::rows(&WORDS).join("\r\n").replace(' ', "\t");
    check(tabbed.as_bytes(), VectorFormat::Text, &WORDS);
}

#[test]
fn blank_lines_and_byte_order_marks_are_passed_over() {
    let text = with_counts(&rows(&WORDS)).replace("购买", "\n \n\u{feff}购买");
    for text in [
        format!("\u{feff}{text}\n"),
        format!("\n\n{text}"),
        format!("\u{feff}\n{text}\t\n"),
    ] {
        let report = check(text.as_bytes(), VectorFormat::TextDims, &WORDS);
        assert!(report.n_blank >= 3);
        assert_eq!(report.wrong_count, None);
    }
}

#[test]
fn broken_rows_are_passed_over_counted_and_named_by_their_lines() {
    let mut rows = rows(&WORDS);
    rows.insert(2, "医学0.125 -0.25 0.5".to_owned());
    rows.insert(9, "医药 -nan(ind) -nan(ind) 0.5".to_owned());
    rows.push("医师 0.125".to_owned());
    let report = check(
        with_counts(&rows).as_bytes(),
        VectorFormat::TextDims,
        &WORDS,
    );
    let expected = 3;
    let too_few = |found| RowFault::TooFew { found, expected };
    let named = [(4, too_few(2)), (11, RowFault::NotFinite), (24, too_few(1))];
    assert_eq!(
        report.named,
        named.map(|(line, fault)| NamedRow { line, fault })
    );
    assert_eq!((report.n_broken, report.n_not_finite), (2, 1));
    insta::assert_snapshot!(report, @"
    left out: 1 with a number that is not finite, 2 that are not a word and its numbers
    line 4: expected 3 numbers at its end, found 2
    line 11: a number is not finite
    line 24: expected 3 numbers at its end, found 1
    ");
}

#[test]
fn two_rows_in_one_line_are_no_word() {
    let mut rows = rows(&WORDS);
    rows.insert(5, format!("医学 0.1 0.2 0.3 {}", rows[5]));
    let report = check(rows.join("\n").as_bytes(), VectorFormat::Text, &WORDS);
    let fault = RowFault::TooMany { expected: 3 };
    assert_eq!(report.named, [NamedRow { line: 6, fault }]);
}

#[test]
fn more_than_one_broken_row_in_ten_is_an_error() {
    let of = |n_broken: usize| {
        let mut rows = rows(&WORDS);
        rows[20 - n_broken..]
            .iter_mut()
            .for_each(|row| "医学 0.5".clone_into(row));
        with_counts(&rows)
    };
    check(of(2).as_bytes(), VectorFormat::TextDims, &WORDS[..18]);
    insta::assert_snapshot!(
        refused(of(3).as_bytes(), VectorFormat::TextDims),
        @"FILE: 3 of 20 rows are not a word and its numbers, and at most one in 10 may be; line 19: expected 3 numbers at its end, found 1"
    );
    insta::assert_snapshot!(
        refused(of(14).as_bytes(), VectorFormat::TextDims),
        @"could not read FILE as vectors in the format text_dims: its first line says 3 dimensions, but 14 of the first 20 rows have 1 numbers"
    );
}

#[test]
fn a_broken_file_is_given_up_ahead_of_its_end() {
    let good = rows(&WORDS).join("\n").repeat(3000);
    let text = format!(
        "{}\n{}",
        rows(&WORDS).join("\n"),
        "医学 x\n".repeat(200_000) + &good
    );
    let error = refused(text.as_bytes(), VectorFormat::Text);
    assert!(
        error.contains(" 1000 of 1020 rows") || error.contains("no line ends in numbers"),
        "{error}"
    );
}

#[test]
fn a_wrong_count_is_reported() {
    for (said, found) in [(25, 20), (15, 20)] {
        let text = with_counts(&rows(&WORDS)).replacen("20 3", &format!("{said} 3"), 1);
        let report = check(text.as_bytes(), VectorFormat::TextDims, &WORDS);
        assert_eq!(report.wrong_count, Some(WrongCount { said, found }));
    }
}

#[test]
fn the_first_rows_of_any_format_are_read_up_to_a_limit() {
    let rows = rows(&WORDS);
    let text = rows.join("\n");
    for (bytes, format) in [
        (text.as_bytes(), VectorFormat::Text),
        (with_counts(&rows).as_bytes(), VectorFormat::TextDims),
        (&word2vec(), VectorFormat::Word2vec),
        (&fifu(), VectorFormat::Finalfusion),
        (&fasttext(), VectorFormat::Fasttext),
    ] {
        let (vectors, report) = read_first(bytes, format, Some(1)).expect("vectors");
        assert_eq!(
            (vectors.words().len(), report.n_words),
            (1, 1),
            "{format:?}"
        );
        assert_eq!((report.stopped_after, report.wrong_count), (Some(1), None));
        let all = read(bytes, format).expect("vectors").0;
        assert_eq!(vectors.words()[0], all.words()[0]);
        assert_eq!(vectors.row(0), all.row(0));
        let (all_again, report) = read_first(bytes, format, Some(1000)).expect("vectors");
        assert_eq!(
            (all_again.words(), report.stopped_after),
            (all.words(), None)
        );
    }
}

#[test]
fn words_in_gb18030_are_read_though_some_are_utf8_by_chance() {
    let by_chance = ["同时", "目前", "木头", "全图"];
    for words in [
        [&by_chance[..1], &WORDS].concat(),
        [&WORDS[..6], &by_chance, &WORDS[6..]].concat(),
        [&by_chance[..], &WORDS[..3]].concat(),
    ] {
        let text = with_counts(&rows(&words));
        let bytes = encoding_rs::GB18030.encode(&text).0;
        let report = check(&bytes, VectorFormat::TextDims, &words);
        assert_eq!(report.encoding, Some("GB18030"));
    }
}

#[test]
fn words_in_big5_are_read() {
    let words = [
        "醫院", "診所", "醫生", "護士", "購買", "採購", "語言", "語法", "電腦", "手機", "老師",
        "學生",
    ];
    let bytes = encoding_rs::BIG5
        .encode(&with_counts(&rows(&words)))
        .0
        .into_owned();
    let report = check(&bytes, VectorFormat::TextDims, &words);
    assert_eq!(report.encoding, Some("Big5"));
}

#[test]
fn words_of_the_binary_form_have_an_encoding_too() {
    for (encoding, name) in [
        (encoding_rs::GB18030, "GB18030"),
        (encoding_rs::BIG5, "Big5"),
    ] {
        let words = [
            "語言", "醫院", "電腦", "老師", "國家", "政府", "圖書", "購買",
        ];
        let mut bytes = b"8 1\n".to_vec();
        for word in words {
            bytes.extend(encoding.encode(word).0.iter());
            bytes.extend([b" ".as_slice(), &0.5_f32.to_le_bytes(), b"\n"].concat());
        }
        let (vectors, report) = read(&bytes, VectorFormat::Word2vec).expect("vectors");
        assert_eq!(vectors.words(), words);
        assert_eq!(report.encoding, Some(name));
    }
}
