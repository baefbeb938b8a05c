//! The command line as typed; each command's help shows an example.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help that people read on a terminal"
)]
#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "brackets are part of that help, not links"
)]

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

/// Raw Chinese text to a MacBERT checkpoint: prepare shards, pre-train, inspect, export.
#[derive(Parser, Debug)]
#[command(name = "macbert", version, max_term_width = 100)]
#[command(
    after_help = "The whole job on the shipped sample: macbert prepare configs/tiny.toml && macbert pretrain configs/tiny.toml"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// Say more on stderr (twice: everything).
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The commands, in the order of the data flow.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Vocabularies.
    #[command(
        subcommand,
        after_help = "Example: macbert vocab build configs/tiny.toml"
    )]
    Vocab(VocabCommand),
    /// Similar-word tables.
    #[command(
        subcommand,
        after_help = "Example: macbert synonyms build configs/tiny.toml"
    )]
    Synonyms(SynonymsCommand),
    /// Corpora.
    #[command(
        subcommand,
        after_help = "Example: macbert corpus stats --config configs/tiny.toml"
    )]
    Corpus(CorpusCommand),
    /// Turn the corpus of a config into shards.
    ///
    /// Builds the vocabulary and the similar-word table first where the config says how and the files are not there.
    #[command(
        after_help = "Example: macbert prepare configs/tiny.toml --set examples.max_length=512\n\
            On four machines: macbert prepare CONFIG --task 0 --num-tasks 4 (to 3), then: macbert merge DIR\n\
            Task and number are taken from Slurm (array jobs, srun), Kubernetes (indexed jobs) and Ray (RANK, WORLD_SIZE) \
            where they are set."
    )]
    Prepare(PrepareArguments),
    /// Join the finished tasks of `macbert prepare … --task I --num-tasks N` to one folder of shards.
    #[command(after_help = "Example: macbert merge runs/base/shards")]
    Merge(MergeArguments),
    /// Show examples as the paper does, and audit every share of the method on these shards.
    ///
    /// Exit status 1 where a share is off.
    #[command(
        after_help = "Example: macbert inspect runs/tiny/shards --count 2 --html examples.html"
    )]
    Inspect(InspectArguments),
    /// Write examples for other frameworks to train on: with static masks, or as unmasked sentences.
    ///
    /// parquet: input_ids, token_type_ids, masked_lm_positions, masked_lm_ids, next_sentence_label,
    /// replacement (0 similar, 1 random, 2 kept, 3 fallback, 4 [MASK]), ngram (which n-gram of the example).
    ///
    /// tfrecord: tensorflow.Example records with the features and the padding of BERT's create_pretraining_data.py:
    /// input_ids, input_mask, segment_ids, masked_lm_positions, masked_lm_ids, masked_lm_weights, next_sentence_labels.
    ///
    /// megatron: the sentences without masks as PREFIX.bin and PREFIX.idx, Megatron-LM's indexed dataset; the masks are
    /// then Megatron's: whole words, n-grams and similar words are not in it.
    #[command(
        after_help = "Example: macbert examples runs/tiny/shards --format tfrecord --dupe-factor 10 --out tiny.tfrecord"
    )]
    Examples(ExamplesArguments),
    /// Pre-train: from scratch, or from a checkpoint that the config names.
    #[command(after_help = "Example: macbert pretrain configs/tiny.toml --device flex --resume")]
    Pretrain(PretrainArguments),
    /// Held-out loss, accuracy by kind and order accuracy of a checkpoint.
    #[command(after_help = "Example: macbert evaluate runs/tiny/pretrain/export runs/tiny/shards")]
    Evaluate(EvaluateArguments),
    /// What the model restores in a line of text, with probabilities.
    #[command(
        after_help = "Example: macbert correct runs/tiny/pretrain/export 我每天早上喝一杯牛奶。"
    )]
    Correct(CorrectArguments),
    /// Write a checkpoint as a Hugging Face folder.
    #[command(
        after_help = "Example: macbert export runs/tiny/pretrain/checkpoints/step-00002000 --out my-macbert"
    )]
    Export(ExportArguments),
    /// The devices that this build and machine can use.
    #[command(after_help = "Example: macbert devices")]
    Devices,
}

