//! A small corpus, its shards, and runs over them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, LazyLock};

use corpus::{Corpus, CorpusOptions};
use dataset::TrainingExamples;
use device::by_name as device;
use masking::{Masker, ObjectiveName};
use model::{BertConfig, Precision};
use optimizer::{OptimizerName, OptimizerOptions};
use prepare::{PrepareJob, prepare};
use segment::{
    PieceTokenizer, SegmentOptions, Segmenter, Vocabulary, VocabularyBuildOptions,
    VocabularyBuilder,
};
use shard::{ShardSet, Split};
use sop::{ExampleOptions, PairObjective};
use synonym::{CompileOptions, Entry, FunctionWords, SimilarWords, compile};
use tempfile::TempDir;
use trainer::{Progress, Run, Start, Summary, TrainOptions, TrainerError, train};

const SENTENCES: [&str; 12] = [
    "清晨的市场很热闹，卖菜的人早早就来了。",
    "老师让学生读一首古诗。",
    "河边的柳树发芽了！",
    "他昨天坐火车去北京，路上看了一本小说。",
    "这座城市的历史很长。",
    "医生说多喝水对身体好。",
    "孩子们在公园里放风筝。",
    "科学家研究海洋里的动物，写了许多报告。",
    "今天天气很冷，外面下着大雪。",
    "妈妈做的面条味道很香。",
    "农民在田里种水稻和小麦。",
    "音乐会几点开始？",
];

const SIMILAR: [(&str, &str); 8] = [
    ("市场", "商店"),
    ("学生", "孩子"),
    ("历史", "文化"),
    ("医生", "老师"),
    ("公园", "城市"),
    ("动物", "植物"),
    ("天气", "气候"),
    ("小说", "报告"),
];

/// What all tests share: shards of 31 documents, and what draws masks over them.
pub(crate) static MATERIAL: LazyLock<Material> = LazyLock::new(Material::make);

pub(crate) struct Material {
    folder: TempDir,
    pub vocabulary: Arc<Vocabulary>,
    masker: Arc<Masker>,
}

fn corpus_text() -> String {
    let document = |n: usize| {
        let sentence = |i: usize| SENTENCES[(n * 5 + i * 7 + n / 12) % SENTENCES.len()];
        (0..4 + n % 3).map(sentence).collect::<String>() + "\n\n"
    };
    (0..30).map(document).collect::<String>() + "植物和气候。商店与文化。\n"
}

impl Material {
    fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.txt"), corpus_text()).unwrap();
        let mut builder = VocabularyBuilder::new(VocabularyBuildOptions {
            min_character_count: 1,
            min_word_count: 1,
            max_size: 2000,
            lower_case: true,
        });
        builder.add(&corpus_text());
        let vocabulary = Arc::new(builder.finish().unwrap());
        let corpus = Corpus::open(folder.path(), &CorpusOptions::of("a.txt")).unwrap();
        let job = PrepareJob {
            corpus: &corpus,
            segmenter: &Segmenter::new(&vocabulary, &SegmentOptions::default()).unwrap(),
            table: None,
            function_words: &FunctionWords::default(),
            examples: &ExampleOptions {
                max_length: 40,
                short_share: 0.1,
            },
            held_out_share: 0.2,
            seed: 7,
            examples_per_shard: 50,
            task: None,
            near_duplicates: None,
            folder: &folder.path().join("shards"),
            config: serde_json::json!({}),
        };
        prepare(&job, &channel().0, &AtomicBool::new(false)).unwrap();
        let masker = Arc::new(masker(folder.path(), &vocabulary));
        Self {
            folder,
            vocabulary,
            masker,
        }
    }

    pub(crate) fn side(&self, split: Split) -> TrainingExamples {
        let shards = ShardSet::open(&self.folder.path().join("shards"), split).unwrap();
        let masker = Arc::clone(&self.masker);
        TrainingExamples::new(shards, masker, PairObjective::Sop, 7).unwrap()
    }

    /// Two layers, 32 wide, dropout 0.1.
    pub(crate) fn bert(&self) -> BertConfig {
        BertConfig {
            num_attention_heads: 4,
            intermediate_size: 64,
            max_position_embeddings: 40,
            ..BertConfig::new(self.vocabulary.len(), 2, 32)
        }
    }
}

fn masker(folder: &Path, vocabulary: &Arc<Vocabulary>) -> Masker {
    let tokenizer = PieceTokenizer::new(vocabulary, true);
    let entries = SIMILAR.map(|(word, similar)| Entry::new(word, similar, 1.0));
    let options = CompileOptions::default();
    let compiled = compile(&entries, &tokenizer, vocabulary, &options, "a test");
    let path = folder.join("similar_words.table");
    compiled.table.write(&path).unwrap();
    let table = Arc::new(SimilarWords::open(&path, vocabulary).unwrap());
    let objective = ObjectiveName::Mac.objective();
    Masker::new(objective, Arc::clone(vocabulary), Some(table)).unwrap()
}

/// 12 steps of 6 examples in 3 micro-batches, LAMB, a line of metrics every 5 steps, an evaluation every 4.
pub(crate) fn run(folder: &Path) -> Run {
    Run {
        device: device("flex").unwrap(),
        start: Start::Scratch(MATERIAL.bert()),
        train: Arc::new(MATERIAL.side(Split::Train)),
        held_out: MATERIAL.side(Split::HeldOut),
        optimizer: OptimizerOptions {
            name: OptimizerName::Lamb,
            peak_rate: 0.01,
            warmup_steps: 3,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-6,
            weight_decay: 0.01,
            clip_norm: 1.0,
        },
        options: TrainOptions {
            steps: 12,
            examples_per_step: 6,
            micro_batch: 2,
            evaluate_every: 4,
            checkpoint_every: 100,
            keep_checkpoints: 2,
            max_skipped_steps: 0,
            log_every: 5,
            loader_threads: 2,
            peak_tflops: None,
            precision: Precision::F32,
            shuffle_labels: false,
        },
        seed: 7,
        folder: folder.to_path_buf(),
        resume: false,
        files: vec![("vocab.txt".to_owned(), MATERIAL.vocabulary.to_text())],
        config: BTreeMap::from([("optimizer.name".to_owned(), "lamb".into())]),
    }
}

/// Runs, with everything that was said on the way.
pub(crate) fn told(run: &Run) -> (Result<Summary, TrainerError>, Vec<Progress>) {
    let (sender, receiver) = channel();
    let summary = train(run, &sender, &AtomicBool::new(false));
    drop(sender);
    (summary, receiver.iter().collect())
}

/// Runs to the end in silence.
pub(crate) fn finished(run: &Run) -> Summary {
    let nobody: Sender<Progress> = channel().0;
    train(run, &nobody, &AtomicBool::new(false)).unwrap()
}

/// The warnings of a run.
pub(crate) fn warnings<'p>(told: &'p [Progress]) -> Vec<&'p str> {
    let warning = |progress: &'p Progress| match progress {
        Progress::Warning(text) => Some(text.as_str()),
        _ => None,
    };
    told.iter().filter_map(warning).collect()
}

/// Copies a folder with all below it.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let place = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &place);
        } else {
            std::fs::copy(&path, &place).unwrap();
        }
    }
}
