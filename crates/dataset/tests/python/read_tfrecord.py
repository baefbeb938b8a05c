"""Reads TensorFlow records of masked examples as BERT's run_pretraining.py does, and checks what every record promises.

    macbert examples SHARDS --format tfrecord --dupe-factor 2 --out examples.tfrecord
    macbert examples SHARDS --dupe-factor 2 --out examples.parquet
    pip install tensorflow-cpu pyarrow
    python read_tfrecord.py examples.tfrecord MAX_SEQ_LENGTH MAX_PREDICTIONS_PER_SEQ [examples.parquet]

With a Parquet file of the same call, every record has to hold the same example.
"""

import sys

import numpy as np
import tensorflow as tf


def features(max_seq_length, max_predictions):
    """What the input function of run_pretraining.py asks for."""
    fixed = tf.io.FixedLenFeature
    return {
        "input_ids": fixed([max_seq_length], tf.int64),
        "input_mask": fixed([max_seq_length], tf.int64),
        "segment_ids": fixed([max_seq_length], tf.int64),
        "masked_lm_positions": fixed([max_predictions], tf.int64),
        "masked_lm_ids": fixed([max_predictions], tf.int64),
        "masked_lm_weights": fixed([max_predictions], tf.float32),
        "next_sentence_labels": fixed([1], tf.int64),
    }


def check_record(record):
    length, n_masked = int(record["input_mask"].sum()), int(record["masked_lm_weights"].sum())
    assert (record["input_mask"] == (np.arange(len(record["input_mask"])) < length)).all()
    weights = record["masked_lm_weights"]
    assert (weights == (np.arange(len(weights)) < n_masked)).all() and n_masked > 0
    positions = record["masked_lm_positions"]
    assert (np.diff(positions[:n_masked]) > 0).all() and 0 < positions[0] and positions[n_masked - 1] < length - 1
    segments = record["segment_ids"]
    assert (np.diff(segments[:length]) >= 0).all() and set(segments) <= {0, 1}
    for name, n in [("input_ids", length), ("segment_ids", length), ("masked_lm_positions", n_masked), ("masked_lm_ids", n_masked)]:
        assert not record[name][n:].any(), name
    assert record["next_sentence_labels"][0] in (-100, 0, 1)
    return length, n_masked


def check_same(record, row):
    (length, n_masked), label = check_record(record), row["next_sentence_label"]
    assert record["input_ids"][:length].tolist() == row["input_ids"]
    assert record["segment_ids"][:length].tolist() == row["token_type_ids"]
    assert record["masked_lm_positions"][:n_masked].tolist() == row["masked_lm_positions"]
    assert record["masked_lm_ids"][:n_masked].tolist() == row["masked_lm_ids"]
    assert record["next_sentence_labels"][0] == (-100 if label is None else label)


def main():
    path, max_seq_length, max_predictions = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    # Reading verifies the checksums; parsing, names, types and widths.
    dataset = tf.data.TFRecordDataset(path).map(
        lambda record: tf.io.parse_single_example(record, features(max_seq_length, max_predictions))
    )
    rows = None
    if len(sys.argv) > 4:
        import pyarrow.parquet as pq

        rows = pq.read_table(sys.argv[4]).to_pylist()
    n_records = n_masked = 0
    for record in dataset.as_numpy_iterator():
        n_masked += check_record(record)[1]
        if rows is not None:
            check_same(record, rows[n_records])
        n_records += 1
    assert rows is None or len(rows) == n_records
    print(n_records, "examples,", n_masked, "labels", "" if rows is None else "and the same in Parquet")


main()
