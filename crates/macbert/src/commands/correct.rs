//! `macbert correct`: shows which pieces of a text a model would replace, and with which pieces.

use std::ops::Range;
use std::process::ExitCode;

use anyhow::{Result, anyhow, ensure};
use model::{BertForPreTraining, LoadOptions, Restoration, restore};
use segment::{CheckpointTokenizer, Piece, PieceId, Vocabulary, sentence_spans};

use crate::arguments::model::CorrectArguments;
use crate::failure::usage_error;
use crate::paint::{BOLD, DIM, GOOD, padded, painted};
use crate::progress::{note, print};
use crate::reports::load::load_remarks;
use crate::reports::restorations::piece_text;

/// `[CLS]` and `[SEP]`.
const N_SPECIALS: usize = 2;

/// Prints a text as the model would write it, and the positions where it would put another piece.
pub(crate) fn run(arguments: &CorrectArguments) -> Result<ExitCode> {
    let device = device::by_name(&arguments.device.device)?;
    let tokenizer = CheckpointTokenizer::read(&arguments.checkpoint)?;
    let vocabulary = &tokenizer.vocabulary;
    let options = LoadOptions {
        seed: 0,
        n_pieces: Some(tokenizer.n_pieces()),
        partial: false,
    };
    let mut loaded = model::load_with(&arguments.checkpoint, &device, options)?;
    loaded.report.missing.retain(|name| is_read(name));
    for remark in load_remarks(&loaded.report) {
        note(&remark);
    }
    let text = &arguments.text;
    let pieces = tokenizer.pieces().pieces(text);
    ensure!(
        !pieces.is_empty(),
        usage_error(anyhow!("the text has no pieces; give a line of text"))
    );
    let positions = loaded.config.max_position_embeddings;
    let longest = positions.saturating_sub(N_SPECIALS).max(1);
    let mut restored = Vec::with_capacity(pieces.len());
    for window in windows(text, &pieces, longest) {
        let pieces = &pieces[window];
        let top = arguments.top as usize;
        restored.extend(restored_window(&loaded.model, vocabulary, pieces, top));
    }
    let places: Vec<Place> = pieces
        .iter()
        .zip(&restored)
        .map(|(piece, restoration)| Place::new(piece, restoration, vocabulary))
        .collect();
    print(&corrected(text, &places, vocabulary));
    for place in &places {
        if arguments.all || place.would_change {
            print_place(text, place, vocabulary);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether correction reads a parameter. It reads neither pooler nor order head, and correctors that were fine-tuned have
/// none.
fn is_read(parameter: &str) -> bool {
    let unread = ["bert.pooler.", "cls.seq_relationship."];
    !unread.iter().any(|part| parameter.starts_with(part))
}

/// A piece of the text, and what the model would put there.
struct Place<'a> {
    piece: &'a Piece,
    restoration: &'a Restoration,
    /// Whether the model would put another piece there.
    would_change: bool,
}

impl<'a> Place<'a> {
    fn new(piece: &'a Piece, restoration: &'a Restoration, vocabulary: &Vocabulary) -> Self {
        // A character that the vocabulary lacks is [UNK] in the input, so the model's guess there means nothing.
        let is_known = piece.id != vocabulary.specials().unk;
        Self {
            would_change: is_known && restoration.pieces[0].id != piece.id.get(),
            piece,
            restoration,
        }
    }
}

/// Splits the pieces of a text into windows that fit into one input of the model. A window has as many whole sentences
/// as fit. A sentence that is longer than a window is cut.
fn windows(text: &str, pieces: &[Piece], longest: usize) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for sentence in sentence_spans(text) {
        let inside = |piece: &&Piece| piece.span.start < sentence.end;
        let end = start + pieces[start..].iter().take_while(inside).count();
        match windows.last_mut() {
            Some(last) if end - last.start <= longest => last.end = end,
            _ => {
                let cuts = (start..end).step_by(longest);
                windows.extend(cuts.map(|cut| cut..(cut + longest).min(end)));
            }
        }
        start = end;
    }
    windows
}

fn restored_window(
    model: &BertForPreTraining,
    vocabulary: &Vocabulary,
    pieces: &[Piece],
    top: usize,
) -> Vec<Restoration> {
    let specials = vocabulary.specials();
    let input_ids: Vec<u32> = std::iter::once(specials.cls)
        .chain(pieces.iter().map(|piece| piece.id))
        .chain(std::iter::once(specials.sep))
        .map(PieceId::get)
        .collect();
    let positions: Vec<usize> = (1..=pieces.len()).collect();
    restore(
        model,
        &input_ids,
        &vec![0; input_ids.len()],
        &positions,
        top,
    )
}

/// Returns the text with the model's replacements. Text between pieces, such as white space, is kept.
fn corrected(text: &str, places: &[Place<'_>], vocabulary: &Vocabulary) -> String {
    let mut out = String::new();
    let mut end = 0;
    for place in places {
        let span = place.piece.span.start as usize..place.piece.span.end as usize;
        out.push_str(&text[end..span.start.max(end)]);
        if place.would_change {
            let best = piece_text(vocabulary, place.restoration.pieces[0].id);
            out.push_str(&painted(GOOD, best.trim_start_matches("##")));
        } else {
            // Several pieces can come from one character.
            out.push_str(&text[span.start.max(end)..span.end.max(end)]);
        }
        end = end.max(span.end);
    }
    out.push_str(&text[end..]);
    out
}

fn print_place(text: &str, place: &Place<'_>, vocabulary: &Vocabulary) {
    let (piece, restoration) = (place.piece, place.restoration);
    let best: Vec<String> = restoration
        .pieces
        .iter()
        .map(|best| {
            format!(
                "{} {:.1} %",
                piece_text(vocabulary, best.id),
                100.0 * best.probability
            )
        })
        .collect();
    let own = painted(DIM, &format!("{:>5.1} %", 100.0 * restoration.own));
    print(&format!(
        "  {} {own}  →  {}",
        painted(BOLD, &padded(piece.span.of(text), 8)),
        best.join("   ")
    ));
}

#[cfg(test)]
mod tests {
    use segment::{PieceTokenizer, Vocabulary};

    use super::windows;

    #[test]
    fn a_window_holds_as_many_whole_sentences_as_fit() {
        let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
            .map(String::from)
            .to_vec();
        let vocabulary = Vocabulary::from_pieces(pieces).expect("a vocabulary");
        let text = "甲乙。丙丁。 戊己庚辛壬癸。子。";
        let pieces = PieceTokenizer::new(&vocabulary, true).pieces(text);
        assert_eq!(windows(text, &pieces, 6), [0..6, 6..12, 12..15]);
        assert_eq!(windows(text, &pieces, 15).len(), 1);
    }
}
