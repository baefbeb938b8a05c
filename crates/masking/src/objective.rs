//! Masking objectives: presets, and the options that change single values (method §2.9).

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How much the sum of shares may differ from 1.
const SUM_TOLERANCE: f64 = 1e-9;
/// The most units of an n-gram, which counts them in a byte.
const MAX_NGRAM: usize = u8::MAX as usize;

/// What is masked as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskUnit {
    /// Each piece on its own \[B\].
    Piece,
    /// Whole words \[M\], \[W\].
    Word,
}

/// The name of a preset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectiveName {
    /// MacBERT's masking as correction, with similar words \[M\].
    Mac,
    /// The same units, replaced with random words only \[M\], section 6, study of the MLM task.
    RandomReplace,
    /// The same units, replaced with `[MASK]` and random words \[M\], section 6.
    PartialMask,
    /// The same units, replaced with `[MASK]` only \[M\], section 6.
    AllMask,
    /// Whole word masking \[W\].
    Wwm,
    /// BERT's masking of single pieces \[B\].
    Mlm,
}

impl ObjectiveName {
    /// All presets, in the order in which documentation and errors list them.
    pub const ALL: [Self; 6] = [
        Self::Mac,
        Self::RandomReplace,
        Self::PartialMask,
        Self::AllMask,
        Self::Wwm,
        Self::Mlm,
    ];

    /// The name, as configs and options write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mac => "mac",
            Self::RandomReplace => "random_replace",
            Self::PartialMask => "partial_mask",
            Self::AllMask => "all_mask",
            Self::Wwm => "wwm",
            Self::Mlm => "mlm",
        }
    }

    /// The values of the preset, from the table of method §2.9.
    pub fn objective(self) -> Objective {
        let macbert = [0.4, 0.3, 0.2, 0.1];
        let (unit, ngram_shares, [similar, mask, random, kept]) = match self {
            Self::Mac => (MaskUnit::Word, &macbert[..], [0.8, 0.0, 0.1, 0.1]),
            Self::RandomReplace => (MaskUnit::Word, &macbert[..], [0.0, 0.0, 0.9, 0.1]),
            Self::PartialMask => (MaskUnit::Word, &macbert[..], [0.0, 0.8, 0.1, 0.1]),
            Self::AllMask => (MaskUnit::Word, &macbert[..], [0.0, 0.9, 0.0, 0.1]),
            Self::Wwm => (MaskUnit::Word, &[1.0][..], [0.0, 0.8, 0.1, 0.1]),
            Self::Mlm => (MaskUnit::Piece, &[1.0][..], [0.0, 0.8, 0.1, 0.1]),
        };
        Objective {
            unit,
            ngram_shares: ngram_shares.to_vec(),
            similar,
            mask,
            random,
            kept,
            rate: 0.15,
            last_rate: None,
            fallback_cap: 0.1,
            mask_unknown: false,
        }
    }
}

impl FromStr for ObjectiveName {
    type Err = ObjectiveError;

    fn from_str(name: &str) -> Result<Self, ObjectiveError> {
        let found = Self::ALL
            .into_iter()
            .find(|objective| objective.name() == name);
        found.ok_or_else(|| ObjectiveError::Name(name.to_owned()))
    }
}

/// The `[masking]` section of a config: a preset, and values that replace some of the preset's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskingOptions {
    /// The preset.
    pub objective: ObjectiveName,
    /// What is masked as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<MaskUnit>,
    /// The shares of n-grams of 1, 2, … units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ngram_shares: Option<Vec<f64>>,
    /// The share of masked units that become similar words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub similar: Option<f64>,
    /// The share of masked units that become `[MASK]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<f64>,
    /// The share of masked units that become random words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub random: Option<f64>,
    /// The share of masked units that are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<f64>,
    /// The share of an example's pieces that are masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// The rate of the last step of a run. The rate of a step lies on a line from `rate`, at the first step, to this one.
    /// Without this key all steps have `rate`. Held-out examples always have the last rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_rate: Option<f64>,
    /// The share of an example's masked pieces that may fall back to random words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_cap: Option<f64>,
    /// Whether units with `[UNK]` may be masked. Their label is then `[UNK]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask_unknown: Option<bool>,
}

impl MaskingOptions {
    /// The options of an unchanged preset.
    pub const fn preset(objective: ObjectiveName) -> Self {
        Self {
            objective,
            unit: None,
            ngram_shares: None,
            similar: None,
            mask: None,
            random: None,
            kept: None,
            rate: None,
            last_rate: None,
            fallback_cap: None,
            mask_unknown: None,
        }
    }

    /// Replaces values of the preset with those given, and checks the result.
    pub fn resolve(&self) -> Result<Objective, ObjectiveError> {
        let preset = self.objective.objective();
        let objective = Objective {
            unit: self.unit.unwrap_or(preset.unit),
            ngram_shares: self.ngram_shares.clone().unwrap_or(preset.ngram_shares),
            similar: self.similar.unwrap_or(preset.similar),
            mask: self.mask.unwrap_or(preset.mask),
            random: self.random.unwrap_or(preset.random),
            kept: self.kept.unwrap_or(preset.kept),
            rate: self.rate.unwrap_or(preset.rate),
            last_rate: self.last_rate,
            fallback_cap: self.fallback_cap.unwrap_or(preset.fallback_cap),
            mask_unknown: self.mask_unknown.unwrap_or(preset.mask_unknown),
        };
        objective.checked()
    }
}

