//! JSONL as programs write it: only the text field is parsed, and what other fields hold costs no document.

use corpus::{CorpusError, CorpusOptions, DropReason, DropReport, Dropped, Place};

use crate::files::{check, options, read};

/// Reads lines of JSONL and compares the texts.
#[track_caller]
fn lines(lines: &[&str], expect: &[&str]) -> DropReport {
    check_bytes(lines.join("\n").as_bytes(), expect)
}

/// As [`lines`], with the usual limit of documents.
#[track_caller]
fn check_bytes(bytes: &[u8], expect: &[&str]) -> DropReport {
    let (documents, drops) = read("a.jsonl", bytes, &CorpusOptions::of("a.jsonl")).unwrap();
    let texts: Vec<&str> = documents
        .iter()
        .map(|document| document.text.as_str())
        .collect();
    assert_eq!(texts, expect);
    drops
}

/// The only record that is dropped from a file that has another one.
fn dropped(line: &[u8]) -> Dropped {
    let bytes = [b"{\"text\": \"ok\"}\n", line, b"\n"].concat();
    let mut drops = check_bytes(&bytes, &["ok"]);
    assert_eq!(drops.total(), 1);
    drops.first.remove(0)
}

#[test]
fn a_lone_surrogate_in_the_text_becomes_a_replacement_character_and_is_counted() {
    let drops = lines(
        &[
            r#"{"text": "\ud83c\udf89"}"#, // a surrogate pair is one character
            r#"{"text": "甲\ud83c"}"#,
            r#"{"text": "\udf89\ud83c乙\ud83c\u0041"}"#,
            r#"{"text": "丙"}"#,
        ],
        &["🎉", "甲\u{fffd}", "\u{fffd}\u{fffd}乙\u{fffd}A", "丙"],
    );
    let file = &drops.files["a.jsonl"];
    assert_eq!((file.kept, file.mended, drops.total()), (4, 2, 0));
    assert_eq!(drops.n_mended(), 2);
}

#[test]
fn faults_of_other_fields_cost_no_document() {
    let deep = format!(
        r#"{{"a": {}{}, "text": "丁"}}"#,
        "[".repeat(1024),
        "]".repeat(1024)
    );
    let drops = lines(
        &[
            r#"{"a": "\ud83d", "\udc00": 1, "text": "甲"}"#,
            r#"{"a": [NaN, Infinity, -Infinity], "b": NaN, "text": "乙"}"#,
            r#"{"a": 1e400, "b": -1e-400, "c": 01, "d": .5, "text": "丙"}"#,
            &deep,
            r#"{"a": "\x41", "b": "	", "c": None, "text": "戊"}"#,
            r#"{"text": "己", "a": {"text": "not this", "b": ["}", "\"]"]}}"#,
        ],
        &["甲", "乙", "丙", "丁", "戊", "己"],
    );
    assert_eq!((drops.total(), drops.n_mended()), (0, 0));
    let bytes = b"{\"a\": \"\xff\", \"\xff\": 1, \"text\": \"\xe7\x94\xb2\"}\n";
    check("a.jsonl", bytes, &["甲"]);
}

