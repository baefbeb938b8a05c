"""Writes the fixture of this folder: one small BertForPreTraining in six forms, and what it gives on one batch.

    python make_fixture.py

Python 3.11, transformers 4.57.6, torch 2.9.0 (CPU), safetensors 0.8.0, numpy 2.4.6. Seeded: run again, the tensors come
out equal; the bytes of the pickles in the old format, and last digits in forward.safetensors on another processor, may not.

All sizes differ, so that swapped axes show: vocabulary 120, hidden 12, 3 heads of 4, feed-forward 20, 14 positions,
3 segments; batch 3 x 11. The weights are wide, biases and layer norms away from 0 and 1, so that a mistake in any of them
shows. forward.safetensors is computed in float64 from the float32 weights, without dropout, and stored as float32.
"""

import shutil
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForPreTraining

HERE = Path(__file__).parent
LENGTHS = [11, 8, 5]
MASKED = [[2, 3, 9], [1, 6], [3]]
ORDER = [0, 1, 1]
TIED = ("cls.predictions.decoder.weight", "cls.predictions.decoder.bias")


def small_model():
    config = BertConfig(
        vocab_size=120, hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20,
        max_position_embeddings=14, type_vocab_size=3, architectures=["BertForPreTraining"],
    )
    model = BertForPreTraining(config).eval()
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if "LayerNorm.weight" in name:
                p.copy_(1 + 0.2 * noise)
            elif name.endswith("bias"):
                p.copy_(0.2 * noise)
            else:
                p.copy_((0.5 if "embeddings" in name else 0.3) * noise)
    return model


def gamma_beta(state):
    old = lambda name: name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
    return OrderedDict((old(name), tensor) for name, tensor in state.items())


def write_forms(model):
    model.save_pretrained(HERE)                                               # config.json, model.safetensors
    state = model.state_dict()
    torch.save(state, HERE / "pytorch_model.bin")                             # zip
    torch.save(state, HERE / "pytorch_model.legacy.bin", _use_new_zipfile_serialization=False)
    old = gamma_beta(state)
    old["bert.embeddings.position_ids"] = torch.arange(14).unsqueeze(0)
    torch.save(old, HERE / "pytorch_model.gamma_beta.bin", _use_new_zipfile_serialization=False)
    untied = {name: tensor.clone() for name, tensor in gamma_beta(state).items() if name not in TIED}
    save_file(untied, HERE / "model.gamma_beta.safetensors", metadata={"format": "pt"})
    model.bert.save_pretrained(HERE / "bare")                                 # no `bert.`, no heads


def write_forward(model):
    generator = torch.Generator().manual_seed(6)
    ids, attention, segments = (torch.zeros(3, 11, dtype=torch.long) for _ in range(3))
    labels = torch.full_like(ids, -100)
    for row, length in enumerate(LENGTHS):
        ids[row, :length] = torch.randint(1, 120, (length,), generator=generator)
        attention[row, :length] = 1
        segments[row, length // 2 : length] = 1 + row % 2
        for position in MASKED[row]:
            labels[row, position] = torch.randint(1, 120, (1,), generator=generator)
    order = torch.tensor(ORDER)

    model = model.double()
    out = model(ids, attention_mask=attention, token_type_ids=segments, output_hidden_states=True)
    where = labels != -100
    logits = out.prediction_logits[where]
    masked_loss = torch.nn.functional.cross_entropy(logits, labels[where])
    order_loss = torch.nn.functional.cross_entropy(out.seq_relationship_logits, order)
    (masked_loss + order_loss).backward()
    gradients = {name: p.grad for name, p in model.named_parameters()}        # each tied tensor once

    rows, positions = where.nonzero(as_tuple=True)
    tensors = {
        "input_ids": ids, "attention_mask": attention, "token_type_ids": segments, "order_labels": order,
        "masked.row": rows, "masked.position": positions, "masked.label": labels[where],
        "embeddings": out.hidden_states[0], "pooled": model.bert(ids, attention, segments).pooler_output,
        "mlm_logits": logits, "order_logits": out.seq_relationship_logits,
        "mlm_loss": masked_loss, "order_loss": order_loss, "loss": masked_loss + order_loss,
        "gradient_norm": torch.sqrt(sum((g**2).sum() for g in gradients.values())),
    }
    tensors |= {f"layer.{i}": hidden for i, hidden in enumerate(out.hidden_states[1:])}
    tensors |= {f"grad.{name}": g for name, g in gradients.items()}
    stored = {k: (v.detach().float() if v.is_floating_point() else v).contiguous().clone() for k, v in tensors.items()}
    save_file(stored, HERE / "forward.safetensors")


def main():
    shutil.rmtree(HERE / "bare", ignore_errors=True)
    model = small_model()
    write_forms(model)
    write_forward(model)
    for file in HERE.rglob("*"):
        if file.is_file():
            file.chmod(0o644)


if __name__ == "__main__":
    main()
