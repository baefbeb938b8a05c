//! What a dry run says lies near what comes out.

use corpus::{Corpus, CorpusOptions};
use prepare::{Plan, plan};
use sop::ExampleOptions;

use crate::material::{Preparation, text};

fn planned(preparation: &Preparation) -> Plan {
    let corpus = Corpus::open(&preparation.home, &CorpusOptions::of("*.txt")).unwrap();
    let options = ExampleOptions {
        max_length: preparation.max_length,
        short_share: 0.1,
    };
    plan(&corpus, &options, 2000).unwrap()
}

#[test]
fn estimates_lie_near_what_comes_out() {
    let home = tempfile::tempdir().unwrap();
    let preparation = Preparation {
        examples_per_shard: 10_000,
        ..Preparation::of(home.path(), &text())
    };
    let plan = planned(&preparation);
    assert!(!preparation.shards().exists() && preparation.leftovers().is_empty());
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
