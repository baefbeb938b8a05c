//! Our names of parameters and Hugging Face's: the one place where they meet.

use repro::sha256_number;

/// Parameters outside the encoder's layers, ours and theirs, without the last part (`weight`, `bias`).
const OUTSIDE: [(&str, &str); 9] = [
    ("embeddings.word", "bert.embeddings.word_embeddings"), // the table itself: no part follows in our name
    ("embeddings.position", "bert.embeddings.position_embeddings"),
    (
        "embeddings.segment",
        "bert.embeddings.token_type_embeddings",
    ),
    ("embeddings.norm", "bert.embeddings.LayerNorm"),
    ("pooler", "bert.pooler.dense"),
    ("masked_head.dense", "cls.predictions.transform.dense"),
    ("masked_head.norm", "cls.predictions.transform.LayerNorm"),
    ("masked_head", "cls.predictions"),
    ("order_head", "cls.seq_relationship"),
];

/// The same inside a layer, after `encoder.layers.N.` and `bert.encoder.layer.N.`.
const INSIDE: [(&str, &str); 8] = [
    ("attention.query", "attention.self.query"),
    ("attention.key", "attention.self.key"),
    ("attention.value", "attention.self.value"),
    ("attention.output", "attention.output.dense"),
    ("attention.norm", "attention.output.LayerNorm"),
    ("expand", "intermediate.dense"),
    ("contract", "output.dense"),
    ("norm", "output.LayerNorm"),
];

/// Hugging Face's name of the parameter at this path of fields; `None` if the path is not in the tables above.
pub(crate) fn hugging_face_name(path: &str) -> Option<String> {
    match path.strip_prefix("encoder.layers.") {
        Some(rest) => rest.split_once('.').and_then(|(layer, inside)| {
            Some(format!(
                "bert.encoder.layer.{layer}.{}",
                renamed(inside, &INSIDE)?
            ))
        }),
        None => renamed(path, &OUTSIDE),
    }
}

fn renamed(path: &str, table: &[(&str, &str)]) -> Option<String> {
    let theirs = |ours: &str| {
        table
            .iter()
            .find(|(name, _)| *name == ours)
            .map(|(_, theirs)| *theirs)
    };
    // An embedding is one tensor to us and a module with a `weight` to them.
    if let Some(table) = theirs(path) {
        return Some(format!("{table}.weight"));
    }
    let (module, part) = path.rsplit_once('.')?;
    Some(format!("{}.{part}", theirs(module)?))
}

/// Weight decay leaves out biases and layer norms (method §5).
pub(crate) fn decays(name: &str) -> bool {
    !is_bias(name) && !is_norm(name)
}

/// What is added rather than multiplied.
pub(crate) fn is_bias(name: &str) -> bool {
    last_part(name) == "bias"
}

fn last_part(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, part)| part)
}

/// A parameter of a layer norm.
pub(crate) fn is_norm(name: &str) -> bool {
    name.contains("LayerNorm.")
}

/// A matrix that Hugging Face stores `[out, in]` and burn multiplies as `[in, out]`.
pub(crate) fn is_transposed(name: &str) -> bool {
    !is_bias(name) && !is_norm(name) && !name.contains("_embeddings.")
}

/// A number for a parameter that follows from its name: the first 8 bytes of the name's SHA-256. The optimizer's
/// state is kept under it, and so fits a model that was read again.
pub(crate) fn parameter_number(name: &str) -> u64 {
    sha256_number(&[name.as_bytes()])
}

/// Today's name for one in a checkpoint: `gamma` and `beta` of old layer norms, and the missing `bert.` of a bare
/// `BertModel`.
pub(crate) fn modern_name(name: &str) -> String {
    let name = match name.rsplit_once('.') {
        Some((module, "gamma")) => format!("{module}.weight"),
        Some((module, "beta")) => format!("{module}.bias"),
        _ => name.to_owned(),
    };
    let bare = ["embeddings.", "encoder.", "pooler."]
        .iter()
        .any(|part| name.starts_with(part));
    if bare { format!("bert.{name}") } else { name }
}

/// Tensors of a checkpoint that are no parameters: the counted positions and segments of old versions.
pub(crate) fn is_buffer(modern_name: &str) -> bool {
    modern_name == "bert.embeddings.position_ids" || modern_name == "bert.embeddings.token_type_ids"
}

/// What a tied copy in a checkpoint is a copy of: transformers ties the decoder to the word embeddings and its
/// bias to the head's.
pub(crate) fn tied_to(modern_name: &str) -> Option<&'static str> {
    match modern_name {
        "cls.predictions.decoder.weight" => Some("bert.embeddings.word_embeddings.weight"),
        "cls.predictions.decoder.bias" => Some("cls.predictions.bias"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_fields_is_named_as_hugging_face_names_it() {
        for (ours, theirs) in [
            ("embeddings.word", "bert.embeddings.word_embeddings.weight"),
            ("embeddings.norm.bias", "bert.embeddings.LayerNorm.bias"),
            (
                "encoder.layers.11.attention.query.weight",
                "bert.encoder.layer.11.attention.self.query.weight",
            ),
            (
                "encoder.layers.0.attention.norm.weight",
                "bert.encoder.layer.0.attention.output.LayerNorm.weight",
            ),
            (
                "encoder.layers.0.norm.bias",
                "bert.encoder.layer.0.output.LayerNorm.bias",
            ),
            ("pooler.weight", "bert.pooler.dense.weight"),
            ("masked_head.bias", "cls.predictions.bias"),
            (
                "masked_head.dense.bias",
                "cls.predictions.transform.dense.bias",
            ),
            ("order_head.weight", "cls.seq_relationship.weight"),
        ] {
            assert_eq!(hugging_face_name(ours).as_deref(), Some(theirs));
        }
    }

    #[test]
    fn biases_and_layer_norms_do_not_decay() {
        for (name, expected) in [
            ("bert.embeddings.word_embeddings.weight", true),
            ("bert.encoder.layer.3.output.dense.weight", true),
            ("bert.encoder.layer.3.output.dense.bias", false),
            ("bert.encoder.layer.3.output.LayerNorm.weight", false),
            ("cls.predictions.bias", false),
        ] {
            assert_eq!(decays(name), expected, "{name}");
        }
    }

    #[test]
    fn old_and_bare_names_become_todays() {
        for (old, today) in [
            (
                "bert.embeddings.LayerNorm.gamma",
                "bert.embeddings.LayerNorm.weight",
            ),
            (
                "cls.predictions.transform.LayerNorm.beta",
                "cls.predictions.transform.LayerNorm.bias",
            ),
            (
                "encoder.layer.0.output.dense.bias",
                "bert.encoder.layer.0.output.dense.bias",
            ),
            ("pooler.dense.weight", "bert.pooler.dense.weight"),
            ("cls.predictions.bias", "cls.predictions.bias"),
        ] {
            assert_eq!(modern_name(old), today);
        }
    }
}
