//! The table of all keys of a job's config: what each decides, and so whether it may change when a run is resumed.
//!
//! `docs/resuming.md` shows the table; a test keeps both equal.

use trainer::KeyClass;

/// What a key decides. This also says what happens if the key changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decides {
    /// The bytes of shards. `pretrain` refuses shards with another value; they have to be prepared again. A run depends on
    /// these keys through the hashes of its shards.
    Shards,
    /// Which run it is. `--resume` refuses checkpoints with another value.
    Run,
    /// The bytes of shards, and which run it is.
    ShardsAndRun,
    /// The further course of a run. `--resume` refuses checkpoints with another value, unless `--allow-change` names the key.
    Course,
    /// The contents of a file that the key names or describes. The path may change. Other contents are refused:
    /// manifests, tables and checkpoints keep hashes of the files, and of the options that they were made with.
    Contents,
    /// Neither shards nor results. The key may change before a run is resumed.
    Nothing,
}

impl Decides {
    /// Whether the fingerprint of a run has the key.
    pub(super) fn is_of_runs(self) -> bool {
        matches!(self, Self::Run | Self::Course)
    }

    /// The class of the key when a run is resumed.
    fn class(self) -> KeyClass {
        match self {
            Self::Nothing => KeyClass::Free,
            Self::Course => KeyClass::Course,
            Self::Shards | Self::Run | Self::ShardsAndRun | Self::Contents => KeyClass::Run,
        }
    }
}

/// A key of a job's config, and what it decides.
pub(crate) struct Key {
    /// The name of a key or a section. A section stands for all keys in it that have no entry of their own.
    pub(super) name: &'static str,
    pub(super) decides: Decides,
    /// What a change does, or what to do instead.
    effect: &'static str,
}

const fn key(name: &'static str, decides: Decides, effect: &'static str) -> Key {
    Key {
        name,
        decides,
        effect,
    }
}

/// What to do about a key that makes it another run.
const ANOTHER: &str =
    "start a new run from the checkpoint (`model.start_from`) in another `output.directory`";
/// What to do about a key that decides shards.
const PREPARE: &str =
    "prepare other shards, then start a new run from the checkpoint (`model.start_from`)";

/// Every key of a job's config.
pub(crate) static KEYS: [Key; 34] = [
    key(
        "seed",
        Decides::ShardsAndRun,
        "prepare other shards, unless `shards.seed` is set; then start a new run from the checkpoint (`model.start_from`) in another `output.directory`",
    ),
    key(
        "vocabulary.path",
        Decides::Contents,
        "the content of the file is compared, not its path; another vocabulary has other ids, so it needs a new model",
    ),
    key(
        "vocabulary.build",
        Decides::Nothing,
        "a vocabulary file that exists is not built again",
    ),
    key("corpus", Decides::Shards, PREPARE),
    key("segment", Decides::Shards, PREPARE),
    key(
        "similar_words",
        Decides::Contents,
        "the content of the table is compared, not its path; shards contain the table, so for another table prepare other shards",
    ),
    key(
        "similar_words.function_words",
        Decides::Nothing,
        "the coverage in the next report leaves out the words of the new list",
    ),
    key("examples", Decides::Shards, PREPARE),
    key("shards", Decides::Shards, PREPARE),
    key(
        "shards.seed",
        Decides::Shards,
        "without this key it is `seed`: set it to the old `seed` to train on the same shards under a new `seed`; for any other value prepare other shards, then start a new run from the checkpoint (`model.start_from`)",
    ),
    key(
        "shards.directory",
        Decides::Nothing,
        "shards are read from the new folder; they have to be the same shards",
    ),
    key("mixture", Decides::Run, ANOTHER),
    key("pairs", Decides::Run, ANOTHER),
    key("masking", Decides::Run, ANOTHER),
    key("model", Decides::Run, ANOTHER),
    key(
        "model.partial",
        Decides::Nothing,
        "the key has an effect only when a run starts",
    ),
    key(
        "model.dropout",
        Decides::Course,
        "later steps use the new dropout rate",
    ),
    key(
        "optimizer",
        Decides::Course,
        "later updates use the new value; the moments are kept, so `optimizer.name` cannot change to or from `muon`, whose state is another",
    ),
    key("train", Decides::Run, ANOTHER),
    key(
        "train.steps",
        Decides::Course,
        "the run ends at the new number of steps, and the learning rate of the remaining steps decays to 0 at the new end, where `masking.last_rate` is reached too; a finished run continues if the number is higher",
    ),
    key(
        "train.micro_batch",
        Decides::Course,
        "in later steps, sums are rounded in another order and dropout masks are drawn anew",
    ),
    key(
        "train.precision",
        Decides::Course,
        "later matrix products have the new precision",
    ),
    key(
        "train.evaluate_every",
        Decides::Nothing,
        "later evaluations come at other steps",
    ),
    key(
        "train.log_every",
        Decides::Nothing,
        "later lines of metrics come at other steps",
    ),
    key(
        "train.checkpoint_every",
        Decides::Nothing,
        "later checkpoints are written at other steps",
    ),
    key(
        "train.keep_checkpoints",
        Decides::Nothing,
        "when the next checkpoint is written, the oldest are removed until the new number is left",
    ),
    key(
        "train.max_skipped_steps",
        Decides::Nothing,
        "the run stops when more than the new number of steps have been skipped",
    ),
    key(
        "train.loader_threads",
        Decides::Nothing,
        "the new number of threads draws the same examples",
    ),
    key(
        "train.peak_tflops",
        Decides::Nothing,
        "later lines of `timing.jsonl` have the utilisation relative to the new peak",
    ),
    key(
        "train.collective_timeout_s",
        Decides::Nothing,
        "processes that train together wait for each other for the new time",
    ),
    key(
        "train.reduce_precision",
        Decides::Nothing,
        "later sums of gradients over several processes have the new precision",
    ),
    key(
        "train.exact",
        Decides::Nothing,
        "several processes add up later gradients in the order of micro-batches, or no longer",
    ),
    key(
        "train.compare_parameters_every",
        Decides::Nothing,
        "later comparisons of the parameters of several processes come at other steps",
    ),
    key(
        "output.directory",
        Decides::Nothing,
        "checkpoints are written to, and looked for in, another folder",
    ),
];

