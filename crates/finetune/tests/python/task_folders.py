"""Fine-tunes a checkpoint on a small task of every kind, and loads what comes out with transformers: no missing or unexpected key,
the labels of the task, and the same logits, although transformers computes padding.

    python task_folders.py MACBERT TASK_LOGITS CHECKPOINT OUT

TASK_LOGITS is `target/debug/examples/task_logits` of `cargo build -p model --examples`. OUT is a folder that is written anew.

Python 3.11, transformers 4.57.6, torch 2.9.0 (CPU).
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import torch
import transformers
from transformers import AutoTokenizer

TOLERANCE = 2e-5

CONFIG = """
name = "{name}"
[model]
checkpoint = "{checkpoint}"
dropout = 0.1
max_length = 48
{task}
[data]
train = "train"
test = "test"
[optimizer]
name = "adamw"
peak_rate = 1e-3
warmup_share = 0.1
beta1 = 0.9
beta2 = 0.999
epsilon = 1e-6
weight_decay = 0.01
clip_norm = 1.0
[train]
epochs = 2
examples_per_step = 4
pieces_per_micro_batch = 256
checkpoint_every = 100
log_every = 1
max_skipped_steps = 0
[protocol]
seeds = 1
select_by = "last_epoch"
[output]
directory = "run"
"""

TEXTS = "label\ttext\tother\n" + "".join(
    f"{label}\t{subject}很{word}。\t我觉得{word}\n"
    for subject in ("饭菜", "天气", "房间", "服务")
    for label, word in (("good", "好"), ("bad", "坏"), ("mixed", "一般"))
)
TAGS = "".join(
    f"{name[0]} B-PER\n{name[1]} I-PER\n在 O\n{place[0]} B-LOC\n{place[1]} I-LOC\n\n"
    for name in ("王明", "李红")
    for place in ("北京", "上海")
)
PAIRS = "source\ttarget\n" + "今天天汽很好\t今天天气很好\n我门去公园\t我们去公园\n饭菜很好\t饭菜很好\n" * 4
QUESTIONS = json.dumps(
    {
        "data": [
            {
                "paragraphs": [
                    {
                        "context": f"{name}昨天去了{place}。" * 3,
                        "qas": [
                            {
                                "id": name + place,
                                "question": "谁去了？",
                                "answers": [{"text": name, "answer_start": 0}],
                            }
                        ],
                    }
                    for name in ("王明", "李红")
                    for place in ("北京", "上海")
                ]
            }
        ]
    },
    ensure_ascii=False,
)

TASKS = {
    "single": ("[task.classification]\ntexts = ['text']\nlabel = 'label'", TEXTS, "BertForSequenceClassification", 3),
    "pair": ("[task.classification]\ntexts = ['text', 'other']\nlabel = 'label'", TEXTS, "BertForSequenceClassification", 3),
    "tags": ("[task.tags]", TAGS, "BertForTokenClassification", 5),
    "spelling": ("[task.spelling]\nsource = 'source'\ntarget = 'target'", PAIRS, "BertForMaskedLM", None),
    "detection": (
        "[task.spelling]\nsource = 'source'\ntarget = 'target'\ndetection = { weight = 0.3, alpha = 0.75, gamma = 2.0 }",
        PAIRS,
        "BertForMaskedLM",
        None,
    ),
    "spans": (
        "[task.spans]\nstride = 8\nn_best = 5\nlongest_answer = 8\nmask_outside = true",
        QUESTIONS,
        "BertForQuestionAnswering",
        None,
    ),
}


def fine_tuned(macbert, checkpoint, folder, name, task, text):
    folder.mkdir(parents=True)
    for file in ("train", "test"):
        (folder / file).write_text(text, encoding="utf-8")
    config = folder / "task.toml"
    config.write_text(CONFIG.format(name=name, checkpoint=Path(checkpoint).resolve(), task=task), encoding="utf-8")
    subprocess.run([macbert, "finetune", config], check=True, stdout=subprocess.DEVNULL)
    return folder / "run" / "export"


def loaded(export, kind, n_labels):
    architecture = json.loads((export / "config.json").read_text())["architectures"]
    assert architecture == [kind], architecture
    model, info = getattr(transformers, kind).from_pretrained(export, output_loading_info=True)
    wrong = {key: value for key, value in info.items() if value}
    assert not wrong, wrong
    if n_labels is not None:
        labels = model.config.id2label
        assert len(labels) == n_labels and not any(label.startswith("LABEL_") for label in labels.values()), labels
    return model.eval()


def logits_of(output):
    if hasattr(output, "start_logits"):
        return torch.stack([output.start_logits, output.end_logits], dim=2)
    return output.logits


def check_logits(program, export, model):
    tokenizer = AutoTokenizer.from_pretrained(export)
    texts = ["饭菜很好。", "今天天汽很好，我们去北京。", "好"]
    batch = tokenizer(texts, ["我觉得好", "谁？", "王明在上海"], padding=True, return_tensors="pt")
    with torch.no_grad():
        expected = logits_of(model(**batch))
    lengths = batch["attention_mask"].sum(1).tolist()
    rows = {
        name: [row[:length] for row, length in zip(batch[name].tolist(), lengths)]
        for name in ("input_ids", "token_type_ids")
    }
    printed = subprocess.run([program, export], input=json.dumps(rows), text=True, capture_output=True, check=True).stdout
    worst = 0.0
    for found, row, length in zip(json.loads(printed)["logits"], expected, lengths):
        row = row[None] if row.dim() == 1 else row[:length]
        found = torch.tensor(found)
        assert found.shape == row.shape, (found.shape, row.shape)
        worst = max(worst, (found - row).abs().max().item())
    assert worst < TOLERANCE, worst
    return worst


def main():
    macbert, program, checkpoint, out = sys.argv[1:]
    shutil.rmtree(out, ignore_errors=True)
    for name, (task, text, kind, n_labels) in TASKS.items():
        export = fine_tuned(macbert, checkpoint, Path(out) / name, name, task, text)
        worst = check_logits(program, export, loaded(export, kind, n_labels))
        print(f"{name}: {kind} loads without missing or unexpected keys; logits differ by at most {worst:.1e}")


if __name__ == "__main__":
    main()
