"""Runs the commands of the job files for training on this machine, and compares the weights with those of one process.

    cargo build --release -p macbert --features tch
    pip install torch pyyaml                   # for torchrun
    python cluster/test_training.py target/release/macbert [torchrun] [slurm] [kubernetes]

Slurm and Kubernetes are not needed: the ranks are started as they start them, with the variables that they set. All ranks run on
`tch:cpu`, with `train.exact`, so the weights are the same to the bit.
"""

import os
import pathlib
import re
import shlex
import socket
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CONFIG = HERE.parent / "configs/tiny.toml"
N_RANKS = 4
STEPS = 6
SMALL = {
    "examples_per_shard = 65536": "examples_per_shard = 100",
    "hidden = 128 ": "hidden = 16 ",
    "intermediate = 512": "intermediate = 32",
    "steps = 2000": f"steps = {STEPS}\nexact = true",
    "micro_batch = 16": "micro_batch = 3",
    "warmup_steps = 200": "warmup_steps = 2",
}


class Job:
    """A small job in a folder of its own."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        (folder / "bin").mkdir(parents=True)
        (folder / "bin/macbert").symlink_to(program)
        path = f"{folder / 'bin'}:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "NO_COLOR": "1", "OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}
        text = CONFIG.read_text(encoding="utf-8")
        for old, new in SMALL.items():
            assert old in text, old
            text = text.replace(old, new)
        text = text.replace("../runs/tiny", str(folder))
        for name in ("corpora", "synonyms"):
            text = text.replace(f"../{name}", str(HERE.parent / name))
        self.config = folder / "my.toml"
        self.config.write_text(text, encoding="utf-8")

    def start(self, call, more=None):
        environment = {**self.environment, **(more or {})}
        return subprocess.Popen(call, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def end(self, *ranks):
        for rank in ranks:
            output, _ = rank.communicate(timeout=300)
            if rank.returncode != 0:
                sys.exit(f"{rank.args} ended with {rank.returncode}:\n{output[-5000:]}")

    def weights(self):
        return (self.folder / f"pretrain/checkpoints/step-{STEPS:08}/model.safetensors").read_bytes()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


def torchrun(job):
    more = {"CONFIG": str(job.config), "DEVICES": ",".join(["tch:cpu"] * N_RANKS), "PER_MACHINE": str(N_RANKS), "NNODES": "1"}
    more |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port()}
    job.end(job.start(["bash", str(HERE / "torchrun.sh")], more))


def slurm(job):
    """The job's last line, with a stand-in for srun that starts the tasks of two nodes."""
    srun = job.folder / "bin/srun"
    lines = ["#!/bin/bash", "shift", f"export SLURM_STEP_NUM_TASKS={N_RANKS} SLURM_STEP_NODELIST='localhost,other[1-2]'"]
    lines += [f"export SLURM_JOB_ID={free_port()}", "for id in 0 1 2 3; do"]
    lines += [f'  SLURM_PROCID=$id SLURM_LOCALID=$((id % {N_RANKS // 2})) "$@" & ranks="$ranks $!"', "done"]
    lines += ["for rank in $ranks; do wait $rank || exit 1; done"]
    srun.write_text("\n".join(lines) + "\n")
    srun.chmod(0o755)
    job.end(job.start(["bash", str(HERE / "slurm_train.sh")], {"CONFIG": str(job.config), "DEVICES": "tch:cpu,tch:cpu"}))


def kubernetes(job):
    import yaml

    [_, described] = yaml.safe_load_all((HERE / "kubernetes_train.yaml").read_text(encoding="utf-8"))
    [container] = described["spec"]["template"]["spec"]["containers"]
    n_ranks = described["spec"]["completions"]
    variables = {variable["name"]: variable["value"] for variable in container["env"]}
    assert int(variables["JOB_COMPLETIONS"]) == n_ranks == described["spec"]["parallelism"]
    assert re.fullmatch(r"(.*)-0\.\1", variables["MASTER_ADDR"]), "the first pod by the service"
    variables |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port()}
    here = {"/data/my.toml": str(job.config), "tch:0": "tch:cpu"}
    call = [here.get(word, word) for word in container["command"]]
    print(shlex.join(call))
    job.end(*[job.start(call, {**variables, "JOB_COMPLETION_INDEX": str(index)}) for index in range(n_ranks)])


WAYS = {"torchrun": torchrun, "slurm": slurm, "kubernetes": kubernetes}


def main():
    program, *names = sys.argv[1:]
    program = pathlib.Path(program).resolve()
    with tempfile.TemporaryDirectory() as folder:
        alone = Job(program, pathlib.Path(folder) / "alone")
        alone.end(alone.start([program, "prepare", alone.config]))
        alone.end(alone.start([program, "pretrain", alone.config, "--device", "tch:cpu"]))
        for name in names or WAYS:
            job = Job(program, pathlib.Path(folder) / name)
            for shared in ("shards", "vocab.txt", "similar_words.table"):
                (job.folder / shared).symlink_to(alone.folder / shared)
            WAYS[name](job)
            if job.weights() != alone.weights():
                sys.exit(f"{name}: the weights are not those of one process")
            print(f"{name}: {N_RANKS} ranks, the weights of one process")


if __name__ == "__main__":
    main()
