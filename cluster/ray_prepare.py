"""Prepares a corpus with Ray: one `macbert prepare` a part, then `macbert merge`.

    pip install ray
    python cluster/ray_prepare.py my.toml runs/base/shards --num-tasks 64 --cpus 8

CONFIG, its corpus and SHARDS (its shards.directory) lie on a file system that all nodes see, at the same place. With
RAY_ADDRESS set the parts run on that cluster, else here.
"""

import argparse
import os
import subprocess

import ray


def prepare(call, task, num_tasks, cpus):
    """A part of the corpus; what it said, where it failed."""
    part = [*call, "--task", str(task), "--num-tasks", str(num_tasks)]
    # The program cuts text on as many threads as Ray set cores aside.
    environment = {**os.environ, "RAYON_NUM_THREADS": str(cpus)}
    done = subprocess.run(part, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"part {task} of {num_tasks} ended with {done.returncode}: {done.stderr[-2000:]}")
    return task


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("config")
    arguments.add_argument("shards")
    arguments.add_argument("--num-tasks", type=int, required=True)
    arguments.add_argument("--cpus", type=int, default=1, help="cores of a part")
    arguments.add_argument("--macbert", default="macbert", help="the program, as the nodes find it")
    arguments.add_argument("--set", action="append", default=[], help="passed on to `macbert prepare`")
    arguments = arguments.parse_args()
    changes = [word for change in arguments.set for word in ("--set", change)]
    call = [arguments.macbert, "prepare", os.path.abspath(arguments.config), *changes]
    ray.init()
    # A part that is killed leaves nothing behind, and can be tried on another node.
    remote = ray.remote(num_cpus=arguments.cpus, max_retries=3, retry_exceptions=True)(prepare)
    waiting = [remote.remote(call, task, arguments.num_tasks, arguments.cpus) for task in range(arguments.num_tasks)]
    n_done = 0
    while waiting:
        done, waiting = ray.wait(waiting)
        for task in ray.get(done):
            n_done += 1
            print(f"part {task} done, {n_done} of {arguments.num_tasks}", flush=True)
    subprocess.run([arguments.macbert, "merge", arguments.shards], check=True)


if __name__ == "__main__":
    main()
