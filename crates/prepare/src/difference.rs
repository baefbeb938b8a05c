//! Describes how two preparations differ.

use serde_json::Value;
use shard::Manifest;

/// The first difference between the shards of a folder ("there") and those that a job would write ("here").
pub(crate) fn difference(found: &Manifest, expected: &Manifest) -> Option<String> {
    let task = |manifest: &Manifest| match &manifest.task {
        Some(task) => format!("{} of {} by {}", task.index, task.n_tasks, task.program),
        None => "none".to_owned(),
    };
    let both = [found, expected];
    differ("task", both, task).or_else(|| shared_difference(found, expected))
}

/// The first difference in anything that all tasks of one preparation must have in common.
pub(crate) fn shared_difference(found: &Manifest, expected: &Manifest) -> Option<String> {
    let both = [found, expected];
    let table = |manifest: &Manifest| manifest.table_sha256.clone().unwrap_or("none".to_owned());
    let files = |manifest: &Manifest| {
        let paths = manifest.paths.iter().cloned();
        let sized = paths.zip(manifest.path_bytes.iter().copied());
        sized.collect::<Value>()
    };
    differ("vocabulary", both, |manifest| {
        manifest.vocabulary.sha256.clone()
    })
    .or_else(|| differ("segmenter", both, |manifest| manifest.segmenter.to_string()))
    .or_else(|| differ("similar-word table", both, table))
    .or_else(|| value_difference("config", "", &found.config, &expected.config))
    .or_else(|| differ("seed", both, |manifest| manifest.seed.to_string()))
    .or_else(|| {
        differ("longest example", both, |manifest| {
            manifest.max_length.to_string()
        })
    })
    .or_else(|| {
        let what = "use of single sentences as examples (pairs.objective = \"none\")";
        differ(what, both, |manifest| manifest.single_sentences.to_string())
    })
    .or_else(|| {
        let what = "corpus (its files and their bytes)";
        value_difference(what, "", &files(found), &files(expected))
    })
}

/// Describes a property of two manifests, if they differ in it.
fn differ(
    what: &str,
    [found, expected]: [&Manifest; 2],
    of: impl Fn(&Manifest) -> String,
) -> Option<String> {
    let (there, here) = (of(found), of(expected));
    (there != here).then(|| format!("{what}: there {there}, here {here}"))
}

/// Describes the first key in which two configs differ, with both values. `found` is the config of the shards.
pub fn config_difference(found: &Value, expected: &Value) -> Option<String> {
    value_difference("config", "", found, expected)
}

/// Describes the first key under which two JSON values differ. `key` is the path of the values, followed by a space.
fn value_difference(what: &str, key: &str, found: &Value, expected: &Value) -> Option<String> {
    if found == expected {
        return None;
    }
    let (Value::Object(there), Value::Object(here)) = (found, expected) else {
        let shown = |value: &Value| match value {
            Value::Null => "nothing".to_owned(),
            value => value.to_string(),
        };
        let (there, here) = (shown(found), shown(expected));
        return Some(format!("{what}: {key}there {there}, here {here}"));
    };
    let mut keys: Vec<&String> = there.keys().chain(here.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter().find_map(|name| {
        let of = |map: &serde_json::Map<String, Value>| map.get(name).cloned().unwrap_or_default();
        let key = match key.strip_suffix(' ') {
            Some(outer) => format!("{outer}.{name} "),
            None => format!("{name} "),
        };
        value_difference(what, &key, &of(there), &of(here))
    })
}
