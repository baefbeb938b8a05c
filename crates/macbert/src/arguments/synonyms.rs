//! The command lines of `macbert synonyms`: word vectors, and the similar-word table that is compiled from them.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help that people read on a terminal"
)]
#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "brackets are part of that help, not links"
)]

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::config::{ChangeArguments, ConfigArguments};

/// Commands on similar-word tables.
#[derive(Subcommand, Debug)]
pub(crate) enum SynonymsCommand {
    /// Train word vectors on a corpus: skip-gram with negative sampling.
    ///
    /// Training uses all cores. Several threads update the same vectors without locks, so results differ a little from
    /// run to run. With --set vectors.threads=1 every run gives the same bits.
    ///
    /// Memory: 4 bytes per running word of the corpus, and 8 bytes per dimension of each word vector.
    ///
    /// A file's extension chooses its format: .fifu (finalfusion), .bin (word2vec, binary), .txt or .vec (word2vec,
    /// text). gensim reads both word2vec formats.
    #[command(
        after_help = "Example: macbert synonyms train --corpus my-corpus --out vectors.fifu --out vectors.bin"
    )]
    Train(TrainArguments),
    /// Compile the similar-word table of a config for its vocabulary.
    ///
    /// A table that is already there is replaced.
    #[command(after_help = "Example: macbert synonyms build configs/tiny.toml")]
    Build(ConfigArguments),
    /// Show the similar words of the given words, with scores.
    ///
    /// The exit status is 1 if a given word is not in the table.
    #[command(after_help = "Example: macbert synonyms show 高兴 学校 --shards runs/tiny/shards")]
    Show(ShowArguments),
    /// Measure the quality of a similar-word table, and of the word vectors that it was compiled from.
    ///
    /// The report shows how many running words have a similar word, how many masked pieces fall back to random words,
    /// how far the table agrees with a thesaurus, how far the vectors agree with human judgements, and how many
    /// antonyms the table has.
    ///
    /// Words with a similar word, and fallbacks, are counted on the held-out documents of the config's corpus, or on all
    /// documents if none are held out. The section [judge] of the config names the thesaurus and the lists.
    #[command(
        after_help = "Example: macbert synonyms eval configs/similar-words.toml --html words.html --word 预测 --word 概率"
    )]
    Eval(EvalArguments),
    /// Print a table as a list of tab-separated lines: word, similar word, score and weight.
    ///
    /// You can edit the list and compile it again: name it as similar_words.source in a config.
    #[command(after_help = "Example: macbert synonyms dump --shards runs/tiny/shards > words.tsv")]
    Dump(TableArguments),
}

#[derive(Args, Debug)]
pub(crate) struct TrainArguments {
    /// A config of similar words (default: the shipped configs/similar-words.toml).
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub change: ChangeArguments,
    /// Text files, folders and globs, instead of the config's corpus (repeatable).
    #[arg(long, value_name = "PATH", required_unless_present = "config")]
    pub corpus: Vec<PathBuf>,
    /// A file to write the vectors to, instead of the files that the config names (repeatable). Word counts are then
    /// written only if --set vectors.counts=FILE asks for them.
    #[arg(long, value_name = "FILE", required_unless_present = "config")]
    pub out: Vec<PathBuf>,
    /// Also write the segmented text for other programs: words are separated by spaces, and line breaks stay as in the corpus.
    #[arg(long, value_name = "FILE")]
    pub text: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct EvalArguments {
    /// A config of similar words.
    pub config: PathBuf,
    #[command(flatten)]
    pub change: ChangeArguments,
    /// The table to measure, instead of the table that the config names.
    #[arg(long, value_name = "FILE")]
    pub table: Option<PathBuf>,
    /// Also write the report as an HTML page, with examples of similar words.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// A word to show on the page (repeatable). Without this option the page shows a selection of the table's words.
    #[arg(long = "word", value_name = "WORD")]
    pub words: Vec<String>,
}

/// Where to find a table: in a folder of shards, or by a config.
#[derive(Args, Debug, Clone)]
pub(crate) struct TableArguments {
    /// Use the table and the vocabulary of a folder that `macbert prepare` wrote.
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    pub shards: Option<PathBuf>,
    /// Use the table and the vocabulary that a config names: a job's config, or one for similar words.
    #[arg(long, value_name = "CONFIG", required_unless_present = "shards")]
    pub config: Option<PathBuf>,
    /// Override a key of the config (repeatable).
    #[arg(long = "set", value_name = "KEY.PATH=VALUE", conflicts_with = "shards")]
    pub set: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct ShowArguments {
    /// The words to look up.
    #[arg(required = true)]
    pub words: Vec<String>,
    #[command(flatten)]
    pub table: TableArguments,
    /// Also show candidates that were left out of the table, with the reason (needs --config and the source it names).
    #[arg(long)]
    pub why: bool,
}
