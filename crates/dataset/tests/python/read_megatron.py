"""Reads an indexed dataset by Megatron-LM's published layout, and checks it against the shards that it was written from.

    macbert examples SHARDS --format megatron --out text_sentence
    pip install numpy pyarrow
    python read_megatron.py text_sentence SHARDS

Where megatron-core is installed, its own reader has to see the same.
"""

import glob
import json
import struct
import sys

import numpy as np
import pyarrow.ipc as ipc

TYPES = {4: np.int32, 8: np.uint16}


def read(prefix):
    """Sentences, and one past each document's last sentence."""
    with open(prefix + ".idx", "rb") as file:
        index = file.read()
    assert index[:9] == b"MMIDIDX\x00\x00"
    version, code, n_sentences, n_ends = struct.unpack_from("<QBQQ", index, 9)
    assert version == 1
    at = 34
    lengths = np.frombuffer(index, np.int32, n_sentences, at)
    at += lengths.nbytes
    starts = np.frombuffer(index, np.int64, n_sentences, at)
    at += starts.nbytes
    ends = np.frombuffer(index, np.int64, n_ends, at)
    assert at + ends.nbytes == len(index), "nothing behind it"
    pieces = np.memmap(prefix + ".bin", TYPES[code], "r")
    width = pieces.itemsize
    assert (starts == np.concatenate([[0], np.cumsum(lengths[:-1], dtype=np.int64) * width])).all()
    assert lengths.sum() == len(pieces) and (lengths > 0).all()
    assert ends[0] == 0 and ends[-1] == n_sentences and (np.diff(ends) > 0).all()
    sentences = [pieces[start // width : start // width + length] for start, length in zip(starts, lengths)]
    return sentences, ends


def expected(shards):
    """The same from the shards."""
    sentences, ends, document = [], [0], None
    with open(f"{shards}/manifest.json") as file:
        names = [file["name"] for file in json.load(file)["train"]]
    for name in names:
        with ipc.open_file(f"{shards}/{name}") as file:
            rows = file.read_all().to_pylist()
        for row in rows:
            if document not in (None, (row["path"], row["record"])):
                ends.append(len(sentences))
            document = (row["path"], row["record"])
            start = 0
            for index, end in enumerate(row["sentence_ends"]):
                # The parts of a sentence that was cut are one sentence.
                if index in row["cut_ends"] and end != row["sentence_ends"][-1]:
                    continue
                end = row["unit_ends"][end - 1]
                sentences.append(row["pieces"][start:end])
                start = end
    return sentences, [*ends, len(sentences)]


def main():
    prefix, shards = sys.argv[1:]
    sentences, ends = read(prefix)
    there, there_ends = expected(shards)
    assert ends.tolist() == there_ends
    assert all(a.tolist() == b for a, b in zip(sentences, there, strict=True))
    said = "by the layout"
    try:
        from megatron.core.datasets.indexed_dataset import IndexedDataset
    except ImportError as error:
        said += f" (no megatron-core: {error})"
    else:
        dataset = IndexedDataset(prefix)
        assert len(dataset) == len(sentences)
        assert dataset.document_indices.tolist() == there_ends
        assert all((dataset[i] == sentence).all() for i, sentence in enumerate(sentences))
        said += " and by megatron-core"
    print(len(ends) - 1, "documents,", len(sentences), "sentences,", sum(map(len, sentences)), "pieces,", said)


main()
