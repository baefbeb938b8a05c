//! jieba's precise cut, on a dictionary laid out for it: the words that jieba-rs cuts, in a fraction of its time.
//!
//! The text falls into runs of the characters that words are written with. Of all ways to cut a run into words of the
//! dictionary, the likeliest is taken; what it leaves as single characters is cut anew by the hidden Markov model.
//! Every sum and comparison is made in jieba-rs's order, so that ties and rounding fall the same way.

mod alphabet;
mod lexicon;
mod markov;
mod trie;
mod trie_builder;

use std::ops::Range;
use std::sync::{Arc, LazyLock};

pub(crate) use lexicon::Lexicon;

use alphabet::BREAK;
use markov::Markov;
use trie::{Node, Trie};

/// jieba's own words, laid out once for all that use them.
static JIEBA: LazyLock<Option<Arc<Trie>>> =
    LazyLock::new(|| Trie::new(&Lexicon::jieba()?).map(Arc::new));

/// Cuts text into words.
pub(crate) struct Cutter {
    trie: Arc<Trie>,
    hmm: bool,
}

/// A text as it is cut; kept from one to the next, for its memory. Columns have an entry a character, and two more.
#[derive(Default)]
pub(crate) struct Scratch {
    /// Where the characters stand in the text; one more, for its end.
    starts: Vec<u32>,
    codes: Vec<u16>,
    /// What the dictionary has for a character and the next.
    pairs: Vec<Node>,
    /// And for those and the one behind them.
    triples: Vec<Node>,
    route: Vec<Step>,
    characters: Vec<char>,
    markov: Markov,
}

/// The best way from a character to the run's end: its logarithmic probability, and where its first word ends.
#[derive(Clone, Copy)]
struct Step {
    weight: f64,
    end: u32,
}

impl Step {
    /// At the run's end.
    const END: Self = Self {
        weight: 0.0,
        end: 0,
    };
    /// Worse than any.
    const NONE: Self = Self {
        weight: f64::NEG_INFINITY,
        end: 0,
    };
}

/// So many characters are looked up beforehand, from each on.
const N_LOOKED_UP: usize = 3;

impl Cutter {
    /// By jieba's own dictionary; `None` where the build did not find it.
    pub(crate) fn jieba(hmm: bool) -> Option<Self> {
        let trie = Arc::clone(JIEBA.as_ref()?);
        Some(Self { trie, hmm })
    }

    /// By a dictionary; `None` where it is too large.
    pub(crate) fn new(lexicon: &Lexicon, hmm: bool) -> Option<Self> {
        let trie = Arc::new(Trie::new(lexicon)?);
        Some(Self { trie, hmm })
    }

