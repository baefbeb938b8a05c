//! Characters one by one: for tags, and for spelling correction.

use segment::PieceTokenizer;

use crate::inputs::texts::PairSpecials;

/// A sequence of characters as an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedCharacters {
    /// All pieces, with `[CLS]` and `[SEP]`.
    pub input_ids: Vec<u32>,
    /// The position of each character's first piece. `None` if the character has no piece, as white space, or does not fit.
    pub positions: Vec<Option<usize>>,
    /// The number of characters that did not fit.
    pub n_cut: usize,
}

/// Turns characters, or words in their place, into an input of at most `max_length` pieces. Each is cut into pieces by itself,
/// as transformers does with `is_split_into_words`. What does not fit is left out from the end.
pub fn encode_characters<'c>(
    tokenizer: &PieceTokenizer,
    specials: PairSpecials,
    max_length: usize,
    characters: impl IntoIterator<Item = &'c str>,
) -> EncodedCharacters {
    let room = max_length.saturating_sub(1); // for the last [SEP]
    let mut encoded = EncodedCharacters {
        input_ids: vec![specials.cls],
        positions: Vec::new(),
        n_cut: 0,
    };
    for character in characters {
        let pieces = tokenizer.pieces(character);
        let at = encoded.input_ids.len();
        let fits = encoded.n_cut == 0 && at + pieces.len() <= room;
        encoded.n_cut += usize::from(!fits);
        let has_piece = fits && !pieces.is_empty();
        encoded.positions.push(has_piece.then_some(at));
        if has_piece {
            let ids = pieces.iter().map(|piece| piece.id.get());
            encoded.input_ids.extend(ids);
        }
    }
    encoded.input_ids.push(specials.sep);
    encoded
}
