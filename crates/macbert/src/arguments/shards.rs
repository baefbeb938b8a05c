//! The command lines of `macbert inspect` and `examples`: looking at shards, and exporting what is drawn from them.

use std::path::PathBuf;

use clap::Args;

use super::choices::ExampleFormat;
use super::draw::DrawArguments;

#[derive(Args, Debug)]
pub(crate) struct InspectArguments {
    #[command(flatten)]
    pub draw: DrawArguments,
    /// The number of examples to show.
    #[arg(long, short = 'n', default_value_t = 3)]
    pub count: usize,
    /// The first example to show.
    #[arg(long, default_value_t = 0)]
    pub start: usize,
    /// The number of examples to audit, or all if there are fewer.
    #[arg(long, default_value_t = 20_000)]
    pub audit: usize,
    /// Also write the examples and the audit as an HTML page.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Also show the original text from the corpus; DIR is the folder that the config's paths are relative to.
    #[arg(long, value_name = "DIR")]
    pub base: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct ExamplesArguments {
    #[command(flatten)]
    pub draw: DrawArguments,
    /// The format to write.
    #[arg(long, value_enum, default_value_t)]
    pub format: ExampleFormat,
    /// The number of epochs to write, starting with --epoch; every epoch has its own masks.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub dupe_factor: u64,
    /// The file to write, or the PREFIX of Megatron's two files.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Replace what is already at --out.
    #[arg(long)]
    pub overwrite: bool,
}
