//! Measures sentences, words, pieces and the whole stage, in bytes of text per second on one thread.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use segment::{SegmentOptions, Segmenter, Vocabulary, sentence_spans};

const PARAGRAPH: &str = "使用语言模型来预测下一个词的概率。我们在北京大学学习，每天早上八点上课；价格是3.14元，涨了12%！\
    他说：“今天天气很好……去公园吧！”她笑了。iPhone11和COVID-19，见www.example.com。\n";

fn segment(criterion: &mut Criterion) {
    let vocabulary = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/vocab.txt");
    let vocabulary = Arc::new(Vocabulary::read(&vocabulary).unwrap());
    let segmenter = Segmenter::new(&vocabulary, &SegmentOptions::default()).unwrap();
    let text = PARAGRAPH.repeat(200);
    let sentences: Vec<&str> = sentence_spans(&text)
        .iter()
        .map(|span| span.of(&text))
        .collect();
    let mut group = criterion.benchmark_group("segment");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("sentences", |bencher| {
        bencher.iter(|| sentence_spans(black_box(&text)).len());
    });
    group.bench_function("words", |bencher| {
        bencher.iter(|| {
            sentences
                .iter()
                .map(|sentence| segmenter.words(sentence).len())
                .sum::<usize>()
        });
    });
    group.bench_function("pieces", |bencher| {
        bencher.iter(|| {
            sentences
                .iter()
                .map(|sentence| segmenter.pieces(sentence).len())
                .sum::<usize>()
        });
    });
    group.bench_function("whole", |bencher| {
        bencher.iter(|| segmenter.segment(black_box(&text)).pieces.len());
    });
    group.finish();
}

criterion_group!(benches, segment);
criterion_main!(benches);
