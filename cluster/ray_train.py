"""Trains one model with Ray Train: one worker per device, which runs `macbert pretrain` as a rank.

    python cluster/ray_train.py my.toml --workers 16 [--device tch:0] [--program macbert] [-- MORE]

A worker sees only its own GPU, which is therefore `tch:0`. If a worker fails, Ray starts all again, and `--resume` goes on from
the newest checkpoint.
"""

import argparse
import os
import subprocess

import ray
from ray.train import FailureConfig, RunConfig, ScalingConfig
from ray.train.torch import TorchTrainer


def rank(options):
    """Runs one rank. Ray has set RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT."""
    import torch.distributed

    # Ray Train has opened PyTorch's own meeting place at the port; the ranks of this program meet at the next one.
    port = str(int(os.environ["MASTER_PORT"]) + 1)
    torch.distributed.destroy_process_group()
    call = [options["program"], "pretrain", options["config"], "--device", options["device"], "--resume", *options["more"]]
    subprocess.run(call, check=True, env={**os.environ, "MASTER_PORT": port})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config")
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--device", default="tch:0")
    parser.add_argument("--program", default="macbert")
    parser.add_argument("more", nargs="*")
    options = parser.parse_args()
    ray.init()
    scaling = ScalingConfig(num_workers=options.workers, use_gpu=options.device != "tch:cpu")
    run = RunConfig(failure_config=FailureConfig(max_failures=3))
    TorchTrainer(rank, train_loop_config=vars(options), scaling_config=scaling, run_config=run).fit()


if __name__ == "__main__":
    main()
