"""Writes the checkpoints of this folder: the same few variables in the forms that TensorFlow 1.x programs save.

    python make_checkpoints.py

Python 3.11, tensorflow-cpu 2.21.0 through tf.compat.v1. Run again, all files come out equal to the byte.

| prefix | what |
| --- | --- |
| `whole.ckpt` | one data file; every type of number, a text, a scalar, an empty tensor |
| `parts.ckpt` | two data files; `word` in three slices by rows, `kernel` in two by columns |
| `older.ckpt` | the format before TensorFlow 0.12: one file |

`word` [5, 3] counts 0.5, 1.5, ..., `kernel` [3, 4] counts 100, 101, ..., `step` is 20, in all three.
"""

import os
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
HERE = Path(__file__).parent

WORD = (np.arange(15, dtype=np.float32) + 0.5).reshape(5, 3)
KERNEL = (np.arange(12, dtype=np.float32) + 100).reshape(3, 4)
STEP = np.int64(20)
TYPES = {
    "types/double": np.array([1.5, -2.5]),
    "types/empty": np.zeros((0, 3), np.float32),
    "types/half": np.array([1.5, -2.5], np.float16),
    "types/bfloat16": np.array([1.5, -2.5], tf.bfloat16.as_numpy_dtype),
    "types/int32": np.array([7, -7], np.int32),
    "types/uint8": np.array([7, 255], np.uint8),
    "types/bool": np.array([True, False]),
    "types/text": np.array(["天", ""], dtype=object),
}


def variable(name, value):
    return v1.get_variable(name, initializer=tf.constant(value), use_resource=False)


def save(make, name, **options):
    """Makes variables in a graph of their own, and saves them."""
    two_devices = v1.ConfigProto(device_count={"CPU": 2})
    with tf.Graph().as_default(), v1.Session(config=two_devices) as session:
        saver = v1.train.Saver(make(), **options)
        session.run(v1.global_variables_initializer())
        saver.save(session, str(HERE / name), write_meta_graph=False, write_state=False)


def whole():
    values = {"word": WORD, "kernel": KERNEL, "step": STEP} | TYPES
    return [variable(name, value) for name, value in values.items()]


def partitioned(name, value, axis, n):
    """A variable in `n` parts along an axis."""
    starts = lambda shape, dtype: [n if dimension == axis else 1 for dimension in range(len(shape))]
    return v1.get_variable(
        name, shape=value.shape, partitioner=starts, use_resource=False,
        initializer=lambda shape, dtype, partition_info: tf.constant(
            value[tuple(slice(o, o + s) for o, s in zip(partition_info.var_offset, shape))]
        ),
    )


def parts():
    """The saver makes one data file for each device."""
    with tf.device("/cpu:0"):
        word = partitioned("word", WORD, 0, 3)
    with tf.device("/cpu:1"):
        rest = [partitioned("kernel", KERNEL, 1, 2), variable("step", STEP)]
    return [word, *rest]


def older():
    return [variable(name, value) for name, value in {"word": WORD, "kernel": KERNEL, "step": STEP}.items()]


def main():
    for file in HERE.glob("*.ckpt*"):
        file.unlink()
    save(whole, "whole.ckpt")
    save(parts, "parts.ckpt", sharded=True)
    save(older, "older.ckpt", write_version=v1.train.SaverDef.V1)
    for file in HERE.glob("*.ckpt*"):
        file.chmod(0o644)


if __name__ == "__main__":
    main()
