//! `macbert synonyms dump`: a table as a list, to read, to edit and to compile again.

use std::process::ExitCode;

use anyhow::Result;

use super::open::Opened;
use crate::arguments::synonyms::TableArguments;
use crate::progress::print;

/// Prints all words of a table with their similar words: word, similar word, score, weight.
pub(crate) fn run(arguments: &TableArguments) -> Result<ExitCode> {
    let opened = Opened::open(arguments)?;
    let table = &opened.table;
    print(
        "# word\tsimilar word\tscore\tweight (used for draws if similar_words.weights = \"listed\")",
    );
    for word in table.words() {
        let candidates = table.candidates(word);
        let text = table.text(word);
        for rank in 0..candidates.len() {
            print(&format!(
                "{text}\t{}\t{}\t{}",
                table.text(candidates.word(rank)),
                candidates.score(rank),
                candidates.weight(rank)
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}