/// Commands on vocabularies.
#[derive(Subcommand, Debug)]
pub(crate) enum VocabCommand {
    /// Build the WordPiece vocabulary of a config from its corpus.
    #[command(after_help = "Example: macbert vocab build configs/tiny.toml")]
    Build(ConfigArguments),
}

/// Commands on similar-word tables.
#[derive(Subcommand, Debug)]
pub(crate) enum SynonymsCommand {
    /// Train word vectors on a corpus: skip-gram with negative sampling.
    ///
    /// Runs on all cores. With `vectors.threads=1` the vectors are the same to the last bit in every run; several
    /// threads overwrite each other's updates now and then, so their vectors differ a little from run to run. Memory:
    /// 4 bytes a running word of the corpus, and 8 bytes a dimension and word of the vectors. A file that ends in .fifu
    /// is finalfusion's, .bin is word2vec's binary form, .txt and .vec its text form (gensim reads these).
    #[command(
        after_help = "Example: macbert synonyms train --corpus my-corpus --out vectors.fifu --out vectors.bin"
    )]
    Train(TrainArguments),
    /// Compile the similar words of a config against its vocabulary.
    #[command(after_help = "Example: macbert synonyms build configs/tiny.toml")]
    Build(ConfigArguments),
    /// Show the similar words of words, with their scores.
    #[command(after_help = "Example: macbert synonyms show 高兴 学校 --shards runs/tiny/shards")]
    Show(ShowArguments),
    /// Judge a table: coverage, fallbacks in masking, agreement with a thesaurus and with people, opposites.
    ///
    /// Text is the held-out part of the config's corpus (every document where none is held out); lists are those of its
    /// [judge].
    #[command(
        after_help = "Example: macbert synonyms eval configs/similar-words.toml --html words.html --word 预测 --word 概率"
    )]
    Eval(EvalArguments),
    /// Write a table as a list: word, similar word, score and weight, with tabs between them.
    ///
    /// To read, to edit and to compile again as a list.
    #[command(after_help = "Example: macbert synonyms dump --shards runs/tiny/shards > words.tsv")]
    Dump(TableArguments),
}

/// Commands on corpora.
#[derive(Subcommand, Debug)]
pub(crate) enum CorpusCommand {
    /// Say what a corpus is worth before it is prepared: the figures that `prepare` ends with, and nothing is written.
    ///
    /// Memory: 36 MB for the hashes of up to a million different texts; of more texts a sample is compared. Near
    /// duplicates are looked for with --near-duplicates: 268 bytes a document in a temporary file, 16 in memory.
    #[command(
        after_help = "Example: macbert corpus stats my-corpus --vocabulary vocab.txt --html corpus.html\n\
            Near duplicates: macbert corpus stats --config my.toml --near-duplicates 0.8 --drop-list drops.tsv, then \
            corpus.drop_list = \"drops.tsv\" in the config."
    )]
    Stats(StatsArguments),
}

