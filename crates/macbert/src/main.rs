//! The program `macbert`: from raw Chinese text to a MacBERT checkpoint.
//!
//! Each command has a file in `commands`. `reports` makes the lines of a report; a command prints them, and `pages`
//! writes them as HTML. Neither `reports` nor `pages` knows the command line.

mod arguments;
mod commands;
mod config;
mod failure;
mod launch;
mod numbers;
mod pages;
mod paint;
mod progress;
mod rank;
mod reports;
mod signals;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::corpus::CorpusCommand;
use crate::arguments::program::{Arguments, Command};
use crate::arguments::synonyms::SynonymsCommand;
use crate::arguments::vocabulary::VocabCommand;
use crate::commands::synonyms;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_logging(arguments.verbose);
    match run(arguments.command) {
        Ok(code) => code,
        Err(error) => {
            progress::say_error(&error);
            failure::status(&error)
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Vocab(VocabCommand::Build(arguments)) => commands::vocab::build(&arguments),
        Command::Synonyms(SynonymsCommand::Train(arguments)) => synonyms::train::run(&arguments),
        Command::Synonyms(SynonymsCommand::Build(arguments)) => synonyms::build::run(&arguments),
        Command::Synonyms(SynonymsCommand::Show(arguments)) => synonyms::show::run(&arguments),
        Command::Synonyms(SynonymsCommand::Eval(arguments)) => synonyms::eval::run(&arguments),
        Command::Synonyms(SynonymsCommand::Dump(arguments)) => synonyms::dump::run(&arguments),
        Command::Corpus(CorpusCommand::Stats(arguments)) => commands::corpus::stats(&arguments),
        Command::Prepare(arguments) => commands::prepare::run(&arguments),
        Command::Merge(arguments) => commands::merge::run(&arguments),
        Command::Inspect(arguments) => commands::inspect::run(&arguments),
        Command::Examples(arguments) => commands::examples::run(&arguments),
        Command::Pretrain(arguments) => commands::pretrain::run(&arguments),
        Command::Finetune(arguments) => commands::finetune::run(&arguments),
        Command::Study(arguments) => commands::study::run(&arguments),
        Command::Evaluate(arguments) => commands::evaluate::run(&arguments),
        Command::Correct(arguments) => commands::correct::run(&arguments),
        Command::Export(arguments) => commands::export::run(&arguments),
        Command::Devices => Ok(commands::devices::run()),
    }
}

fn start_logging(verbose: u8) {
    let level = ["warn", "info", "debug"][usize::from(verbose.min(2))];
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(level))
        .with_writer(std::io::stderr)
        .init();
}
