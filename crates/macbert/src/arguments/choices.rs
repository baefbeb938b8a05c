//! The closed sets of values on the command line: the name and the help text of each value.
//!
//! The libraries define the sets as enums, and know nothing of the command line.

use std::sync::LazyLock;

use clap::ValueEnum;
use clap::builder::PossibleValue;
use masking::ObjectiveName;
use shard::Split;
use sop::PairObjective;

/// A value of `--objective`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ObjectiveChoice(pub ObjectiveName);

/// A value of `--pairs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PairsChoice(pub PairObjective);

/// A value of `--split`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SplitChoice(pub Split);

/// A value of `--format`: a format of examples that other programs read.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ExampleFormat {
    /// Masked examples for Python, Spark and most other programs.
    #[default]
    Parquet,
    /// Masked examples for TensorFlow.
    Tfrecord,
    /// Unmasked sentences for Megatron-LM.
    Megatron,
}

impl ValueEnum for ObjectiveChoice {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: LazyLock<[ObjectiveChoice; ObjectiveName::ALL.len()]> =
            LazyLock::new(|| ObjectiveName::ALL.map(ObjectiveChoice));
        &*ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self.0 {
            ObjectiveName::Mac => "MacBERT: n-grams of whole words, replaced with similar words",
            ObjectiveName::RandomReplace => "as mac, with random words in place of similar words",
            ObjectiveName::PartialMask => "as mac, with [MASK] in place of similar words",
            ObjectiveName::AllMask => "as partial_mask, with [MASK] in place of random words too",
            ObjectiveName::Wwm => "whole word masking: single words, replaced with [MASK]",
            ObjectiveName::Mlm => "BERT: single pieces, replaced with [MASK]",
        };
        Some(PossibleValue::new(self.0.name()).help(help))
    }
}

impl ValueEnum for PairsChoice {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: &[PairsChoice] = &[
            PairsChoice(PairObjective::Sop),
            PairsChoice(PairObjective::Nsp),
            PairsChoice(PairObjective::None),
        ];
        ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self.0 {
            PairObjective::Sop => ("sop", "sentence order: are the two texts swapped?"),
            PairObjective::Nsp => (
                "nsp",
                "next sentence: is the second text from another document?",
            ),
            PairObjective::None => ("none", "a single text, so there is no order to predict"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for SplitChoice {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: LazyLock<[SplitChoice; Split::ALL.len()]> =
            LazyLock::new(|| Split::ALL.map(SplitChoice));
        &*ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self.0 {
            Split::Train => "documents to train on",
            Split::HeldOut => "documents that are never trained on",
        };
        Some(PossibleValue::new(self.0.name()).help(help))
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::{ObjectiveChoice, PairsChoice, SplitChoice};

    #[test]
    fn every_choice_has_the_name_that_configs_write() {
        fn check<C: ValueEnum>(choice: &C, written: &impl serde::Serialize) {
            let written = serde_json::to_value(written).expect("a name");
            let value = choice.to_possible_value().expect("a value");
            assert_eq!(written.as_str(), Some(value.get_name()));
        }
        for choice in ObjectiveChoice::value_variants() {
            check(choice, &choice.0);
        }
        for choice in PairsChoice::value_variants() {
            check(choice, &choice.0);
        }
        for choice in SplitChoice::value_variants() {
            check(choice, &choice.0);
        }
    }
}
