//! How many multiplications and additions a step needs, whatever a device computes beyond them.

use dataset::{Batch, StepBatch};
use model::BertConfig;

/// Floating point operations of a step's forward and backward pass, padding aside.
///
/// A product of `[a, b]` and `[b, c]` is 2 · a · b · c; the backward pass takes two for each of the forward pass, so a step
/// is three forward passes (Chowdhery et al. 2022, appendix B; what is recomputed does not count). A piece takes in each
/// layer 6 h² for query, key and value, 2 h² + 4 h · i behind the attention, and 4 s · h for the scores and mixtures of an
/// example of s pieces; in the last layer only masked pieces and first ones are needed behind the attention. A masked piece
/// takes 2 h² + 2 h · v in its head; an example 2 h² in the pooler. What is done number by number does not count.
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

    /// A layer of BERT base has 7.1 million weights in its products: 6 operations each for a piece, as is commonly said.
    #[test]
    fn a_piece_takes_six_operations_a_weight_and_more_with_its_length() {
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
            let step = StepBatch {
                step: 1,
                epoch: 0,
                n_labels: n_labels as u64,
                n_order_labels: 0,
                n_tokens: u64::from(length),
                micro_batches: vec![batch],
            };
            step_flops(&config, &step)
        };
        let square = 768.0 * 768.0;
        // Eleven layers, and the last up to its attention; what is behind it takes the first piece alone.
        let weights = 11.0 * 12.0 * square + 3.0 * square;
        let attention = 12.0 * 12.0 * 512.0 * 768.0;
        let first = 6.0 * (9.0 + 1.0) * square / 512.0; // with the pooler
        let per_piece = step(512, 0) / 512.0;
        assert!((per_piece - 6.0 * weights - attention - first).abs() < 1.0);
        let label = step(512, 1) - step(512, 0);
        assert!((label - 6.0 * ((9.0 + 1.0) * square + 768.0 * 21_128.0)).abs() < 1.0);
    }
}
