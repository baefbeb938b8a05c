//! `macbert synonyms show`: a word's similar words, and why others are none.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use segment::PieceTokenizer;
use synonym::{
    Neighbour, Proposal, Vectors, nearest_to, neighbours, proposals, read_list, read_vectors,
};

use crate::arguments::ShowArguments;
use crate::config::TableSource;
use crate::failure::wrong_call;
use crate::paint::{BOLD, DIM, padded, painted};
use crate::progress::print;

use super::build::filters;
use super::open::Opened;

/// With `--why` so many of the nearest words are judged, of any kind and length.
const N_JUDGED: usize = 40;

/// Shows the similar words of words.
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
            show_dropped(&why.judge(word, &opened, &tokenizer)?);
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
        let unknown = "not in the table: a random word stands in for it";
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
        print(&painted(DIM, "  only a candidate of others"));
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

/// What the table was compiled from.
enum Why {
    List(Vec<synonym::Entry>),
    Vectors(Vectors),
}

impl Why {
    fn open(opened: &Opened) -> Result<Self> {
        let job = opened
            .job()
            .context("--why needs --config: a folder of shards does not say what its table was compiled from")
            .map_err(wrong_call)?;
        let source = job.source()?;
        Ok(match job.section.source_kind()? {
            TableSource::List => Self::List(read_list(&source)?),
            TableSource::Vectors(format) => Self::Vectors(read_vectors(&source, format)?.0),
        })
    }

    fn judge(
        &self,
        word: &str,
        opened: &Opened,
        tokenizer: &PieceTokenizer,
    ) -> Result<Vec<Proposal>> {
        let Some(job) = opened.job() else {
            return Ok(Vec::new());
        };
        let (filters, also) = filters(job)?;
        let options = job.section.compile_options(also);
        let nearest;
        let entries = match self {
            Self::List(entries) => entries,
            Self::Vectors(vectors) => {
                nearest = nearest_to(vectors, word, N_JUDGED);
                &nearest
            }
        };
        Ok(proposals(
            word,
            entries,
            tokenizer,
            &opened.vocabulary,
            &options,
            &filters,
        ))
    }
}
