"""Reads a Parquet file of masked examples as another framework would, and checks what every row promises.

    macbert examples SHARDS --out examples.parquet
    pip install pyarrow
    python read_examples.py examples.parquet [vocab.txt]

With a vocabulary, the first row is shown with its labels put back.
"""

import sys

import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS = {
    "input_ids": pa.int32(),
    "token_type_ids": pa.int8(),
    "masked_lm_positions": pa.int32(),
    "masked_lm_ids": pa.int32(),
    "next_sentence_label": None,
    "replacement": pa.uint8(),
    "ngram": pa.uint16(),
}
KINDS = ["similar", "random", "kept", "fallback", "[MASK]"]


def check_schema(schema):
    assert schema.names == list(COLUMNS), schema.names
    for name, item in COLUMNS.items():
        found = schema.field(name).type
        assert found == pa.int8() if item is None else found.value_type == item, (name, found)


def check_row(row):
    length, positions = len(row["input_ids"]), row["masked_lm_positions"]
    assert len(row["token_type_ids"]) == length
    assert row["token_type_ids"] == sorted(row["token_type_ids"]), "A, then B"
    assert positions == sorted(set(positions)) and positions[-1] < length - 1 and positions[0] > 0
    for name in ("masked_lm_ids", "replacement", "ngram"):
        assert len(row[name]) == len(positions), name
    for position, label, kind in zip(positions, row["masked_lm_ids"], row["replacement"]):
        if KINDS[kind] == "kept":
            assert row["input_ids"][position] == label
    assert row["next_sentence_label"] in (None, 0, 1)


def main():
    file = pq.ParquetFile(sys.argv[1])
    check_schema(file.schema_arrow)
    counts = dict.fromkeys(KINDS, 0)
    n_rows = 0
    for batch in file.iter_batches(batch_size=1024):
        for row in batch.to_pylist():
            check_row(row)
            n_rows += 1
            for kind in row["replacement"]:
                counts[KINDS[kind]] += 1
    assert n_rows == file.metadata.num_rows
    total = sum(counts.values())
    print(n_rows, "examples,", total, "labels:", {k: round(v / total, 4) for k, v in counts.items()})
    if len(sys.argv) > 2:
        pieces = open(sys.argv[2], encoding="utf-8").read().split("\n")
        row = next(file.iter_batches(batch_size=1)).to_pylist()[0]
        labels = dict(zip(row["masked_lm_positions"], row["masked_lm_ids"]))
        shown = (
            f"[{pieces[labels[at]]}→{pieces[piece]}]" if at in labels else pieces[piece]
            for at, piece in enumerate(row["input_ids"])
        )
        print("".join(shown))


main()
