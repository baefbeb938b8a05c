//! Pieces by table look-up, for text in which every character can be judged by itself.

use std::sync::atomic::{AtomicU32, Ordering};

use tokenizers::normalizers::BertNormalizer;

use crate::characters::{Role, RoleFinder};
use crate::piece_trie::PieceTrie;
use crate::spans::{ByteSpan, PieceId};
use crate::vocabulary::Vocabulary;

/// Longer words are one `[UNK]` (\[B\]: `max_input_chars_per_word`).
const MAX_WORD_CHARACTERS: usize = 100;
/// Characters that there may be.
const N_CHARACTERS: usize = char::MAX as usize + 1;

/// What to do at a character.
#[derive(Clone, Copy)]
enum Entry {
    Removed,
    Space,
    Alone(PieceId),
    InWord(char),
    Else,
}

/// An [`Entry`] in 32 bits: its kind in the low three, never 0, and above them an id or a character.
const KIND_BITS: u32 = 3;

impl Entry {
    const fn pack(self) -> u32 {
        match self {
            Self::Removed => 1,
            Self::Space => 2,
            Self::Else => 3,
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
            _ => Self::Else,
        }
    }
}

/// BERT's pieces without its strings: one pass over the text, one look-up a character.
///
/// Equal to the `tokenizers` crate wherever it applies: the table is that crate's own answer for each character
/// ([`RoleFinder`]), and the longest-match rule of WordPiece is a walk over a trie.
pub(crate) struct FastPieces {
    finder: RoleFinder,
    trie: PieceTrie,
    unknown: PieceId,
    /// What to do at each character, packed; 0 where no text has had it yet. Whoever asks first fills it in, and all would
    /// fill in the same.
    entries: Box<[AtomicU32]>,
}

/// The word that is being read: its characters as BERT writes them, and where each stands in the text.
#[derive(Default)]
pub(crate) struct WordBuffer(Vec<(char, ByteSpan)>);

/// Pieces with where they stand, in two columns of like length.
pub(crate) struct PieceRow<'p> {
    pub(crate) ids: &'p mut Vec<PieceId>,
    pub(crate) spans: &'p mut Vec<ByteSpan>,
}

impl PieceRow<'_> {
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
    pub(crate) fn new(vocabulary: &Vocabulary, normalizer: BertNormalizer) -> Self {
        Self {
            finder: RoleFinder::new(normalizer),
            trie: PieceTrie::new(vocabulary),
            unknown: vocabulary.specials().unk,
            entries: (0..N_CHARACTERS).map(|_| AtomicU32::new(0)).collect(),
        }
    }

    /// Appends the pieces of a part of a text; `false`, and nothing appended, where a character needs the whole
    /// pipeline.
    pub(crate) fn append(
        &self,
        text: &str,
        part: ByteSpan,
        word: &mut WordBuffer,
        pieces: &mut PieceRow<'_>,
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
                Entry::InWord(written) => word.0.push((written, span)),
                Entry::Space => self.end_word(word, pieces),
                Entry::Removed => {}
                Entry::Else => {
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
            0 => self.ask(character, entry),
            packed => Entry::unpack(packed),
        }
    }

    #[cold]
    fn ask(&self, character: char, entry: &AtomicU32) -> Entry {
        let judged = self.judge(character);
        entry.store(judged.pack(), Ordering::Relaxed);
        judged
    }

    fn judge(&self, character: char) -> Entry {
        match self.finder.role(character) {
            Role::Removed => Entry::Removed,
            Role::Space => Entry::Space,
            Role::Alone(written) => {
                let found = self.trie.first(std::iter::once(written));
                Entry::Alone(found.map_or(self.unknown, |(id, _)| id))
            }
            Role::InWord(written) => Entry::InWord(written),
            Role::Else => Entry::Else,
        }
    }

    #[inline]
    fn end_word(&self, word: &mut WordBuffer, pieces: &mut PieceRow<'_>) {
        if !word.0.is_empty() {
            self.cut_word(&word.0, pieces);
            word.0.clear();
        }
    }

    /// WordPiece \[B\]: the longest piece, then the longest `##` piece, and so on; one `[UNK]` where one is missing.
    fn cut_word(&self, word: &[(char, ByteSpan)], pieces: &mut PieceRow<'_>) {
        let span = |characters: &[(char, ByteSpan)]| ByteSpan {
            start: characters[0].1.start,
            end: characters[characters.len() - 1].1.end,
        };
        let n_before = pieces.ids.len();
        let mut n_done = 0;
        while n_done < word.len() && word.len() <= MAX_WORD_CHARACTERS {
            let rest = &word[n_done..];
            let characters = rest.iter().map(|(character, _)| *character);
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
