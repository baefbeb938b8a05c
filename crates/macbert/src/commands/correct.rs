//! `macbert correct`: what the model restores in a line of text.

use std::process::ExitCode;

use anyhow::{Result, ensure};
use segment::{PieceId, PieceTokenizer};
use trainer::{Restoration, restore};

use crate::arguments::CorrectArguments;
use crate::failure::wrong_call;
use crate::paint::{BOLD, DIM, GOOD, padded, painted};
use crate::progress::print;

use super::hub_folder;

/// Shows the places of a line where the model would put another piece, with probabilities.
pub(crate) fn run(arguments: &CorrectArguments) -> Result<ExitCode> {
    let device = trainer::device(&arguments.device).map_err(|error| wrong_call(error.into()))?;
    let (vocabulary, lower_case) = hub_folder::tokenizer_of(&arguments.checkpoint)?;
    let loaded = model::load(&arguments.checkpoint, &device, 0)?;
    let pieces = PieceTokenizer::new(&vocabulary, lower_case).pieces(&arguments.text);
    let longest = loaded.config.max_position_embeddings - 2;
    let too_long = || {
        anyhow::anyhow!(
            "the line has {} pieces; the model takes 1 to {longest}",
            pieces.len()
        )
    };
    ensure!(
        (1..=longest).contains(&pieces.len()),
        wrong_call(too_long())
    );
    loaded
        .config
        .check_fits(vocabulary.len(), pieces.len() + 2)?;
    let specials = vocabulary.specials();
    let ends = |id: PieceId| std::iter::once(id.get());
    let input_ids: Vec<u32> = ends(specials.cls)
        .chain(pieces.iter().map(|piece| piece.id.get()))
        .chain(ends(specials.sep))
        .collect();
    let positions: Vec<usize> = (1..=pieces.len()).collect();
    let restored = restore(
        &loaded.model,
        &input_ids,
        &vec![0; input_ids.len()],
        &positions,
        arguments.top,
    );
    let would_change = |one: &Restoration| {
        one.pieces
            .first()
            .is_some_and(|best| best.0 != input_ids[one.position])
    };
    let mut corrected = String::new();
    let mut end = 0;
    for (piece, one) in pieces.iter().zip(&restored) {
        corrected.push_str(&arguments.text[end..(piece.span.start as usize).max(end)]);
        let best = vocabulary
            .piece(PieceId::new(one.pieces[0].0))
            .trim_start_matches("##");
        if would_change(one) {
            corrected.push_str(&painted(GOOD, best));
        } else if piece.span.end as usize > end {
            corrected.push_str(
                &arguments.text[(piece.span.start as usize).max(end)..piece.span.end as usize],
            );
        }
        end = end.max(piece.span.end as usize);
    }
    corrected.push_str(&arguments.text[end..]);
    print(&corrected);
    for (piece, one) in pieces.iter().zip(&restored) {
        if arguments.all || would_change(one) {
            let text = piece.span.of(&arguments.text);
            let best: Vec<String> = one
                .pieces
                .iter()
                .map(|(id, share)| {
                    format!(
                        "{} {:.1} %",
                        vocabulary.piece(PieceId::new(*id)),
                        100.0 * share
                    )
                })
                .collect();
            let own = painted(DIM, &format!("{:>5.1} %", 100.0 * one.own));
            print(&format!(
                "  {} {own}  →  {}",
                painted(BOLD, &padded(text, 8)),
                best.join("   ")
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}
