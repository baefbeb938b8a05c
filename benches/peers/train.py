"""Training steps of PyTorch on request, for `cargo xtask bench train`: python3 train.py WAY DEVICE TYPE SIZE LENGTH EXAMPLES PADDING.

WAY: `eager` (SDPA, fused AdamW, logits at the masked positions only), `compile` (the same under torch.compile) or `hf`
(transformers' BertForPreTraining as its Trainer runs it: logits everywhere, fused AdamW, clipping). DEVICE: cpu or cuda.
TYPE: f32 or bf16 (autocast). SIZE: mini, base, large. PADDING: of 100 positions
of the batch, so many have no piece, which only `hf` knows what to do with. Says `ready`, then, for each line with a number on its standard
input, runs so many steps and prints the seconds of each: on a GPU, which works off a queue, the mean one's as often.
"""

import contextlib
import os
import sys
import time

import torch
from torch import nn
from torch.nn import functional

N_PIECES = 21128
MASKED = 15
SIZES = {"mini": (4, 256, 4), "base": (12, 768, 12), "large": (24, 1024, 16)}


class Layer(nn.Module):
    def __init__(self, h, n):
        super().__init__()
        self.n = n
        self.query, self.key, self.value, self.output = (nn.Linear(h, h) for _ in range(4))
        self.expand, self.contract = nn.Linear(h, 4 * h), nn.Linear(4 * h, h)
        self.attention_norm, self.norm = nn.LayerNorm(h, eps=1e-12), nn.LayerNorm(h, eps=1e-12)

    def forward(self, x):
        b, s, h = x.shape
        heads = [f(x).view(b, s, self.n, h // self.n).transpose(1, 2) for f in (self.query, self.key, self.value)]
        context = functional.scaled_dot_product_attention(*heads, dropout_p=0.1)
        context = self.output(context.transpose(1, 2).reshape(b, s, h))
        x = self.attention_norm(functional.dropout(context, 0.1) + x)
        inner = self.contract(functional.gelu(self.expand(x)))
        return self.norm(functional.dropout(inner, 0.1) + x)


class Bert(nn.Module):
    def __init__(self, layers, h, n):
        super().__init__()
        self.word, self.position, self.segment = nn.Embedding(N_PIECES, h), nn.Embedding(512, h), nn.Embedding(2, h)
        self.embedding_norm, self.head_norm = nn.LayerNorm(h, eps=1e-12), nn.LayerNorm(h, eps=1e-12)
        self.layers = nn.ModuleList(Layer(h, n) for _ in range(layers))
        self.pooler, self.order, self.dense = nn.Linear(h, h), nn.Linear(h, 2), nn.Linear(h, h)
        self.bias = nn.Parameter(torch.zeros(N_PIECES))
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, ids, segments, places, labels, order_labels):
        positions = torch.arange(ids.shape[1], device=ids.device)
        x = self.embedding_norm(self.word(ids) + self.segment(segments) + self.position(positions))
        x = functional.dropout(x, 0.1)
        for layer in self.layers:
            x = layer(x)
        masked = x.reshape(-1, x.shape[-1])[places]
        masked = self.head_norm(functional.gelu(self.dense(masked)))
        logits = functional.linear(masked, self.word.weight, self.bias)
        order = self.order(torch.tanh(self.pooler(x[:, 0])))
        return functional.cross_entropy(logits.float(), labels) + functional.cross_entropy(order.float(), order_labels)


def inputs(length, n_examples, padding, device):
    steps = max(n_examples - 1, 1)
    lengths = [length - 2 * length * padding * example // (100 * steps) for example in range(n_examples)]
    at = torch.arange(n_examples * length)
    ids = (700 + at * 7919 % 20000).view(n_examples, length)
    segments = ((at % length) > length // 2).long().view(n_examples, length)
    places = []
    for example, filled in enumerate(lengths):
        count = filled * MASKED // 100
        places.append(example * length + 1 + torch.arange(count) * (filled - 2) // count)
    places = torch.cat(places)
    labels = 700 + (places + 1) * 7919 % 20000
    order = torch.arange(n_examples) % 2
    mask = (torch.arange(length)[None, :] < torch.tensor(lengths)[:, None]).long()
    return [tensor.to(device) for tensor in (ids, segments, places, labels, order)], mask.to(device)


def hugging_face(layers, h, n, mask):
    from transformers import BertConfig, BertForPreTraining

    config = BertConfig(vocab_size=N_PIECES, num_hidden_layers=layers, hidden_size=h, num_attention_heads=n, intermediate_size=4 * h)
    model = BertForPreTraining._from_config(config, attn_implementation="sdpa")

    def loss(ids, segments, places, labels, order_labels):
        everywhere = torch.full((ids.numel(),), -100, device=ids.device)
        everywhere[places] = labels
        return model(ids, attention_mask=mask, token_type_ids=segments, labels=everywhere.view_as(ids), next_sentence_label=order_labels).loss

    return model, loss


def main():
    way, device, kind, size, length, n_examples, padding = sys.argv[1:8]
    torch.manual_seed(1)
    if device == "cpu":
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
    data, mask = inputs(int(length), int(n_examples), int(padding), device)
    model, loss = hugging_face(*SIZES[size], mask) if way == "hf" else (Bert(*SIZES[size]), None)
    model = model.to(device).train()
    if way == "compile":
        model = torch.compile(model)
    loss = loss or model
    decays = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": decays, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-4, eps=1e-6, fused=True)
    cast = torch.autocast(device, torch.bfloat16) if kind == "bf16" else contextlib.nullcontext()

    def step():
        with cast:
            value = loss(*data)
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    print("ready", flush=True)
    for line in sys.stdin:
        seconds = []
        for _ in range(int(line)):
            start = time.perf_counter()
            step()
            seconds.append(time.perf_counter() - start)
        if device == "cuda":
            start = time.perf_counter()
            torch.cuda.synchronize()
            mean = (sum(seconds) + time.perf_counter() - start) / len(seconds)
            seconds = [mean] * len(seconds)
        print(" ".join(f"{x:.6f}" for x in seconds), flush=True)


main()
