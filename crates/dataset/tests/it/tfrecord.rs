//! Masked examples as TensorFlow's records, read back by code that shares nothing with the writer. (`tests/python/` reads
//! them with TensorFlow.)

use std::collections::BTreeMap;

use dataset::{TrainingExamples, max_predictions, write_tfrecord};
use fixtures::records;
use shard::Split;
use sop::PairObjective;

use crate::rows::PREPARED;

/// A field of a protocol buffer.
enum Field<'b> {
    Varint(u64),
    Bytes(&'b [u8]),
    Four([u8; 4]),
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

/// The number and value of every field of a message.
fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let field = match tag & 7 {
            0 => Field::Varint(varint(&mut bytes)),
            2 => {
                let length = varint(&mut bytes) as usize;
                let (field, rest) = bytes.split_at(length);
                bytes = rest;
                Field::Bytes(field)
            }
            5 => {
                let (field, rest) = bytes.split_at(4);
                bytes = rest;
                Field::Four(field.try_into().unwrap())
            }
            wire => panic!("wire type {wire}"),
        };
        fields.push((tag >> 3, field));
    }
    fields
}

/// The number and bytes of the only field of a message.
fn only(bytes: &[u8]) -> (u64, &[u8]) {
    let fields = fields(bytes);
    let [(number, Field::Bytes(field))] = fields[..] else {
        panic!("{} fields", fields.len())
    };
    (number, field)
}

#[derive(Debug, PartialEq)]
enum Values {
    Floats(Vec<f32>),
    Integers(Vec<i64>),
}

/// The values of a `tensorflow.Feature`. The format allows packed and unpacked lists.
fn values(feature: &[u8]) -> Values {
    let (kind, list) = only(feature);
    let (mut floats, mut integers) = (Vec::new(), Vec::new());
    for (number, field) in fields(list) {
        assert_eq!(number, 1);
        match (kind, field) {
            (2, Field::Four(bytes)) => floats.push(f32::from_le_bytes(bytes)),
            (2, Field::Bytes(packed)) => {
                let four = packed.chunks_exact(4);
                floats.extend(four.map(|b| f32::from_le_bytes(b.try_into().unwrap())));
            }
            (3, Field::Varint(value)) => integers.push(value as i64),
            (3, Field::Bytes(mut packed)) => {
                while !packed.is_empty() {
                    integers.push(varint(&mut packed) as i64);
                }
            }
            _ => panic!("a list of kind {kind}"),
        }
    }
    match kind {
        2 => Values::Floats(floats),
        _ => Values::Integers(integers),
    }
}

/// The features of a `tensorflow.Example`.
fn example(record: &[u8]) -> BTreeMap<String, Values> {
    let (_, features) = only(record);
    let entries = fields(features).into_iter().map(|(number, entry)| {
        let Field::Bytes(entry) = entry else {
            panic!("a map has messages")
        };
        assert_eq!(number, 1);
        let entry = fields(entry);
        let [(1, Field::Bytes(name)), (2, Field::Bytes(feature))] = entry[..] else {
            panic!("an entry has a name and a feature")
        };
        (String::from_utf8(name.to_vec()).unwrap(), values(feature))
    });
    entries.collect()
}

/// The file of some epochs.
fn written(examples: &TrainingExamples, epochs: std::ops::RangeInclusive<u64>) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("examples.tfrecord");
    let width = max_predictions(examples).unwrap();
    let n = write_tfrecord(examples, epochs.clone(), width, &out, &mut |_| ()).unwrap();
    assert_eq!(n, epochs.count() as u64 * examples.len() as u64);
    assert_eq!(fixtures::names(folder.path()), ["examples.tfrecord"]);
    std::fs::read(out).unwrap()
}

/// The pieces of the longest word of the documents (method §2.3: an example may exceed its budget by all but one of them).
const LONGEST_UNIT: usize = 4;

#[test]
fn a_record_holds_the_masks_that_exceed_the_budget_by_a_unit_taken_in_part() {
    let examples = PREPARED.examples(Split::Train);
    let units = |index: usize| examples.drawn(index, 0).unwrap().pair.units;
    let longest = (0..examples.len())
        .flat_map(units)
        .map(|unit| unit.n_pieces);
    assert_eq!(longest.max(), Some(LONGEST_UNIT as u32));
    let width = max_predictions(&examples).unwrap();
    let mut most = 0;
    for (epoch, index) in (0..30).flat_map(|epoch| (0..examples.len()).map(move |i| (epoch, i))) {
        let drawn = examples.drawn(index, epoch).unwrap();
        most = most.max(drawn.masked.positions.len());
    }
    assert!((7..=width).contains(&most), "{most} of {width}");
}

#[test]
fn a_record_has_the_features_and_padding_of_berts_own_program() {
    let examples = PREPARED.examples(Split::Train);
    let file = written(&examples, 2..=3);
    let records = records(&file);
    assert_eq!(records.len(), 2 * examples.len());
    let width = max_predictions(&examples).unwrap();
    assert_eq!((examples.max_length(), width), (40, 6 + LONGEST_UNIT - 1));
    for (number, record) in records.into_iter().enumerate() {
        let (epoch, place) = (number / examples.len(), number % examples.len());
        let epoch = 2 + epoch as u64;
        let index = examples.order(epoch).example(place as u64) as usize;
        let drawn = examples.drawn(index, epoch).unwrap();
        let masked = &drawn.masked;
        let padded = |values: Vec<i64>, width: usize| {
            let n = values.len();
            let zeros = std::iter::repeat_n(0, width - n);
            Values::Integers(values.into_iter().chain(zeros).collect())
        };
        let ids = |ids: &[segment::PieceId]| ids.iter().map(|id| i64::from(id.get())).collect();
        let segments = drawn.pair.segment_ids.iter().map(|id| i64::from(*id));
        let positions = masked.positions.iter().map(|place| i64::from(*place));
        let weight = |place| f32::from(u8::from(place < masked.labels.len()));
        let expect = [
            ("input_ids", padded(ids(&masked.input_ids), 40)),
            ("input_mask", padded(vec![1; masked.input_ids.len()], 40)),
            ("masked_lm_ids", padded(ids(&masked.labels), width)),
            ("masked_lm_positions", padded(positions.collect(), width)),
            (
                "masked_lm_weights",
                Values::Floats((0..width).map(weight).collect()),
            ),
            (
                "next_sentence_labels",
                padded(vec![drawn.pair.order_label.map_or(-100, i64::from)], 1),
            ),
            ("segment_ids", padded(segments.collect(), 40)),
        ];
        let expect = expect.map(|(name, values)| (name.to_owned(), values));
        assert_eq!(example(record), BTreeMap::from(expect));
    }
}

#[test]
fn without_pairs_the_next_sentence_label_is_one_that_losses_ignore() {
    let examples = PREPARED
        .examples_with(Split::HeldOut, PairObjective::None, 7)
        .unwrap();
    let file = written(&examples, 0..=0);
    for record in records(&file) {
        let label = &example(record)["next_sentence_labels"];
        assert_eq!(*label, Values::Integers(vec![-100]));
    }
}

#[test]
fn the_bytes_of_the_records_follow_from_the_epoch() {
    let examples = PREPARED.examples(Split::Train);
    let first = written(&examples, 0..=0);
    assert!(first == written(&examples, 0..=0));
    assert!(first != written(&examples, 1..=1));
    let both = written(&examples, 0..=1);
    assert!(both.starts_with(&first));
}
