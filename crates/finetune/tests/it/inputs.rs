//! Examples become inputs as transformers makes them.

use finetune::{Encoded, InputBatch, PairSpecials, encode_characters, encode_text};
use segment::{PieceTokenizer, Vocabulary};

const SPECIALS: PairSpecials = PairSpecials { cls: 2, sep: 3 };

fn tokenizer() -> PieceTokenizer {
    let pieces = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "甲", "乙", "丙", "new", "##s",
    ];
    let vocabulary = Vocabulary::from_pieces(pieces.map(String::from).to_vec()).unwrap();
    PieceTokenizer::new(&vocabulary, true)
}

#[test]
fn texts_and_pairs_have_special_pieces_and_are_cut() {
    let tokenizer = tokenizer();
    let encode = |max_length, first: &str, second: Option<&str>| {
        let encoded = encode_text(&tokenizer, SPECIALS, max_length, first, second);
        (encoded.input_ids, encoded.n_first, encoded.n_cut)
    };
    assert_eq!(encode(8, "甲乙news", None), (vec![2, 5, 6, 8, 9, 3], 6, 0));
    assert_eq!(encode(4, "甲乙丙", None), (vec![2, 5, 6, 3], 4, 1));
    assert_eq!(encode(8, "", None), (vec![2, 3], 2, 0));
    assert_eq!(
        encode(8, "甲", Some("乙丙")),
        (vec![2, 5, 3, 6, 7, 3], 3, 0)
    );
    assert_eq!(
        encode(7, "甲", Some("乙丙甲乙")),
        (vec![2, 5, 3, 6, 7, 5, 3], 3, 1)
    );
    assert_eq!(encode(6, "", Some("乙")), (vec![2, 3, 6, 3], 2, 0));
}

#[test]
fn characters_have_the_position_of_their_first_piece() {
    let tokenizer = tokenizer();
    let encode = |max_length| {
        encode_characters(
            &tokenizer,
            SPECIALS,
            max_length,
            ["甲", " ", "news", "𫚭", "乙"],
        )
    };
    let encoded = encode(16);
    assert_eq!(encoded.input_ids, [2, 5, 8, 9, 1, 6, 3]);
    assert_eq!(
        encoded.positions,
        [Some(1), None, Some(2), Some(4), Some(5)]
    );
    assert_eq!(encoded.n_cut, 0);
    // `news` has two pieces and does not fit; what follows is left out too.
    let encoded = encode(4);
    assert_eq!(encoded.input_ids, [2, 5, 3]);
    assert_eq!(encoded.positions, [Some(1), None, None, None, None]);
    assert_eq!(encoded.n_cut, 3);
}

#[test]
fn a_batch_is_padded_to_its_longest_input() {
    let input = |input_ids: &[u32], n_first| Encoded {
        input_ids: input_ids.to_vec(),
        n_first,
        n_cut: 0,
    };
    let batch = InputBatch::of(&[&input(&[2, 5, 3], 3), &input(&[2, 5, 3, 6, 3], 3)]);
    assert_eq!(batch.input_ids, [2, 5, 3, 0, 0, 2, 5, 3, 6, 3]);
    assert_eq!(batch.segment_ids, [0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    assert_eq!((batch.lengths, batch.length), (vec![3, 5], 5));
}
