//! The command line of the program: its commands, in the order of the data flow.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help that people read on a terminal"
)]
#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "brackets are part of that help, not links"
)]

use clap::{Parser, Subcommand};

use super::corpus::{CorpusCommand, MergeArguments, PrepareArguments};
use super::model::{
    CorrectArguments, EvaluateArguments, ExportArguments, FinetuneArguments, PretrainArguments,
};
use super::shards::{ExamplesArguments, InspectArguments};
use super::study::StudyArguments;
use super::synonyms::SynonymsCommand;
use super::vocabulary::VocabCommand;

/// Turn raw Chinese text into a MacBERT checkpoint: prepare shards, pre-train, inspect, export.
#[derive(Parser, Debug)]
#[command(name = "macbert", version, max_term_width = 100)]
#[command(
    after_help = "Example (the whole job on the shipped sample): macbert prepare configs/tiny.toml && macbert pretrain \
        configs/tiny.toml"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// Print more on stderr (-vv: everything).
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Build vocabularies.
    #[command(
        subcommand,
        after_help = "Example: macbert vocab build configs/tiny.toml"
    )]
    Vocab(VocabCommand),
    /// Train word vectors; build, show and measure similar-word tables.
    #[command(
        subcommand,
        after_help = "Example: macbert synonyms build configs/tiny.toml"
    )]
    Synonyms(SynonymsCommand),
    /// Examine corpora.
    #[command(
        subcommand,
        after_help = "Example: macbert corpus stats --config configs/tiny.toml"
    )]
    Corpus(CorpusCommand),
    /// Turn the corpus of a config into shards.
    ///
    /// If the vocabulary or the similar-word table is not there, it is built first, as the config says.
    ///
    /// Several machines can prepare one corpus: each prepares one part of it (--task), and `macbert merge` joins the parts.
    /// If --task is not given, the part is taken from the environment variables of Slurm (array jobs and srun),
    /// Kubernetes (indexed jobs) or Ray (RANK and WORLD_SIZE).
    #[command(
        after_help = "Example: macbert prepare configs/tiny.toml --set examples.max_length=64\n\
            On four machines: macbert prepare CONFIG --task 0 --num-tasks 4 (to --task 3), then: macbert merge DIR"
    )]
    Prepare(PrepareArguments),
    /// Join the parts that `macbert prepare --task` wrote into one folder of shards.
    #[command(after_help = "Example: macbert merge runs/base/shards")]
    Merge(MergeArguments),
    /// Show masked examples, and check the statistics of masking against the method.
    ///
    /// The exit status is 1 if a statistic is outside its tolerance.
    #[command(
        after_help = "Example: macbert inspect runs/tiny/shards --count 2 --html examples.html\n\
            With the objective and the shares of a job: macbert inspect --config configs/tiny.toml"
    )]
    Inspect(InspectArguments),
    /// Export examples for other training programs, with masks or as unmasked sentences.
    ///
    /// parquet: the columns are input_ids, token_type_ids, masked_lm_positions, masked_lm_ids, next_sentence_label,
    /// replacement (0 similar, 1 random, 2 kept, 3 fallback, 4 [MASK]) and ngram (the number of the n-gram in the
    /// example).
    ///
    /// tfrecord: tensorflow.Example records with the features and the padding of BERT's create_pretraining_data.py:
    /// input_ids, input_mask, segment_ids, masked_lm_positions, masked_lm_ids, masked_lm_weights,
    /// next_sentence_labels.
    ///
    /// megatron: unmasked sentences as Megatron-LM's indexed dataset, in the files PREFIX.bin and PREFIX.idx.
    /// Megatron-LM then draws its own masks. They do not use this project's whole words, n-grams or similar words.
    #[command(
        after_help = "Example: macbert examples runs/tiny/shards --format tfrecord --dupe-factor 10 --out tiny.tfrecord"
    )]
    Examples(ExamplesArguments),
    /// Pre-train a model, from scratch or from the checkpoint that the config names.
    #[command(after_help = "Example: macbert pretrain configs/tiny.toml --device flex --resume")]
    Pretrain(PretrainArguments),
    /// Fine-tune a checkpoint on a task with several seeds, and report maximum and mean of its scores.
    ///
    /// Tasks are classification of texts and pairs, span extraction, tags of characters, and spelling correction. Each
    /// seed has a new head, an order of examples and dropout of its own. The best epoch on the dev file is selected, and
    /// scored once on the test file. A run that was stopped continues with the same command.
    #[command(
        after_help = "Example: macbert finetune configs/tasks/chnsenticorp.toml --set model.checkpoint=../../runs/tiny/pretrain/export"
    )]
    Finetune(FinetuneArguments),
    /// Compare variants of a job: pre-train each of them with several seeds, and say which differences exceed the spread.
    ///
    /// A study names a job, arms that change keys of it (objective, pairs, optimizer, ...), and seeds. Shards are prepared
    /// once. Every arm is trained with every seed, and measured on the same held-out documents under its own objective and
    /// under common ones. The command writes study.json, costs.json and study.html. A study that was stopped continues with
    /// the same command; finished runs are not done again.
    #[command(
        after_help = "Example: macbert study configs/study.toml --device flex\n\
            The runs and their number of steps: macbert study configs/study.toml --dry-run"
    )]
    Study(StudyArguments),
    /// Measure a checkpoint on held-out examples: loss, accuracy by kind of replacement, order accuracy.
    ///
    /// With the config of a task, a fine-tuned checkpoint is scored on the task's test file, or on its dev file if there is
    /// no other.
    #[command(
        after_help = "Example: macbert evaluate runs/tiny/pretrain/export runs/tiny/shards\n\
            With the shards, objective, pairs and seed of a job's config: macbert evaluate runs/tiny/pretrain/export --config \
            configs/tiny.toml\n\
            On a task: macbert evaluate runs/tasks/sighan15/export --config configs/tasks/sighan15.toml"
    )]
    Evaluate(EvaluateArguments),
    /// Correct a text: show where a model would put another piece, with probabilities.
    #[command(
        after_help = "Example: macbert correct runs/tiny/pretrain/export 我每天早上喝一杯牛奶。"
    )]
    Correct(CorrectArguments),
    /// Write a checkpoint as a Hugging Face folder.
    #[command(
        after_help = "Example: macbert export runs/tiny/pretrain/checkpoints/step-00002000 --out my-macbert"
    )]
    Export(ExportArguments),
    /// List the devices of this build and this machine, and how to get the others.
    #[command(after_help = "Example: macbert devices")]
    Devices,
}
