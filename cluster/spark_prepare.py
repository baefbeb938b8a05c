"""Prepares a corpus with Spark: one `macbert prepare` a part, then `macbert merge`.

    pip install pyspark
    spark-submit --conf spark.task.cpus=8 cluster/spark_prepare.py my.toml runs/base/shards --num-tasks 64

CONFIG, its corpus and SHARDS (its shards.directory) lie on a file system that all executors see, at the same place. Spark
tries a part that fails again, `spark.task.maxFailures` times.
"""

import argparse
import os
import subprocess

from pyspark.sql import SparkSession


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("config")
    arguments.add_argument("shards")
    arguments.add_argument("--num-tasks", type=int, required=True)
    arguments.add_argument("--macbert", default="macbert", help="the program, as the executors find it")
    arguments.add_argument("--set", action="append", default=[], help="passed on to `macbert prepare`")
    arguments = arguments.parse_args()
    changes = [word for change in arguments.set for word in ("--set", change)]
    call = [arguments.macbert, "prepare", os.path.abspath(arguments.config), *changes]
    num_tasks = arguments.num_tasks
    context = SparkSession.builder.appName("macbert prepare").getOrCreate().sparkContext
    cpus = context.getConf().get("spark.task.cpus", "1")

    # In here, so that it travels with the tasks and no executor needs this file.
    def prepare(task):
        part = [*call, "--task", str(task), "--num-tasks", str(num_tasks)]
        # The program cuts text on as many threads as Spark set cores aside.
        environment = {**os.environ, "RAYON_NUM_THREADS": cpus}
        done = subprocess.run(part, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"part {task} of {num_tasks} ended with {done.returncode}: {done.stderr[-2000:]}")
        return task

    done = context.parallelize(range(num_tasks), num_tasks).map(prepare).collect()
    print(f"{len(done)} parts done", flush=True)
    context.stop()
    subprocess.run([arguments.macbert, "merge", arguments.shards], check=True)


if __name__ == "__main__":
    main()
