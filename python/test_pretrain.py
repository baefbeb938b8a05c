"""Holds pretrain.py against the program itself, on the shipped sample: a few minutes.

    cargo build --release
    pip install datasets torch transformers
    python python/test_pretrain.py target/release/macbert

The collator has to give back every row; transformers has to find the held-out loss that `macbert evaluate` finds, over the
same masks; training on has to lower it; and what is saved has to load in the program.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

from datasets import load_dataset
from transformers import BertForPreTraining

import pretrain

PROJECT = pathlib.Path(__file__).resolve().parent.parent
# `macbert evaluate` draws its masks in an epoch that no run reaches.
EVALUATION_EPOCH = str(2**64 - 1)


def check_collate(path):
    rows = load_dataset("parquet", data_files=str(path), split="train").to_list()[:50]
    batch = pretrain.collate(rows, pad=7)
    length = max(len(row["input_ids"]) for row in rows)
    for place, row in enumerate(rows):
        n = len(row["input_ids"])
        labels = dict(zip(row["masked_lm_positions"], row["masked_lm_ids"]))
        assert batch["input_ids"][place].tolist() == row["input_ids"] + [7] * (length - n)
        assert batch["token_type_ids"][place].tolist() == row["token_type_ids"] + [0] * (length - n)
        assert batch["attention_mask"][place].tolist() == [1] * n + [0] * (length - n)
        assert batch["labels"][place].tolist() == [labels.get(at, -100) for at in range(length)]
        order = row["next_sentence_label"]
        assert batch["next_sentence_label"][place] == (-100 if order is None else order)


def check_parameter_groups(network):
    decayed, plain = (group["params"] for group in pretrain.parameter_groups(network, 0.01))
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    assert len(decayed) + len(plain) == len(names)
    assert not [names[id(p)] for p in decayed if names[id(p)].endswith("bias") or "LayerNorm" in names[id(p)]]
    assert all(names[id(p)].endswith("bias") or "LayerNorm" in names[id(p)] for p in plain)


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)

        def macbert(*arguments):
            done = subprocess.run([program, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True)
            return done.stdout

        places = {
            "vocabulary.path": "vocab.txt",
            "similar_words.table": "similar_words.table",
            "shards.directory": "shards",
            "output.directory": "pretrain",
        }
        changes = [f"{key}={folder / name}" for key, name in places.items()]
        changes += ["train.steps=40", "optimizer.warmup_steps=10", "train.evaluate_every=40", "train.checkpoint_every=40"]
        job = [PROJECT / "configs/tiny.toml", *(part for change in changes for part in ("--set", change))]
        macbert("prepare", *job)
        macbert("pretrain", *job)
        shards, model = folder / "shards", folder / "pretrain/export"
        train, held_out = folder / "train.parquet", folder / "held_out.parquet"
        macbert("examples", shards, "--dupe-factor", "2", "--out", train)
        macbert("examples", shards, "--split", "held_out", "--epoch", EVALUATION_EPOCH, "--out", held_out)
        check_collate(train)

        said = macbert("evaluate", model, shards)
        loss = float(re.search(r"masked loss +([\d.]+)", said)[1])
        order = float(re.search(r"order accuracy +([\d.]+)", said)[1])
        network = BertForPreTraining.from_pretrained(model)
        check_parameter_groups(network)
        found, accuracy = pretrain.evaluate(network, pretrain.loader(str(held_out), network, 16))
        print(f"held-out masked loss {found:.4f} here, {loss:.4f} there; order {100 * accuracy:.2f} %, {order:.2f} %")
        assert abs(found - loss) < 2e-4 and abs(100 * accuracy - order) < 0.01

        pretrain.train(network, pretrain.loader(str(train), network, 16), 60, 5e-4)
        later, _ = pretrain.evaluate(network, pretrain.loader(str(held_out), network, 16))
        print(f"after 60 steps more: {later:.4f}")
        assert later < found - 0.1

        pretrain.save(network, model, folder / "further")
        macbert("export", folder / "further", "--out", folder / "again")
        files = [path / "vocab.txt" for path in (model, folder / "again")]
        assert files[0].read_bytes() == files[1].read_bytes()


main()