/// Returns what a key decides: from the key's own entry in [`KEYS`], or from the entry of the innermost section that
/// has one. `None` if there is neither.
pub(crate) fn decides(key: &str) -> Option<Decides> {
    entry(key).map(|entry| entry.decides)
}

/// Returns what a change of a key does, or what to do instead; `None` if the table has no such key.
pub(crate) fn effect_of(key: &str) -> Option<&'static str> {
    entry(key).map(|entry| entry.effect)
}

fn entry(key: &str) -> Option<&'static Key> {
    let mut name = key;
    loop {
        if let Some(found) = KEYS.iter().find(|entry| entry.name == name) {
            return Some(found);
        }
        name = name.rsplit_once('.')?.0;
    }
}

/// Returns the class of a key of a run's fingerprint. The hashes in it, such as `vocabulary.sha256`, are no keys of a config.
pub(crate) fn class_of(key: &str) -> KeyClass {
    decides(key).map_or(KeyClass::Run, Decides::class)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use trainer::KeyClass;

    use super::{Decides, KEYS, class_of, decides};
    use crate::config::tests::tiny;

    /// All keys of a config as `section.key`.
    fn keys(value: &toml::Value, name: &str, found: &mut Vec<String>) {
        match value {
            toml::Value::Table(table) if name != "segment.punctuation" => {
                for (key, value) in table {
                    let dot = if name.is_empty() { "" } else { "." };
                    keys(value, &format!("{name}{dot}{key}"), found);
                }
            }
            _ => found.push(name.to_owned()),
        }
    }

    #[test]
    fn every_key_of_a_config_is_in_the_table() {
        let config = tiny(&[
            "shards.near_duplicates=0.8",
            "train.peak_tflops=1",
            r#"mixture=[{directory="a", weight=1}]"#,
        ]);
        let mut found = Vec::new();
        keys(
            &toml::Value::try_from(&config).expect("a table"),
            "",
            &mut found,
        );
        assert!(found.len() > 50, "{found:?}");
        for key in found {
            assert!(decides(&key).is_some(), "{key} is not in the table");
        }
        assert_eq!(decides("nonsense.key"), None);
    }

    #[test]
    fn a_key_has_the_class_of_its_innermost_entry() {
        for (key, expected) in [
            ("train.log_every", KeyClass::Free),
            ("train.steps", KeyClass::Course),
            ("optimizer.peak_rate", KeyClass::Course),
            ("train.examples_per_step", KeyClass::Run),
            ("masking.rate", KeyClass::Run),
            ("masking.last_rate", KeyClass::Run),
            ("shards.train", KeyClass::Run),
            ("vocabulary.sha256", KeyClass::Run),
        ] {
            assert_eq!(class_of(key), expected, "{key}");
        }
    }

    /// The rows of a table: keys with their effects, and sections as `section.*`.
    fn rows(is_row: impl Fn(Decides) -> bool) -> Vec<String> {
        let rows = KEYS.iter().filter(|key| is_row(key.decides));
        let is_section = |name: &str| {
            let found = toml::Value::try_from(tiny(&[])).expect("a table");
            let mut parts = name.split('.');
            let first = parts.next().expect("a name");
            let value = parts.fold(&found[first], |value, part| {
                value.get(part).unwrap_or(&toml::Value::Boolean(false))
            });
            value.is_table()
        };
        let named = |name: &str| match name {
            "mixture" => name.to_owned(),
            _ if is_section(name) => format!("{name}.*"),
            _ => name.to_owned(),
        };
        rows.map(|key| format!("| `{}` | {} |", named(key.name), key.effect))
            .collect()
    }

    #[test]
    fn the_documented_tables_are_those_of_the_code() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/resuming.md");
        let page = std::fs::read_to_string(path).expect("docs/resuming.md");
        let sections: Vec<&str> = page.split("\n## ").collect();
        for (title, class) in [
            ("May change freely", KeyClass::Free),
            ("Changes the course", KeyClass::Course),
            ("Makes it another run", KeyClass::Run),
        ] {
            let section = sections.iter().find(|section| section.starts_with(title));
            let section = section.unwrap_or_else(|| panic!("no section `{title}`"));
            let found = section.lines().filter(|line| line.starts_with("| `"));
            let found: Vec<&str> = found.collect();
            let expected = rows(|decides| decides.class() == class);
            assert_eq!(found, expected, "{title}");
        }
    }
}
