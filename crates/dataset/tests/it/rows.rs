//! A small corpus, its shards, and what draws over them.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;
use std::sync::{Arc, LazyLock};

use corpus::{Corpus, CorpusOptions};
use dataset::{Batch, ExampleSourceError, TrainingExamples};
use masking::{Kind, Masker, ObjectiveName};
use prepare::{PrepareJob, prepare};
use segment::{
    PieceTokenizer, SegmentOptions, Segmenter, Vocabulary, VocabularyBuildOptions,
    VocabularyBuilder,
};
use shard::{ShardSet, Split};
use sop::{ExampleKey, ExampleOptions, PairObjective};
use synonym::{CompileOptions, Entry, FunctionWords, SimilarWords, compile};
use tempfile::TempDir;

const SENTENCES: [&str; 9] = [
    "清晨的市场很热闹，卖菜的人早早就来了。",
    "老师让学生读一首古诗。",
    "河边的柳树发芽了！",
    "他昨天坐火车去北京，路上看了一本小说。",
    "这座城市的历史很长。",
    "医生说多喝水对身体好。",
    "孩子们在公园里放风筝。",
    "今天天气很冷，外面下着大雪。",
    "音乐会几点开始？",
];

const SIMILAR: [(&str, &str); 6] = [
    ("市场", "商店"),
    ("学生", "孩子"),
    ("历史", "文化"),
    ("医生", "老师"),
    ("公园", "城市"),
    ("天气", "气候"),
];

/// What most tests share: shards of 60 documents.
pub(crate) static MATERIAL: LazyLock<Material> = LazyLock::new(|| Material::of(&documents(60)));

/// Documents of four to six sentences.
pub(crate) fn documents(n: usize) -> String {
    (0..n).map(document).collect()
}

/// One of them; the first is trained on.
pub(crate) fn document(n: usize) -> String {
    let sentence = |i: usize| SENTENCES[(n * 5 + i * 7 + n / 9) % SENTENCES.len()];
    (0..4 + n % 3).map(sentence).collect::<String>() + "\n\n"
}

pub(crate) struct Material {
    pub folder: TempDir,
    pub vocabulary: Arc<Vocabulary>,
    table: Arc<SimilarWords>,
}

impl Material {
    /// Shards of a text, examples of at most 40 pieces.
    pub(crate) fn of(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.txt"), text).unwrap();
        let mut builder = VocabularyBuilder::new(VocabularyBuildOptions {
            min_character_count: 1,
            min_word_count: 1,
            max_size: 2000,
            lower_case: true,
        });
        builder.add(&SENTENCES.concat());
        builder.add("商店文化气候");
        let vocabulary = Arc::new(builder.finish().unwrap());
        let job = PrepareJob {
            corpus: &Corpus::open(folder.path(), &CorpusOptions::of("a.txt")).unwrap(),
            segmenter: &Segmenter::new(&vocabulary, &SegmentOptions::default()).unwrap(),
            table: None,
            function_words: &FunctionWords::default(),
            examples: &ExampleOptions {
                max_length: 40,
                short_share: 0.1,
            },
            held_out_share: 0.2,
            seed: 7,
            examples_per_shard: 17,
            task: None,
            near_duplicates: None,
            folder: &folder.path().join("shards"),
            config: serde_json::json!({}),
        };
        prepare(&job, &channel().0, &AtomicBool::new(false)).unwrap();
        Self {
            table: Arc::new(table(folder.path(), &vocabulary)),
            vocabulary,
            folder,
        }
    }

    pub(crate) fn shards(&self, split: Split) -> ShardSet {
        ShardSet::open(&self.folder.path().join("shards"), split).unwrap()
    }

    pub(crate) fn masker(&self, objective: ObjectiveName) -> Arc<Masker> {
        let (vocabulary, table) = (Arc::clone(&self.vocabulary), Arc::clone(&self.table));
        Arc::new(Masker::new(objective.objective(), vocabulary, Some(table)).unwrap())
    }

    /// MacBERT's masks and sentence order over a side.
    pub(crate) fn side(&self, split: Split) -> Arc<TrainingExamples> {
        Arc::new(self.drawn_over(split, PairObjective::Sop, 7).unwrap())
    }

    pub(crate) fn drawn_over(
        &self,
        split: Split,
        pairs: PairObjective,
        seed: u64,
    ) -> Result<TrainingExamples, ExampleSourceError> {
        let masker = self.masker(ObjectiveName::Mac);
        TrainingExamples::new(self.shards(split), masker, pairs, seed)
    }
}

fn table(folder: &Path, vocabulary: &Vocabulary) -> SimilarWords {
    let tokenizer = PieceTokenizer::new(vocabulary, true);
    let entries = SIMILAR.map(|(word, similar)| Entry::new(word, similar, 1.0));
    let options = CompileOptions::default();
    let compiled = compile(&entries, &tokenizer, vocabulary, &options, "a test");
    let path = folder.join("similar_words.table");
    compiled.table.write(&path).unwrap();
    SimilarWords::open(&path, vocabulary).unwrap()
}

/// A row of a batch without its padding.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub key: ExampleKey,
    pub input_ids: Vec<i32>,
    pub segment_ids: Vec<i32>,
    pub masked: Vec<(i32, i32, Kind)>,
    pub order_label: Option<i32>,
}

/// The rows of batches, end to end.
pub(crate) fn rows<'b>(batches: impl IntoIterator<Item = &'b Batch>) -> Vec<Row> {
    batches.into_iter().flat_map(rows_of).collect()
}

fn rows_of(batch: &Batch) -> Vec<Row> {
    let row = |index: usize| {
        let start = index * batch.length;
        let row = start..start + batch.lengths[index] as usize;
        let masked = batch.masked_indices.iter().zip(&batch.masked_labels);
        let masked = masked.zip(&batch.masked_kinds);
        Row {
            key: batch.keys[index],
            input_ids: batch.input_ids[row.clone()].to_vec(),
            segment_ids: batch.segment_ids[row.clone()].to_vec(),
            masked: masked
                .filter(|((place, _), _)| row.contains(&(**place as usize)))
                .map(|((place, label), kind)| (place - start as i32, *label, *kind))
                .collect(),
            order_label: batch.order_labels.get(index).copied(),
        }
    };
    (0..batch.n_examples).map(row).collect()
}
