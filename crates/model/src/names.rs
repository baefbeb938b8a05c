//! The names of parameters, ours and Hugging Face's: the only file that knows both.

use repro::sha256_number;

/// Parameters outside the layers of the encoder, ours and theirs, without the last part (`weight`, `bias`).
const OUTSIDE: [(&str, &str); 12] = [
    ("bert.embeddings.word", "bert.embeddings.word_embeddings"), // ours has no last part: the field is the table
    (
        "bert.embeddings.position",
        "bert.embeddings.position_embeddings",
    ),
    (
        "bert.embeddings.segment",
        "bert.embeddings.token_type_embeddings",
    ),
    ("bert.embeddings.norm", "bert.embeddings.LayerNorm"),
    ("bert.pooler", "bert.pooler.dense"),
    ("masked_head.dense", "cls.predictions.transform.dense"),
    ("masked_head.norm", "cls.predictions.transform.LayerNorm"),
    ("masked_head", "cls.predictions"),
    ("order_head", "cls.seq_relationship"),
    ("classifier", "classifier"),
    ("qa_outputs", "qa_outputs"),
    ("detection", "detection"),
];

/// Parameters inside a layer, after `bert.encoder.layers.N.` (ours) and `bert.encoder.layer.N.` (theirs).
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

/// Returns Hugging Face's name of the parameter at a path of fields; `None` if the path is not in the tables above.
pub(crate) fn hugging_face_name(path: &str) -> Option<String> {
    match path.strip_prefix("bert.encoder.layers.") {
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
    // An embedding is one tensor here, and a module with a `weight` there.
    if let Some(table) = theirs(path) {
        return Some(format!("{table}.weight"));
    }
    let (module, part) = path.rsplit_once('.')?;
    Some(format!("{}.{part}", theirs(module)?))
}

/// Whether a loss reaches a parameter: the masked head reads only its own parameters and the encoder's, and the order head
/// only its own, the pooler's and the encoder's. `by_masked` and `by_order` say which of the losses there are.
pub fn is_reached(name: &str, by_masked: bool, by_order: bool) -> bool {
    let is_of = |module: &str| name.starts_with(module);
    if is_of("cls.predictions.") {
        by_masked
    } else if is_of("cls.seq_relationship.") || is_of("bert.pooler.") {
        by_order
    } else {
        by_masked || by_order
    }
}

/// Whether weight decay applies: not to biases and layer norms (method §5).
pub(crate) fn decays(name: &str) -> bool {
    !is_bias(name) && !is_norm(name)
}

/// Whether a parameter is one of the six matrices of an encoder layer: of query, key, value and the attention's output, and
/// the two of the feed-forward layer.
pub(crate) fn is_layer_matrix(name: &str) -> bool {
    layer_of(name).is_some() && decays(name)
}

/// Whether a parameter is a bias.
pub(crate) fn is_bias(name: &str) -> bool {
    last_part(name) == "bias"
}

fn last_part(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, part)| part)
}

/// Whether a parameter belongs to a layer norm.
pub(crate) fn is_norm(name: &str) -> bool {
    name.contains("LayerNorm.")
}

/// Whether a parameter is a matrix that Hugging Face stores as `[out, in]` and burn multiplies as `[in, out]`.
pub(crate) fn is_transposed(name: &str) -> bool {
    !is_bias(name) && !is_norm(name) && !name.contains("_embeddings.")
}

/// Derives the id of a parameter from its name: the first 8 bytes of the name's SHA-256. The optimizer finds its state
/// by this id, so a run can be resumed in another process.
pub(crate) fn parameter_number(name: &str) -> u64 {
    sha256_number(&[name.as_bytes()])
}

/// How the names of BERT begin in transformers. A bare `BertModel` has names without `bert.`.
const BEGINNINGS: [&str; 11] = [
    "bert.embeddings.",
    "bert.encoder.layer.",
    "bert.pooler.",
    "cls.predictions.",
    "cls.seq_relationship.",
    "embeddings.word_embeddings.",
    "embeddings.position_embeddings.",
    "embeddings.token_type_embeddings.",
    "embeddings.LayerNorm.",
    "encoder.layer.",
    "pooler.dense.",
];

