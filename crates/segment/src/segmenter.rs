//! Runs the whole stage: turns a document's text into sentences of units of pieces.

use std::sync::Arc;

use crate::cut::CutScratch;
use crate::dictionary::DictionaryReport;
use crate::error::SegmentError;
use crate::fast_pieces::{PieceColumns, WordBuffer};
use crate::fingerprint::Fingerprint;
use crate::options::SegmentOptions;
use crate::pieces::{Piece, PieceTokenizer};
use crate::pre_cut;
use crate::punctuation::needed;
use crate::segmented::{Segmented, SentenceSpan};
use crate::sentence::append_sentence_spans;
use crate::spans::ByteSpan;
use crate::units::unit_ends;
use crate::vocabulary::Vocabulary;
use crate::words::{Word, WordSegmenter};
use crate::wrapped::{Joined, WrappedLines, wrapped_lines};

/// Memory that [`Segmenter::segment_in`] reuses from document to document; each thread has its own.
#[derive(Default)]
pub struct Scratch {
    segmented: Segmented,
    sentences: Vec<ByteSpan>,
    word: WordBuffer,
    cut: CutScratch,
    word_ends: Vec<u32>,
}

/// Segments documents; all threads can share it.
pub struct Segmenter {
    /// `None` if the text is pre-cut.
    words: Option<WordSegmenter>,
    pieces: PieceTokenizer,
    vocabulary: Arc<Vocabulary>,
    fingerprint: Fingerprint,
}

impl Segmenter {
    /// Makes a segmenter for a vocabulary, and reads the user dictionary if the options name one.
    pub fn new(
        vocabulary: &Arc<Vocabulary>,
        options: &SegmentOptions,
    ) -> Result<Self, SegmentError> {
        let words = (!options.is_cut)
            .then(|| WordSegmenter::new(options.hmm, options.dictionary.as_deref()))
            .transpose()?;
        let dictionary_sha256 = words.as_ref().and_then(WordSegmenter::dictionary_sha256);
        let punctuation = needed(&options.punctuation, vocabulary)?;
        Ok(Self {
            pieces: PieceTokenizer::with_punctuation(vocabulary, options.lower_case, &punctuation),
            fingerprint: Fingerprint::new(options, dictionary_sha256, punctuation),
            vocabulary: Arc::clone(vocabulary),
            words,
        })
    }

    /// What decides, apart from the vocabulary, how text is segmented.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// What to know of the user dictionary; `None` if there is none.
    pub fn dictionary_report(&self) -> Option<&DictionaryReport> {
        self.words.as_ref()?.dictionary_report()
    }

    /// The vocabulary that the pieces belong to.
    pub fn vocabulary(&self) -> &Arc<Vocabulary> {
        &self.vocabulary
    }

    /// Cuts a text into words, which tile it.
    pub fn words<'t>(&self, text: &'t str) -> Vec<Word<'t>> {
        match &self.words {
            Some(segmenter) => segmenter.words(text),
            None => pre_cut::words(text),
        }
    }

    /// Turns a text into pieces.
    pub fn pieces(&self, text: &str) -> Vec<Piece> {
        self.pieces.pieces(text)
    }

    /// Turns a document's text into sentences of units of pieces.
    pub fn segment(&self, text: &str) -> Segmented {
        let mut scratch = Scratch::default();
        let joins = self.fingerprint.join_wrapped_lines;
        let wrapped = joins.then(|| wrapped_lines(text)).flatten();
        self.segment_in(text, wrapped.as_ref(), &mut scratch);
        scratch.segmented
    }

    /// Does the same as [`Self::segment`] in memory that is reused; `wrapped` is what [`wrapped_lines`] finds in the
    /// text.
    pub fn segment_in<'s>(
        &self,
        text: &str,
        wrapped: Option<&WrappedLines>,
        scratch: &'s mut Scratch,
    ) -> &'s Segmented {
        if self.fingerprint.join_wrapped_lines
            && let Some(wrapped) = wrapped
        {
            let joined = Joined::new(text, wrapped);
            self.segment_lines(&joined.text, scratch);
            joined.restore_spans(&mut scratch.segmented);
        } else {
            self.segment_lines(text, scratch);
        }
        &scratch.segmented
    }

    /// Segments a text in which every line end is the end of a sentence.
    fn segment_lines(&self, text: &str, scratch: &mut Scratch) {
        let mut sentences = std::mem::take(&mut scratch.sentences);
        sentences.clear();
        append_sentence_spans(text, self.words.is_none(), &mut sentences);
        scratch.segmented.clear();
        for span in &sentences {
            self.append_sentence(text, *span, scratch);
        }
        scratch.sentences = sentences;
    }

    fn append_sentence(&self, text: &str, span: ByteSpan, scratch: &mut Scratch) {
        let segmented = &mut scratch.segmented;
        let first_piece = segmented.pieces.len();
        let first_unit = segmented.unit_ends.len() as u32;
        let mut columns = PieceColumns {
            ids: &mut segmented.pieces,
            spans: &mut segmented.piece_spans,
        };
        self.pieces
            .append(text, span, &mut scratch.word, &mut columns);
        if segmented.pieces.len() == first_piece {
            segmented.n_empty_sentences += 1;
            return;
        }
        scratch.word_ends.clear();
        match &self.words {
            Some(words) => {
                words.append_ends(text, span, &mut scratch.cut, &mut scratch.word_ends);
            }
            None => pre_cut::append_ends(text, span, &mut scratch.word_ends),
        }
        unit_ends(
            &scratch.word_ends,
            &segmented.pieces[first_piece..],
            &segmented.piece_spans[first_piece..],
            &self.vocabulary,
            first_piece as u32,
            &mut segmented.unit_ends,
        );
        segmented.sentences.push(SentenceSpan {
            text: span,
            pieces: first_piece as u32..segmented.pieces.len() as u32,
            units: first_unit..segmented.unit_ends.len() as u32,
        });
    }
}
