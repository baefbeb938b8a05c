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

/// What is kept between texts, for its memory.
#[derive(Default)]
pub(crate) struct Run {
    places: Vec<Place>,
    route: Vec<Step>,
    characters: Vec<char>,
    markov: Markov,
}

/// A character of a run: where it stands in the text, its code, and what the dictionary has for it and the one or two
/// behind it.
#[derive(Clone, Copy)]
struct Place {
    start: u32,
    code: u32,
    pair: Node,
    triple: Node,
}

impl Place {
    const fn new(start: usize, code: u32) -> Self {
        Self {
            start: start as u32,
            code,
            pair: Node::NONE,
            triple: Node::NONE,
        }
    }
}

/// The best way from a character to the run's end: its logarithmic probability, and where its first word ends.
#[derive(Clone, Copy)]
struct Step {
    weight: f64,
    end: u32,
}

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
    pub(crate) fn append_ends(&self, text: &str, offset: u32, run: &mut Run, ends: &mut Vec<u32>) {
        run.places.clear();
        for (start, character) in text.char_indices() {
            let code = self.trie.code(character);
            if code != BREAK {
                self.push(Place::new(start, code), &mut run.places);
                continue;
            }
            self.end_run(text, start, offset, run, ends);
            let end = start + character.len_utf8();
            // Both are one word.
            if !(character == '\r' && text[end..].starts_with('\n')) {
                ends.push(offset + end as u32);
            }
        }
        self.end_run(text, text.len(), offset, run, ends);
    }

    /// Appends a character to a run, and looks up what it makes with those before it. That no look-up waits for another,
    /// and none is decided on, is what makes it fast.
    #[inline]
    fn push(&self, place: Place, places: &mut Vec<Place>) {
        let n = places.len();
        if n >= 2 {
            places[n - 2].triple = self.trie.child(places[n - 2].pair, place.code);
        }
        if n >= 1 {
            let before = &mut places[n - 1];
            before.pair = self.trie.child(self.trie.root(before.code), place.code);
        }
        places.push(place);
    }

    /// Cuts the run that ends at byte `end`.
    fn end_run(&self, text: &str, end: usize, offset: u32, run: &mut Run, ends: &mut Vec<u32>) {
        if run.places.is_empty() {
            return;
        }
        self.find_route(run);
        run.places.push(Place::new(end, BREAK));
        self.follow(text, offset, run, ends);
        run.places.clear();
    }

    /// The best step from every character, from the last to the first; of equal ones the longer word.
    fn find_route(&self, run: &mut Run) {
        let n = run.places.len();
        let places = &run.places[..n];
        let end = Step { weight: 0.0, end: 0 };
        run.route.resize(n + 1, end);
        run.route[n] = end;
        for from in (0..n).rev() {
            let place = places[from];
            let mut best = Step {
                weight: f64::NEG_INFINITY,
                end: 0,
            };
            let mut node = self.trie.root(place.code);
            let mut next = from + 1;
            self.trie.improve(&mut best, node, next, &run.route);
            if next < n { next += 1; self.trie.improve(&mut best, place.pair, next, &run.route); node=place.pair; 
            if next < n { next += 1; self.trie.improve(&mut best, place.triple, next, &run.route); node=place.triple; 
            if node.has_children() {
            while let Some(place) = places.get(next) {
                node = self.trie.child(node, place.code);
                next += 1;
                self.trie.improve(&mut best, node, next, &run.route);
                if !node.has_children() { break; }
            }} } }
            if best.end == 0 {
                best = Step {
                    weight: self.trie.unseen() + run.route[from + 1].weight,
                    end: from as u32 + 1,
                };
            }
            run.route[from] = best;
        }
    }

    /// Goes along the route; single characters are gathered, and joined or cut anew.
    fn follow(&self, text: &str, offset: u32, run: &mut Run, ends: &mut Vec<u32>) {
        let n = run.places.len() - 1;
        let (mut from, mut left) = (0, None);
        while from < n {
            let next = run.route[from].end as usize;
            let is_gathered = next == from + 1
                && (self.hmm || text.as_bytes()[run.places[from].start as usize].is_ascii_alphanumeric());
            if is_gathered {
                left.get_or_insert(from);
            } else {
                if let Some(left) = left.take() {
                    self.cut_singles(text, left..from, offset, run, ends);
                }
                ends.push(offset + run.places[next].start);
            }
            from = next;
        }
        if let Some(left) = left {
            self.cut_singles(text, left..n, offset, run, ends);
        }
    }

    /// Characters that the route leaves single: one word without the model; by the model where they are no word together,
    /// as in jieba.
    fn cut_singles(
        &self,
        text: &str,
        singles: Range<usize>,
        offset: u32,
        run: &mut Run,
        ends: &mut Vec<u32>,
    ) {
        let places = &run.places[singles.start..=singles.end];
        let n = singles.len();
        if !self.hmm || n == 1 {
            ends.push(offset + places[n].start);
        } else if self.is_word(&places[..n]) {
            ends.extend(places[1..].iter().map(|place| offset + place.start));
        } else {
            let bytes = places[0].start as usize..places[n].start as usize;
            run.characters.clear();
            run.characters.extend(text[bytes].chars());
            cut_by_model(&run.characters, offset + places[0].start, &mut run.markov, ends);
        }
    }

    fn is_word(&self, places: &[Place]) -> bool {
        let mut node = self.trie.root(places[0].code);
        for place in &places[1..] {
            node = self.trie.child(node, place.code);
        }
        node.is_word()
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
