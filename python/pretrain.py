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
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader
from transformers import AutoTokenizer, BertForPreTraining


def collate(rows, pad=0):
    """Rows to what BertForPreTraining takes: padded to the longest row, -100 for "no label".

    A piece that is not masked has no label, and neither has the order of an example without a pair.
    """
    columns = {name: [torch.tensor(row[name]) for row in rows] for name in ("input_ids", "token_type_ids")}
    batch = {name: pad_sequence(column, batch_first=True) for name, column in columns.items()}
    lengths = torch.tensor([len(row["input_ids"]) for row in rows])
    batch["attention_mask"] = (torch.arange(batch["input_ids"].shape[1]) < lengths[:, None]).long()
    batch["input_ids"].masked_fill_(batch["attention_mask"] == 0, pad)
    batch["labels"] = torch.full_like(batch["input_ids"], -100)
    for labels, row in zip(batch["labels"], rows):
        labels[row["masked_lm_positions"]] = torch.tensor(row["masked_lm_ids"])
    orders = (row["next_sentence_label"] for row in rows)
    batch["next_sentence_label"] = torch.tensor([-100 if order is None else order for order in orders])
    return batch


def loader(path, model, batch_size):
    # Copies of an example stand one epoch apart, and every epoch in an order of its own: no need to shuffle.
    rows = load_dataset("parquet", data_files=path, split="train")
    return DataLoader(rows, batch_size, collate_fn=lambda rows: collate(rows, model.config.pad_token_id))


def losses(model, batch):
    """The sums of masked and order loss in nats, the number of labels of both, and the number of right orders.

    transformers' own loss is not a number if no example of a batch has an order label.
    """
    batch = {name: tensor.to(model.device) for name, tensor in batch.items()}
    labels, order = batch.pop("labels"), batch.pop("next_sentence_label")
    out = model(**batch)
    masked = cross_entropy(out.prediction_logits.transpose(1, 2), labels, reduction="sum")
    orders = cross_entropy(out.seq_relationship_logits, order, reduction="sum")
    right = (out.seq_relationship_logits.argmax(1) == order).sum().item()
    return masked, orders, (labels != -100).sum().item(), (order != -100).sum().item(), right


@torch.no_grad()
def evaluate(model, batches):
    """Mean masked loss in nats over all labels, and the share of right orders (None if no example has an order)."""
    model.eval()
    loss = n_labels = n_orders = n_right = 0
    for batch in batches:
        masked, _, labels, orders, right = losses(model, batch)
        loss += masked.item()
        n_labels += labels
        n_orders += orders
        n_right += right
    return loss / n_labels, n_right / n_orders if n_orders else None


def parameter_groups(model, weight_decay):
    """Weight decay for matrices and embeddings; none for biases and layer norms, which have one dimension."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [parameter for parameter in parameters if parameter.ndim > 1], "weight_decay": weight_decay},
        {"params": [parameter for parameter in parameters if parameter.ndim == 1], "weight_decay": 0.0},
    ]


def train(model, batches, steps, rate):
    optimizer = torch.optim.AdamW(parameter_groups(model, 0.01), lr=rate, eps=1e-6)
    model.train()
    step = 0
    while True:
        for batch in batches:
            if step == steps:
                return
            step += 1
            masked, orders, n_labels, n_orders, _ = losses(model, batch)
            loss = masked / n_labels + (orders / n_orders if n_orders else 0.0)
            # A parameter that the loss does not reach keeps the gradient None, and AdamW leaves it alone.
            optimizer.zero_grad(set_to_none=True)
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
        order = "no order labels" if accuracy is None else f"order accuracy {100 * accuracy:.2f} %"
        print(f"{when}: held-out masked loss {loss:.4f}, {order}")
    if arguments.out:
        save(model, arguments.model, arguments.out)


if __name__ == "__main__":
    main()
