//! Holds the vocabulary: its pieces by id, and the class of each.

use std::collections::HashMap;
use std::path::PathBuf;

use repro::sha256_hex;

use crate::encoding::OtherEncoding;
use crate::error::TokenizerJsonError;
use crate::spans::PieceId;

/// Why a vocabulary cannot be read, built or written.
#[derive(Debug, thiserror::Error)]
pub enum VocabularyError {
    /// There is no file.
    #[error("there is neither {path} nor a tokenizer.json beside it")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be read.
    #[error("could not read the vocabulary {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is in another encoding than UTF-8.
    #[error(transparent)]
    Encoding(OtherEncoding),
    /// A line is not UTF-8.
    #[error("line {line} is not UTF-8")]
    NoText {
        /// The line, from 1.
        line: usize,
    },
    /// Git LFS has not fetched the file yet.
    #[error("the file is a pointer of Git LFS; fetch the file itself: git lfs pull")]
    LfsPointer,
    /// A `tokenizer.json` holds no vocabulary that can be read.
    #[error(transparent)]
    TokenizerJson(#[from] TokenizerJsonError),
    /// The file could not be written.
    #[error("could not write the vocabulary {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A piece is there twice.
    #[error(
        "the piece `{piece}` is on line {first} and on line {second}; every piece must have one id"
    )]
    Duplicate {
        /// The piece.
        piece: String,
        /// Its first line, from 1.
        first: usize,
        /// Its second line, from 1.
        second: usize,
    },
    /// A special piece is missing.
    #[error("the vocabulary has no {special}; BERT's inputs need [PAD], [UNK], [CLS] and [SEP]")]
    MissingSpecial {
        /// The special.
        special: &'static str,
    },
    /// A file is not a valid vocabulary.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: Box<VocabularyError>,
    },
    /// The limit of a vocabulary that is built is too low for its special pieces and characters.
    #[error(
        "the vocabulary needs {needed} pieces for its specials and characters, but max_size is {max_size}; raise max_size or min_character_count"
    )]
    TooSmall {
        /// The number of special pieces and characters.
        needed: usize,
        /// The most pieces that the options allow.
        max_size: usize,
    },
}

/// The ids of the special pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Specials {
    /// `[PAD]`
    pub pad: PieceId,
    /// `[UNK]`
    pub unk: PieceId,
    /// `[CLS]`
    pub cls: PieceId,
    /// `[SEP]`
    pub sep: PieceId,
    /// `[MASK]`, if the vocabulary has it: objectives that never show `[MASK]` do not need it.
    pub mask: Option<PieceId>,
}

