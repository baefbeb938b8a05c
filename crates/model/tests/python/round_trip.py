"""transformers or TensorFlow -> our import -> our export -> transformers: the same tensors bit for bit, the same logits.

    python round_trip.py PROGRAM [CHECKPOINT]

PROGRAM reads the checkpoint of its first argument and writes one to the folder of its last:
`target/debug/examples/round_trip` of `cargo build -p model --examples`, or "macbert export {} --out {}" in quotes.
CHECKPOINT is a folder with forms of one model, by default this crate's fixture. TensorFlow also saves the model as its 1.x
programs do, in training; this form is named by its prefix, and the reader has to find config and vocabulary beside it.

Python 3.11, transformers 4.57.6 and 5.24.0, torch 2.9.0 (CPU), safetensors 0.8.0, tensorflow-cpu 2.21.0.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import tensorflow as tf
import torch
import transformers
from safetensors import safe_open
from transformers import BertForPreTraining, BertModel

FIXTURE = Path(__file__).parent.parent / "data"
TENSORFLOW = "bert_model.ckpt"
FORMS = {
    "model.safetensors": "model.safetensors",
    "pytorch_model.bin": "pytorch_model.bin",
    "pytorch_model.legacy.bin": "pytorch_model.bin",
    "pytorch_model.gamma_beta.bin": "pytorch_model.bin",
    "model.gamma_beta.safetensors": "model.safetensors",
    "TensorFlow 1.x": TENSORFLOW,
}


GOOGLES = [
    (r"LayerNorm\.weight$", "LayerNorm.gamma"), (r"LayerNorm\.bias$", "LayerNorm.beta"), (r"_embeddings\.weight$", "_embeddings"),
    (r"^cls\.predictions\.bias$", "cls.predictions.output_bias"), (r"relationship\.weight$", "relationship.output_weights"),
    (r"relationship\.bias$", "relationship.output_bias"), (r"\.weight$", ".kernel"), (r"layer\.(\d+)", r"layer_\1"), (r"\.", "/"),
]


def googles(name):
    """The name of a parameter in Google's programs."""
    for pattern, replacement in GOOGLES:
        name = re.sub(pattern, replacement, name)
    return name


def save_with_tensorflow(parameters, prefix):
    """Saves parameters as Google's run_pretraining.py does: with the moments of its optimizer, and the step."""
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        variables = {"global_step": v1.get_variable("global_step", initializer=tf.constant(20, tf.int64), use_resource=False)}
        for name, tensor in parameters.items():
            name = googles(name)
            value = tensor.numpy().T if name.endswith("/kernel") else tensor.numpy()
            for slot, value in {"": value, "/adam_m": 0 * value, "/adam_v": 0 * value + 1}.items():
                initializer = tf.constant(value)
                variables[name + slot] = v1.get_variable(name + slot, initializer=initializer, use_resource=False)
        session.run(v1.global_variables_initializer())
        v1.train.Saver(variables).save(session, str(prefix), write_meta_graph=False)


def run(program, source, target):
    words = program.split() if "{}" in program else [program, "{}", "{}"]
    places = iter((str(source), str(target)))
    subprocess.run([next(places) if word == "{}" else word for word in words], check=True)


def tensors(file):
    with safe_open(file, "pt") as f:
        return {name: f.get_tensor(name) for name in f.keys()}, f.metadata()


def loads_clean(folder, kind=BertForPreTraining):
    model, info = kind.from_pretrained(folder, output_loading_info=True)
    wrong = {key: value for key, value in info.items() if value}
    assert not wrong, wrong
    return model.eval()


def batch(config):
    generator = torch.Generator().manual_seed(1)
    length = config.max_position_embeddings - 1
    ids = torch.randint(1, config.vocab_size, (3, length), generator=generator)
    mask = torch.ones_like(ids)
    mask[1, length // 2 :] = 0
    segments = (torch.arange(length) > length // 2).long().expand(3, -1)
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": segments}


@torch.no_grad()
def check_form(program, checkpoint, form, name, expected):
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in", Path(folder) / "out"
        source.mkdir()
        for file in checkpoint.iterdir():
            if file.suffix in (".json", ".txt"):
                shutil.copy(file, source)
        if name == TENSORFLOW:
            (source / "config.json").rename(source / "bert_config.json")
            save_with_tensorflow(tensors(checkpoint / "model.safetensors")[0], source / name)
            run(program, source / name, target)
        else:
            shutil.copy(checkpoint / form, source / name)
            run(program, source, target)
        found, metadata = tensors(target / "model.safetensors")
        want, _ = tensors(checkpoint / "model.safetensors")
        assert metadata == {"format": "pt"}, metadata
        assert found.keys() == want.keys(), found.keys() ^ want.keys()
        for key, tensor in want.items():
            assert found[key].dtype == tensor.dtype and torch.equal(found[key], tensor), key
        same = (target / "model.safetensors").read_bytes() == (checkpoint / "model.safetensors").read_bytes()
        config = json.loads((target / "config.json").read_text())
        published = json.loads((checkpoint / "config.json").read_text())
        lost = {k for k in published.keys() - {"transformers_version"} if config.get(k) != published[k]}
        assert not lost, lost
        model = loads_clean(target)
        got = model(**batch(model.config))
        far = max((got[key] - expected[key]).abs().max().item() for key in ("prediction_logits", "seq_relationship_logits"))
        assert far < 1e-5, far
        loads_clean_as_bare(target)
        print(f"transformers {transformers.__version__}, {form}: {len(found)} tensors equal, file equal to the byte: {same}, logits differ by {far:.1e}")


def loads_clean_as_bare(folder):
    _, info = BertModel.from_pretrained(folder, output_loading_info=True)
    assert not info["missing_keys"], info


def main():
    program = sys.argv[1]
    checkpoint = Path(sys.argv[2]) if len(sys.argv) > 2 else FIXTURE
    model = BertForPreTraining.from_pretrained(checkpoint).eval()
    with torch.no_grad():
        expected = model(**batch(model.config))
    for form, name in FORMS.items():
        check_form(program, checkpoint, form, name, expected)


if __name__ == "__main__":
    main()
