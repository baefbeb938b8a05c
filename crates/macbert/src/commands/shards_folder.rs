//! A folder of shards with everything that can be drawn over it: it holds its vocabulary and its table.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use dataset::{TrainingExamples, WeightedShards};
use masking::{Masker, MaskingOptions, Objective, ObjectiveName};
use segment::Vocabulary;
use shard::{ShardSet, Split, TABLE, VOCABULARY};
use sop::PairObjective;
use synonym::SimilarWords;

use crate::arguments::DrawArguments;
use crate::failure::wrong_call;

/// The vocabulary of a folder of shards.
pub(crate) fn vocabulary(folder: &Path) -> Result<Arc<Vocabulary>> {
    Ok(Arc::new(Vocabulary::read(&folder.join(VOCABULARY))?))
}

/// A preset by its name.
pub(crate) fn objective(name: &str) -> Result<Objective> {
    let preset: ObjectiveName = name
        .parse()
        .map_err(|error: masking::ObjectiveError| wrong_call(error.into()))?;
    Ok(MaskingOptions::preset(preset).resolve()?)
}

/// A pair objective by its name.
pub(crate) fn pairs(name: &str) -> Result<PairObjective> {
    serde_json::from_value(name.into())
        .with_context(|| format!("--pairs: expected sop, nsp or none, found `{name}`"))
        .map_err(wrong_call)
}

/// What draws masks over a folder of shards, with the folder's own table, which has to be the one that its manifest names.
pub(crate) fn masker(
    folder: &Path,
    vocabulary: &Arc<Vocabulary>,
    objective: Objective,
) -> Result<Arc<Masker>> {
    let path = folder.join(TABLE);
    let table = path
        .exists()
        .then(|| SimilarWords::open(&path, vocabulary))
        .transpose()?;
    let named = ShardSet::manifest_of(folder)?.table_sha256;
    let found = table.as_ref().map(|table| table.sha256().to_owned());
    ensure!(
        found == named,
        "{}: the manifest of its folder names the similar-word table {}, but found is {}; put the right one back, or prepare again",
        path.display(),
        named.as_deref().unwrap_or("none"),
        found.as_deref().unwrap_or("none"),
    );
    Ok(Arc::new(Masker::new(
        objective,
        Arc::clone(vocabulary),
        table.map(Arc::new),
    )?))
}

/// One side of a folder of shards.
pub(crate) fn examples(
    folder: &Path,
    split: Split,
    masker: &Arc<Masker>,
    pairs: PairObjective,
    seed: u64,
) -> Result<TrainingExamples> {
    let shards = ShardSet::open(folder, split)?;
    TrainingExamples::new(shards, Arc::clone(masker), pairs, seed)
        .with_context(|| format!("{}, {}", folder.display(), split.name()))
}

/// One side of several folders of shards with their weights. Held-out examples all come once, whatever the weight, and a
/// folder may have none.
pub(crate) fn mixed(
    folders: &[(PathBuf, f64)],
    split: Split,
    masker: &Arc<Masker>,
    pairs: PairObjective,
    seed: u64,
) -> Result<TrainingExamples> {
    let mut sides = Vec::new();
    for (folder, weight) in folders {
        let shards = ShardSet::open(folder, split)?;
        let weight = if split == Split::Train { *weight } else { 1.0 };
        sides.push(WeightedShards { shards, weight });
    }
    if split == Split::HeldOut && sides.iter().any(|side| !side.shards.is_empty()) {
        sides.retain(|side| !side.shards.is_empty());
    }
    Ok(TrainingExamples::mixed(
        sides,
        Arc::clone(masker),
        pairs,
        seed,
    )?)
}

/// What a call draws over a folder of shards, and the seed that it draws with.
pub(crate) fn drawn(folder: &Path, draw: &DrawArguments) -> Result<(TrainingExamples, u64)> {
    let vocabulary = vocabulary(folder)?;
    let masker = masker(folder, &vocabulary, objective(&draw.objective)?)?;
    let seed = match draw.seed {
        Some(seed) => seed,
        None => ShardSet::manifest_of(folder)?.seed,
    };
    let examples = examples(
        folder,
        split(&draw.split),
        &masker,
        pairs(&draw.pairs)?,
        seed,
    )?;
    Ok((examples, seed))
}

/// A side of the split by its name.
pub(crate) fn split(name: &str) -> Split {
    if name == Split::HeldOut.name() {
        Split::HeldOut
    } else {
        Split::Train
    }
}
