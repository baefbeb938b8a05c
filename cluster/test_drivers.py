"""Runs the job files and both drivers on the shipped sample, and holds what they write against one run.

    cargo build --release
    pip install ray pyspark pyyaml             # Spark wants a Java, 17 or newer
    python cluster/test_drivers.py target/release/macbert [slurm] [kubernetes] [ray] [spark]

Slurm and Kubernetes are not needed: their parts are started as they start them, with the variables that they set.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CONFIG = HERE.parent / "configs/tiny.toml"
NUM_TASKS = 4


class Job:
    """The sample's job in a folder of its own."""

    def __init__(self, program, folder):
        self.program, self.folder, self.shards = program, folder, folder / "shards"
        # The files say `macbert`, and find it here.
        (folder / "bin").mkdir(parents=True)
        (folder / "bin/macbert").symlink_to(program)
        self.environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "NO_COLOR": "1"}
        places = {"vocabulary.path": "vocab.txt", "similar_words.table": "similar_words.table", "shards.directory": "shards"}
        self.changes = [f"--set={key}={folder / name}" for key, name in places.items()]
        self.changes.append("--set=shards.examples_per_shard=100")

    def run(self, call, more=None):
        call, environment = [str(word) for word in call], {**self.environment, **(more or {})}
        done = subprocess.run(call, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(call)} ended with {done.returncode}:\n{done.stdout[-5000:]}")

    def fails_once(self):
        """The program, but the first try of part 1 ends as if it were killed."""
        path, tried = self.folder / "fails_once", self.folder / "tried"
        lines = [
            "#!/bin/sh",
            f'case "$*" in *"--task 1 "*) mkdir "{tried}" 2>/dev/null && exit 137 ;; esac',
            f'exec "{self.program}" "$@"',
        ]
        path.write_text("\n".join(lines) + "\n")
        path.chmod(0o755)
        return path

    def ready(self):
        """What has to be there before the parts."""
        for command in (["vocab", "build"], ["synonyms", "build"]):
            self.run([self.program, *command, CONFIG, *self.changes])

    def config(self):
        """A config of its own, for job files that take no --set."""
        text = CONFIG.read_text(encoding="utf-8")
        for name in ("vocab.txt", "similar_words.table", "shards"):
            text = text.replace(f'"../runs/tiny/{name}"', f'"{self.folder / name}"')
        text = text.replace("examples_per_shard = 65536", "examples_per_shard = 100")
        # Keys follow from paths as the config writes them, so the corpus stays where it was, seen from the config.
        for name in ("corpora", "synonyms"):
            if not (self.folder.parent / name).exists():
                (self.folder.parent / name).symlink_to(HERE.parent / name)
        path = self.folder / "my.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def examples(self):
        """All of them, drawn: equal bytes are equal examples in equal order."""
        out = self.folder / "examples.parquet"
        self.run([self.program, "examples", self.shards, "--out", out])
        return out.read_bytes()


def slurm(job):
    log = job.folder / "sbatch.log"
    sbatch = job.folder / "bin/sbatch"
    sbatch.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {log}\n')
    sbatch.chmod(0o755)
    config = job.config()
    for task in range(NUM_TASKS):
        variables = {
            "SLURM_ARRAY_TASK_ID": task, "SLURM_ARRAY_TASK_COUNT": NUM_TASKS, "SLURM_ARRAY_TASK_MIN": 0,
            "SLURM_ARRAY_TASK_MAX": NUM_TASKS - 1, "SLURM_ARRAY_JOB_ID": 7, "SLURM_PROCID": 0, "SLURM_NTASKS": 1,
            "CONFIG": config, "SHARDS": job.shards,
        }  # fmt: skip
        job.run(["bash", HERE / "slurm.sh"], {key: str(value) for key, value in variables.items()})
    asked = log.read_text().splitlines()
    assert "--dependency=afterok:7" in asked and asked.count("--wrap") == 1
    job.run(["sh", "-c", asked[asked.index("--wrap") + 1]])


def kubernetes(job):
    import yaml

    prepare, merge = yaml.safe_load_all((HERE / "kubernetes.yaml").read_text(encoding="utf-8"))
    config = job.config()

    def command(job_file):
        (container,) = job_file["spec"]["template"]["spec"]["containers"]
        there = {"/data/my.toml": config, "/data/runs/base/shards": job.shards}
        return [there.get(word, word) for word in container["command"]]

    spec = prepare["spec"]
    assert spec["completionMode"] == "Indexed" and command(prepare)[-1] == str(spec["completions"])
    for task in range(spec["completions"]):
        job.run(command(prepare), {"JOB_COMPLETION_INDEX": str(task)})
    job.run(command(merge))


def ray(job):
    call = [sys.executable, HERE / "ray_prepare.py", CONFIG, job.shards, "--num-tasks", NUM_TASKS]
    # Two workers here, and Ray's own.
    more = {"RAY_OVERRIDE_RESOURCES": '{"CPU": 2}', "RAY_USAGE_STATS_ENABLED": "0"}
    job.run([*call, "--macbert", job.fails_once(), *job.changes], more)


def spark(job):
    call = [sys.executable, HERE / "spark_prepare.py", CONFIG, job.shards, "--num-tasks", NUM_TASKS]
    # Two workers here, three tries a part.
    more = {"PYSPARK_SUBMIT_ARGS": "--master local[2,3] pyspark-shell", "PYSPARK_PYTHON": sys.executable}
    job.run([*call, "--macbert", job.fails_once(), *job.changes], more)


DRIVERS = {"slurm": slurm, "kubernetes": kubernetes, "ray": ray, "spark": spark}


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        whole = Job(program, folder / "whole")
        whole.run([program, "prepare", CONFIG, *whole.changes])
        expect = whole.examples()
        for name in sys.argv[2:] or DRIVERS:
            job = Job(program, folder / name)
            job.ready()
            DRIVERS[name](job)
            assert job.examples() == expect, name
            assert name not in ("ray", "spark") or (job.folder / "tried").exists(), "no part failed"
            print(f"{name}: the examples of one run", flush=True)


main()
