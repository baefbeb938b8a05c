//! Cuts text into the words that jieba's precise mode gives, in a fraction of jieba-rs's time.
//!
//! 1. The text is divided into runs of the characters that words are written with. Any other character is a word of
//!    its own.
//! 2. Of all ways to cut a run into words of the dictionary, the most probable one is taken.
//! 3. Single characters in a row are cut again with a hidden Markov model (see [`unknown`]).
//!
//! Every sum and comparison is made in jieba-rs's order, so that ties and rounding give the same words.

pub(crate) mod alphabet;
pub(crate) mod lexicon;
mod markov;
mod node;
mod trie;
mod trie_builder;
mod unknown;

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use alphabet::BREAK;
use lexicon::Lexicon;
use markov::Markov;
use node::Node;
use trie::Trie;

/// jieba's own dictionary, built once for all that use it.
static JIEBA: LazyLock<Option<Arc<Trie>>> =
    LazyLock::new(|| Trie::new(&Lexicon::jieba()?).map(Arc::new));

/// Characters of a word that are looked up in advance, for every character that it may begin with.
const N_LOOKED_UP: usize = 3;

/// Cuts text into words.
pub(crate) struct Cutter {
    trie: Arc<Trie>,
    hmm: bool,
}

/// The columns of a text that is being cut, with one entry for each character; the memory is reused from text to text.
#[derive(Default)]
pub(crate) struct CutScratch {
    /// The character's first byte in the text; one more entry for the text's end.
    starts: Vec<u32>,
    /// The character's code; two more entries, [`BREAK`], behind the last.
    codes: Vec<u16>,
    /// The node of the beginning of two characters: this one and the next.
    pairs: Vec<Node>,
    /// The node of the beginning of three characters: this one and the next two.
    triples: Vec<Node>,
    /// The best path from the character to the end of its run.
    paths: Vec<Path>,
    characters: Vec<char>,
    markov: Markov,
}

/// The most probable way to cut the text from a character to the end of its run.
#[derive(Clone, Copy)]
struct Path {
    log_probability: f64,
    /// The index of the character behind the path's first word.
    word_end: u32,
}

impl Path {
    /// The path at the end of a run, which has no word.
    const END: Self = Self {
        log_probability: 0.0,
        word_end: 0,
    };
    /// A path that every other one is better than.
    const NONE: Self = Self {
        log_probability: f64::NEG_INFINITY,
        word_end: 0,
    };
}

impl Cutter {
    /// Makes a cutter with jieba's own dictionary; `None` if the build did not find it.
    pub(crate) fn jieba(hmm: bool) -> Option<Self> {
        let trie = Arc::clone(JIEBA.as_ref()?);
        Some(Self { trie, hmm })
    }

    /// Makes a cutter with a dictionary; `None` if the dictionary is too large.
    pub(crate) fn new(lexicon: &Lexicon, hmm: bool) -> Option<Self> {
        let trie = Arc::new(Trie::new(lexicon)?);
        Some(Self { trie, hmm })
    }

    /// Appends one past the last byte of every word. The text begins at byte `offset` of a larger one, which the
    /// results count in.
    pub(crate) fn append_ends(
        &self,
        text: &str,
        offset: u32,
        scratch: &mut CutScratch,
        ends: &mut Vec<u32>,
    ) {
        self.look_up(text, scratch);
        let n = scratch.starts.len() - 1;
        scratch.paths.resize(n + N_LOOKED_UP, Path::END);
        let mut at = 0;
        while at < n {
            let rest = &scratch.codes[at..];
            let run = at..at
                + rest
                    .iter()
                    .position(|code| *code == BREAK)
                    .unwrap_or(rest.len());
            if run.is_empty() {
                at += 1;
                let end = scratch.starts[at] as usize;
                // `\r\n` is one word.
                if !text.as_bytes()[..end].ends_with(b"\r") || !text[end..].starts_with('\n') {
                    ends.push(offset + end as u32);
                }
                continue;
            }
            at = run.end;
            self.find_paths(run.clone(), scratch);
            self.append_run(text, run, offset, scratch, ends);
        }
    }

