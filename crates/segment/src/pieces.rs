//! Turns text into pieces, exactly as `BertTokenizerFast` does: with a table if it covers all characters of the text,
//! otherwise with the `tokenizers` crate.

use ahash::AHashMap;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{AddedToken, Tokenizer};

use crate::fast_pieces::{FastPieces, PieceColumns, WordBuffer};
use crate::punctuation::{PunctuationMap, normalizer};
use crate::spans::{ByteSpan, PieceId};
use crate::vocabulary::Vocabulary;

/// A piece of a text: its id and its bytes.
///
/// Spans do not tile the text, because white space and removed characters belong to no piece. Several pieces may have
/// the same span, if they are of one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The piece's id.
    pub id: PieceId,
    /// The piece's bytes in the original text.
    pub span: ByteSpan,
}

/// Turns text into pieces.
pub struct PieceTokenizer {
    tokenizer: Tokenizer,
    /// `None` if special tokens are matched in the text.
    fast: Option<FastPieces>,
}

impl PieceTokenizer {
    /// Makes a tokenizer of BERT's normaliser, pre-tokeniser and WordPiece. The names of special tokens in a text are
    /// ordinary characters (method §8.7).
    pub fn new(vocabulary: &Vocabulary, lower_case: bool) -> Self {
        Self::with_punctuation(vocabulary, lower_case, &PunctuationMap::new())
    }

    /// Makes a tokenizer that reads punctuation marks as others. The vocabulary must lack these marks; the map of a
    /// [`crate::Fingerprint`] is one of this kind.
    pub fn with_punctuation(
        vocabulary: &Vocabulary,
        lower_case: bool,
        punctuation: &PunctuationMap,
    ) -> Self {
        let ids: AHashMap<String, u32> = (0..vocabulary.len() as u32)
            .map(|id| (vocabulary.piece(PieceId::new(id)).to_owned(), id))
            .collect();
        let model = WordPiece::builder()
            .vocab(ids)
            .unk_token(vocabulary.piece(vocabulary.specials().unk).to_owned())
            .build()
            .expect("any map makes a WordPiece model");
        let bert = BertNormalizer::new(true, true, None, lower_case);
        let mut tokenizer = Tokenizer::new(model);
        tokenizer
            .with_normalizer(Some(normalizer(bert, punctuation)))
            .expect("there are no added tokens yet that it would have to normalise");
        tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
        Self {
            tokenizer,
            fast: Some(FastPieces::new(vocabulary, bert, punctuation)),
        }
    }

    /// Makes a tokenizer that matches `[PAD]`, `[UNK]`, `[CLS]`, `[SEP]` and `[MASK]` in a text as special tokens, as
    /// the tokenizers of exported folders do.
    pub fn with_specials(
        vocabulary: &Vocabulary,
        lower_case: bool,
        punctuation: &PunctuationMap,
    ) -> Self {
        let mut tokenizer = Self::with_punctuation(vocabulary, lower_case, punctuation);
        tokenizer.fast = None;
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

    /// Turns a text into pieces, in order.
    pub fn pieces(&self, text: &str) -> Vec<Piece> {
        let (mut ids, mut spans) = (Vec::new(), Vec::new());
        let mut pieces = PieceColumns {
            ids: &mut ids,
            spans: &mut spans,
        };
        let whole = ByteSpan::new(0, text.len());
        self.append(text, whole, &mut WordBuffer::default(), &mut pieces);
        let pieces = ids.into_iter().zip(spans);
        pieces.map(|(id, span)| Piece { id, span }).collect()
    }

    /// Appends the pieces of a part of a text; their spans count in the whole text.
    pub(crate) fn append(
        &self,
        text: &str,
        part: ByteSpan,
        word: &mut WordBuffer,
        pieces: &mut PieceColumns<'_>,
    ) {
        let fast = self.fast.as_ref();
        if fast.is_some_and(|fast| fast.append(text, part, word, pieces)) {
            return;
        }
        for piece in self.reference_pieces(part.of(text)) {
            let span = ByteSpan {
                start: part.start + piece.span.start,
                end: part.start + piece.span.end,
            };
            pieces.push(piece.id, span);
        }
    }

    /// The pieces of a text by the `tokenizers` crate alone, for tests: [`Self::pieces`] must give the same.
    pub fn reference_pieces(&self, text: &str) -> Vec<Piece> {
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
