//! A small corpus, and preparations of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;
use std::sync::{Arc, LazyLock};

use corpus::{Corpus, CorpusOptions, Share};
use prepare::{Finished, PrepareError, PrepareJob, Progress, prepare};
use segment::{SegmentOptions, Segmenter, Vocabulary, VocabularyBuildOptions, VocabularyBuilder};
use shard::{ShardSet, Split};
use sop::{Example, ExampleOptions};
use synonym::FunctionWords;

/// One for all tests: jieba's dictionary takes a while to load.
static SEGMENTER: LazyLock<Segmenter> =
    LazyLock::new(|| Segmenter::new(&vocabulary(), &SegmentOptions::default()).unwrap());

/// Documents of five sentences, no two alike, and one of a single sentence.
pub(crate) fn text() -> String {
    let document = |n: usize| {
        format!(
            "第{n}篇文章。今天天气很好！我们去公园，看见{n}只鸟。后来下雨了。\n大家都回家。\n\n"
        )
    };
    (0..200).map(document).collect::<String>() + "只有一句。\n\n"
}

/// A preparation of the text that is in its folder.
pub(crate) struct Preparation {
    pub home: PathBuf,
    pub threads: usize,
    pub seed: u64,
    pub max_length: usize,
    pub examples_per_shard: usize,
    pub stop: bool,
    pub segmenter: &'static Segmenter,
    pub task: Option<Share>,
    pub near_duplicates: Option<f64>,
    pub drop_list: Option<PathBuf>,
}

impl Preparation {
    /// Writes the text into a folder.
    pub(crate) fn of(home: &Path, text: &str) -> Self {
        std::fs::write(home.join("a.txt"), text).unwrap();
        Self::in_place(home)
    }

    /// Leaves the folder's text as it is.
    pub(crate) fn in_place(home: &Path) -> Self {
        Self {
            home: home.to_path_buf(),
            threads: 2,
            seed: 7,
            max_length: 40,
            examples_per_shard: 50,
            stop: false,
            segmenter: &SEGMENTER,
            task: None,
            near_duplicates: None,
            drop_list: None,
        }
    }

    pub(crate) fn shards(&self) -> PathBuf {
        self.home.join("shards")
    }

    pub(crate) fn run(&self) -> Result<Finished, PrepareError> {
        self.run_watched().0
    }

    /// Runs, with everything that was said on the way.
    pub(crate) fn run_watched(&self) -> (Result<Finished, PrepareError>, Vec<Progress>) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads);
        let (sender, receiver) = channel();
        let stop = AtomicBool::new(self.stop);
        let finished = self.with_job(|job| {
            let pool = pool.build().unwrap();
            pool.install(|| prepare(job, &sender, &stop))
        });
        drop(sender);
        (finished, receiver.iter().collect())
    }

    /// Does something with the job of this preparation.
    pub(crate) fn with_job<T>(&self, run: impl FnOnce(&PrepareJob<'_>) -> T) -> T {
        let options = CorpusOptions {
            drop_list: self.drop_list.clone(),
            ..CorpusOptions::of("*.txt")
        };
        let corpus = Corpus::open(&self.home, &options).unwrap();
        run(&PrepareJob {
            corpus: &corpus,
            segmenter: self.segmenter,
            table: None,
            function_words: &FunctionWords::default(),
            examples: &ExampleOptions {
                max_length: self.max_length,
                short_share: 0.1,
            },
            held_out_share: 0.1,
            seed: self.seed,
            examples_per_shard: self.examples_per_shard,
            task: self.task,
            near_duplicates: self.near_duplicates,
            folder: &self.shards(),
            config: serde_json::json!({
                "seed": self.seed,
                "examples": { "max_length": self.max_length },
            }),
        })
    }

    /// Every file of the shards with its bytes.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let read = |path: PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(path).unwrap())
        };
        let entries = std::fs::read_dir(self.shards()).unwrap();
        entries.map(|entry| read(entry.unwrap().path())).collect()
    }

    /// The examples of a side.
    pub(crate) fn examples(&self, split: Split) -> Vec<Example> {
        let set = ShardSet::open(&self.shards(), split).unwrap();
        set.iter().collect::<Result<_, _>>().unwrap()
    }

    /// What lies beside the shards and is neither they nor the text.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.home).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "shards" && name != "a.txt")
            .collect()
    }
}

pub(crate) fn vocabulary() -> Arc<Vocabulary> {
    let mut builder = VocabularyBuilder::new(VocabularyBuildOptions {
        min_character_count: 1,
        min_word_count: 1,
        max_size: 2000,
        lower_case: true,
    });
    builder.add(&text());
    Arc::new(builder.finish().unwrap())
}
