//! Texts and pairs as `[CLS] first [SEP]` and `[CLS] first [SEP] second [SEP]`.

use segment::{Piece, PieceTokenizer};

/// The pieces `[CLS]` and `[SEP]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairSpecials {
    /// The id of `[CLS]`.
    pub cls: u32,
    /// The id of `[SEP]`.
    pub sep: u32,
}

/// The pieces of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// All pieces, with `[CLS]` and `[SEP]`.
    pub input_ids: Vec<u32>,
    /// How many of them have segment 0; the others have 1.
    pub n_first: usize,
    /// The number of pieces that did not fit.
    pub n_cut: usize,
}

/// Turns a text, or a pair of texts, into an input of at most `max_length` pieces, as `BertTokenizerFast` does with
/// `truncation=True`: the longer text of a pair is cut until both are equal, then both.
pub fn encode_text(
    tokenizer: &PieceTokenizer,
    specials: PairSpecials,
    max_length: usize,
    first: &str,
    second: Option<&str>,
) -> Encoded {
    let ids = |text: &str| -> Vec<u32> {
        let pieces = tokenizer.pieces(text).into_iter();
        pieces.map(|piece: Piece| piece.id.get()).collect()
    };
    let (mut first, mut second) = (ids(first), second.map(ids));
    let n_specials = if second.is_some() { 3 } else { 2 };
    let room = max_length.saturating_sub(n_specials);
    let n_pieces = first.len() + second.as_ref().map_or(0, Vec::len);
    match &mut second {
        None => first.truncate(room),
        Some(second) => {
            let (n_first, n_second) = kept(first.len(), second.len(), room);
            first.truncate(n_first);
            second.truncate(n_second);
        }
    }
    let n_kept = first.len() + second.as_ref().map_or(0, Vec::len);
    let mut input_ids = vec![specials.cls];
    input_ids.append(&mut first);
    input_ids.push(specials.sep);
    let n_first = input_ids.len();
    if let Some(mut second) = second {
        input_ids.append(&mut second);
        input_ids.push(specials.sep);
    }
    Encoded {
        input_ids,
        n_first,
        n_cut: n_pieces - n_kept,
    }
}

/// The pieces of two texts that are kept: the longer one gives way first. If both must, each has half of the room, and the
/// longer one the odd piece.
fn kept(first: usize, second: usize, room: usize) -> (usize, usize) {
    let (short, long) = (first.min(second), first.max(second));
    let (short, long) = if short + long <= room {
        (short, long)
    } else if 2 * short <= room {
        (short, room - short)
    } else {
        (room / 2, room - room / 2)
    };
    if first > second {
        (long, short)
    } else {
        (short, long)
    }
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn the_longer_text_is_cut_first() {
        assert_eq!(kept(4, 6, 10), (4, 6));
        assert_eq!(kept(4, 9, 10), (4, 6));
        assert_eq!(kept(9, 4, 10), (6, 4));
        assert_eq!(kept(8, 9, 10), (5, 5));
        assert_eq!(kept(8, 9, 11), (5, 6));
        assert_eq!(kept(9, 8, 11), (6, 5));
        assert_eq!(kept(7, 7, 11), (5, 6));
        assert_eq!(kept(5, 0, 3), (3, 0));
    }
}
