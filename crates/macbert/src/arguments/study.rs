//! The command line of `macbert study`.

use std::path::PathBuf;

use clap::Args;

use super::config::ChangeArguments;
use super::device::DeviceArguments;

#[derive(Args, Debug)]
pub(crate) struct StudyArguments {
    /// The config of the study (TOML); paths in it are relative to the file's folder.
    pub config: PathBuf,
    #[command(flatten)]
    pub change: ChangeArguments,
    #[command(flatten)]
    pub device: DeviceArguments,
}
