//! jieba's hidden Markov model for what its dictionary lacks, on jieba-rs's own numbers.
//!
//! A character begins a word, ends one, stands in the middle of one or is one; the likeliest row of states is Viterbi's.

use tables::{EMIT_INDEX, EMIT_MIN_CHAR, EMIT_NONE, EMIT_PROBS, HMM_HAN_MAX, HMM_HAN_MIN};
use tables::{INITIAL_PROBS, TRANS_PROBS};

/// The numbers as jieba-rs has them: its own macro writes them.
mod tables {
    use super::MIN_FLOAT;
    jieba_macros::generate_hmm_data!();
}

const N_STATES: usize = 4;
const BEGIN: u8 = 0;
const END: u8 = 1;
const MIDDLE: u8 = 2;
const SINGLE: u8 = 3;
/// The states that may come before each; on a tie the second is taken.
const BEFORE: [[u8; 2]; N_STATES] = [
    [END, SINGLE],
    [BEGIN, MIDDLE],
    [BEGIN, MIDDLE],
    [END, SINGLE],
];
/// The logarithm of what never happens.
const MIN_FLOAT: f64 = -3.14e100;

/// Whether the model knows characters like this one.
pub(crate) const fn is_known(character: char) -> bool {
    matches!(character, HMM_HAN_MIN..=HMM_HAN_MAX)
}

/// What is kept between runs, for its memory.
#[derive(Default)]
pub(crate) struct Markov {
    /// For every character but the first: the state before, by state.
    before: Vec<[u8; N_STATES]>,
    states: Vec<u8>,
}

impl Markov {
    /// Whether a word ends behind each of at least two characters that the model knows.
    pub(crate) fn ends(&mut self, characters: &[char]) -> impl Iterator<Item = bool> {
        self.decode(characters);
        let n_characters = characters.len();
        let ends = self.states.iter().enumerate();
        ends.map(move |(i, state)| matches!(*state, END | SINGLE) || i + 1 == n_characters)
    }

    /// The states of the characters. The order of the operations is jieba-rs's, so that rounding is, too.
    fn decode(&mut self, characters: &[char]) {
        let emitted = emit(characters[0]);
        let mut scores: [f64; N_STATES] = std::array::from_fn(|y| INITIAL_PROBS[y] + emitted[y]);
        self.before.clear();
        for character in &characters[1..] {
            let emitted = emit(*character);
            let mut next = [0.0; N_STATES];
            let mut before = [0; N_STATES];
            for y in 0..N_STATES {
                let score = |x: u8| scores[x as usize] + TRANS_PROBS[x as usize][y] + emitted[y];
                let [first, second] = BEFORE[y];
                let (a, b) = (score(first), score(second));
                (next[y], before[y]) = if a > b { (a, first) } else { (b, second) };
            }
            scores = next;
            self.before.push(before);
        }
        let is_end = scores[END as usize] > scores[SINGLE as usize];
        let mut state = if is_end { END } else { SINGLE };
        self.states.clear();
        self.states.push(state);
        for before in self.before.iter().rev() {
            state = before[state as usize];
            self.states.push(state);
        }
        self.states.reverse();
    }
}

/// The logarithmic probability of a character in each state.
fn emit(character: char) -> [f64; N_STATES] {
    let place = (character as u32).wrapping_sub(EMIT_MIN_CHAR) as usize;
    match EMIT_INDEX.get(place) {
        Some(row) if *row != EMIT_NONE => EMIT_PROBS[*row as usize],
        _ => [MIN_FLOAT; N_STATES],
    }
}