impl Specials {
    /// All special ids that the vocabulary has.
    pub fn all(&self) -> impl Iterator<Item = PieceId> + use<> {
        [
            Some(self.pad),
            Some(self.unk),
            Some(self.cls),
            Some(self.sep),
            self.mask,
        ]
        .into_iter()
        .flatten()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum PieceClass {
    Special,
    Unused,
    Continuation,
    Word,
}

/// The pieces of a `vocab.txt`, by id.
///
/// Invariants: no piece is there twice; `[PAD]`, `[UNK]`, `[CLS]` and `[SEP]` are there.
pub struct Vocabulary {
    pieces: Vec<String>,
    classes: Vec<PieceClass>,
    ids: HashMap<String, PieceId>,
    specials: Specials,
    sha256: String,
}

impl Vocabulary {
    /// Makes a vocabulary from its pieces, in the order of their ids.
    pub fn from_pieces(pieces: Vec<String>) -> Result<Self, VocabularyError> {
        let mut ids = HashMap::with_capacity(pieces.len());
        for (index, piece) in pieces.iter().enumerate() {
            if let Some(first) = ids.insert(piece.clone(), PieceId::new(index as u32)) {
                return Err(VocabularyError::Duplicate {
                    piece: piece.clone(),
                    first: first.index() + 1,
                    second: index + 1,
                });
            }
        }
        let need = |special: &'static str| {
            let id = ids.get(special).copied();
            id.ok_or(VocabularyError::MissingSpecial { special })
        };
        let specials = Specials {
            pad: need("[PAD]")?,
            unk: need("[UNK]")?,
            cls: need("[CLS]")?,
            sep: need("[SEP]")?,
            mask: ids.get("[MASK]").copied(),
        };
        let mut classes: Vec<PieceClass> = pieces.iter().map(|piece| class(piece)).collect();
        for id in specials.all() {
            classes[id.index()] = PieceClass::Special;
        }
        let sha256 = sha256_hex(text(&pieces));
        Ok(Self {
            pieces,
            classes,
            ids,
            specials,
            sha256,
        })
    }

    /// The number of pieces.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Always false, because a vocabulary has special pieces.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The piece with an id.
    ///
    /// # Panics
    /// If the vocabulary does not have the id.
    pub fn piece(&self, id: PieceId) -> &str {
        &self.pieces[id.index()]
    }

    /// The id of a piece, if the vocabulary has it.
    pub fn id(&self, piece: &str) -> Option<PieceId> {
        self.ids.get(piece).copied()
    }

    /// The ids of the special pieces.
    pub fn specials(&self) -> &Specials {
        &self.specials
    }

    /// Whether a piece is `[PAD]`, `[UNK]`, `[CLS]`, `[SEP]` or `[MASK]`.
    pub fn is_special(&self, id: PieceId) -> bool {
        self.classes[id.index()] == PieceClass::Special
    }

    /// Whether a piece begins with `##` and so continues the piece before it.
    pub fn is_continuation(&self, id: PieceId) -> bool {
        self.classes[id.index()] == PieceClass::Continuation
    }

    /// Whether a piece stands for text: it is neither special nor `[unusedN]`, but it may be a continuation.
    pub fn is_ordinary(&self, id: PieceId) -> bool {
        matches!(
            self.classes[id.index()],
            PieceClass::Word | PieceClass::Continuation
        )
    }

    /// All ids, in order.
    pub fn ids(&self) -> impl Iterator<Item = PieceId> + use<> {
        (0..self.pieces.len() as u32).map(PieceId::new)
    }

    /// The SHA-256 of [`Self::to_text`]: it does not depend on how the lines of the file end.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The text of the `vocab.txt`.
    pub fn to_text(&self) -> String {
        text(&self.pieces)
    }
}

fn class(piece: &str) -> PieceClass {
    let unused = piece
        .strip_prefix("[unused")
        .and_then(|rest| rest.strip_suffix(']'));
    if unused.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())) {
        PieceClass::Unused
    } else if piece.len() > 2 && piece.starts_with("##") {
        PieceClass::Continuation
    } else {
        PieceClass::Word
    }
}

fn text(pieces: &[String]) -> String {
    let mut text = pieces.join("\n");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::{PieceId, Vocabulary};

    const START: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n";

    #[track_caller]
    fn check_error(text: &str, expect: &str) {
        let error = Vocabulary::parse(text).err().expect("refused");
        assert_eq!(error.to_string(), expect);
    }

    #[test]
    fn what_bert_needs_must_be_there_once() {
        check_error(
            "[PAD]\n[UNK]\n[CLS]\n",
            "the vocabulary has no [SEP]; BERT's inputs need [PAD], [UNK], [CLS] and [SEP]",
        );
        check_error(
            &format!("{START}语\n语\n"),
            "the piece `语` is on line 5 and on line 6; every piece must have one id",
        );
    }

    #[test]
    fn a_vocabulary_may_lack_mask_and_have_its_specials_anywhere() {
        let text = "语\n[SEP]\n[CLS]\n言\n[UNK]\n[PAD]\n";
        let vocabulary = Vocabulary::parse(text).expect("a vocabulary");
        let specials = vocabulary.specials();
        let ids = [specials.pad, specials.unk, specials.cls, specials.sep].map(PieceId::get);
        assert_eq!((ids, specials.mask), ([5, 4, 2, 1], None));
    }

    #[test]
    fn pieces_have_a_class() {
        let vocabulary = Vocabulary::parse(&format!("{START}[unused1]\n##s\n##\n[unused]\n"))
            .expect("a vocabulary");
        let id = |piece| vocabulary.id(piece).expect("there");
        assert!(vocabulary.is_special(id("[CLS]")) && !vocabulary.is_special(id("[unused1]")));
        assert!(vocabulary.is_continuation(id("##s")) && vocabulary.is_ordinary(id("##s")));
        assert!(!vocabulary.is_ordinary(id("[CLS]")) && !vocabulary.is_ordinary(id("[unused1]")));
        assert!(!vocabulary.is_continuation(id("##")) && vocabulary.is_ordinary(id("[unused]")));
    }
}
