//! Reads checkpoints of TensorFlow 1.x, the form in which BERT and its Chinese successors were released.

use std::path::Path;
use std::rc::Rc;

use tensorflow::{Checkpoint, DataType, Variable};

use super::stored::{ElementType, StoredTensor};
use crate::error::ModelError;

/// Opens a checkpoint. The tensors have the names of transformers, and matrices of linear layers are transposed: TensorFlow
/// stores `[in, out]`, transformers `[out, in]`.
pub(super) fn open(file: &Path) -> Result<Vec<StoredTensor>, ModelError> {
    let checkpoint = Rc::new(Checkpoint::open(file)?);
    let variables = checkpoint.variables().iter();
    Ok(variables.map(|one| stored(&checkpoint, one)).collect())
}

fn stored(checkpoint: &Rc<Checkpoint>, variable: &Variable) -> StoredTensor {
    let element_type = match variable.data_type {
        DataType::Float32 => Ok(ElementType::F32),
        DataType::Float16 => Ok(ElementType::F16),
        DataType::BFloat16 => Ok(ElementType::Bf16),
        other => Err(other.name()),
    };
    let mut shape: Vec<usize> = variable.shape.iter().map(|size| *size as usize).collect();
    let is_transposed = variable.name.ends_with("/kernel") && shape.len() == 2;
    let columns = shape.last().copied().unwrap_or(1);
    if is_transposed {
        shape.reverse();
    }
    let (opened, variable) = (Rc::clone(checkpoint), variable.clone());
    StoredTensor {
        path: checkpoint.path().to_path_buf(),
        name: hugging_face_name(&variable.name),
        shape,
        element_type,
        read: Box::new(move || {
            let bytes = opened.bytes(&variable)?;
            let size = variable.data_type.n_bytes().unwrap_or(1) as usize;
            Ok(if is_transposed {
                transposed(&bytes, columns, size)
            } else {
                bytes
            })
        }),
    }
}

/// The matrix with rows and columns exchanged; elements have `size` bytes.
fn transposed(bytes: &[u8], columns: usize, size: usize) -> Vec<u8> {
    let rows = bytes.len() / (columns * size).max(1);
    let mut out = Vec::with_capacity(bytes.len());
    for column in 0..columns {
        for row in 0..rows {
            let start = (row * columns + column) * size;
            out.extend_from_slice(&bytes[start..start + size]);
        }
    }
    out
}

/// Today's name in transformers of a variable of Google's programs.
fn hugging_face_name(name: &str) -> String {
    let renamed = match name {
        "cls/predictions/output_bias" => "cls/predictions/bias",
        "cls/seq_relationship/output_weights" => "cls/seq_relationship/weight",
        "cls/seq_relationship/output_bias" => "cls/seq_relationship/bias",
        other => other,
    };
    let parts: Vec<String> = renamed
        .split('/')
        .map(|part| match part {
            "kernel" => "weight".to_owned(),
            "word_embeddings" | "position_embeddings" | "token_type_embeddings" => {
                format!("{part}.weight")
            }
            _ => part
                .strip_prefix("layer_")
                .map_or_else(|| part.to_owned(), |number| format!("layer.{number}")),
        })
        .collect();
    parts.join(".")
}

/// Whether a tensor belongs to the optimizer and not to the model, by its name here.
pub(super) fn is_slot(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let exact = [
        "global_step",
        "adam_m",
        "adam_v",
        "Adam",
        "Adam_1",
        "beta1_power",
        "beta2_power",
    ];
    let starts = ["AdamWeightDecayOptimizer", "LAMB"];
    exact.contains(&last) || starts.iter().any(|start| last.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::{hugging_face_name, is_slot, transposed};

    #[test]
    fn variables_have_the_names_of_transformers() {
        for (name, expected) in [
            (
                "bert/embeddings/word_embeddings",
                "bert.embeddings.word_embeddings.weight",
            ),
            (
                "bert/encoder/layer_11/attention/self/query/kernel",
                "bert.encoder.layer.11.attention.self.query.weight",
            ),
            ("cls/predictions/output_bias", "cls.predictions.bias"),
            (
                "cls/seq_relationship/output_weights",
                "cls.seq_relationship.weight",
            ),
        ] {
            assert_eq!(hugging_face_name(name), expected);
        }
        assert!(is_slot("bert.pooler.dense.weight.adam_m") && is_slot("global_step"));
        assert!(!is_slot("bert.pooler.dense.weight"));
    }

    #[test]
    fn rows_become_columns() {
        assert_eq!(transposed(&[1, 2, 3, 4, 5, 6], 3, 1), [1, 4, 2, 5, 3, 6]);
        assert_eq!(
            transposed(&[1, 2, 3, 4, 5, 6, 7, 8], 2, 2),
            [1, 2, 5, 6, 3, 4, 7, 8]
        );
    }
}
