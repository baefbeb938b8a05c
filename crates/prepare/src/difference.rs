//! What two preparations differ in, in words.

use serde_json::Value;
use shard::Manifest;

/// The first thing that shards differ in from those that a job would write: what it is there, and here.
pub(crate) fn difference(found: &Manifest, expected: &Manifest) -> Option<String> {
    let differ = |what: &str, there: String, here: String| {
        (there != here).then(|| format!("{what}: there {there}, here {here}"))
    };
    let task = |manifest: &Manifest| match &manifest.task {
        Some(task) => format!("{} of {} by {}", task.index, task.n_tasks, task.program),
        None => "none".to_owned(),
    };
    differ("task", task(found), task(expected)).or_else(|| shared_difference(found, expected))
}

/// The first thing that cannot differ between tasks of one preparation.
pub(crate) fn shared_difference(found: &Manifest, expected: &Manifest) -> Option<String> {
    let differ = |what: &str, there: String, here: String| {
        (there != here).then(|| format!("{what}: there {there}, here {here}"))
    };
    let table = |manifest: &Manifest| manifest.table_sha256.clone().unwrap_or("none".to_owned());
    let files = |manifest: &Manifest| {
        let sized = manifest.paths.iter().zip(&manifest.path_bytes);
        sized
            .map(|(path, bytes)| (path.clone(), *bytes))
            .collect::<Value>()
    };
    differ(
        "vocabulary",
        found.vocabulary.sha256.clone(),
        expected.vocabulary.sha256.clone(),
    )
    .or_else(|| {
        let cut = |manifest: &Manifest| manifest.segmenter.to_string();
        differ("segmenter", cut(found), cut(expected))
    })
    .or_else(|| differ("similar-word table", table(found), table(expected)))
    .or_else(|| value_difference("config", "", &found.config, &expected.config))
    .or_else(|| differ("seed", found.seed.to_string(), expected.seed.to_string()))
    .or_else(|| {
        let longest = |manifest: &Manifest| manifest.max_length.to_string();
        differ("longest example", longest(found), longest(expected))
    })
    .or_else(|| {
        value_difference(
            "corpus (its files and their bytes)",
            "",
            &files(found),
            &files(expected),
        )
    })
}

/// The first key in which the config of shards differs from another, with both values.
pub fn config_difference(found: &Value, expected: &Value) -> Option<String> {
    value_difference("config", "", found, expected)
}

/// The first key under which two values differ; `key` is where they stand, with a space behind it.
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
