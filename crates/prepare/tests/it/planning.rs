//! The estimates of a dry run are close to what the run writes.

use corpus::{Corpus, CorpusOptions};
use fixtures::Preparation;
use prepare::{Plan, plan};
use sop::ExampleOptions;

use crate::preparation::{leftovers, preparation_of, text};

fn planned(preparation: &Preparation) -> Plan {
    let corpus = Corpus::open(&preparation.home, &CorpusOptions::of("*.txt")).unwrap();
    let options = ExampleOptions {
        max_length: preparation.max_length,
        short_share: 0.1,
    };
    plan(&corpus, &options, 2000).unwrap()
}

#[test]
fn estimates_are_close_to_the_outcome() {
    let home = tempfile::tempdir().unwrap();
    let preparation = Preparation {
        examples_per_shard: 10_000,
        ..preparation_of(home.path(), &text())
    };
    let plan = planned(&preparation);
    assert!(!preparation.shards().exists() && leftovers(home.path()).is_empty());
    let manifest = preparation.run().unwrap().manifest;
    let near = |estimate: u64, found: u64| {
        let ratio = estimate as f64 / found as f64;
        assert!(
            (0.7..1.4).contains(&ratio),
            "{estimate} estimated, {found} found"
        );
    };
    assert_eq!(plan.bytes, text().len() as u64);
    near(plan.text_bytes, plan.bytes);
    near(plan.pieces, manifest.counts.pieces);
    near(plan.examples, manifest.counts.examples);
    near(
        plan.shard_bytes,
        manifest
            .train
            .iter()
            .chain(&manifest.held_out)
            .map(|file| file.bytes)
            .sum(),
    );
}