/// Decides what is masked, and what replaces it. [`MaskingOptions::resolve`] makes and checks it.
///
/// `similar`, `mask`, `random` and `kept` sum to 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Objective {
    /// What is masked as a whole.
    pub unit: MaskUnit,
    /// The shares of n-grams of 1, 2, … units; they sum to 1.
    pub ngram_shares: Vec<f64>,
    /// The share of masked units that become similar words.
    pub similar: f64,
    /// The share of masked units that become `[MASK]`.
    pub mask: f64,
    /// The share of masked units that become random words.
    pub random: f64,
    /// The share of masked units that are kept.
    pub kept: f64,
    /// The share of an example's pieces that are masked: in all steps, or in the first step if there is a `last_rate`.
    pub rate: f64,
    /// The share in the last step of a run, if it differs from step to step. A preset has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_rate: Option<f64>,
    /// The share of an example's masked pieces that may fall back to random words.
    pub fallback_cap: f64,
    /// Whether units with `[UNK]` may be masked. Their label is then `[UNK]`.
    pub mask_unknown: bool,
}

/// The reason why an objective is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ObjectiveError {
    /// No preset has this name.
    #[error(
        "unknown objective `{0}`: expected one of {names}",
        names = ObjectiveName::ALL.map(ObjectiveName::name).join(", ")
    )]
    Name(String),
    /// A share is not from 0 to 1.
    #[error("masking.{key}: expected a share from 0 to 1, found {found}")]
    Share {
        /// The key.
        key: &'static str,
        /// Its value.
        found: f64,
    },
    /// The rate of the last step masks nothing, or more than everything.
    #[error("masking.last_rate: expected a share above 0, at most 1, found {found}")]
    LastRate {
        /// Its value.
        found: f64,
    },
    /// There are no shares of n-grams, or too many.
    #[error("masking.ngram_shares: expected 1 to 255 shares, found {found}")]
    Ngrams {
        /// The number of shares.
        found: usize,
    },
    /// Shares do not sum to 1.
    #[error("masking.{keys}: expected shares that sum to 1, found a sum of {found}")]
    Sum {
        /// The keys.
        keys: &'static str,
        /// Their sum.
        found: f64,
    },
}

impl Objective {
    /// The rate of a step of a run: on a line from `rate`, at the first step, to `last_rate`, at the last step \[P\]. Steps
    /// count from 1.
    pub fn rate_at(&self, step: u64, last_step: u64) -> f64 {
        if step >= last_step {
            return self.final_rate();
        }
        let done = step.saturating_sub(1) as f64 / (last_step - 1) as f64;
        self.rate + (self.final_rate() - self.rate) * done
    }

    /// The rate of the last step. Held-out examples are masked at it throughout a run, so that losses of different steps can
    /// be compared.
    pub fn final_rate(&self) -> f64 {
        self.last_rate.unwrap_or(self.rate)
    }

    /// Whether the rate changes from step to step.
    pub fn changes_rate(&self) -> bool {
        self.final_rate().total_cmp(&self.rate).is_ne()
    }

    /// The largest rate of all steps.
    pub fn largest_rate(&self) -> f64 {
        self.rate.max(self.final_rate())
    }

    /// The objective by which held-out examples are masked: with the final rate in all steps.
    #[must_use]
    pub fn held_out(&self) -> Self {
        Self {
            rate: self.final_rate(),
            last_rate: None,
            ..self.clone()
        }
    }

    fn checked(self) -> Result<Self, ObjectiveError> {
        let shares = [
            ("similar", self.similar),
            ("mask", self.mask),
            ("random", self.random),
            ("kept", self.kept),
            ("rate", self.rate),
            ("fallback_cap", self.fallback_cap),
        ];
        let n_ngrams = self.ngram_shares.len();
        if !(1..=MAX_NGRAM).contains(&n_ngrams) {
            return Err(ObjectiveError::Ngrams { found: n_ngrams });
        }
        let ngrams = self
            .ngram_shares
            .iter()
            .map(|share| ("ngram_shares", *share));
        for (key, found) in shares.into_iter().chain(ngrams) {
            if !(0.0..=1.0).contains(&found) {
                return Err(ObjectiveError::Share { key, found });
            }
        }
        let sum = |keys, found: f64| {
            let fits = (found - 1.0).abs() <= SUM_TOLERANCE;
            if fits {
                Ok(())
            } else {
                Err(ObjectiveError::Sum { keys, found })
            }
        };
        if let Some(found) = self.last_rate
            && !(found > 0.0 && found <= 1.0)
        {
            return Err(ObjectiveError::LastRate { found });
        }
        sum(
            "{similar, mask, random, kept}",
            self.similar + self.mask + self.random + self.kept,
        )?;
        sum("ngram_shares", self.ngram_shares.iter().sum())?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
