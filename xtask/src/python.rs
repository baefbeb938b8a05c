//! `cargo xtask ci --python`: every Python program that checks this project, in an environment of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::python_environment::{Environment, Transformers};
use crate::shell;
use crate::tiny_job::{self, Programs};

/// A program that reads what the project writes, and fails if anything is wrong with it.
struct Test {
    script: &'static str,
    /// Separated by spaces. [`Fixtures::replacements`] has the values of the names in braces.
    arguments: &'static str,
    /// The versions of transformers that it is run with.
    transformers: &'static [Transformers],
}

/// The tests, cheap ones first.
const TESTS: [Test; 8] = [
    Test {
        script: "crates/dataset/tests/python/read_examples.py",
        arguments: "{out}/examples.parquet {shards}/vocab.txt",
        transformers: &[Transformers::Four],
    },
    Test {
        script: "crates/dataset/tests/python/read_megatron.py",
        arguments: "{out}/text_sentence {shards}",
        transformers: &[Transformers::Four],
    },
    Test {
        script: "crates/dataset/tests/python/read_tfrecord.py",
        arguments: "{out}/twice.tfrecord {max_seq_length} {max_predictions_per_seq} {out}/twice.parquet",
        transformers: &[Transformers::Four],
    },
    Test {
        script: "crates/model/tests/python/round_trip.py",
        arguments: "{round_trip}",
        transformers: &[Transformers::Four, Transformers::Five],
    },
    Test {
        script: "crates/finetune/tests/python/task_folders.py",
        arguments: "{macbert} {task_logits} {export} {out}/tasks",
        transformers: &[Transformers::Four, Transformers::Five],
    },
    Test {
        script: "crates/macbert/tests/python/judge_export.py",
        arguments: "{macbert} {export} {shards}",
        transformers: &[Transformers::Four],
    },
    Test {
        script: "cluster/test_drivers.py",
        arguments: "{macbert}",
        transformers: &[Transformers::Four],
    },
    Test {
        script: "python/test_pretrain.py",
        arguments: "{macbert}",
        transformers: &[Transformers::Four],
    },
];

/// The test of training on several devices. `cargo xtask ci --libtorch` runs it, because the program needs LibTorch for it.
pub(crate) const TEST_OF_SEVERAL_DEVICES: &str = "cluster/test_training.py";

/// A program that writes files of the project beside itself.
struct Generator {
    script: &'static str,
    /// Files beside it that it reads.
    reads: &'static [&'static str],
    /// Files that it has to write again to the byte. Others differ in their last digits on other processors.
    equal: &'static [&'static str],
}

const GENERATORS: [Generator; 5] = [
    Generator {
        script: "synonyms/make_similar_words.py",
        reads: &["groups.txt", "opposites.txt", "function_words.txt"],
        equal: &["similar_words.tsv"],
    },
    Generator {
        script: "crates/segment/tests/data/make_tokenizer.py",
        reads: &[],
        equal: &["vocab.txt", "tokenizer.json", "tokenizer.jsonl"],
    },
    Generator {
        script: "crates/model/tests/data/make_fixture.py",
        reads: &[],
        equal: &["config.json", "model.safetensors", "bare/model.safetensors"],
    },
    Generator {
        script: "crates/tensorflow/tests/data/make_checkpoints.py",
        reads: &[],
        equal: &[
            "whole.ckpt.index",
            "whole.ckpt.data-00000-of-00001",
            "parts.ckpt.index",
            "parts.ckpt.data-00000-of-00002",
            "parts.ckpt.data-00001-of-00002",
            "older.ckpt",
        ],
    },
    Generator {
        script: "crates/optimizer/tests/data/make_optimizer.py",
        reads: &[],
        equal: &[],
    },
];

/// Runs all programs, and names those that failed at the end.
pub(crate) fn run() -> Result<()> {
    check_java()?;
    let environment = Environment::prepare()?;
    let out = shell::target().join("ci-python");
    let fixtures = Fixtures::write(&Programs::build()?, &out)?;
    let mut failed = Vec::new();
    let mut note = |script, done: Result<()>| {
        if let Err(error) = done {
            shell::say(&format!("{script}: {error:#}"));
            failed.push(script);
        }
    };
    for generator in &GENERATORS {
        let done = generate(&environment, generator, &out.join("generated"));
        note(generator.script, done);
    }
    for test in &TESTS {
        note(test.script, fixtures.run(&environment, test));
    }
    let n = GENERATORS.len() + TESTS.len();
    ensure!(
        failed.is_empty(),
        "{} of {n} Python programs failed: {}",
        failed.len(),
        failed.join(", ")
    );
    shell::say(&format!("all {n} Python programs passed"));
    Ok(())
}

/// Refuses a machine without Java, which Spark runs on. Otherwise the job would fail after minutes, and not name the reason.
fn check_java() -> Result<()> {
    let home = std::env::var_os("JAVA_HOME").map(PathBuf::from);
    let java = home.map_or("java".into(), |home| home.join("bin/java"));
    let mut command = Command::new(&java);
    command
        .arg("-version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if !command.status().is_ok_and(|status| status.success()) {
        bail!(
            "{} does not run, and Spark's test needs Java 17 or newer; install it (on Debian: apt-get install \
             openjdk-17-jre-headless), or set JAVA_HOME",
            java.display()
        );
    }
    Ok(())
}

