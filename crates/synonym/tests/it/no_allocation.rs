//! Masking looks up a word and draws from its similar words for every masked unit: neither may allocate.

use segment::{PieceId, Vocabulary};
use synonym::{CompileOptions, Entry, Weights};

#[test]
fn look_up_and_draw_do_not_allocate() {
    let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "甲", "乙", "丙"];
    let vocabulary = Vocabulary::from_pieces(pieces.map(String::from).to_vec()).unwrap();
    let entries = [("甲", "乙"), ("甲", "丙")].map(|(a, b)| Entry::new(a, b, 1.0));
    for weights in [Weights::Uniform, Weights::Similarity] {
        let options = CompileOptions {
            weights,
            ..CompileOptions::default()
        };
        let table = fixtures::compiled_table(&entries, &vocabulary, &options);
        let mut drawn = [0; 2];
        let counted = allocation_counter::measure(|| {
            for draw in 0..100 {
                let word = table.word(&[PieceId::new(4)]).unwrap();
                let candidates = table.candidates(word);
                let rank = candidates.rank_at(f64::from(draw) / 100.0);
                drawn[rank] += table.pieces(candidates.word(rank)).len();
                assert!(table.word(&[PieceId::new(3)]).is_none());
            }
        });
        assert_eq!(drawn, [50, 50]);
        assert_eq!(counted.count_total, 0, "{weights:?}");
    }
}
