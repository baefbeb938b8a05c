//! The floating point operations that a step needs, whatever else a device computes.

use dataset::{Batch, StepBatch};
use model::BertConfig;

/// Counts the floating point operations of a step's forward and backward pass (method §6). Padding does not count.
///
/// A product of `[a, b]` and `[b, c]` has 2·a·b·c operations. The backward pass takes two products for each one of the
/// forward pass, so a step is three forward passes (Chowdhery et al. 2022, appendix B). Recomputation does not count, nor
/// does anything that is computed element by element. With hidden size h, intermediate size i and vocabulary v, a forward
/// pass takes
///
/// - in each layer, per piece: 6·h² for query, key and value;
/// - in each layer, per example of s pieces: 4·s²·h for attention scores and context vectors;
/// - in each layer, per piece: 2·h² + 4·h·i behind the attention. In the last layer only the masked pieces and the first
///   piece of each example need this;
/// - in the masked head, per masked piece: 2·h² + 2·h·v;
/// - in the pooler, per example: 2·h².
pub fn step_flops(config: &BertConfig, batch: &StepBatch) -> f64 {
    3.0 * batch
        .micro_batches
        .iter()
        .map(|batch| forward_flops(config, batch))
        .sum::<f64>()
}

fn forward_flops(config: &BertConfig, batch: &Batch) -> f64 {
    let [h, i, v, layers] = [
        config.hidden_size,
        config.intermediate_size,
        config.vocab_size,
        config.num_hidden_layers,
    ]
    .map(|size| size as f64);
    let lengths = || batch.lengths.iter().map(|length| f64::from(*length));
    let pieces: f64 = lengths().sum();
    let pairs: f64 = lengths().map(|length| length * length).sum();
    let (masked, examples) = (batch.masked_labels.len() as f64, batch.n_examples as f64);
    let attention = pieces * 6.0 * h * h + 4.0 * pairs * h;
    let behind = (layers - 1.0) * pieces + masked + examples;
    let head = masked * (2.0 * h * h + 2.0 * h * v);
    layers * attention + behind * (2.0 * h * h + 4.0 * h * i) + head + examples * 2.0 * h * h
}

#[cfg(test)]
mod tests {
    use dataset::{Batch, StepBatch};
    use model::BertConfig;

    use super::step_flops;

    /// The common estimate is 6 operations per weight and piece; a layer of BERT base has 7.1 million weights in products.
    #[test]
    fn a_piece_takes_six_operations_per_weight_and_more_in_long_examples() {
        let config = BertConfig {
            num_attention_heads: 12,
            ..BertConfig::new(21_128, 12, 768)
        };
        let step = |length: u32, n_labels: usize| {
            let batch = Batch {
                n_examples: 1,
                lengths: vec![length],
                masked_labels: vec![5; n_labels],
                ..Batch::default()
            };
            step_flops(&config, &StepBatch::new(1, 0, vec![batch]))
        };
        let square = 768.0 * 768.0;
        // Eleven whole layers, and the last one up to its attention. Behind that, only the first piece is computed.
        let weights = 11.0 * 12.0 * square + 3.0 * square;
        let attention = 12.0 * 12.0 * 512.0 * 768.0;
        let first = 6.0 * (9.0 + 1.0) * square / 512.0; // with the pooler
        let per_piece = step(512, 0) / 512.0;
        assert!((per_piece - 6.0 * weights - attention - first).abs() < 1.0);
        let label = step(512, 1) - step(512, 0);
        assert!((label - 6.0 * ((9.0 + 1.0) * square + 768.0 * 21_128.0)).abs() < 1.0);
    }
}
