//! The piece ids of words.

use std::collections::HashMap;

use segment::{PieceId, PieceTokenizer, Vocabulary};

/// The piece ids of words in one vocabulary; tokenises each word once and remembers the result.
pub(crate) struct WordIds<'v> {
    tokenizer: &'v PieceTokenizer,
    unknown: PieceId,
    known: HashMap<String, Option<Vec<PieceId>>>,
}

impl<'v> WordIds<'v> {
    pub(crate) fn new(tokenizer: &'v PieceTokenizer, vocabulary: &Vocabulary) -> Self {
        Self {
            tokenizer,
            unknown: vocabulary.specials().unk,
            known: HashMap::new(),
        }
    }

    /// The ids of a word, or `None` if they contain `[UNK]` or the word has no pieces.
    pub(crate) fn of(&mut self, word: &str) -> Option<&[PieceId]> {
        if !self.known.contains_key(word) {
            let ids = word_ids(self.tokenizer, word);
            let ids = (!ids.is_empty() && !ids.contains(&self.unknown)).then_some(ids);
            self.known.insert(word.to_owned(), ids);
        }
        self.known.get(word)?.as_deref()
    }
}

/// The ids of a word; they may contain `[UNK]`.
pub(crate) fn word_ids(tokenizer: &PieceTokenizer, word: &str) -> Vec<PieceId> {
    let pieces = tokenizer.pieces(word);
    pieces.iter().map(|piece| piece.id).collect()
}
