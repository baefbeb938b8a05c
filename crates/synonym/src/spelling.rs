//! How a vocabulary writes words: their id sequences.

use std::collections::HashMap;

use segment::{PieceId, PieceTokenizer, Vocabulary};

/// Words to ids, each word tokenised once.
pub(crate) struct Speller<'v> {
    tokenizer: &'v PieceTokenizer,
    unknown: PieceId,
    known: HashMap<String, Option<Vec<PieceId>>>,
}

impl<'v> Speller<'v> {
    pub(crate) fn new(tokenizer: &'v PieceTokenizer, vocabulary: &Vocabulary) -> Self {
        Self {
            tokenizer,
            unknown: vocabulary.specials().unk,
            known: HashMap::new(),
        }
    }

    /// The ids of a word, or `None` where the vocabulary cannot write it without `[UNK]`, or it has no piece at all.
    pub(crate) fn ids(&mut self, word: &str) -> Option<&[PieceId]> {
        if !self.known.contains_key(word) {
            let ids = spell(self.tokenizer, word);
            let ids = (!ids.is_empty() && !ids.contains(&self.unknown)).then_some(ids);
            self.known.insert(word.to_owned(), ids);
        }
        self.known.get(word)?.as_deref()
    }
}

/// The ids of a word, `[UNK]` among them.
pub(crate) fn spell(tokenizer: &PieceTokenizer, word: &str) -> Vec<PieceId> {
    let pieces = tokenizer.pieces(word);
    pieces.iter().map(|piece| piece.id).collect()
}