    /// Appends one past the last byte of every word of a text that begins at byte `offset` of another.
    pub(crate) fn append_ends(
        &self,
        text: &str,
        offset: u32,
        scratch: &mut Scratch,
        ends: &mut Vec<u32>,
    ) {
        self.look_up(text, scratch);
        let n = scratch.starts.len() - 1;
        scratch.route.resize(n + N_LOOKED_UP, Step::END);
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
                // Both are one word.
                if !text.as_bytes()[..end].ends_with(b"\r") || !text[end..].starts_with('\n') {
                    ends.push(offset + end as u32);
                }
                continue;
            }
            at = run.end;
            self.find_route(run.clone(), scratch);
            self.follow(text, run, offset, scratch, ends);
        }
    }

    /// Looks up what every character makes with the two behind it, a column at a time: no look-up waits for another, and
    /// nothing is decided in between, so that many of them are under way at once.
    fn look_up(&self, text: &str, scratch: &mut Scratch) {
        let Scratch {
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

    /// The best step from every character of a run, from the last to the first; of equal ones the longer word.
    fn find_route(&self, run: Range<usize>, scratch: &mut Scratch) {
        let Scratch {
            codes,
            pairs,
            triples,
            route,
            ..
        } = scratch;
        route[run.end] = Step::END;
        for from in run.rev() {
            let mut best = Step::NONE;
            let root = self.trie.root(codes[from]);
            let mut node = triples[from];
            self.improve(&mut best, root, from + 1, route);
            self.improve(&mut best, pairs[from], from + 2, route);
            self.improve(&mut best, node, from + N_LOOKED_UP, route);
            let mut next = from + N_LOOKED_UP;
            while node.has_children() {
                node = self.trie.child(node, codes[next]);
                next += 1;
                self.improve(&mut best, node, next, route);
            }
            if best.end == 0 {
                best = Step {
                    weight: self.trie.unseen() + route[from + 1].weight,
                    end: from as u32 + 1,
                };
            }
            route[from] = best;
        }
    }

    /// Takes the word that ends at a node where it is as good as the best so far, or better.
    #[inline]
    fn improve(&self, best: &mut Step, node: Node, next: usize, route: &[Step]) {
        let weight = self.trie.weight(node) + route[next].weight;
        if weight >= best.weight {
            let end = next as u32;
            *best = Step { weight, end };
        }
    }

    /// Goes along the route; single characters are gathered, and joined or cut anew.
    fn follow(
        &self,
        text: &str,
        run: Range<usize>,
        offset: u32,
        scratch: &mut Scratch,
        ends: &mut Vec<u32>,
    ) {
        let (mut from, mut left) = (run.start, None);
        while from < run.end {
            let next = scratch.route[from].end as usize;
            let byte = text.as_bytes()[scratch.starts[from] as usize];
            if next == from + 1 && (self.hmm || byte.is_ascii_alphanumeric()) {
                left.get_or_insert(from);
            } else {
                if let Some(left) = left.take() {
                    self.cut_singles(text, left..from, offset, scratch, ends);
                }
                ends.push(offset + scratch.starts[next]);
            }
            from = next;
        }
        if let Some(left) = left {
            self.cut_singles(text, left..run.end, offset, scratch, ends);
        }
    }

    /// Characters that the route leaves single: one word without the model; by the model where they are no word together,
    /// as in jieba.
    fn cut_singles(
        &self,
        text: &str,
        singles: Range<usize>,
        offset: u32,
        scratch: &mut Scratch,
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
            cut_by_model(characters, offset + starts[0], &mut scratch.markov, ends);
        }
    }

    fn is_word(&self, codes: &[u16]) -> bool {
        let root = self.trie.root(codes[0]);
        let child = |node, code: &u16| self.trie.child(node, *code);
        codes[1..].iter().fold(root, child).is_word()
    }
}

/// Cuts characters of which the first stands at byte `start`: those that the model knows by it, others as Latin words.
fn cut_by_model(characters: &[char], mut start: u32, markov: &mut Markov, ends: &mut Vec<u32>) {
    for alike in characters.chunk_by(|a, b| markov::is_known(*a) == markov::is_known(*b)) {
        if !markov::is_known(alike[0]) {
            start = cut_latin(alike, start, ends);
        } else if alike.len() == 1 {
            start += alike[0].len_utf8() as u32;
            ends.push(start);
        } else {
            for (character, is_end) in alike.iter().zip(markov.ends(alike)) {
                start += character.len_utf8() as u32;
                if is_end {
                    ends.push(start);
                }
            }
        }
    }
}

/// Letters and digits joined by single `.`, `_` and `-`, with a percent sign behind, are a word; so is all between two.
fn cut_latin(mut rest: &[char], mut start: u32, ends: &mut Vec<u32>) -> u32 {
    while !rest.is_empty() {
        let n_word = latin_length(rest);
        let n = if n_word > 0 {
            n_word
        } else {
            let is_latin = |c: &char| c.is_ascii_alphanumeric();
            rest.iter().position(is_latin).unwrap_or(rest.len())
        };
        let (word, others) = rest.split_at(n);
        start += word.iter().map(|c| c.len_utf8() as u32).sum::<u32>();
        ends.push(start);
        rest = others;
    }
    start
}

/// How many characters belong to the Latin word that begins here; 0 where none does.
fn latin_length(characters: &[char]) -> usize {
    let is_latin = |at: usize| characters.get(at).is_some_and(char::is_ascii_alphanumeric);
    let mut n = 0;
    while is_latin(n) {
        n += 1;
        let is_joined = matches!(characters.get(n), Some('.' | '_' | '-')) && is_latin(n + 1);
        n += usize::from(is_joined);
    }
    let is_percentage = n > 0 && characters.get(n) == Some(&'%');
    n + usize::from(is_percentage)
}
