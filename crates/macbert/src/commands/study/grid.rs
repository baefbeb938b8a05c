//! The grid of a study: shards, and a cell for every arm and seed.

use std::path::{Path, PathBuf};

use anyhow::Result;
use repro::sha256_hex;
use sop::PairObjective;
use synonym::SimilarWordsSection;

use crate::config::fingerprint::shards_fingerprint;
use crate::config::job::Config;
use crate::config::paths::written_in;
use crate::config::study::Study;

/// Characters of the hash that names a folder of shards.
const HASH_LENGTH: usize = 12;

/// The grid of a study.
pub(super) struct Grid {
    /// The shards to prepare. There are none if the job trains on a mixture, whose folders are there already.
    pub shards: Vec<Shards>,
    /// The cells, seed by seed: when a study is stopped, most seeds are finished in all arms or in none.
    pub cells: Vec<Cell>,
}

/// Shards that one or more arms train on.
pub(super) struct Shards {
    /// The job that prepares them.
    pub job: Config,
    /// The arms that train on them, by their index in the study.
    pub arms: Vec<usize>,
}

/// One run: an arm with a seed.
pub(super) struct Cell {
    /// The arm, by its index in the study.
    pub arm: usize,
    /// The seed.
    pub seed: u64,
    /// The job of the run.
    pub job: Config,
    /// The folder of the run, relative to where the program runs.
    pub folder: PathBuf,
}

impl Grid {
    /// The job whose shards the judges measure on: that of the first arm.
    pub(super) fn judged(&self) -> &Config {
        &self.cells[0].job
    }
}

/// Lays out a study.
pub(super) fn grid(study: &Study) -> Result<Grid> {
    let mut shards: Vec<Shards> = Vec::new();
    let mut jobs = Vec::new();
    let pairs = pairs_of_shards(study);
    for (index, arm) in study.arms.iter().enumerate() {
        let job = placed(study, &arm.job, pairs)?;
        let directory = &job.shards.directory;
        let known = shards
            .iter_mut()
            .find(|one| one.job.shards.directory == *directory);
        match known {
            _ if !job.mixture.is_empty() => {}
            Some(one) => one.arms.push(index),
            None => {
                let mut job = job.clone();
                job.pairs.objective = pairs;
                let arms = vec![index];
                shards.push(Shards { job, arms });
            }
        }
        jobs.push(job);
    }
    let cells = study.config.seeds.iter().flat_map(|seed| {
        let jobs = jobs.iter().enumerate();
        jobs.map(|(arm, job)| cell(study, arm, *seed, job))
    });
    Ok(Grid {
        cells: cells.collect(),
        shards,
    })
}

/// What shards are prepared for. Shards for pairs lack documents of one sentence. All arms train on the same documents, so if
/// one arm draws pairs, all shards are prepared for pairs.
fn pairs_of_shards(study: &Study) -> PairObjective {
    let mut drawn = study.arms.iter().map(|arm| arm.job.pairs.objective);
    let drawn = drawn.find(|pairs| *pairs != PairObjective::None);
    drawn.unwrap_or(PairObjective::None)
}

/// The job of an arm with the study's folder of shards. Its name is the hash of what decides the shards, so arms with the same
/// shards have the same folder.
fn placed(study: &Study, arm: &Config, pairs: PairObjective) -> Result<Config> {
    let mut job = arm.clone();
    job.shards.seed = Some(arm.shards_seed());
    if !job.mixture.is_empty() {
        return Ok(job);
    }
    let first = study.arms[0].job.similar_words.as_ref();
    let mut words = job.similar_words.clone();
    if let Some(words) = &mut words {
        words.function_words = None; // they decide nothing of shards
        if first.is_some_and(|first| first.table == words.table) {
            words.table = PathBuf::new(); // where the study's table lies decides nothing
        }
    }
    let decides = serde_json::json!({
        "shards": shards_fingerprint(&job)?,
        "similar_words": words,
        "least_sentences": pairs.least_sentences(),
    });
    let hash = sha256_hex(decides.to_string());
    let folder = study.folder.join("shards").join(&hash[..HASH_LENGTH]);
    if let Some(words) = &mut job.similar_words {
        place_table(words, first, &job.base, &folder);
    }
    job.shards.directory = written_in(&job.base, &folder);
    Ok(job)
}

/// Gives a table a file of its own beside the shards if it is compiled otherwise than the first arm's, but has the same path.
fn place_table(
    words: &mut SimilarWordsSection,
    first: Option<&SimilarWordsSection>,
    base: &Path,
    shards: &Path,
) {
    let is_other = |first: &SimilarWordsSection| {
        let options = |of: &SimilarWordsSection| serde_json::to_value(of).ok();
        first.table == words.table && options(first) != options(words)
    };
    if first.is_some_and(is_other) {
        words.table = written_in(base, &shards.with_extension("table"));
    }
}

fn cell(study: &Study, arm: usize, seed: u64, job: &Config) -> Cell {
    let folder = study
        .folder
        .join(&study.arms[arm].name)
        .join(format!("seed-{seed}"));
    let mut job = job.clone();
    job.seed = seed;
    job.output.directory = written_in(&job.base, &folder);
    Cell {
        arm,
        seed,
        job,
        folder,
    }
}

#[cfg(test)]
mod tests;
