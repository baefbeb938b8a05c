//! Raw Chinese text to a MacBERT checkpoint: the program.

mod arguments;
mod commands;
mod config;
mod failure;
mod pages;
mod paint;
mod progress;
mod signals;
mod task;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Command, CorpusCommand, SynonymsCommand, VocabCommand};

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
        Command::Synonyms(SynonymsCommand::Train(arguments)) => {
            commands::synonyms::train(&arguments)
        }
        Command::Synonyms(SynonymsCommand::Build(arguments)) => {
            commands::synonyms::build(&arguments)
        }
        Command::Synonyms(SynonymsCommand::Show(arguments)) => commands::synonyms::show(&arguments),
        Command::Synonyms(SynonymsCommand::Eval(arguments)) => commands::synonyms::eval(&arguments),
        Command::Synonyms(SynonymsCommand::Dump(arguments)) => commands::synonyms::dump(&arguments),
        Command::Corpus(CorpusCommand::Stats(arguments)) => commands::corpus::stats(&arguments),
        Command::Prepare(arguments) => commands::prepare::run(&arguments),
        Command::Merge(arguments) => commands::merge::run(&arguments),
        Command::Inspect(arguments) => commands::inspect::run(&arguments),
        Command::Examples(arguments) => commands::examples::run(&arguments),
        Command::Pretrain(arguments) => commands::pretrain::run(&arguments),
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
