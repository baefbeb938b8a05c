//! Fine-tuning: reads the files of tasks, trains a model on them with several seeds, decodes answers, and computes scores.
//!
//! | folder | what it gives |
//! | --- | --- |
//! | `data/` | readers of files as they are published: tables, JSONL, the JSON form of SQuAD, tagged lines, spelling pairs |
//! | `inputs/` | texts, pairs and characters as pieces; batches |
//! | `spans/` | windows of a long context, and n-best decoding of answers |
//! | `scores/` | scores, each as its published program computes it |
//! | `options/` | the sections of a task's config |
//! | `tasks/` | a [`Task`], and its files as examples with labels, predictions and scores |
//! | `run/` | [`finetune()`]: all seeds of a [`Run`], resumed wherever they stopped |
//!
//! ```
//! use finetune::{ClassCounts, SpellingSentence, cmrc_score, sentence_level, sighan_2015};
//!
//! // Full stops do not count in CMRC 2018, and F1 compares Chinese characters.
//! let score = cmrc_score(&["北京大学"], "在北京大学。");
//! assert!(score.exact < 0.5 && (score.f1 - 8.0 / 9.0).abs() < 1e-9);
//! assert!((ClassCounts::of(&[0, 1, 1], &[0, 1, 0]).accuracy() - 2.0 / 3.0).abs() < 1e-9);
//!
//! // A sentence with an error and a wrong prediction: the papers' rule counts it against precision, the bake-off's does not.
//! let sentences = [
//!     SpellingSentence::new("我门走", "我们走", "我们走")?,
//!     SpellingSentence::new("天汽好", "天气好", "天期好")?,
//! ];
//! assert_eq!(sentence_level(&sentences).correction.ratios.precision.value(), Some(0.5));
//! assert_eq!(sighan_2015(&sentences).correction.precision.value(), Some(1.0));
//! # Ok::<(), finetune::LengthError>(())
//! ```

mod data;
mod error;
mod inputs;
mod options;
mod run;
mod scores;
mod spans;
mod tasks;

pub use data::error::DataError;
pub use data::labels::LabelSet;
pub use data::questions::{Answer, Question, Questions, read_questions};
pub use data::rows::TableForm;
pub use data::spelling::{SpellingPair, read_spelling};
pub use data::tags::{TaggedSentence, read_tags, read_training_tags};
pub use data::texts::{LabelledText, LabelledTexts, TextColumns, read_texts, read_training_texts};
pub use error::FinetuneError;
pub use inputs::batch::InputBatch;
pub use inputs::characters::{EncodedCharacters, encode_characters};
pub use inputs::texts::{Encoded, PairSpecials, encode_text};
pub use options::protocol::{LAST_EPOCH, ProtocolOptions};
pub use options::task::{
    ClassificationOptions, DetectionOptions, SpanOptions, SpellingOptions, TagOptions, TaskOptions,
};
pub use options::training::{TaskOptimizerOptions, TrainingOptions};
pub use run::definition::{Run, StartFrom};
pub use run::finetune::{Outcome, finetune};
pub use run::predict::{TaskEvaluation, evaluate_task};
pub use run::progress::FinetuneProgress;
pub use run::results::{
    CurvePoint, EpochScores, KeyDifference, RunResults, SeedResults, Spread, read_json, write_json,
};
pub use scores::cjrc::{cjrc_score, letters_and_digits};
pub use scores::classes::{ClassCounts, Prf};
pub use scores::cmrc::{cmrc_score, segments, without_marks};
pub use scores::entities::{Entity, EntityCounts, EntityRule, entities};
pub use scores::named::{NamedScores, ScoreInfo, SpanRule};
pub use scores::span_score::{FileScore, SpanScore, file_score};
pub use scores::spelling::bake_off::{Sighan2013, Sighan2015, sighan_2013, sighan_2015};
pub use scores::spelling::character::{
    CharacterLevel, Plome, character_level_plome, character_level_wang_2019,
};
pub use scores::spelling::ratio::{Ratio, Ratios};
pub use scores::spelling::sentence::{LengthError, SpellingSentence};
pub use scores::spelling::sentence_level::{SentenceLevel, SentenceScores, sentence_level};
pub use scores::spelling::spellgcn::{Outcomes, Scores, SpellGcn, spellgcn};
pub use scores::squad::squad_score;
pub use spans::decode::{Candidate, DecodeOptions, Decoded, WindowLogits, decode};
pub use spans::features::{SpanPieces, Window};
pub use spans::windows::{StrideMeaning, WindowError, WindowOptions, WindowRange};
pub use tasks::report::{FileRemark, FileReport};
pub use tasks::set::TaskSet;
pub use tasks::task::Task;