    /// Fills the columns of codes and nodes.
    ///
    /// The look-ups of a column do not depend on each other and nothing is decided in between, so the processor has
    /// many of them under way at once.
    fn look_up(&self, text: &str, scratch: &mut CutScratch) {
        let CutScratch {
            starts,
            codes,
            pairs,
            triples,
            ..
        } = scratch;
        starts.clear();
        codes.clear();
        for (start, character) in text.char_indices() {
            starts.push(start as u32);
            codes.push(self.trie.code(character));
        }
        starts.push(text.len() as u32);
        codes.extend([BREAK; N_LOOKED_UP - 1]);
        let child = |(node, code): (Node, &u16)| self.trie.child(node, *code);
        let roots = codes.iter().map(|code| self.trie.root(*code));
        pairs.clear();
        pairs.extend(roots.zip(&codes[1..]).map(child));
        triples.clear();
        triples.extend(pairs.iter().copied().zip(&codes[2..]).map(child));
    }

    /// Finds the best path from every character of a run, from the last to the first. Of equally
    /// probable paths, the one with the longer first word is taken.
    fn find_paths(&self, run: Range<usize>, scratch: &mut CutScratch) {
        let CutScratch {
            codes,
            pairs,
            triples,
            paths,
            ..
        } = scratch;
        paths[run.end] = Path::END;
        for from in run.rev() {
            let mut best = Path::NONE;
            let root = self.trie.root(codes[from]);
            let mut node = triples[from];
            self.improve(&mut best, root, from + 1, paths);
            self.improve(&mut best, pairs[from], from + 2, paths);
            self.improve(&mut best, node, from + N_LOOKED_UP, paths);
            let mut next = from + N_LOOKED_UP;
            while node.has_children() {
                node = self.trie.child(node, codes[next]);
                next += 1;
                self.improve(&mut best, node, next, paths);
            }
            if best.word_end == 0 {
                best = Path {
                    log_probability: self.trie.unseen() + paths[from + 1].log_probability,
                    word_end: from as u32 + 1,
                };
            }
            paths[from] = best;
        }
    }

    /// Replaces the best path with the one whose first word is that of `node`, if that path is as good or better.
    #[inline]
    fn improve(&self, best: &mut Path, node: Node, next: usize, paths: &[Path]) {
        // If no word ends at the node, this is NaN, and the comparison is false.
        let log_probability = self.trie.log_probability(node) + paths[next].log_probability;
        if log_probability >= best.log_probability {
            let word_end = next as u32;
            *best = Path {
                log_probability,
                word_end,
            };
        }
    }

    /// Appends the word ends of a run: those of its best path, but single characters in a row are cut again.
    fn append_run(
        &self,
        text: &str,
        run: Range<usize>,
        offset: u32,
        scratch: &mut CutScratch,
        ends: &mut Vec<u32>,
    ) {
        let (mut from, mut first_single) = (run.start, None);
        while from < run.end {
            let next = scratch.paths[from].word_end as usize;
            let byte = text.as_bytes()[scratch.starts[from] as usize];
            if next == from + 1 && (self.hmm || byte.is_ascii_alphanumeric()) {
                first_single.get_or_insert(from);
            } else {
                if let Some(first) = first_single.take() {
                    self.append_singles(text, first..from, offset, scratch, ends);
                }
                ends.push(offset + scratch.starts[next]);
            }
            from = next;
        }
        if let Some(first) = first_single {
            self.append_singles(text, first..run.end, offset, scratch, ends);
        }
    }

    /// Appends the word ends of single characters in a row, as jieba does.
    ///
    /// Without the hidden Markov model, only ASCII letters and digits come here, and together they are one word. With the
    /// model, the characters stay single if together they are a word of the dictionary, and are cut by the model
    /// otherwise.
    fn append_singles(
        &self,
        text: &str,
        singles: Range<usize>,
        offset: u32,
        scratch: &mut CutScratch,
        ends: &mut Vec<u32>,
    ) {
        let n = singles.len();
        let starts = &scratch.starts[singles.start..=singles.end];
        if !self.hmm || n == 1 {
            ends.push(offset + starts[n]);
        } else if self.is_word(&scratch.codes[singles]) {
            ends.extend(starts[1..].iter().map(|start| offset + start));
        } else {
            let characters = &mut scratch.characters;
            characters.clear();
            characters.extend(text[starts[0] as usize..starts[n] as usize].chars());
            unknown::append_ends(characters, offset + starts[0], &mut scratch.markov, ends);
        }
    }

    /// Whether a text is a word of the dictionary.
    pub(crate) fn knows(&self, text: &str) -> bool {
        let codes: Vec<u16> = text.chars().map(|c| self.trie.code(c)).collect();
        !codes.is_empty() && self.is_word(&codes)
    }

    fn is_word(&self, codes: &[u16]) -> bool {
        let root = self.trie.root(codes[0]);
        let child = |node, code: &u16| self.trie.child(node, *code);
        codes[1..].iter().fold(root, child).is_word()
    }
}