/// What the tests read: outputs of the program.
struct Fixtures {
    replacements: Vec<Replacement>,
    /// Where `datasets` keeps what it has read.
    cache: PathBuf,
}

/// A name in braces and what stands in its place.
struct Replacement {
    name: String,
    value: String,
}

impl Fixtures {
    /// Runs the default job, cut to a few steps, and writes its examples in every format.
    fn write(programs: &Programs, out: &Path) -> Result<Self> {
        let outputs = tiny_job::run(&programs.macbert, out)?;
        let examples = |file: &str, options: &[&str]| {
            let mut command = Command::new(&programs.macbert);
            command.arg("examples").arg(&outputs.shards).args(options);
            shell::output(command.arg("--out").arg(out.join(file)))
        };
        examples("examples.parquet", &[])?;
        examples("text_sentence", &["--format", "megatron"])?;
        examples("twice.parquet", &["--dupe-factor", "2"])?;
        let widths = examples(
            "twice.tfrecord",
            &["--format", "tfrecord", "--dupe-factor", "2"],
        )?;
        let mut replacements = widths_in(&widths)?;
        let paths = [
            ("out", out),
            ("shards", &outputs.shards),
            ("export", &outputs.export),
            ("macbert", &programs.macbert),
            ("round_trip", &programs.round_trip),
            ("task_logits", &programs.task_logits),
        ];
        replacements.extend(paths.map(|(name, path)| Replacement {
            name: format!("{{{name}}}"),
            value: path.display().to_string(),
        }));
        Ok(Self {
            replacements,
            cache: out.join("hub"),
        })
    }

    fn run(&self, environment: &Environment, test: &Test) -> Result<()> {
        for transformers in test.transformers {
            let mut command = environment.python_with(*transformers);
            command
                .arg(test.script)
                .args(self.fill_in(test.arguments))
                .env("HF_HOME", &self.cache);
            shell::run(&mut command)?;
        }
        Ok(())
    }

    fn fill_in(&self, arguments: &str) -> Vec<String> {
        let fill = |argument: &str| {
            let replace = |text: String, r: &Replacement| text.replace(&r.name, &r.value);
            self.replacements.iter().fold(argument.to_owned(), replace)
        };
        arguments.split(' ').map(fill).collect()
    }
}

/// The widths of the records, which the program prints as `--max_seq_length=128 --max_predictions_per_seq=20`.
fn widths_in(printed: &str) -> Result<Vec<Replacement>> {
    let line = printed.lines().last().unwrap_or_default();
    let width = |option: &str| {
        let (name, value) = option.strip_prefix("--")?.split_once('=')?;
        Some(Replacement {
            name: format!("{{{name}}}"),
            value: value.to_owned(),
        })
    };
    let widths: Option<Vec<_>> = line.split(' ').map(width).collect();
    widths.with_context(|| format!("macbert examples printed no widths: {line}"))
}

/// Runs a generator on a copy of its folder, and compares what it writes with what is there.
fn generate(environment: &Environment, generator: &Generator, out: &Path) -> Result<()> {
    let script = shell::root().join(generator.script);
    let source = script.parent().context("a script lies in a folder")?;
    let name = script.file_name().context("a script has a name")?;
    let folder = out.join(Path::new(name).with_extension(""));
    shell::empty_folder(&folder)?;
    std::fs::copy(&script, folder.join(name))?;
    for read in generator.reads {
        std::fs::copy(source.join(read), folder.join(read))?;
    }
    shell::run(environment.python().arg(folder.join(name)))?;
    for file in generator.equal {
        let [written, there] = [&folder, source].map(|folder| std::fs::read(folder.join(file)));
        ensure!(
            written.with_context(|| format!("it wrote no {file}"))? == there?,
            "its {file} differs from the one in the project"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Fixtures, GENERATORS, Replacement, TEST_OF_SEVERAL_DEVICES, TESTS, widths_in};
    use crate::shell;

    #[test]
    fn every_script_is_there() {
        let scripts = TESTS.iter().map(|test| test.script);
        let scripts = scripts.chain([TEST_OF_SEVERAL_DEVICES]);
        for script in scripts.chain(GENERATORS.iter().map(|generator| generator.script)) {
            assert!(shell::root().join(script).is_file(), "{script}");
        }
    }

    #[test]
    fn every_python_test_runs() {
        let files = shell::tracked_files("*.py").expect("a repository");
        let is_test = |file: &&String| file.contains("/tests/") || file.contains("/test_");
        for file in files.iter().filter(is_test) {
            let is_listed = file == TEST_OF_SEVERAL_DEVICES
                || TESTS.iter().any(|test| test.script == file)
                || GENERATORS.iter().any(|generator| generator.script == file);
            assert!(
                is_listed,
                "{file} is run neither by `cargo xtask ci --python` nor by `--libtorch`"
            );
        }
    }

    #[test]
    fn names_in_braces_are_replaced() {
        let printed = "x: 9 examples\n--max_seq_length=128 --max_predictions_per_seq=20\n";
        let mut replacements = widths_in(printed).expect("widths");
        let name = "{out}".to_owned();
        replacements.push(Replacement {
            name,
            value: "a b".to_owned(),
        });
        let cache = PathBuf::new();
        let fixtures = Fixtures {
            replacements,
            cache,
        };
        let filled = fixtures.fill_in("{out}/x {max_predictions_per_seq} plain");
        assert_eq!(filled, ["a b/x", "20", "plain"]);
        assert!(widths_in("9 examples").is_err());
    }
}