#[test]
fn the_text_field_is_found_whatever_its_name_is_written_like() {
    lines(
        &[r#"{"\u0074ext": "甲"}"#, r#" { "text" :	"乙" , "b":1 } "#],
        &["甲", "乙"],
    );
    lines(&[r#"{"text": "甲", "text": "乙"}"#], &["乙"]);
}

#[test]
fn deeper_nesting_than_the_limit_is_a_counted_drop() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = [open.repeat(1025), "1".to_owned(), close.repeat(1025)].concat();
        let dropped = dropped(format!("{{\"a\": {nested}, \"text\": \"甲\"}}").as_bytes());
        assert_eq!(dropped.reason, DropReason::TooDeep);
        assert!(
            dropped.to_string().contains("more than 1024 levels"),
            "{dropped}"
        );
    }
    assert_eq!(
        dropped(&b"{\"a\": ".repeat(200_000)).reason,
        DropReason::TooDeep
    );
}

#[test]
fn a_text_that_is_null_or_not_a_number_is_empty() {
    let drops = lines(
        &[r#"{"text": null}"#, r#"{"text": NaN}"#, r#"{"text": "甲"}"#],
        &["甲"],
    );
    assert_eq!(drops.counts[&DropReason::Empty], 2);
}

#[test]
fn a_line_that_cannot_be_read_says_column_and_cause() {
    let said = |line: &[u8]| {
        let dropped = dropped(line);
        assert_eq!(
            (dropped.reason, dropped.place),
            (DropReason::Malformed, Place::Line(2))
        );
        dropped.to_string()
    };
    insta::assert_snapshot!(said("{\"题\": 1, \"text\": \"甲乙".as_bytes()), @"a.jsonl:2:18: malformed JSON: the line ends inside the string that begins here");
    insta::assert_snapshot!(said(b"{\"a\": [1, {"), @"a.jsonl:2:7: malformed JSON: the line ends inside the array or object that begins here");
    insta::assert_snapshot!(said(b"{\"a\": 1"), @"a.jsonl:2:9: malformed JSON: expected `,` or `}` after a field's value, found the end of the line");
    insta::assert_snapshot!(said(b"{'text': 'a'}"), @"a.jsonl:2:2: malformed JSON: expected a field's name in double quotes, found `'`");
    insta::assert_snapshot!(said(b"{\"text\" \"a\"}"), @r#"a.jsonl:2:9: malformed JSON: expected `:` between a field's name and its value, found `"`"#);
    insta::assert_snapshot!(said(b"{\"text\": }"), @"a.jsonl:2:10: malformed JSON: expected a value, found `}`");
    insta::assert_snapshot!(said(b"{\"text\": \"a\",}"), @"a.jsonl:2:14: malformed JSON: expected a field's name in double quotes, found `}`");
    insta::assert_snapshot!(said(b"{\"text\": \"a\"} x"), @"a.jsonl:2:15: malformed JSON: expected the end of the line after the object, found `x`");
    insta::assert_snapshot!(said(b"[1]"), @"a.jsonl:2:1: malformed JSON: expected a JSON object, which begins with `{`, found an array");
    insta::assert_snapshot!(said(b"HTTP 502"), @"a.jsonl:2:1: malformed JSON: expected a JSON object, which begins with `{`, found `H`");
    insta::assert_snapshot!(said("{\"a\": \"甲\", \"text\": \"乙\\x41\"}".as_bytes()), @"a.jsonl:2:23: malformed JSON: invalid escape");
    insta::assert_snapshot!(said("{\"text\": \"乙\t\"}".as_bytes()), @"a.jsonl:2:12: malformed JSON: a control character stands in the text; JSON writes it as an escape");
}

#[test]
fn byte_order_marks_in_the_middle_are_passed_over() {
    let bytes = "\u{feff}{\"text\": \"甲\"}\n\u{feff}{\"text\": \"乙\"}\n\u{feff}\n\u{feff}\u{feff}{\"text\": \"丙\"}";
    assert_eq!(
        check("a.jsonl", bytes.as_bytes(), &["甲", "乙", "丙"]).total(),
        0
    );
}

#[test]
fn a_json_array_is_an_error_of_its_own() {
    for bytes in [
        "[{\"text\": \"甲\"}, {\"text\": \"乙\"}]",
        "\u{feff}\n[\n  {\"text\": \"甲\"}\n]\n",
        "[]",
    ] {
        let error = read("a.json", bytes.as_bytes(), &options("a.json"))
            .err()
            .unwrap();
        assert!(matches!(error, CorpusError::NotLines { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains("a.json: the file is a JSON array"),
            "{error}"
        );
    }
}

#[test]
fn json_over_several_lines_is_an_error_of_its_own() {
    let bytes = "{\n  \"text\": \"甲\"\n}\n";
    let error = read("a.json", bytes.as_bytes(), &options("a.json"))
        .err()
        .unwrap()
        .to_string();
    assert!(
        error.contains("JSON over several lines") && error.contains("jq -c '.'"),
        "{error}"
    );
}

#[test]
fn objects_on_one_line_are_documents_of_their_own() {
    // Files were joined, and the first of them had no last line end.
    let bytes =
        "{\"text\": \"甲\"}\u{feff}{\"text\": \"乙\"} {\"text\": null}\n{\"text\": \"丙\"}{\"te";
    let (documents, drops) =
        read("a.jsonl", bytes.as_bytes(), &CorpusOptions::of("a.jsonl")).unwrap();
    let found: Vec<(&str, u64)> = documents
        .iter()
        .map(|document| (document.text.as_str(), document.source.record))
        .collect();
    assert_eq!(found, [("甲", 0), ("乙", 18), ("丙", 49)]);
    assert_eq!(drops.counts[&DropReason::Empty], 1);
    insta::assert_snapshot!(drops.first[1], @"a.jsonl:2:15: malformed JSON: the line ends inside the string that begins here");
}

#[test]
fn a_text_that_is_no_string_is_an_error_that_says_so() {
    for value in ["1", "[\"甲\"]", "{}", "true"] {
        let line = format!("{{\"id\": 7, \"text\": {value}}}\n");
        let options = CorpusOptions::of("a.jsonl");
        let error = read("a.jsonl", line.as_bytes(), &options)
            .err()
            .unwrap()
            .to_string();
        assert!(
            error.contains("there are: `id`, `text` (not a string)"),
            "{error}"
        );
    }
}
