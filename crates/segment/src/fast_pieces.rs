//! Finds pieces with one table look-up per character, in text whose characters do not depend on their neighbours.

use std::sync::atomic::{AtomicU32, Ordering};

use tokenizers::normalizers::BertNormalizer;

use crate::characters::{Role, RoleFinder};
use crate::piece_trie::PieceTrie;
use crate::punctuation::PunctuationMap;
use crate::spans::{ByteSpan, PieceId};
use crate::vocabulary::Vocabulary;

/// Words of more characters are one `[UNK]` (\[B\]: `max_input_chars_per_word`).
const MAX_WORD_CHARACTERS: usize = 100;
/// One more than the highest character.
const N_CHARACTERS: usize = char::MAX as usize + 1;

/// What to do with a character: its [`Role`], with a piece in place of a character that is a word of its own.
#[derive(Clone, Copy)]
enum Entry {
    Removed,
    Space,
    Alone(PieceId),
    InWord(char),
    Other,
}

/// An [`Entry`] is stored in 32 bits: its kind in the low three, which is never 0, and an id or a character above them.
const KIND_BITS: u32 = 3;

impl Entry {
    const fn pack(self) -> u32 {
        match self {
            Self::Removed => 1,
            Self::Space => 2,
            Self::Other => 3,
            Self::Alone(id) => 4 | id.get() << KIND_BITS,
            Self::InWord(written) => 5 | (written as u32) << KIND_BITS,
        }
    }

    #[inline]
    fn unpack(packed: u32) -> Self {
        let above = packed >> KIND_BITS;
        match packed & ((1 << KIND_BITS) - 1) {
            1 => Self::Removed,
            2 => Self::Space,
            4 => Self::Alone(PieceId::new(above)),
            5 => Self::InWord(char::from_u32(above).unwrap_or(char::REPLACEMENT_CHARACTER)),
            _ => Self::Other,
        }
    }
}

/// Finds BERT's pieces in one pass over the text, without making strings.
///
/// The pieces are those of the `tokenizers` crate: the table has that crate's own answer for each character
/// ([`RoleFinder`]), and WordPiece's rule of the longest match is a walk through a trie.
pub(crate) struct FastPieces {
    finder: RoleFinder,
    trie: PieceTrie,
    unknown: PieceId,
    punctuation: PunctuationMap,
    /// The packed entry of each character, or 0 if it has not been needed yet. The thread that needs an entry first
    /// stores it. Several threads may do so at once, because all store the same value.
    entries: Box<[AtomicU32]>,
}

/// The word that is being read.
#[derive(Default)]
pub(crate) struct WordBuffer(Vec<WordCharacter>);

struct WordCharacter {
    /// The character as BERT writes it, for example in lower case.
    written: char,
    /// The character's bytes in the text.
    span: ByteSpan,
}

/// Pieces as two columns of equal length: their ids and their spans.
pub(crate) struct PieceColumns<'p> {
    pub(crate) ids: &'p mut Vec<PieceId>,
    pub(crate) spans: &'p mut Vec<ByteSpan>,
}

impl PieceColumns<'_> {
    #[inline]
    pub(crate) fn push(&mut self, id: PieceId, span: ByteSpan) {
        self.ids.push(id);
        self.spans.push(span);
    }

    fn truncate(&mut self, n_pieces: usize) {
        self.ids.truncate(n_pieces);
        self.spans.truncate(n_pieces);
    }
}

impl FastPieces {
    pub(crate) fn new(
        vocabulary: &Vocabulary,
        normalizer: BertNormalizer,
        punctuation: &PunctuationMap,
    ) -> Self {
        Self {
            finder: RoleFinder::new(normalizer),
            trie: PieceTrie::new(vocabulary),
            unknown: vocabulary.specials().unk,
            punctuation: punctuation.clone(),
            entries: (0..N_CHARACTERS).map(|_| AtomicU32::new(0)).collect(),
        }
    }

    /// Appends the pieces of a part of a text. Returns `false`, and appends nothing, if a character's neighbours
    /// matter: then the `tokenizers` crate must be used.
    pub(crate) fn append(
        &self,
        text: &str,
        part: ByteSpan,
        word: &mut WordBuffer,
        pieces: &mut PieceColumns<'_>,
    ) -> bool {
        let n_before = pieces.ids.len();
        word.0.clear();
        let mut start = part.start;
        for character in part.of(text).chars() {
            let end = start + character.len_utf8() as u32;
            let span = ByteSpan { start, end };
            start = end;
            match self.entry(character) {
                Entry::Alone(id) => {
                    self.end_word(word, pieces);
                    pieces.push(id, span);
                }
                Entry::InWord(written) => word.0.push(WordCharacter { written, span }),
                Entry::Space => self.end_word(word, pieces),
                Entry::Removed => {}
                Entry::Other => {
                    pieces.truncate(n_before);
                    return false;
                }
            }
        }
        self.end_word(word, pieces);
        true
    }

    #[inline]
    fn entry(&self, character: char) -> Entry {
        let entry = &self.entries[character as usize];
        match entry.load(Ordering::Relaxed) {
            0 => self.fill(character, entry),
            packed => Entry::unpack(packed),
        }
    }

    #[cold]
    fn fill(&self, character: char, entry: &AtomicU32) -> Entry {
        let found = self.find_entry(character);
        entry.store(found.pack(), Ordering::Relaxed);
        found
    }

    fn find_entry(&self, character: char) -> Entry {
        let read_as = self.punctuation.get(&character);
        let character = read_as.copied().unwrap_or(character);
        match self.finder.role(character) {
            Role::Removed => Entry::Removed,
            Role::Space => Entry::Space,
            Role::Alone(written) => {
                let found = self.trie.first(std::iter::once(written));
                Entry::Alone(found.map_or(self.unknown, |(id, _)| id))
            }
            Role::InWord(written) => Entry::InWord(written),
            Role::Other => Entry::Other,
        }
    }

    #[inline]
    fn end_word(&self, word: &mut WordBuffer, pieces: &mut PieceColumns<'_>) {
        if !word.0.is_empty() {
            self.append_word(&word.0, pieces);
            word.0.clear();
        }
    }

    /// Appends the pieces of a word by WordPiece \[B\]: the longest piece that the word begins with, then the longest
    /// `##` piece that the rest begins with, and so on. If there is none for some rest, the whole word is one
    /// `[UNK]`.
    fn append_word(&self, word: &[WordCharacter], pieces: &mut PieceColumns<'_>) {
        let span = |characters: &[WordCharacter]| ByteSpan {
            start: characters[0].span.start,
            end: characters[characters.len() - 1].span.end,
        };
        let n_before = pieces.ids.len();
        let mut n_done = 0;
        while n_done < word.len() && word.len() <= MAX_WORD_CHARACTERS {
            let rest = &word[n_done..];
            let characters = rest.iter().map(|character| character.written);
            let found = if n_done == 0 {
                self.trie.first(characters)
            } else {
                self.trie.later(characters)
            };
            let Some((id, n_characters)) = found else {
                break;
            };
            pieces.push(id, span(&rest[..n_characters]));
            n_done += n_characters;
        }
        if n_done < word.len() {
            pieces.truncate(n_before);
            pieces.push(self.unknown, span(word));
        }
    }
}