#[derive(Args, Debug)]
#[command(group(ArgGroup::new("pieces").args(["config", "vocabulary"]).required(true).multiple(true)))]
pub(crate) struct StatsArguments {
    /// Files, folders and globs of text, in place of the config's.
    #[arg(value_name = "PATH", required_unless_present = "config")]
    pub paths: Vec<PathBuf>,
    /// A job's config: its corpus, vocabulary, table, and how it cuts text.
    #[arg(long, value_name = "CONFIG")]
    pub config: Option<PathBuf>,
    /// Override a key of the config. May be given several times.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE", requires = "config")]
    pub set: Vec<String>,
    /// A vocab.txt, in place of the config's.
    #[arg(long, value_name = "FILE")]
    pub vocabulary: Option<PathBuf>,
    /// The longest example in pieces, specials included (default: the config's, or 512).
    #[arg(long, value_name = "N")]
    pub max_length: Option<usize>,
    /// Look for documents that share so much of their text, from 0.7 to 1.
    #[arg(long, value_name = "SHARE")]
    pub near_duplicates: Option<f64>,
    /// Write the documents that near duplicates leave out, to be the config's corpus.drop_list.
    #[arg(long, value_name = "FILE", requires = "near_duplicates")]
    pub drop_list: Option<PathBuf>,
    /// Draw the report as a page of its own.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// A config and what is changed in it.
#[derive(Args, Debug, Clone)]
pub(crate) struct ConfigArguments {
    /// The job's config (TOML); paths in it are relative to its folder.
    pub config: PathBuf,
    /// Override a key; the value is read as TOML, or else as text ('output.directory="2024"' is text). May be given several
    /// times.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    pub set: Vec<String>,
    /// Print the resolved config and what it would cost, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub(crate) struct PrepareArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Prepare only this part of the corpus, from 0, into a folder of its own.
    #[arg(long, value_name = "I")]
    pub task: Option<u64>,
    /// How many parts there are.
    #[arg(long, value_name = "N")]
    pub num_tasks: Option<u64>,
    /// Draw the report as a page of its own.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct MergeArguments {
    /// The folder that the tasks wrote into (`shards.directory` of their config).
    pub shards: PathBuf,
    /// Draw the report as a page of its own.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// Which masks are drawn over shards.
#[derive(Args, Debug, Clone)]
pub(crate) struct DrawArguments {
    /// mac, random_replace, partial_mask, all_mask, wwm or mlm.
    #[arg(long, default_value_t = Self::default().objective)]
    pub objective: String,
    /// Masks are drawn anew in every epoch (from 0).
    #[arg(long, default_value_t = Self::default().epoch)]
    pub epoch: u64,
    /// The seed (default: that of the shards).
    #[arg(long)]
    pub seed: Option<u64>,
    /// sop, nsp or none.
    #[arg(long, default_value_t = Self::default().pairs)]
    pub pairs: String,
    /// Which side of the split: train or held_out.
    #[arg(long, default_value_t = Self::default().split, value_parser = ["train", "held_out"])]
    pub split: String,
}

impl Default for DrawArguments {
    /// What is drawn where nothing is said.
    fn default() -> Self {
        Self {
            objective: "mac".to_owned(),
            epoch: 0,
            seed: None,
            pairs: "sop".to_owned(),
            split: "train".to_owned(),
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct InspectArguments {
    /// A folder that `macbert prepare` wrote.
    pub shards: PathBuf,
    #[command(flatten)]
    pub draw: DrawArguments,
    /// How many examples to show.
    #[arg(long, short = 'n', default_value_t = 3)]
    pub count: usize,
    /// The first example to show.
    #[arg(long, default_value_t = 0)]
    pub start: usize,
    /// How many examples the audit draws (at most all).
    #[arg(long, default_value_t = 20_000)]
    pub audit: usize,
    /// Draw the same as a page of its own.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// The folder that the corpus's paths are relative to: with it the original lines are read from the source.
    #[arg(long, value_name = "DIR")]
    pub base: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct ExamplesArguments {
    /// A folder that `macbert prepare` wrote.
    pub shards: PathBuf,
    #[command(flatten)]
    pub draw: DrawArguments,
    /// What to write.
    #[arg(long, value_enum, default_value_t)]
    pub format: ExampleFormat,
    /// How many epochs to write, from --epoch on: every example so often, with other masks each time.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub dupe_factor: u64,
    /// The file to write, or the PREFIX of Megatron's two.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Forms of examples that other programs read.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ExampleFormat {
    /// Masked examples for Python, Spark and most others.
    #[default]
    Parquet,
    /// Masked examples for TensorFlow.
    Tfrecord,
    /// Unmasked sentences for Megatron-LM.
    Megatron,
}

#[derive(Args, Debug)]
pub(crate) struct PretrainArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Where to train: flex, tch:cpu, tch:0, cuda:0, vulkan:0.
    #[arg(long, default_value = "flex")]
    pub device: String,
    /// Go on from the newest whole checkpoint of the output folder, if there is one.
    #[arg(long)]
    pub resume: bool,
}

#[derive(Args, Debug)]
pub(crate) struct EvaluateArguments {
    /// A checkpoint of ours or a Hugging Face folder.
    pub checkpoint: PathBuf,
    /// A folder that `macbert prepare` wrote.
    pub shards: PathBuf,
    /// mac, random_replace, partial_mask, all_mask, wwm or mlm.
    #[arg(long, default_value = "mac")]
    pub objective: String,
    /// Where to compute: flex, tch:cpu, tch:0, cuda:0, vulkan:0.
    #[arg(long, default_value = "flex")]
    pub device: String,
    /// How pairs are drawn: sop, nsp or none; as the model was trained.
    #[arg(long, default_value = "sop")]
    pub pairs: String,
    /// The seed of the held-out masks (default: that of the shards).
    #[arg(long)]
    pub seed: Option<u64>,
    /// Examples of a batch.
    #[arg(long, default_value_t = 16)]
    pub batch: usize,
}

#[derive(Args, Debug)]
pub(crate) struct CorrectArguments {
    /// A checkpoint of ours or a Hugging Face folder.
    pub checkpoint: PathBuf,
    /// The line.
    pub text: String,
    /// How many restorations to show at a place.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    pub top: u64,
    /// Show every place, not only those that the model would change.
    #[arg(long)]
    pub all: bool,
    /// Where to compute: flex, tch:cpu, tch:0, cuda:0, vulkan:0.
    #[arg(long, default_value = "flex")]
    pub device: String,
}

#[derive(Args, Debug)]
pub(crate) struct ExportArguments {
    /// A checkpoint of ours or a Hugging Face folder.
    pub checkpoint: PathBuf,
    /// The folder to write; it must not be there yet.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct TrainArguments {
    /// A config of similar words (default: the shipped configs/similar-words.toml).
    pub config: Option<PathBuf>,
    /// Override a key; the value is read as TOML, or else as text. May be given several times.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    pub set: Vec<String>,
    /// Print the resolved config, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Files, folders and globs of text, in place of the config's.
    #[arg(long, value_name = "PATH", required_unless_present = "config")]
    pub corpus: Vec<PathBuf>,
    /// A file of vectors to write, in place of the config's; may be given several times.
    #[arg(long, value_name = "FILE", required_unless_present = "config")]
    pub out: Vec<PathBuf>,
    /// Write the cut text as well, a line of words a sentence, for other programs to train on.
    #[arg(long, value_name = "FILE")]
    pub text: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct EvalArguments {
    /// A config of similar words.
    pub config: PathBuf,
    /// The table, in place of the config's.
    #[arg(long, value_name = "FILE")]
    pub table: Option<PathBuf>,
    /// Override a key; the value is read as TOML, or else as text. May be given several times.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    pub set: Vec<String>,
    /// Print the resolved config, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Draw the figures and examples as a page of its own.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// A word to show on the page; may be given several times (default: some of the table).
    #[arg(long = "word", value_name = "WORD")]
    pub words: Vec<String>,
}

/// Where a table is.
#[derive(Args, Debug, Clone)]
pub(crate) struct TableArguments {
    /// Take vocabulary and table from a folder that `macbert prepare` wrote …
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    pub shards: Option<PathBuf>,
    /// … or from a config, of a job or of similar words.
    #[arg(long, value_name = "CONFIG", required_unless_present = "shards")]
    pub config: Option<PathBuf>,
    /// Override a key of the config. May be given several times.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE", conflicts_with = "shards")]
    pub set: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct ShowArguments {
    /// The words.
    #[arg(required = true)]
    pub words: Vec<String>,
    #[command(flatten)]
    pub table: TableArguments,
    /// Say of the nearest words, or of a list's, why they are not in the table; needs --config and its source.
    #[arg(long)]
    pub why: bool,
}
