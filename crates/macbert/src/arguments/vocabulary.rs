//! The command line of `macbert vocab`.

use clap::Subcommand;

use super::config::ConfigArguments;

/// Commands on vocabularies.
#[derive(Subcommand, Debug)]
pub(crate) enum VocabCommand {
    /// Build the WordPiece vocabulary of a config from its corpus.
    ///
    /// A vocabulary that is already there is replaced.
    #[command(after_help = "Example: macbert vocab build configs/tiny.toml")]
    Build(ConfigArguments),
}
