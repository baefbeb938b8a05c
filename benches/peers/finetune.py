"""Fine-tuning as a plain loop of transformers, to compare scores and speed with `macbert finetune`.

python3 finetune.py TASK CHECKPOINT TRAIN TEST OUT [KEY=VALUE ...]

TASK: `classification` (columns label and one or two texts), `spans` (the SQuAD form) or `spelling` (columns source and target).
Its class is BertForSequenceClassification, BertForQuestionAnswering or BertForMaskedLM; windows are the tokenizer's. Batches
have a random order and are padded to their longest example. AdamW with the linear schedule, clipping and decay of
configs/tasks. The last epoch is the result: OUT/predictions-SEED.json.

Keys: seeds=1 first=1 rate=2e-5 epochs=1 batch=32 length=128 overlap=32 threads=1; fused=1 takes the AdamW of transformers'
Trainer; warm=N does N steps with a copy of the model before the clock starts; wait=1 waits for a line on standard input
before each seed, so that two programs can take turns.

Prints the number of examples and pieces, then for each seed the processor and wall seconds of its steps, without evaluation,
the positions of its padded batches, and the mean loss of the last tenth of the steps.
"""

import copy
import json
import math
import os
import random
import subprocess
import sys
import time

import torch
from transformers import BertForMaskedLM, BertForQuestionAnswering, BertForSequenceClassification, BertTokenizerFast

IGNORED = -100
N_BEST = 20
LONGEST_ANSWER = 30


def text_of(path):
    if path.endswith(".zst"):
        return subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout.decode()
    with open(path, encoding="utf-8") as file:
        return file.read()


def rows_of(path):
    lines = [line.split("\t") for line in text_of(path).rstrip("\n").split("\n")]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


class Classification:
    model = BertForSequenceClassification

    def read(self, tokenizer, path, options, is_training):
        rows = rows_of(path)
        texts = [column for column in rows[0] if column != "label"]
        if is_training:
            self.labels = sorted({row["label"] for row in rows})
        columns = [[row[column] for row in rows] for column in texts]
        encoded = tokenizer(*columns, truncation=True, max_length=options["length"])
        labels = [self.labels.index(row["label"]) for row in rows]
        return list(zip(encoded["input_ids"], encoded["token_type_ids"], labels))

    def target(self, labels, _):
        return {"labels": torch.tensor(labels)}

    def pick(self, output, _):
        return output.logits.argmax(1).tolist()

    def predictions(self, _, found, __):
        return [self.labels[label] for label in found]


class Spelling:
    """The loss is over all characters of the source that have a piece; `[CLS]`, `[SEP]` and padding have none."""

    model = BertForMaskedLM

    def read(self, tokenizer, path, options, _):
        self.rows, self.characters, examples = rows_of(path), [], []
        for row in self.rows:
            source = tokenizer(
                list(row["source"]), is_split_into_words=True, truncation=True, max_length=options["length"]
            )
            labels, characters = [IGNORED] * len(source["input_ids"]), {}
            for at, character in enumerate(source.word_ids()):
                if character is None or character in characters.values():
                    continue
                pieces = tokenizer(row["target"][character], add_special_tokens=False)["input_ids"]
                if pieces:
                    labels[at], characters[at] = pieces[0], character
            self.characters.append(characters)
            examples.append((source["input_ids"], source["token_type_ids"], labels))
        return examples

    def target(self, labels, length):
        return {"labels": torch.tensor([row + [IGNORED] * (length - len(row)) for row in labels])}

    def pick(self, output, batch):
        best = output.logits.argmax(2)
        return [best[row, : len(example[0])].tolist() for row, example in enumerate(batch)]

    def predictions(self, tokenizer, found, examples):
        return [
            row | {"prediction": self.corrected(tokenizer, row["source"], characters, ids, own)}
            for row, characters, ids, (own, _, _) in zip(self.rows, self.characters, found, examples)
        ]

    @staticmethod
    def corrected(tokenizer, source, characters, ids, own):
        """A character that the vocabulary lacks stays, and so does one whose prediction is no single character."""
        text = list(source)
        for at, character in characters.items():
            piece = tokenizer.convert_ids_to_tokens(ids[at]).removeprefix("##")
            is_new = ids[at] != own[at] and own[at] != tokenizer.unk_token_id
            if is_new and ids[at] not in tokenizer.all_special_ids and len(piece) == 1:
                text[character] = piece
        return "".join(text)


