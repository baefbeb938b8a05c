//! Pieces: WordPiece by the `tokenizers` crate, exactly as BertTokenizerFast.

use ahash::AHashMap;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{AddedToken, Tokenizer};

use crate::spans::{ByteSpan, PieceId};
use crate::vocabulary::Vocabulary;

/// A WordPiece id and the bytes of the text that it stands for.
///
/// Spans do not tile the text (white space and removed characters belong to no piece), and several pieces may share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The id.
    pub id: PieceId,
    /// Where it stands in the original text.
    pub span: ByteSpan,
}

/// Turns text into pieces.
pub struct PieceTokenizer {
    tokenizer: Tokenizer,
}

impl PieceTokenizer {
    /// BERT's normaliser, pre-tokeniser and WordPiece; special tokens in a text are ordinary characters (method §8.7).
    pub fn new(vocabulary: &Vocabulary, lower_case: bool) -> Self {
        let ids: AHashMap<String, u32> = (0..vocabulary.len() as u32)
            .map(|id| (vocabulary.piece(PieceId::new(id)).to_owned(), id))
            .collect();
        let model = WordPiece::builder()
            .vocab(ids)
            .unk_token(vocabulary.piece(vocabulary.specials().unk).to_owned())
            .build()
            .expect("a WordPiece model is built from any map");
        let mut tokenizer = Tokenizer::new(model);
        tokenizer
            .with_normalizer(Some(BertNormalizer::new(true, true, None, lower_case)))
            .expect("no added tokens to normalise yet");
        tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
        Self { tokenizer }
    }

    /// The same with `[PAD] [UNK] [CLS] [SEP] [MASK]` in a text matched as specials, as exported tokenizers do.
    pub fn with_specials(vocabulary: &Vocabulary, lower_case: bool) -> Self {
        let mut tokenizer = Self::new(vocabulary, lower_case);
        let specials = vocabulary
            .specials()
            .all()
            .map(|id| AddedToken::from(vocabulary.piece(id).to_owned(), true));
        tokenizer
            .tokenizer
            .add_special_tokens(specials)
            .expect("specials are pieces of the vocabulary");
        tokenizer
    }

    /// The pieces of a text, in order.
    pub fn pieces(&self, text: &str) -> Vec<Piece> {
        let encoding = self
            .tokenizer
            .encode(text, false)
            .expect("WordPiece with [UNK] has pieces for any text");
        encoding
            .get_ids()
            .iter()
            .zip(encoding.get_offsets())
            .map(|(id, (start, end))| Piece {
                id: PieceId::new(*id),
                span: ByteSpan::new(*start, *end),
            })
            .collect()
    }

    pub(crate) fn into_inner(self) -> Tokenizer {
        self.tokenizer
    }
}
