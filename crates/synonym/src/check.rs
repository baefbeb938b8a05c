//! Checks that the sections of a table agree with each other. This happens once, when the table is opened.
//!
//! The checksum only proves that the file is as it was written. Look-ups rely on more: they slice and index without
//! checks of their own.

use crate::by_count::ByCount;
use crate::format::{Drawable, Lengths, slot_hash};

/// The sections of a table as slices of its file.
pub(crate) struct Sections<'t> {
    pub lengths: &'t Lengths,
    pub ids: &'t [u32],
    pub candidate_starts: &'t [u32],
    pub candidates: &'t [Drawable],
    pub scores: &'t [f32],
    pub length_starts: &'t [u32],
    pub slots: &'t [u32],
    pub text_starts: &'t [u32],
    pub text: &'t [u8],
    /// The words by count, if the table knows their counts.
    pub by_count: Option<ByCount<'t>>,
}

/// Checks all sections against each other and against a vocabulary of `n_pieces` pieces. The error says what is wrong.
pub(crate) fn check_sections(table: &Sections<'_>, n_pieces: usize) -> Result<(), &'static str> {
    let rules: [(bool, &str); 4] = [
        (
            tile(table.length_starts, table.candidate_starts.len() - 1)
                && table.lengths.n_ids() == table.ids.len(),
            "the words do not cover the ids exactly",
        ),
        (
            tile(table.candidate_starts, table.candidates.len()),
            "the words do not cover the candidates exactly",
        ),
        (
            tile(table.text_starts, table.text.len()),
            "the words do not cover the text exactly",
        ),
        (
            table.ids.iter().all(|id| (*id as usize) < n_pieces),
            "a piece id is beyond the vocabulary",
        ),
    ];
    for (holds, otherwise) in rules {
        ensure(holds, otherwise)?;
    }
    // From here on it is safe to slice the sections by their starts.
    check_order(table)?;
    check_candidates(table)?;
    check_slots(table)?;
    let is_sound = |by_count: ByCount<'_>| by_count.is_sound(table.length_starts);
    ensure(
        table.by_count.is_none_or(is_sound),
        "the words by count are not an order of the words",
    )?;
    check_text(table)
}

impl<'t> Sections<'t> {
    fn n_words(&self) -> usize {
        self.candidate_starts.len() - 1
    }

    fn ids_of(&self, word: usize) -> &'t [u32] {
        &self.ids[self.lengths.ids_of(word)]
    }
}

fn ensure(holds: bool, otherwise: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(otherwise) }
}

/// Whether ranges from each start to the next cover all items without gaps.
fn tile(starts: &[u32], n_items: usize) -> bool {
    starts.first() == Some(&0) && starts.last() == Some(&(n_items as u32)) && starts.is_sorted()
}

/// Words are sorted by (number of pieces, ids); none occurs twice, and none is without pieces.
fn check_order(table: &Sections<'_>) -> Result<(), &'static str> {
    let key = |word| (table.ids_of(word).len(), table.ids_of(word));
    let n_words = table.n_words();
    let rises = (1..n_words).all(|word| key(word - 1) < key(word));
    let has_pieces = n_words == 0 || key(0).0 > 0;
    ensure(
        rises && has_pieces,
        "the words are not sorted by their pieces",
    )
}

/// Candidates are other words with the same number of pieces, sorted by falling score, and every one can be drawn.
fn check_candidates(table: &Sections<'_>) -> Result<(), &'static str> {
    for word in 0..table.n_words() {
        let range =
            table.candidate_starts[word] as usize..table.candidate_starts[word + 1] as usize;
        let (candidates, scores) = (&table.candidates[range.clone()], &table.scores[range]);
        let n_pieces = table.ids_of(word).len();
        let fits = |candidate: &Drawable| {
            let candidate = candidate.word as usize;
            candidate < table.n_words()
                && candidate != word
                && table.ids_of(candidate).len() == n_pieces
        };
        ensure(
            candidates.iter().all(fits),
            "a candidate is not another word with the same number of pieces",
        )?;
        let untils = || candidates.iter().map(|candidate| candidate.until);
        let rises = untils().is_sorted_by(|a, b| a < b) && untils().all(|until| until > 0.0);
        let last = candidates.last().map(|candidate| candidate.until);
        let ends = last.is_none_or(|last| (1.0..2.0).contains(&last));
        ensure(rises && ends, "the cumulative shares do not rise to 1")?;
        let falls = scores.windows(2).all(|pair| pair[0] >= pair[1]);
        ensure(
            falls && scores.iter().all(|score| !score.is_nan()),
            "the scores of a word's candidates do not fall",
        )?;
    }
    Ok(())
}

/// Every word is found by probing, and the search for any other word ends at a free slot.
fn check_slots(table: &Sections<'_>) -> Result<(), &'static str> {
    let (slots, n_words) = (table.slots, table.n_words());
    let n_taken = slots.iter().filter(|slot| **slot != 0).count();
    let sound = slots.len().is_power_of_two()
        && n_taken == n_words
        && n_taken < slots.len()
        && slots.iter().all(|slot| *slot as usize <= n_words);
    ensure(
        sound,
        "the hash table does not have one slot per word and a free one",
    )?;
    let mask = slots.len() - 1;
    let is_found = |word: usize| {
        let ids = bytemuck::cast_slice(table.ids_of(word));
        let mut slot = slot_hash(ids) as usize & mask;
        while slots[slot] != 0 && slots[slot] as usize != word + 1 {
            slot = (slot + 1) & mask;
        }
        slots[slot] != 0
    };
    ensure(
        (0..n_words).all(is_found),
        "a word is not at the slot of its hash",
    )
}

fn check_text(table: &Sections<'_>) -> Result<(), &'static str> {
    let text = std::str::from_utf8(table.text).map_err(|_| "the text is not UTF-8")?;
    let on_boundary = |start: &u32| text.is_char_boundary(*start as usize);
    ensure(
        table.text_starts.iter().all(on_boundary),
        "the text of a word starts inside a character",
    )
}
