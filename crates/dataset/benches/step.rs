//! Tokens per second of drawing a step: order, boundaries, masks, arrays.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use shard::Split;

fn steps(criterion: &mut Criterion) {
    let prepared = fixtures::Prepared::of(&fixtures::documents(2000));
    let examples = prepared.examples(Split::Train);
    let n_tokens = examples.step(1, 1, 32, 32).unwrap().n_tokens;
    let mut group = criterion.benchmark_group("step");
    group.throughput(Throughput::Elements(n_tokens));
    group.bench_function("32 examples of up to 40 pieces, in tokens", |bencher| {
        let mut step = 0;
        bencher.iter(|| {
            step += 1;
            black_box(examples.step(step, u64::MAX, 32, 32).unwrap())
        });
    });
    group.finish();
}

criterion_group!(benches, steps);
criterion_main!(benches);
