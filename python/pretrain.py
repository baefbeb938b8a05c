"""Trains with transformers on what `macbert examples` wrote: datasets, a collator of ten lines, a plain loop.

    macbert examples SHARDS --dupe-factor 10 --out train.parquet
    macbert examples SHARDS --split held_out --out held_out.parquet
    pip install datasets torch transformers
    python python/pretrain.py MODEL train.parquet held_out.parquet --steps 1000 --out my-macbert

MODEL is a Hugging Face folder to go on from; one of `macbert export`, too.
"""

import argparse

import torch
from datasets import load_dataset
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader
from transformers import AutoTokenizer, BertForPreTraining


def collate(rows, pad=0):
    """Rows to what BertForPreTraining takes: padded to the longest row, -100 where nothing is masked."""
    columns = {name: [torch.tensor(row[name]) for row in rows] for name in ("input_ids", "token_type_ids")}
    batch = {name: pad_sequence(column, batch_first=True) for name, column in columns.items()}
    lengths = torch.tensor([len(row["input_ids"]) for row in rows])
    batch["attention_mask"] = (torch.arange(batch["input_ids"].shape[1]) < lengths[:, None]).long()
    batch["input_ids"].masked_fill_(batch["attention_mask"] == 0, pad)
    batch["labels"] = torch.full_like(batch["input_ids"], -100)
    for labels, row in zip(batch["labels"], rows):
        labels[row["masked_lm_positions"]] = torch.tensor(row["masked_lm_ids"])
    batch["next_sentence_label"] = torch.tensor([row["next_sentence_label"] or 0 for row in rows])
    return batch


def loader(path, model, batch_size):
    # Copies of an example stand one epoch apart, and every epoch in an order of its own: no need to shuffle.
    rows = load_dataset("parquet", data_files=path, split="train")
    return DataLoader(rows, batch_size, collate_fn=lambda rows: collate(rows, model.config.pad_token_id))


@torch.no_grad()
def evaluate(model, batches):
    """Mean masked loss in nats over all labels, and the share of right orders."""
    model.eval()
    loss = n_labels = right = n_examples = 0
    for batch in batches:
        batch = {name: tensor.to(model.device) for name, tensor in batch.items()}
        labels, order = batch.pop("labels"), batch.pop("next_sentence_label")
        out = model(**batch)
        loss += torch.nn.functional.cross_entropy(out.prediction_logits.transpose(1, 2), labels, reduction="sum").item()
        n_labels += (labels != -100).sum().item()
        right += (out.seq_relationship_logits.argmax(1) == order).sum().item()
        n_examples += len(order)
    return loss / n_labels, right / n_examples


def train(model, batches, steps, rate):
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    model.train()
    step = 0
    while True:
        for batch in batches:
            if step == steps:
                return
            step += 1
            batch = {name: tensor.to(model.device) for name, tensor in batch.items()}
            loss = model(**batch).loss  # masked and order loss, each its mean
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if step % 100 == 0:
                print(f"step {step}: loss {loss.item():.4f}")


def save(model, start, out):
    """Saves a model with the tokenizer of the folder that it began as: weights are of no use without their vocabulary."""
    model.save_pretrained(out)
    AutoTokenizer.from_pretrained(start).save_pretrained(out)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model")
    arguments.add_argument("train")
    arguments.add_argument("held_out")
    arguments.add_argument("--steps", type=int, default=1000)
    arguments.add_argument("--batch", type=int, default=32)
    arguments.add_argument("--rate", type=float, default=1e-4)
    arguments.add_argument("--out")
    arguments = arguments.parse_args()
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = BertForPreTraining.from_pretrained(arguments.model).to(device)
    held_out = loader(arguments.held_out, model, arguments.batch)
    for when in ("before", "after"):
        if when == "after":
            train(model, loader(arguments.train, model, arguments.batch), arguments.steps, arguments.rate)
        loss, accuracy = evaluate(model, held_out)
        print(f"{when}: held-out masked loss {loss:.4f}, order accuracy {100 * accuracy:.2f} %")
    if arguments.out:
        save(model, arguments.model, arguments.out)


if __name__ == "__main__":
    main()
