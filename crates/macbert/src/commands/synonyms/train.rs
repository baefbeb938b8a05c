//! `macbert synonyms train`: trains word vectors on a corpus.

use std::borrow::Cow;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use repro::AtomicFile;
use synonym::{
    PackedText, TextBuilder, TrainProgress, TrainedVectors, write_counts, write_vectors,
};

use super::cut::{Cutter, Side};
use crate::arguments::synonyms::TrainArguments;
use crate::commands::dry_run::print_config;
use crate::config::words::{WordsConfig, load_words};
use crate::numbers::{bytes, duration, grouped};
use crate::progress::{Bar, note, print};
use crate::signals::stop_flag;

/// Trains the vectors of a config.
pub(crate) fn run(arguments: &TrainArguments) -> Result<ExitCode> {
    let mut config = load_words(arguments.config.as_deref(), &arguments.change.set)?;
    let here = std::env::current_dir().context("could not find the current folder")?;
    if !arguments.corpus.is_empty() {
        let paths = arguments.corpus.iter().map(|path| here.join(path));
        config.corpus.paths = paths.map(|path| path.display().to_string()).collect();
    }
    if !arguments.out.is_empty() {
        config.vectors.paths = arguments.out.iter().map(|path| here.join(path)).collect();
        // The counts would go to the config's place, beside other vectors or over the counts of another corpus.
        let asks_for_counts = |change: &String| change.trim_start().starts_with("vectors.counts");
        if !arguments.change.set.iter().any(asks_for_counts) {
            config.vectors.counts = None;
        }
    }
    if arguments.change.dry_run {
        print_config(&config)?;
        return Ok(ExitCode::SUCCESS);
    }
    let stop = stop_flag()?;
    let text = read_text(&config, &stop, arguments.text.as_deref())?;
    let vectors = train(&config, text, &stop)?;
    for path in &config.vectors.paths {
        write(&vectors, &config.path(path))?;
    }
    if let Some(path) = &config.vectors.counts {
        let path = config.path(path);
        write_counts(&vectors, &path)?;
        print(&format!("{}: word counts", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads and cuts the corpus of a config, and packs its words. If `copy` names a file, the words are written to it too.
fn read_text(config: &WordsConfig, stop: &AtomicBool, copy: Option<&Path>) -> Result<PackedText> {
    let start = Instant::now();
    let mut builder = TextBuilder::default();
    let mut copy = copy.map(Copy::create).transpose()?;
    Cutter::new(config)?.run(Side::Train, stop, |line| {
        builder.add(line.iter().map(AsRef::as_ref));
        copy.as_mut().map_or(Ok(()), |copy| copy.write(&line))
    })?;
    copy.map_or(Ok(()), Copy::finish)?;
    let text = builder.finish(config.train.min_count)?;
    note(&format!(
        "{} running words, {} different words; {} words occur {} times or more ({} running words); read in {}",
        grouped(text.n_running()),
        grouped(text.n_distinct() as u64),
        grouped(text.words().len() as u64),
        config.train.min_count,
        grouped(text.n_kept()),
        duration(start.elapsed())
    ));
    Ok(text)
}

/// A file that the segmented text is written to: one line of words per line of text.
struct Copy {
    path: PathBuf,
    file: AtomicFile,
    lines: String,
}

impl Copy {
    /// The number of bytes that are buffered before they are written.
    const GATHERED: usize = 1 << 20;

    fn create(path: &Path) -> Result<Self> {
        let file = AtomicFile::create(path);
        let file = file.with_context(|| format!("could not write {}", path.display()))?;
        Ok(Self {
            path: path.to_path_buf(),
            file,
            lines: String::new(),
        })
    }

    fn write(&mut self, line: &[Cow<'_, str>]) -> Result<()> {
        for (index, word) in line.iter().enumerate() {
            self.lines.push_str(if index > 0 { " " } else { "" });
            self.lines.push_str(word);
        }
        self.lines.push('\n');
        if self.lines.len() < Self::GATHERED {
            return Ok(());
        }
        self.pass_on()
    }

    fn pass_on(&mut self) -> Result<()> {
        let put = self.file.file().write_all(self.lines.as_bytes());
        self.lines.clear();
        put.with_context(|| format!("could not write {}", self.path.display()))
    }

    fn finish(mut self) -> Result<()> {
        self.pass_on()?;
        let place = self.file.commit();
        place.with_context(|| format!("could not write {}", self.path.display()))
    }
}

fn train(config: &WordsConfig, text: PackedText, stop: &AtomicBool) -> Result<TrainedVectors> {
    let threads = match config.vectors.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    };
    let n_words = text.n_kept() * config.train.epochs as u64;
    let start = Instant::now();
    let (sender, receiver) = channel();
    let vectors = std::thread::scope(|scope| {
        let worker = scope.spawn(move || {
            synonym::train(text, &config.train, config.seed, threads, &sender, stop)
        });
        let mut bar = None;
        while !worker.is_finished() {
            if let Ok(progress) = receiver.recv_timeout(Duration::from_millis(100)) {
                show_progress(&mut bar, progress, start);
            }
        }
        bar.into_iter().for_each(Bar::finish);
        worker.join()
    });
    let vectors = vectors.map_err(|_| anyhow!("a thread panicked while training"))??;
    let seconds = start.elapsed().as_secs_f64();
    note(&format!(
        "trained in {} on {threads} threads: {} words per second",
        duration(start.elapsed()),
        grouped((n_words as f64 / seconds) as u64)
    ));
    Ok(vectors)
}

fn show_progress(bar: &mut Option<Bar>, progress: TrainProgress, start: Instant) {
    let bar = bar.get_or_insert_with(|| Bar::new("train", progress.total));
    let rate = progress.done as f64 / start.elapsed().as_secs_f64().max(1e-3);
    bar.set(
        progress.done,
        &format!("{} words per second", grouped(rate as u64)),
    );
}

fn write(vectors: &TrainedVectors, path: &Path) -> Result<()> {
    let n_left_out = write_vectors(vectors, path)?;
    let size = std::fs::metadata(path)?.len();
    let left_out = match n_left_out {
        0 => String::new(),
        n => format!("; left out {n} words with white space, which this format cannot hold"),
    };
    print(&format!(
        "{}: {} words of {} dimensions, {}{left_out}",
        path.display(),
        grouped((vectors.words.len() - n_left_out) as u64),
        vectors.dimensions,
        bytes(size)
    ));
    Ok(())
}
