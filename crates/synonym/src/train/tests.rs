//! Trains on a text of two word circles. Words of the same circle get similar vectors.

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

use crate::train::draws::{Draws, Purpose};
use crate::train::error::TrainError;
use crate::train::options::TrainOptions;
use crate::train::run::{STRETCH_WORDS, stretches, train};
use crate::train::text::{PackedText, TextBuilder};
use crate::train::trained::TrainedVectors;

const CIRCLES: [[&str; 5]; 2] = [
    ["语言", "模型", "概率", "预测", "数据"],
    ["原告", "被告", "法院", "诉讼", "判决"],
];

/// Sentences of ten words; the words of a sentence are from one circle.
fn text(n_sentences: u64) -> PackedText {
    let mut builder = TextBuilder::default();
    for sentence in 0..n_sentences {
        let mut draws = Draws::new(5, Purpose::Stretch, 0, sentence);
        let circle = CIRCLES[draws.below(2) as usize];
        builder.add((0..10).map(|_| circle[draws.below(5) as usize]));
    }
    builder.finish(5).expect("words")
}

fn options() -> TrainOptions {
    TrainOptions {
        dimensions: 20,
        sample: 0.0,
        epochs: 3,
        ..TrainOptions::default()
    }
}

fn trained(n_threads: usize, seed: u64) -> TrainedVectors {
    let (sender, _receiver) = channel();
    let stop = AtomicBool::new(false);
    train(text(3000), &options(), seed, n_threads, &sender, &stop).expect("vectors")
}

fn cosine(vectors: &TrainedVectors, a: &str, b: &str) -> f32 {
    let row = |word: &str| {
        let index = vectors.words.iter().position(|known| known == word);
        &vectors.numbers[index.expect("known") * vectors.dimensions..][..vectors.dimensions]
    };
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let (a, b) = (row(a), row(b));
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn words_of_one_circle_are_similar_on_any_number_of_threads() {
    for n_threads in [1, 3] {
        let vectors = trained(n_threads, 1);
        assert_eq!(vectors.words.len(), 10);
        let (near, far) = (
            cosine(&vectors, "语言", "模型"),
            cosine(&vectors, "语言", "原告"),
        );
        assert!(near > 0.7 && far < 0.3, "{n_threads}: {near} {far}");
    }
}

#[test]
fn one_thread_gives_the_same_bits_and_another_seed_other_bits() {
    let bits = |seed| trained(1, seed).numbers;
    assert_eq!(bits(1), bits(1));
    assert_ne!(bits(1), bits(2));
}

#[test]
fn stretches_are_whole_sentences_and_cover_the_text() {
    let text = text(5000);
    let stretches = stretches(&text.ids);
    assert!(stretches.len() > 3);
    let mut end = 0;
    for stretch in stretches {
        assert_eq!(stretch.start, end);
        assert_eq!(text.ids[stretch.end - 1], u32::MAX);
        assert!(stretch.len() < STRETCH_WORDS + 12);
        end = stretch.end;
    }
    assert_eq!(end, text.ids.len());
}

#[test]
fn a_stopped_training_is_an_error() {
    let (sender, _receiver) = channel();
    let stopped = train(text(10), &options(), 1, 1, &sender, &AtomicBool::new(true));
    assert!(matches!(stopped, Err(TrainError::Stopped)));
}
