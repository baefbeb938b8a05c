"""Writes optimizer.safetensors beside this file: eight steps of AdamW (by torch) and of three LAMBs (by numpy), in f64.

torch 2.9.0, safetensors 0.8.0, numpy 2.4. Run: python make_optimizer.py
"""

import pathlib

import numpy as np
import torch
from safetensors.numpy import save_file

SHAPES = {"matrix": (5, 2), "bias": (4,), "norm": (3,)}
DECAY = {"matrix": 0.01, "bias": 0.0, "norm": 0.0}
BETA1, BETA2, EPSILON, RATE, WARMUP, TOTAL, STEPS = 0.9, 0.999, 1e-6, 0.01, 3, 10, 8


def rate(step: int) -> float:
    return RATE * (step / WARMUP if step <= WARMUP else (TOTAL - step) / (TOTAL - WARMUP))


def lamb(start, gradients, norms, clip: bool, ratio_without_decay: bool):
    trace = {name: [value] for name, value in start.items()}
    m = {name: np.zeros_like(value) for name, value in start.items()}
    v = {name: np.zeros_like(value) for name, value in start.items()}
    for t in range(1, STEPS + 1):
        for name in SHAPES:
            g = gradients[name][t - 1] / (max(1.0, norms[t - 1]) if clip else 1.0)
            m[name] = BETA1 * m[name] + (1 - BETA1) * g
            v[name] = BETA2 * v[name] + (1 - BETA2) * g * g
            p = trace[name][-1]
            u = (m[name] / (1 - BETA1**t)) / (np.sqrt(v[name] / (1 - BETA2**t)) + EPSILON) + DECAY[name] * p
            p_norm, u_norm = np.linalg.norm(p), np.linalg.norm(u)
            ratio = p_norm / u_norm if p_norm > 0 and u_norm > 0 else 1.0
            if DECAY[name] == 0.0 and not ratio_without_decay:
                ratio = 1.0
            trace[name].append(p - rate(t) * ratio * u)
    return trace


def adamw(start, gradients, norms):
    parameters = {name: torch.nn.Parameter(torch.tensor(value)) for name, value in start.items()}
    groups = [{"params": [parameters[name]], "weight_decay": DECAY[name]} for name in SHAPES]
    optimizer = torch.optim.AdamW(groups, lr=RATE, betas=(BETA1, BETA2), eps=EPSILON)
    trace = {name: [value] for name, value in start.items()}
    for t in range(1, STEPS + 1):
        for name, parameter in parameters.items():
            parameter.grad = torch.tensor(gradients[name][t - 1] / max(1.0, norms[t - 1]))
        for group in optimizer.param_groups:
            group["lr"] = rate(t)
        optimizer.step()
        for name, parameter in parameters.items():
            trace[name].append(parameter.detach().numpy().copy())
    return trace


def main() -> None:
    rng = np.random.default_rng(7)
    exact = lambda shape, scale: (rng.normal(size=shape) * scale).astype(np.float32).astype(np.float64)
    start = {name: exact(shape, 1.0) for name, shape in SHAPES.items()}
    start["bias"][:] = 0.0
    gradients = {name: np.stack([exact(shape, 10 ** rng.uniform(-1.5, 0.5)) for _ in range(STEPS)]) for name, shape in SHAPES.items()}
    gradients["norm"][0] = 0.0
    norms = np.sqrt(sum((g**2).reshape(STEPS, -1).sum(axis=1) for g in gradients.values()))
    out = {"gradient_norm": norms} | {f"grad.{name}": g for name, g in gradients.items()}
    traces = {
        "adamw": adamw(start, gradients, norms),
        "lamb": lamb(start, gradients, norms, clip=False, ratio_without_decay=True),
        "lamb_clipped": lamb(start, gradients, norms, clip=True, ratio_without_decay=True),
        "lamb_nvidia": lamb(start, gradients, norms, clip=True, ratio_without_decay=False),
    }
    for name, trace in traces.items():
        out |= {f"{name}.{parameter}": np.stack(values) for parameter, values in trace.items()}
    save_file(out, pathlib.Path(__file__).parent / "optimizer.safetensors")


if __name__ == "__main__":
    main()
