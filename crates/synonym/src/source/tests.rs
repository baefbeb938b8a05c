//! From a source and its filters to entries, and what is refused on the way.

use segment::SegmentOptions;

use super::TableJob;
use crate::options::{RankMode, SimilarWordsSection, ThesaurusUse};

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