/// Returns what stands before the name of BERT in a name of a checkpoint, such as `module.`; `None` if the name has no
/// such part.
pub(crate) fn wrapper(name: &str) -> Option<&str> {
    let dots = name.match_indices('.').map(|(dot, _)| dot + 1);
    let mut starts = std::iter::once(0).chain(dots);
    let is_bert = |start: &usize| {
        let rest = &name[*start..];
        BEGINNINGS
            .iter()
            .any(|beginning| rest.starts_with(beginning))
    };
    starts.find(is_bert).map(|start| &name[..start])
}

/// Whether a parameter belongs to the encoder: the embeddings and the layers, without pooler and heads.
pub(crate) fn is_encoder(modern_name: &str) -> bool {
    modern_name.starts_with("bert.") && !modern_name.starts_with("bert.pooler.")
}

/// Whether a parameter has one row for each piece of the vocabulary.
pub(crate) fn has_piece_rows(modern_name: &str) -> bool {
    modern_name == "bert.embeddings.word_embeddings.weight" || modern_name == "cls.predictions.bias"
}

/// Returns the number of the layer that a tensor belongs to, from 0.
pub(crate) fn layer_of(name: &str) -> Option<usize> {
    let (_, rest) = name.split_once("encoder.layer.")?;
    rest.split_once('.')?.0.parse().ok()
}

/// Returns the current Hugging Face name for a name in a checkpoint. Old checkpoints call the parameters of layer
/// norms `gamma` and `beta`, and a bare `BertModel` has names without `bert.`.
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

/// Returns the name in transformers of a variable in a checkpoint of Google's programs: `bert/encoder/layer_0/…/kernel`.
pub(crate) fn of_google(name: &str) -> String {
    let name = match name.rsplit_once("cls/") {
        Some((scope, "predictions/output_bias")) => format!("{scope}cls/predictions/bias"),
        Some((scope, "seq_relationship/output_weights")) => {
            format!("{scope}cls/seq_relationship/weight")
        }
        Some((scope, "seq_relationship/output_bias")) => {
            format!("{scope}cls/seq_relationship/bias")
        }
        _ => name.to_owned(),
    };
    let parts = name.split('/').map(|part| match part {
        "kernel" => "weight".to_owned(),
        "word_embeddings" | "position_embeddings" | "token_type_embeddings" => {
            format!("{part}.weight")
        }
        _ => match part.strip_prefix("layer_") {
            Some(number) if number.parse::<usize>().is_ok() => format!("layer.{number}"),
            _ => part.to_owned(),
        },
    });
    parts.collect::<Vec<_>>().join(".")
}

/// The last parts of names that TensorFlow's optimizers give to their own variables; `_1` and so on may follow.
const OF_OPTIMIZERS: [&str; 11] = [
    "global_step",
    "adam_m",
    "adam_v",
    "lamb_m",
    "lamb_v",
    "Adam",
    "AdamWeightDecayOptimizer",
    "LAMB",
    "LAMBOptimizer",
    "beta1_power",
    "beta2_power",
];

/// Returns the kind of variable that an optimizer of TensorFlow keeps beside the model, by its name: the last part, such as
/// `adam_m`; `None` if the variable is not one.
pub(crate) fn optimizer_kind(google_name: &str) -> Option<&str> {
    let kind = google_name.rsplit('/').next()?;
    let is_of = |of: &&str| {
        let rest = kind.strip_prefix(*of)?;
        let number = rest.strip_prefix('_');
        Some(rest.is_empty() || number.is_some_and(|number| number.parse::<u32>().is_ok()))
    };
    let is_optimizers = OF_OPTIMIZERS.iter().any(|of| is_of(of) == Some(true));
    is_optimizers.then_some(kind)
}

