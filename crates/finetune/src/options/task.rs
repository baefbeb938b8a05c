//! The section `[task.KIND]`: what the task is, and how its files are read.

use model::{DetectionLoss, TaskHead};
use serde::{Deserialize, Serialize};

use crate::data::rows::TableForm;
use crate::data::texts::TextColumns;
use crate::scores::named::{ScoreInfo, SpanRule};
use crate::scores::{named, named_spelling};
use crate::spans::decode::DecodeOptions;
use crate::spans::windows::{StrideMeaning, WindowOptions};

/// What the task is, with the options of its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskOptions {
    /// A label for a text or for a pair of texts.
    Classification(ClassificationOptions),
    /// The answer to a question, cut out of a context.
    Spans(SpanOptions),
    /// A tag for each character.
    Tags(TagOptions),
    /// A sentence without its spelling errors.
    Spelling(SpellingOptions),
}

/// `[task.classification]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassificationOptions {
    /// The form of the files.
    #[serde(default)]
    pub format: TableForm,
    /// The columns of the texts: one, or two for pairs. They are names, or numbers from 1.
    pub texts: Vec<String>,
    /// The column of the label.
    pub label: String,
    /// The labels, in the order of their ids. If the key is missing, they are those of the training file.
    pub labels: Option<Vec<String>>,
    /// Labels whose examples are left out, in every file.
    #[serde(default)]
    pub left_out: Vec<String>,
}

/// `[task.spans]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of the config that is on or off"
)]
pub struct SpanOptions {
    /// Pieces from one window of a long context to the next, or pieces that neighbouring windows share.
    pub stride: usize,
    /// Which of the two `stride` is.
    #[serde(default)]
    pub stride_counts: StrideMeaning,
    /// Pieces of a question that are kept; all, if the key is missing.
    pub max_question: Option<usize>,
    /// The best starts and ends of each window that are paired.
    pub n_best: usize,
    /// The most pieces of an answer.
    pub longest_answer: usize,
    /// Whether a start counts only in the window in which it has the most context.
    #[serde(default)]
    pub best_context: bool,
    /// Whether the model may predict that the context has no answer, and learns it.
    #[serde(default)]
    pub no_answer: bool,
    /// Whether logits outside the context are masked before the softmax, as in the programs of MacBERT's authors.
    #[serde(default)]
    pub mask_outside: bool,
    /// Whether spaces are removed from predicted texts, as in the programs of MacBERT's authors.
    #[serde(default)]
    pub remove_spaces: bool,
    /// The rules of the scores.
    #[serde(default = "usual_rules")]
    pub rules: Vec<SpanRule>,
}

fn usual_rules() -> Vec<SpanRule> {
    vec![SpanRule::Cmrc, SpanRule::Squad]
}

/// `[task.tags]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagOptions {
    /// The tags, in the order of their ids. If the key is missing, they are those of the training file.
    pub labels: Option<Vec<String>>,
}

/// `[task.spelling]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpellingOptions {
    /// The form of the files.
    #[serde(default)]
    pub format: TableForm,
    /// The column of the sentence as it was written.
    pub source: String,
    /// The column of the corrected sentence.
    pub target: String,
    /// A second head that learns which characters are wrong. It helps training, and is left out of the finished model.
    pub detection: Option<DetectionOptions>,
}

/// `[task.spelling.detection]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectionOptions {
    /// The weight of its loss; that of correction is 1 − weight.
    pub weight: f64,
    /// α of the focal loss: the weight of wrong characters; that of right ones is 1 − α.
    pub alpha: f64,
    /// γ of the focal loss; 0 is cross-entropy.
    pub gamma: f64,
}

impl TaskOptions {
    /// Returns the name of the kind, as the config has it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Classification(_) => "classification",
            Self::Spans(_) => "spans",
            Self::Tags(_) => "tags",
            Self::Spelling(_) => "spelling",
        }
    }

    /// Returns the scores that the task computes, in the order of its tables.
    pub fn scores(&self) -> Vec<ScoreInfo> {
        match self {
            Self::Classification(_) => named::CLASSIFICATION.to_vec(),
            Self::Spans(options) => named::of_rules(&options.rules),
            Self::Tags(_) => named::TAGS.to_vec(),
            Self::Spelling(_) => named_spelling::SPELLING.to_vec(),
        }
    }

    /// Looks for an impossible value. The message names the key.
    pub fn problem(&self) -> Option<String> {
        match self {
            Self::Classification(options) => options.problem(),
            Self::Spans(options) => options.problem(),
            Self::Tags(_) => None,
            Self::Spelling(options) => options.problem(),
        }
    }

    /// Returns the head for a number of labels. The detection head is a part of training only.
    pub(crate) fn head(&self, n_labels: usize, is_training: bool) -> TaskHead {
        match self {
            Self::Classification(_) => TaskHead::Classes(n_labels),
            Self::Spans(_) => TaskHead::Span,
            Self::Tags(_) => TaskHead::Tags(n_labels),
            Self::Spelling(options) => TaskHead::Spelling {
                detection: is_training && options.detection.is_some(),
            },
        }
    }
}

impl ClassificationOptions {
    pub(crate) fn columns(&self) -> TextColumns {
        TextColumns {
            form: self.format,
            label: self.label.clone(),
            texts: self.texts.clone(),
            left_out: self.left_out.clone(),
        }
    }

    fn problem(&self) -> Option<String> {
        let n = self.texts.len();
        let one_or_two = "task.classification.texts: expected one column, or two for pairs";
        (!(1..=2).contains(&n)).then(|| format!("{one_or_two}, found {n}"))
    }
}

impl SpanOptions {
    pub(crate) fn windows(&self, max_length: usize) -> WindowOptions {
        WindowOptions {
            max_length,
            stride: self.stride,
            meaning: self.stride_counts,
            max_question: self.max_question,
        }
    }

    pub(crate) fn decoding(&self) -> DecodeOptions {
        DecodeOptions {
            n_best: self.n_best,
            longest_answer: self.longest_answer,
            no_answer: self.no_answer,
            best_context: self.best_context,
        }
    }

    fn problem(&self) -> Option<String> {
        let keys = [
            ("stride", self.stride),
            ("n_best", self.n_best),
            ("longest_answer", self.longest_answer),
            ("rules", self.rules.len()),
        ];
        let zero = keys.iter().find(|(_, value)| *value == 0);
        zero.map(|(key, _)| format!("task.spans.{key}: expected at least 1, found 0"))
    }
}

impl SpellingOptions {
    /// Returns the loss of the detection head; without such a head nothing reads it.
    pub(crate) fn detection_loss(&self) -> DetectionLoss {
        let options = self.detection.as_ref();
        options.map_or(
            DetectionLoss {
                weight: 0.0,
                alpha: 0.5,
                gamma: 0.0,
            },
            |options| DetectionLoss {
                weight: options.weight,
                alpha: options.alpha,
                gamma: options.gamma,
            },
        )
    }

    fn problem(&self) -> Option<String> {
        let options = self.detection.as_ref()?;
        let shares = [("weight", options.weight), ("alpha", options.alpha)];
        let wrong = shares
            .iter()
            .find(|(_, value)| !(*value > 0.0 && *value < 1.0));
        if let Some((key, found)) = wrong {
            return Some(format!(
                "task.spelling.detection.{key}: expected a number between 0 and 1, found {found}"
            ));
        }
        let gamma = options.gamma;
        (!(gamma >= 0.0 && gamma.is_finite()))
            .then(|| format!("task.spelling.detection.gamma: expected 0 or more, found {gamma}"))
    }
}
