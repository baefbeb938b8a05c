//! Scaled dot-product attention within each example, by LibTorch's own, which takes a kernel that fits the device.
//!
//! Dimensions: `b` examples, `s` pieces of each, `t` pieces of all, `h` hidden width, `n` heads, `d` width of a head.

use tch::Tensor;

use super::host_attention::Partition;

/// Mixtures of the values, `[t, h]`; query, key and value are `[t, h]`.
///
/// Examples of one length are one call; others are a call each, on rows that are not copied, so that nothing is computed
/// for padding. On a GPU a single call that takes borders (`_flash_attention_forward`'s `cum_seq_q`) belongs here.
pub(super) fn attention(projected: [&Tensor; 3], heads: &Partition) -> Tensor {
    let layout = &heads.layout;
    let length = layout.n_rows() / layout.n_examples();
    if layout.examples().all(|example| example.len() == length) {
        return batched(projected, length, heads);
    }
    let example = |rows: std::ops::Range<usize>| {
        let part = projected.map(|x| x.narrow(0, rows.start as i64, rows.len() as i64));
        batched(part.each_ref(), rows.len(), heads)
    };
    let contexts: Vec<Tensor> = layout.examples().map(example).collect();
    Tensor::cat(&contexts, 0)
}

/// For examples of one length, `[b · s, h]`.
fn batched(projected: [&Tensor; 3], length: usize, heads: &Partition) -> Tensor {
    let (n_rows, h) = projected[0].size2().expect("rows");
    let (s, n) = (length as i64, heads.n_heads as i64);
    let [query, key, value] = projected.map(|x| x.view([n_rows / s, s, n, h / n]).transpose(1, 2)); // [b, n, s, d]
    let context = Tensor::scaled_dot_product_attention(
        &query,
        &key,
        &value,
        None::<&Tensor>,
        heads.dropout.rate,
        false,
        None,
        false,
    );
    context.transpose(1, 2).reshape([n_rows, h])
}
