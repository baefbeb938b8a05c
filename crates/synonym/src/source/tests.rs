//! From a source and its filters to entries, and what is refused on the way.

use std::collections::BTreeSet;

use segment::SegmentOptions;

use super::TableJob;
use crate::compile::compile;
use crate::options::{RankMode, SimilarWordsSection, ThesaurusUse};
use crate::plan::SearchPlan;
use crate::table::SimilarWords;

fn job(section: serde_json::Value) -> TableJob {
    let section: SimilarWordsSection = serde_json::from_value(section).expect("a section");
    TableJob {
        segment: SegmentOptions::default(),
        section,
    }
}

#[test]
fn the_text_that_tables_keep_the_hash_of_stays() {
    let section =
        serde_json::json!({ "table": "t", "format": "list", "top_k": 10, "min_score": 0.0 });
    let mut job = job(section);
    insta::assert_snapshot!(job.choices(), @r#"format Some("list"), lower case true, mode None, tags None, characters None, thesaurus None"#);
    job.section.limit = Some(7);
    assert!(job.choices().ends_with("thesaurus None, limit 7"));
    job.section.limit = None;
    job.section.format = None;
    job.section.mode = Some(RankMode::SynonymsCompat);
    job.section.same_tag = Some(true);
    job.section.antonym_characters = Some(false);
    job.section.thesaurus_use = Some(ThesaurusUse::Filter);
    insta::assert_snapshot!(job.choices(), @"format None, lower case true, mode Some(SynonymsCompat), tags Some(true), characters Some(false), thesaurus Some(Filter)");
}

#[test]
fn an_entry_of_a_list_is_dropped_by_an_antonym() {
    let folder = tempfile::tempdir().expect("a folder");
    let [list, antonyms] = ["list.tsv", "antonyms.txt"].map(|name| folder.path().join(name));
    std::fs::write(&list, "购买\t采购\t0.9\n购买\t出售\t0.8\n").expect("written");
    std::fs::write(&antonyms, "购买\t出售\n").expect("written");
    let job = job(serde_json::json!({
        "table": "t", "source": list, "top_k": 10, "min_score": 0.0, "antonyms": [antonyms],
    }));
    let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map(String::from);
    let vocabulary = segment::Vocabulary::from_pieces(pieces.to_vec()).expect("a vocabulary");
    let tokenizer = segment::PieceTokenizer::new(&vocabulary, true);
    let source = job.read_source().expect("a list");
    assert_eq!(source.words(), ["购买"]);
    let made = job.entries(source, &tokenizer).expect("entries");
    let left: Vec<&str> = made.entries.iter().map(|e| e.similar.as_str()).collect();
    assert_eq!(left, ["采购"]);
    assert_eq!(made.dropped.values().sum::<usize>(), 1);
}

#[test]
fn every_word_of_a_thesaurus_stands_for_another_however_large_its_group_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let [list, thesaurus] = ["list.tsv", "cilin.txt"].map(|name| folder.path().join(name));
    let characters: Vec<char> = "语言模型概率".chars().collect();
    let pairs = characters
        .iter()
        .flat_map(|a| characters.iter().map(move |b| format!("{a}{b}")));
    let words: Vec<String> = pairs.collect();
    let group = |code: &str, words: &[String]| format!("{code}= {}\n", words.join(" "));
    let text = group("Aa01A01", &words[..24]) + &group("Aa01A02", &words[20..]);
    std::fs::write(&thesaurus, text).expect("written");
    std::fs::write(&list, "").expect("written");
    let job = job(serde_json::json!({
        "table": "t", "source": list, "top_k": 5, "min_score": 0.0, "thesaurus": thesaurus,
    }));
    let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
        .map(String::from)
        .into_iter();
    let pieces = pieces.chain(characters.iter().map(char::to_string));
    let vocabulary = segment::Vocabulary::from_pieces(pieces.collect()).expect("a vocabulary");
    let tokenizer = segment::PieceTokenizer::new(&vocabulary, true);
    let source = job.read_source().expect("an empty list");
    let made = job.entries(source, &tokenizer).expect("entries");
    let compiled = compile(
        &made.entries,
        &tokenizer,
        &vocabulary,
        &made.options,
        "test",
    );
    job.check_not_empty(&compiled.report).expect("a table");
    let path = folder.path().join("table");
    compiled.table.write(&path).expect("written");
    let table = SimilarWords::open(&path, &vocabulary).expect("a table");
    let mut used = BTreeSet::new();
    for word in table.words() {
        let candidates = table.candidates(word);
        assert_eq!(candidates.len(), 5);
        used.extend((0..5).map(|rank| table.text(candidates.word(rank)).to_owned()));
    }
    assert_eq!(used.len(), words.len());
}

#[test]
fn a_search_that_would_take_days_is_refused_with_its_estimate_unless_a_limit_is_set() {
    let mut job = job(serde_json::json!({
        "table": "t", "source": "vectors.txt", "format": "text_dims", "top_k": 5, "min_score": 0.5,
    }));
    let plan = SearchPlan::of([12_000_000].into_iter(), 200);
    let error = job
        .check_plan(plan, 12_000_000)
        .expect_err("refused")
        .to_string();
    let expect = "vectors.txt: comparing 12000000 words with each other takes about ";
    assert!(
        error.starts_with(expect) && error.contains("set similar_words.limit"),
        "{error}"
    );
    job.section.limit = Some(12_000_000);
    job.check_plan(plan, 12_000_000).expect("asked for");
    job.section.limit = None;
    job.check_plan(SearchPlan::of([200_000].into_iter(), 300), 200_000)
        .expect("short");
}
