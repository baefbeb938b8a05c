//! The command lines of `macbert corpus`, `prepare` and `merge`: from raw text to shards.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help that people read on a terminal"
)]
#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "brackets are part of that help, not links"
)]

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::config::ConfigArguments;

/// Commands on corpora.
#[derive(Subcommand, Debug)]
pub(crate) enum CorpusCommand {
    /// Report the statistics of a corpus before it is prepared.
    ///
    /// `prepare` prints the same report when it ends. This command writes no shards.
    ///
    /// Memory: at most 36 MB for hashes of texts. Repeated texts are counted exactly up to a million different texts,
    /// and in a sample beyond that. The search for near duplicates takes another 16 bytes of memory and 268 bytes of
    /// temporary disk space per document.
    #[command(
        after_help = "Example: macbert corpus stats my-corpus --vocabulary vocab.txt --html corpus.html\n\
            Near duplicates: macbert corpus stats --config my.toml --near-duplicates 0.8 --drop-list drops.tsv, then set \
            corpus.drop_list = \"drops.tsv\" in the config."
    )]
    Stats(StatsArguments),
}

#[derive(Args, Debug)]
#[command(group(ArgGroup::new("pieces").args(["config", "vocabulary"]).required(true).multiple(true)))]
pub(crate) struct StatsArguments {
    /// Text files, folders and globs, instead of the config's corpus.
    #[arg(value_name = "PATH", required_unless_present = "config")]
    pub paths: Vec<PathBuf>,
    /// A job's config, which names the corpus, the vocabulary, the similar-word table and the segmentation options.
    #[arg(long, value_name = "CONFIG")]
    pub config: Option<PathBuf>,
    /// Override a key of the config (repeatable).
    #[arg(long = "set", value_name = "KEY.PATH=VALUE", requires = "config")]
    pub set: Vec<String>,
    /// A vocab.txt, instead of the config's vocabulary.
    #[arg(long, value_name = "FILE")]
    pub vocabulary: Option<PathBuf>,
    /// The longest example in pieces, specials included (default: the config's max_length, or 512 without a config).
    #[arg(long, value_name = "N")]
    pub max_length: Option<usize>,
    /// Also look for near duplicates: documents that have at least this share (0.7 to 1) of their text in common.
    #[arg(long, value_name = "SHARE")]
    pub near_duplicates: Option<f64>,
    /// Write a list of the near duplicates to leave out, for corpus.drop_list in a config.
    #[arg(long, value_name = "FILE", requires = "near_duplicates")]
    pub drop_list: Option<PathBuf>,
    #[command(flatten)]
    pub page: PageArguments,
}

/// The report as a page.
#[derive(Args, Debug)]
pub(crate) struct PageArguments {
    /// Also write the report as an HTML page.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct PrepareArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Prepare only this part of the corpus (counted from 0), in a separate folder.
    #[arg(long, value_name = "I")]
    pub task: Option<u64>,
    /// The number of parts that the corpus is divided into.
    #[arg(long, value_name = "N")]
    pub num_tasks: Option<u64>,
    /// Write the shards even if most of their pieces are [UNK].
    #[arg(long)]
    pub allow_unknown: bool,
    #[command(flatten)]
    pub page: PageArguments,
}

#[derive(Args, Debug)]
pub(crate) struct MergeArguments {
    /// The folder that the tasks wrote into (shards.directory in the config).
    pub shards: PathBuf,
    /// Join the parts even if most of their pieces are [UNK].
    #[arg(long)]
    pub allow_unknown: bool,
    #[command(flatten)]
    pub page: PageArguments,
}
