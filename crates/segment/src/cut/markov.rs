//! jieba's hidden Markov model, which finds words that the dictionary lacks; its parameters are jieba-rs's own.
//!
//! Each character is in one of four states: it begins a word, ends one, is in the middle of one, or is one. The most
//! probable sequence of states is found with the Viterbi algorithm.

use tables::{EMIT_INDEX, EMIT_MIN_CHAR, EMIT_NONE, EMIT_PROBS, HMM_HAN_MAX, HMM_HAN_MIN};
use tables::{INITIAL_PROBS, TRANS_PROBS};

/// The model's parameters, as jieba-rs's own macro writes them.
mod tables {
    use super::MIN_FLOAT;
    jieba_macros::generate_hmm_data!();
}

const N_STATES: usize = 4;
const BEGIN: u8 = 0;
const END: u8 = 1;
const MIDDLE: u8 = 2;
const SINGLE: u8 = 3;
/// For each state the two that may come before it. On a tie the second is taken, as in jieba-rs.
const BEFORE: [[u8; 2]; N_STATES] = [
    [END, SINGLE],
    [BEGIN, MIDDLE],
    [BEGIN, MIDDLE],
    [END, SINGLE],
];
/// The log probability of what never happens.
const MIN_FLOAT: f64 = -3.14e100;

/// Whether a character is in the range that the model is made for.
pub(crate) const fn is_known(character: char) -> bool {
    matches!(character, HMM_HAN_MIN..=HMM_HAN_MAX)
}

/// The model's memory, which is reused from one call to the next.
#[derive(Default)]
pub(crate) struct Markov {
    /// For every character except the first, and each of its states: the best state of the character before.
    before: Vec<[u8; N_STATES]>,
    /// The most probable state of each character.
    states: Vec<u8>,
}

impl Markov {
    /// For each of at least two characters that the model knows: whether a word ends behind it.
    pub(crate) fn ends(&mut self, characters: &[char]) -> impl Iterator<Item = bool> {
        self.decode(characters);
        let n_characters = characters.len();
        let ends = self.states.iter().enumerate();
        ends.map(move |(i, state)| matches!(*state, END | SINGLE) || i + 1 == n_characters)
    }

    /// Finds the states of the characters. The operations are in jieba-rs's order, so that rounding gives the same
    /// states.
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

/// The log probability of a character in each state.
fn emit(character: char) -> [f64; N_STATES] {
    let index = (character as u32).wrapping_sub(EMIT_MIN_CHAR) as usize;
    match EMIT_INDEX.get(index) {
        Some(row) if *row != EMIT_NONE => EMIT_PROBS[*row as usize],
        _ => [MIN_FLOAT; N_STATES],
    }
}
