//! The command line of `macbert study`.

use std::path::PathBuf;

use clap::Args;

use super::device::DeviceArguments;

#[derive(Args, Debug)]
pub(crate) struct StudyArguments {
    /// The config of the study (TOML); paths in it are relative to the file's folder.
    pub config: PathBuf,
    /// Override a key of the study's config (repeatable), such as 'seeds=[1, 2, 3]'.
    ///
    /// A value that is not valid TOML is taken as plain text. Keys of the job are changed by the list `set` of the config.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    pub set: Vec<String>,
    /// Print the resolved config, the runs with their numbers of steps, and estimates; then stop.
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub device: DeviceArguments,
}
