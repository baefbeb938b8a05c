//! `macbert synonyms show`: the similar words of a word, and why other candidates are not in the table.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use segment::PieceTokenizer;
use synonym::{Neighbour, Proposal, Source, TableRules, nearest_to, neighbours, proposals};

use super::open::Opened;
use crate::arguments::synonyms::ShowArguments;
use crate::failure::usage_error;
use crate::paint::{BOLD, DIM, padded, painted};
use crate::progress::print;

/// With `--why`, this many of the nearest words in the vectors are judged. They can have any class and length.
const N_JUDGED: usize = 40;

/// Shows the similar words of the given words. The exit status is 1 if one of the given words is not in the table.
pub(crate) fn run(arguments: &ShowArguments) -> Result<ExitCode> {
    let opened = Opened::open(&arguments.table)?;
    let tokenizer = PieceTokenizer::new(&opened.vocabulary, opened.lower_case);
    let why = arguments.why.then(|| Why::open(&opened)).transpose()?;
    let mut all_known = true;
    for word in &arguments.words {
        let found = neighbours(word, &opened.table, &tokenizer);
        show_word(word, found.as_deref());
        all_known &= found.is_some();
        if let Some(why) = &why {
            let mut dropped = why.judge(word, &opened, &tokenizer);
            // A word that ties with others may be kept in their place, so that it is a candidate of some word.
            let kept = found.unwrap_or_default();
            dropped.retain(|proposal| kept.iter().all(|kept| kept.text != proposal.similar));
            show_dropped(&dropped);
        }
    }
    Ok(if all_known {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn show_word(word: &str, found: Option<&[Neighbour<'_>]>) {
    let Some(found) = found else {
        let unknown = "not in the table: masking replaces it with a random word";
        print(&format!(
            "{}  {}",
            painted(BOLD, word),
            painted(DIM, unknown)
        ));
        return;
    };
    print(&painted(BOLD, word));
    for Neighbour { text, score } in found {
        print(&format!("  {}  {score:.3}", padded(text, 12)));
    }
    if found.is_empty() {
        print(&painted(
            DIM,
            "  no similar words of its own; it is only a similar word of others",
        ));
    }
}

fn show_dropped(proposals: &[Proposal]) {
    for proposal in proposals {
        if let Err(reason) = proposal.verdict {
            let line = format!(
                "  {}  {:.3}  dropped: {}",
                padded(&proposal.similar, 12),
                proposal.score,
                reason.words()
            );
            print(&painted(DIM, &line));
        }
    }
}

/// The source that the table was compiled from, and the rules of the compilation.
struct Why {
    source: Source,
    rules: TableRules,
}

impl Why {
    fn open(opened: &Opened) -> Result<Self> {
        let job = opened
            .job
            .as_ref()
            .context("--why needs --config: a folder of shards does not say what its table was compiled from")
            .map_err(usage_error)?;
        Ok(Self {
            source: job.read_source()?,
            rules: job.rules()?,
        })
    }

    /// Judges each candidate that the source has for a word: kept, or dropped for a reason.
    fn judge(&self, word: &str, opened: &Opened, tokenizer: &PieceTokenizer) -> Vec<Proposal> {
        let nearest;
        let entries = match &self.source {
            Source::List(entries) => entries,
            Source::Vectors(vectors, _) => {
                nearest = nearest_to(vectors, word, N_JUDGED);
                &nearest
            }
        };
        let TableRules { filters, options } = &self.rules;
        proposals(
            word,
            entries,
            tokenizer,
            &opened.vocabulary,
            options,
            filters,
        )
    }
}