/// Whether a tensor of a checkpoint is a buffer and not a parameter. Old versions of transformers store the position
/// ids and the segment ids.
pub(crate) fn is_buffer(modern_name: &str) -> bool {
    modern_name == "bert.embeddings.position_ids" || modern_name == "bert.embeddings.token_type_ids"
}

/// Returns the parameter that a tensor of a checkpoint is a copy of. transformers ties the decoder's weight to the
/// word embeddings, and the decoder's bias to the bias of the masked head.
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
            (
                "bert.embeddings.word",
                "bert.embeddings.word_embeddings.weight",
            ),
            (
                "bert.embeddings.norm.bias",
                "bert.embeddings.LayerNorm.bias",
            ),
            (
                "bert.encoder.layers.11.attention.query.weight",
                "bert.encoder.layer.11.attention.self.query.weight",
            ),
            (
                "bert.encoder.layers.0.attention.norm.weight",
                "bert.encoder.layer.0.attention.output.LayerNorm.weight",
            ),
            (
                "bert.encoder.layers.0.norm.bias",
                "bert.encoder.layer.0.output.LayerNorm.bias",
            ),
            ("bert.pooler.weight", "bert.pooler.dense.weight"),
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
    fn a_layer_has_six_matrices() {
        let is_matrix = |name: &&str| {
            ["weight", "bias"]
                .map(|part| is_layer_matrix(&format!("bert.encoder.layer.10.{name}.{part}")))
        };
        let theirs = INSIDE.map(|(_, theirs)| theirs);
        let found = theirs.iter().filter(|name| is_matrix(name)[0]);
        let expected = [
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
            "attention.output.dense",
            "intermediate.dense",
            "output.dense",
        ];
        assert!(found.eq(&expected));
        assert!(theirs.iter().all(|name| !is_matrix(name)[1]));
        for (_, module) in OUTSIDE {
            assert!(!is_layer_matrix(&format!("{module}.weight")), "{module}");
        }
    }

    #[test]
    fn a_wrapper_is_what_stands_before_the_name_of_bert() {
        for (name, expected) in [
            ("bert.encoder.layer.0.output.dense.bias", Some("")),
            ("encoder.layer.0.output.dense.bias", Some("")),
            ("module.bert.pooler.dense.bias", Some("module.")),
            (
                "state_dict.model._orig_mod.cls.predictions.bias",
                Some("state_dict.model._orig_mod."),
            ),
            ("bert.bert.embeddings.LayerNorm.gamma", Some("bert.")),
            ("module.encoder.layer.0.output.dense.bias", Some("module.")),
            ("optimizer.state.0.exp_avg", None),
        ] {
            assert_eq!(wrapper(name), expected, "{name}");
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

    #[test]
    fn variables_of_google_have_the_names_of_transformers() {
        for (name, expected) in [
            (
                "bert/embeddings/word_embeddings",
                "bert.embeddings.word_embeddings.weight",
            ),
            (
                "bert/encoder/layer_11/attention/self/query/kernel",
                "bert.encoder.layer.11.attention.self.query.weight",
            ),
            (
                "bert/embeddings/LayerNorm/gamma",
                "bert.embeddings.LayerNorm.gamma",
            ),
            ("cls/predictions/output_bias", "cls.predictions.bias"),
            (
                "scope/cls/seq_relationship/output_weights",
                "scope.cls.seq_relationship.weight",
            ),
            ("output_weights", "output_weights"),
        ] {
            assert_eq!(of_google(name), expected);
        }
    }

    #[test]
    fn variables_of_optimizers_are_known_by_the_end_of_their_names() {
        for (name, expected) in [
            ("bert/pooler/dense/kernel/adam_m", Some("adam_m")),
            ("bert/pooler/dense/bias/LAMB_1", Some("LAMB_1")),
            ("bert/pooler/dense/bias/Adam", Some("Adam")),
            ("global_step", Some("global_step")),
            ("beta1_power_1", Some("beta1_power_1")),
            ("bert/pooler/dense/kernel", None),
            ("Adam/kernel", None),
            ("bert/Adamant", None),
        ] {
            assert_eq!(optimizer_kind(name), expected, "{name}");
        }
    }
}