class Spans:
    model = BertForQuestionAnswering

    def read(self, tokenizer, path, options, is_training):
        self.questions = [
            (paragraph["context"], question)
            for article in json.loads(text_of(path))["data"]
            for paragraph in article["paragraphs"]
            for question in paragraph["qas"]
        ]
        encoded = tokenizer(
            [question["question"] for _, question in self.questions],
            [context for context, _ in self.questions],
            truncation="only_second",
            max_length=options["length"],
            stride=options["overlap"],
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        examples, self.windows = [], []
        for window, index in enumerate(encoded["overflow_to_sample_mapping"]):
            ids, offsets = encoded["input_ids"][window], encoded["offset_mapping"][window]
            first, last = ids.index(tokenizer.sep_token_id) + 1, len(ids) - 2
            answer = answer_of(*self.questions[index])
            if answer is None and is_training:
                continue  # the answer is not in the context
            span = span_of(answer, offsets, first, last) if answer else (0, 0)
            examples.append((ids, encoded["token_type_ids"][window], span))
            self.windows.append((index, first, last, offsets))
        return examples

    def target(self, labels, _):
        starts, ends = zip(*labels)
        return {"start_positions": torch.tensor(starts), "end_positions": torch.tensor(ends)}

    def pick(self, output, _):
        return list(zip(output.start_logits.tolist(), output.end_logits.tolist()))

    def predictions(self, _, found, __):
        best = {}
        for (index, first, last, offsets), (starts, ends) in zip(self.windows, found):
            context = self.questions[index][0]
            best_ends = n_best(ends)
            for start in n_best(starts):
                for end in best_ends:
                    is_answer = first <= start <= end <= last and end - start < LONGEST_ANSWER
                    score = starts[start] + ends[end]
                    if is_answer and (index not in best or score > best[index][0]):
                        best[index] = (score, context[offsets[start][0] : offsets[end][1]])
        texts = [best.get(index, (0, ""))[1] for index in range(len(self.questions))]
        return {question["id"]: text for (_, question), text in zip(self.questions, texts)}


def n_best(logits):
    return sorted(range(len(logits)), key=lambda at: -logits[at])[:N_BEST]


def answer_of(context, question):
    """Start and end of the first answer in characters; some files count `answer_start` in UTF-16 units."""
    text, start = question["answers"][0]["text"], question["answers"][0]["answer_start"]
    in_units = len(context.encode("utf-16-le")[: 2 * start].decode("utf-16-le", "ignore"))
    found = [at for at in (start, in_units) if at >= 0 and context.startswith(text, at)]
    return (found[0], found[0] + len(text)) if found else None


def span_of(answer, offsets, first, last):
    start, end = answer
    if offsets[first][0] > start or offsets[last][1] < end:
        return 0, 0
    pieces = range(first, last + 1)
    return max(at for at in pieces if offsets[at][0] <= start), min(at for at in pieces if offsets[at][1] >= end)


TASKS = {"classification": Classification, "spans": Spans, "spelling": Spelling}


def collated(task, batch):
    length = max(len(ids) for ids, _, _ in batch)
    rows = [
        [ids for ids, _, _ in batch],
        [segments for _, segments, _ in batch],
        [[1] * len(ids) for ids, _, _ in batch],
    ]
    padded = [torch.tensor([row + [0] * (length - len(row)) for row in kind]) for kind in rows]
    inputs = dict(zip(["input_ids", "token_type_ids", "attention_mask"], padded))
    return inputs, task.target([label for _, _, label in batch], length)


def optimizer_of(model, options):
    def has_decay(name):
        return not (name.endswith("bias") or "LayerNorm" in name)

    named = list(model.named_parameters())
    groups = [
        {"params": [value for name, value in named if has_decay(name) == decays], "weight_decay": decay}
        for decays, decay in ((True, 0.01), (False, 0.0))
    ]
    return torch.optim.AdamW(groups, lr=options["rate"], eps=1e-6, fused=bool(options["fused"]))


def step(task, model, optimizer, batch, rate):
    """Updates the model once, and returns the loss and the positions that were computed."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    inputs, target = collated(task, batch)
    loss = model(**inputs, **target).loss
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item(), inputs["input_ids"].numel()


def warm_up(task, model, train, options):
    model = copy.deepcopy(model)
    optimizer = optimizer_of(model, options)
    for _ in range(options["warm"]):
        step(task, model, optimizer, train[: options["batch"]], options["rate"])


def trained(task, model, train, options, seed):
    """Fine-tunes the model, and prints what it took."""
    optimizer, size = optimizer_of(model, options), options["batch"]
    steps = math.ceil(len(train) / size) * options["epochs"]
    rising, losses, n_padded = int(0.1 * steps), [], 0
    model.train()
    warm_up(task, model, train, options)
    processor, wall = time.process_time(), time.perf_counter()
    for _ in range(options["epochs"]):
        order = random.sample(train, len(train))
        for at in range(0, len(order), size):
            number = len(losses) + 1
            share = number / rising if number <= rising else (steps - number) / (steps - rising)
            loss, n_positions = step(task, model, optimizer, order[at : at + size], options["rate"] * share)
            losses.append(loss)
            n_padded += n_positions
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    last = losses[-max(1, steps // 10) :] or [math.nan]
    print(
        f"seed {seed} steps {steps} cpu {processor:.3f} wall {wall:.3f} padded {n_padded} loss {sum(last) / len(last):.4f}",
        flush=True,
    )


def predicted(task, model, test, size):
    model.eval()
    found = []
    with torch.no_grad():
        for at in range(0, len(test), size):
            batch = test[at : at + size]
            inputs, _ = collated(task, batch)
            found += task.pick(model(**inputs), batch)
    return found


def options_of(arguments):
    options = {"seeds": 1, "first": 1, "rate": 2e-5, "epochs": 1, "batch": 32, "length": 128, "overlap": 32}
    options |= {"threads": 1, "fused": 0, "warm": 0, "wait": 0}
    for key, value in (argument.split("=") for argument in arguments):
        options[key] = type(options[key])(value)
    return options


def main(name, checkpoint, train_path, test_path, out, *arguments):
    options = options_of(arguments)
    torch.set_num_threads(options["threads"])
    os.makedirs(out, exist_ok=True)
    tokenizer = BertTokenizerFast.from_pretrained(checkpoint)
    task = TASKS[name]()
    train = task.read(tokenizer, train_path, options, True)
    test = task.read(tokenizer, test_path, options, False)
    print("examples", len(train), "pieces", sum(len(ids) for ids, _, _ in train), "test", len(test), flush=True)
    for seed in range(options["first"], options["first"] + options["seeds"]):
        if options["wait"] and not sys.stdin.readline():
            break
        torch.manual_seed(seed)
        random.seed(seed)
        more = {"num_labels": len(task.labels)} if name == "classification" else {}
        model = task.model.from_pretrained(checkpoint, **more)
        trained(task, model, train, options, seed)
        found = predicted(task, model, test, options["batch"])
        with open(f"{out}/predictions-{seed}.json", "w", encoding="utf-8") as file:
            json.dump(task.predictions(tokenizer, found, test), file, ensure_ascii=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
