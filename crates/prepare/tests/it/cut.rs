//! Text that another segmenter has already cut into words.

use std::sync::LazyLock;

use fixtures::Preparation;
use prepare::PrepareError;
use segment::{SegmentOptions, Segmenter};
use shard::Split;

use crate::preparation::{preparation_in, preparation_of, text, vocabulary};

/// Takes words from the white space of the text.
static CUT: LazyLock<Segmenter> = LazyLock::new(|| {
    let options = SegmentOptions {
        is_cut: true,
        ..SegmentOptions::default()
    };
    Segmenter::new(&vocabulary(), &options).unwrap()
});

/// [`text`] with every two characters of a sentence made a word, which jieba would not do.
fn cut_text() -> String {
    let characters: Vec<char> = text().chars().collect();
    let words = characters
        .split_inclusive(|c| "。！\n".contains(*c))
        .flat_map(|line| line.chunks(2));
    let words = words.map(|word| word.iter().collect::<String>());
    words
        .map(|word| word + " ")
        .collect::<String>()
        .replace("\n ", "\n")
}

#[test]
fn units_of_cut_text_are_its_words_and_offsets_point_into_it() {
    let home = tempfile::tempdir().unwrap();
    let text = cut_text();
    let preparation = Preparation {
        segmenter: &CUT,
        ..preparation_of(home.path(), &text)
    };
    let manifest = preparation.run().unwrap().manifest;
    assert_eq!(manifest.segmenter.segmenter, "white space");
    let mut n_units = 0;
    for example in preparation.examples(Split::Train) {
        let source = example.source();
        let start = source.record as usize + source.text.start as usize;
        let end = source.record as usize + source.text.end as usize;
        let mut units = 0..0;
        for word in text[start..end].split_whitespace() {
            let n_pieces = example.unit_ends()[units.end] as usize - units.start;
            let pieces = &example.pieces()[units.start..units.start + n_pieces];
            let piece = |id: &segment::PieceId| CUT.vocabulary().piece(*id).replace("##", "");
            assert_eq!(pieces.iter().map(piece).collect::<String>(), word);
            units = units.start + n_pieces..units.end + 1;
        }
        assert_eq!(units.end, example.unit_ends().len());
        n_units += units.end;
    }
    assert!(n_units > 1000, "{n_units}");
}

#[test]
fn shards_of_text_that_jieba_cut_are_refused_for_cut_text() {
    let home = tempfile::tempdir().unwrap();
    let preparation = preparation_of(home.path(), &text());
    preparation.run().unwrap();
    let cut = Preparation {
        segmenter: &CUT,
        ..preparation_in(home.path())
    };
    let error = cut.run().unwrap_err();
    assert!(matches!(error, PrepareError::Occupied { .. }), "{error}");
    let message = fixtures::message(error, home.path(), "HOME");
    insta::assert_snapshot!(message, @"HOME/shards already exists, and its shards were made with another segmenter: there jieba-rs 0.11.0 with hmm, no dictionary, tokenizers 0.23.2, case lower, rules 3, here white space without hmm, no dictionary, tokenizers 0.23.2, case lower, rules 3; name another folder (shards.directory), or remove it");
}
