"""An export is judged by transformers: it loads whole, cuts text alike, and gives the figures that `macbert evaluate` gives.

    python judge_export.py PROGRAM EXPORT SHARDS

PROGRAM is the built `macbert`, EXPORT a folder that it exported, SHARDS what the model was trained on. The held-out
examples are written with the masks of the evaluation, go through transformers' BertForPreTraining, and masked loss and
order accuracy are held against those that the program prints.

Python 3.11, transformers 4.57.6, torch 2.9.0 (CPU), pyarrow.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import torch
from transformers import BertForPreTraining, BertTokenizer, BertTokenizerFast

EVALUATION_EPOCH = 2**64 - 1
BATCH = 32
LINES = ["我每天早上喝一杯牛奶。", "iPhone11 的价格是 3.14 元！", "ＡＢＣ　café 한국 😀", "[MASK] 不是 [SEP]"]


def output(*call):
    return subprocess.run(list(map(str, call)), check=True, capture_output=True, text=True, env={"NO_COLOR": "1"}).stdout


def figure(text, name):
    return float(re.search(rf"{name}\s+([\d.]+)", text).group(1))


def load(export):
    model, info = BertForPreTraining.from_pretrained(export, output_loading_info=True)
    wrong = {key: value for key, value in info.items() if value}
    assert not wrong, wrong
    slow, fast = BertTokenizer.from_pretrained(export), BertTokenizerFast.from_pretrained(export)
    for line in LINES:
        assert slow(line)["input_ids"] == fast(line)["input_ids"], line
    return model.eval()


def held_out(program, shards):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "held_out.parquet"
        output(program, "examples", shards, "--split", "held_out", "--epoch", EVALUATION_EPOCH, "--out", path)
        return pq.read_table(path).to_pylist()


@torch.no_grad()
def judge(model, rows):
    nats, n_labels, n_right = 0.0, 0, 0
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        pad = lambda name: torch.nn.utils.rnn.pad_sequence(
            [torch.tensor(row[name], dtype=torch.long) for row in batch], batch_first=True
        )
        ids = pad("input_ids")
        mask = pad("input_ids").new_zeros(ids.shape)
        for place, row in enumerate(batch):
            mask[place, : len(row["input_ids"])] = 1
        out = model(input_ids=ids, attention_mask=mask, token_type_ids=pad("token_type_ids"))
        for place, row in enumerate(batch):
            logits = out.prediction_logits[place, row["masked_lm_positions"]]
            labels = torch.tensor(row["masked_lm_ids"])
            nats += torch.nn.functional.cross_entropy(logits, labels, reduction="sum").item()
            n_labels += len(labels)
        order = torch.tensor([row["next_sentence_label"] for row in batch])
        n_right += (out.seq_relationship_logits.argmax(1) == order).sum().item()
    return nats / n_labels, 100 * n_right / len(rows), n_labels


def main():
    program, export, shards = sys.argv[1:4]
    model = load(export)
    loss, order, n_labels = judge(model, held_out(program, shards))
    ours = output(program, "evaluate", export, shards)
    print(f"transformers: {n_labels} labels, masked loss {loss:.4f} nats, order accuracy {order:.2f} %")
    print(f"ours:         masked loss {figure(ours, 'masked loss'):.4f} nats, order accuracy {figure(ours, 'order accuracy'):.2f} %")
    assert abs(loss - figure(ours, "masked loss")) < 2e-4
    assert abs(order - figure(ours, "order accuracy")) < 0.01
    print("no missing or unexpected key; both tokenizers agree")


if __name__ == "__main__":
    main()
