//! Tokens per second of the loader, from shards on disk to batches; `cargo xtask bench prepare` runs it.
//!
//! ```text
//! loading SHARDS LIST SECONDS THREADS    steps of 256 examples; masks of the objective `mac`, similar words from LIST
//! ```
#![expect(clippy::print_stdout, reason = "a measurement is read by xtask")]
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use dataset::{Loader, TrainingExamples};
use masking::{Masker, ObjectiveName};
use segment::{PieceTokenizer, Vocabulary};
use shard::{ShardSet, Split, VOCABULARY};
use sop::PairObjective;
use synonym::{CompileOptions, SimilarWords, compile, read_list};

/// Examples of a step.
const EXAMPLES_PER_STEP: usize = 256;
/// Examples of a micro-batch, as on one GPU.
const MICRO_BATCH: usize = 32;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let [shards, list, seconds, threads] = arguments.as_slice() else {
        println!("nothing to measure: `cargo xtask bench prepare` says what");
        return;
    };
    let examples = Arc::new(examples(Path::new(shards), Path::new(list)));
    let n_threads: usize = threads.parse().unwrap();
    let seconds: f64 = seconds.parse().unwrap();
    let steps = 1..=u64::MAX;
    let mut loader = Loader::start(&examples, steps, EXAMPLES_PER_STEP, MICRO_BATCH, n_threads);
    // The first steps read the shards from the disk.
    for _ in 0..2 * n_threads {
        loader.next_step().unwrap();
    }
    let (start, mut n_tokens, mut n_steps) = (Instant::now(), 0, 0);
    while start.elapsed().as_secs_f64() < seconds {
        n_tokens += loader.next_step().unwrap().n_tokens;
        n_steps += 1;
    }
    let wall_seconds = start.elapsed().as_secs_f64();
    let measured = serde_json::json!({
        "what": "masking and batching",
        "threads": n_threads,
        "tokens": n_tokens,
        "steps": n_steps,
        "wall_seconds": wall_seconds,
    });
    println!("{measured}");
}

fn examples(folder: &Path, list: &Path) -> TrainingExamples {
    let shards = ShardSet::open(folder, Split::Train).unwrap();
    let vocabulary = Arc::new(Vocabulary::read(&folder.join(VOCABULARY)).unwrap());
    let tokenizer = PieceTokenizer::new(&vocabulary, true);
    let entries = read_list(list).unwrap();
    let options = CompileOptions::default();
    let compiled = compile(&entries, &tokenizer, &vocabulary, &options, "list");
    let table = tempfile::NamedTempFile::new().unwrap();
    compiled.table.write(table.path()).unwrap();
    let table = Arc::new(SimilarWords::open(table.path(), &vocabulary).unwrap());
    let masker = Masker::new(ObjectiveName::Mac.objective(), vocabulary, Some(table)).unwrap();
    TrainingExamples::new(shards, Arc::new(masker), PairObjective::Sop, 1).unwrap()
}
