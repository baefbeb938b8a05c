//! Export of masked examples as a `TFRecord` file: `tensorflow.Example` records with the features of BERT's program \[B\].
//!
//! | feature | type | what |
//! | --- | --- | --- |
//! | `input_ids` | int64, `max_length` | pieces after masking, then `[PAD]` |
//! | `input_mask` | int64, `max_length` | 1 for pieces, 0 for padding |
//! | `segment_ids` | int64, `max_length` | 0 up to the first `[SEP]`, then 1; 0 for padding |
//! | `masked_lm_positions` | int64, [`max_predictions`](crate::max_predictions) | masked positions, then 0 |
//! | `masked_lm_ids` | int64, [`max_predictions`](crate::max_predictions) | the original pieces at these positions, then 0 |
//! | `masked_lm_weights` | float, [`max_predictions`](crate::max_predictions) | 1 for masked positions, 0 for padding |
//! | `next_sentence_labels` | int64, 1 | the order label; −100 if the example has none, because readers need the feature |
//!
//! An example has no order label if no pairs are drawn, if it is a single sentence, or if its texts meet inside a sentence that
//! was cut. The program of \[B\] one-hot encodes the label, so −100 adds nothing to its loss, and PyTorch's cross-entropy
//! ignores −100 by default. A reader that passes labels on as indices has to leave such examples out of the order loss.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write as _};
use std::ops::RangeInclusive;
use std::path::Path;

use prost::{Message, Oneof};
use rayon::prelude::*;
use repro::AtomicFile;
use tensorflow::framed_record;

use super::draw::draw_epochs;
use crate::batch::NO_ORDER_LABEL;
use crate::dataset::TrainingExamples;
use crate::drawn::Drawn;
use crate::error::DatasetError;

/// `tensorflow.Example`.
#[derive(Clone, PartialEq, Message)]
struct Example {
    #[prost(message, optional, tag = "1")]
    features: Option<Features>,
}

/// `tensorflow.Features`.
#[derive(Clone, PartialEq, Message)]
struct Features {
    #[prost(btree_map = "string, message", tag = "1")]
    feature: BTreeMap<String, Feature>,
}

/// `tensorflow.Feature`.
#[derive(Clone, PartialEq, Message)]
struct Feature {
    #[prost(oneof = "Values", tags = "2, 3")]
    values: Option<Values>,
}

#[derive(Clone, PartialEq, Oneof)]
enum Values {
    #[prost(message, tag = "2")]
    Floats(FloatList),
    #[prost(message, tag = "3")]
    Integers(Int64List),
}

/// `tensorflow.FloatList`.
#[derive(Clone, PartialEq, Message)]
struct FloatList {
    #[prost(float, repeated, tag = "1")]
    value: Vec<f32>,
}

/// `tensorflow.Int64List`.
#[derive(Clone, PartialEq, Message)]
struct Int64List {
    #[prost(int64, repeated, tag = "1")]
    value: Vec<i64>,
}

/// The lengths that features are padded to, and the piece that pads `input_ids`.
#[derive(Clone, Copy)]
struct Padding {
    max_length: usize,
    max_predictions: usize,
    pad: i64,
}

/// Writes all examples of a side as some epochs show them, in the order in which a run reads them, and returns how many
/// there are. `max_predictions` is the number of [`max_predictions`](crate::max_predictions), to which records are padded.
/// `progress` is called with the number written so far. The file appears under its name when it is whole.
pub fn write_tfrecord(
    examples: &TrainingExamples,
    epochs: RangeInclusive<u64>,
    max_predictions: usize,
    out: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<u64, DatasetError> {
    let padding = Padding {
        max_length: examples.max_length(),
        max_predictions,
        pad: i64::from(examples.masker().vocabulary().specials().pad.get()),
    };
    let file = AtomicFile::create(out).map_err(|error| DatasetError::write(out, &error))?;
    let mut target = BufWriter::new(file.file());
    let n_written = draw_epochs(examples, epochs, |n_before, drawn| {
        let records: Vec<Vec<u8>> = drawn
            .par_iter()
            .map(|one| framed_record(&example(one, padding).encode_to_vec()))
            .collect();
        for record in records {
            let written = target.write_all(&record);
            written.map_err(|error| DatasetError::write(out, &error))?;
        }
        progress(n_before + drawn.len() as u64);
        Ok(())
    })?;
    target
        .flush()
        .map_err(|error| DatasetError::write(out, &error))?;
    drop(target);
    file.commit()
        .map_err(|error| DatasetError::write(out, &error))?;
    Ok(n_written)
}

/// Converts an example, with the names and the padding of BERT's program (\[B\], `write_instance_to_example_files`).
fn example(drawn: &Drawn, padding: Padding) -> Example {
    let masked = &drawn.masked;
    let long = |values: Vec<i64>, pad| integers(values, padding.max_length, pad);
    let short = |values: Vec<i64>| integers(values, padding.max_predictions, 0);
    let ids = |ids: &[segment::PieceId]| ids.iter().map(|id| i64::from(id.get())).collect();
    let segments = drawn.pair.segment_ids.iter().map(|id| i64::from(*id));
    let positions = masked.positions.iter().map(|position| i64::from(*position));
    let mut weights = vec![1.0; masked.positions.len()];
    weights.resize(padding.max_predictions, 0.0);
    let order = drawn.pair.order_label;
    let order = order.map_or(i64::from(NO_ORDER_LABEL), i64::from);
    let feature = [
        ("input_ids", long(ids(&masked.input_ids), padding.pad)),
        ("input_mask", long(vec![1; masked.input_ids.len()], 0)),
        ("segment_ids", long(segments.collect(), 0)),
        ("masked_lm_positions", short(positions.collect())),
        ("masked_lm_ids", short(ids(&masked.labels))),
        (
            "masked_lm_weights",
            Values::Floats(FloatList { value: weights }),
        ),
        ("next_sentence_labels", integers(vec![order], 1, 0)),
    ];
    let feature = feature.map(|(name, values)| {
        let values = Some(values);
        (name.to_owned(), Feature { values })
    });
    Example {
        features: Some(Features {
            feature: feature.into(),
        }),
    }
}

/// Pads numbers to a length.
fn integers(mut value: Vec<i64>, length: usize, pad: i64) -> Values {
    debug_assert!(value.len() <= length, "{} values of {length}", value.len());
    value.resize(length, pad);
    Values::Integers(Int64List { value })
}
