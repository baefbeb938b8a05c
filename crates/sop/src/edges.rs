//! Names what a text ends with: which mark ends its last sentence, and whether a closing mark follows.

use std::collections::HashMap;

use segment::{PieceId, Vocabulary};

/// Marks that end a sentence, each a kind of its own (method §1).
const ENDS: [&str; 9] = ["。", "！", "？", "；", "…", ".", "!", "?", ";"];
/// Marks inside a sentence, with which a text ends only if it was cut. They are one kind.
const INNER: [&str; 6] = ["，", "、", "：", ",", ":", "—"];
/// Marks that close a quotation or a bracket.
const CLOSING: [&str; 10] = ["”", "’", "」", "』", "）", "》", "】", "\"", "'", ")"];

/// Many vocabularies lack the closing quotation mark, so an unknown piece at the end of a text counts as one.
const UNKNOWN: &str = "[UNK]";

/// What a text ends with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ending {
    /// 0 for a text that ends without a mark, 1 for a mark inside a sentence, then one number for each mark that ends one.
    mark: u8,
    is_closed: bool,
}

impl Ending {
    /// The number of endings.
    pub(crate) const N: usize = 2 * (ENDS.len() + 2);

    /// Whether a mark ends the text's last sentence.
    pub(crate) const fn is_end(self) -> bool {
        self.mark > 1
    }

    /// A number below [`Self::N`] for each ending.
    pub(crate) fn index(self) -> usize {
        2 * usize::from(self.mark) + usize::from(self.is_closed)
    }
}

/// A mark of a vocabulary.
#[derive(Clone, Copy)]
enum Mark {
    Closing,
    /// The number of a mark that is not a closing one.
    Other(u8),
}

/// Finds out what texts of a vocabulary end with.
pub(crate) struct Endings {
    marks: HashMap<PieceId, Mark>,
}

impl Endings {
    pub(crate) fn new(vocabulary: &Vocabulary) -> Self {
        let closing = CLOSING.iter().chain([&UNKNOWN]);
        let closing = closing.map(|mark| (*mark, Mark::Closing));
        let inner = INNER.iter().map(|mark| (*mark, Mark::Other(1)));
        let ends = ENDS.iter().zip(2..);
        let ends = ends.map(|(mark, number)| (*mark, Mark::Other(number)));
        let known = |(mark, kind)| Some((vocabulary.id(mark)?, kind));
        let all = closing.chain(inner).chain(ends);
        Self {
            marks: all.filter_map(known).collect(),
        }
    }

    pub(crate) fn of(&self, text: &[PieceId]) -> Ending {
        let mut ending = Ending::default();
        for piece in text.iter().rev() {
            match self.marks.get(piece) {
                Some(Mark::Closing) => ending.is_closed = true,
                Some(Mark::Other(number)) => {
                    ending.mark = *number;
                    return ending;
                }
                None => return ending,
            }
        }
        ending
    }
}
