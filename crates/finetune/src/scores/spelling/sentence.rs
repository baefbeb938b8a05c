//! A sentence with its gold and predicted positions.

/// Source and another text have different lengths, so positions cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "source, target and prediction have {source_length}, {target} and {prediction} characters; expected equal lengths"
)]
pub struct LengthError {
    /// Characters of the source.
    pub source_length: usize,
    /// Characters of the target.
    pub target: usize,
    /// Characters of the prediction.
    pub prediction: usize,
}

/// A changed character: its position from 0, and what stands there after the change.
pub(crate) type Change = (usize, char);

/// A sentence to be scored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpellingSentence {
    gold: Vec<Change>,
    predicted: Vec<Change>,
    /// The target's character at each predicted position.
    target_at_predicted: Vec<char>,
}

impl SpellingSentence {
    /// Compares source, target and prediction.
    pub fn new(source: &str, target: &str, prediction: &str) -> Result<Self, LengthError> {
        let characters = |text: &str| text.chars().collect::<Vec<char>>();
        let (source, target) = (characters(source), characters(target));
        let prediction = characters(prediction);
        if source.len() != target.len() || source.len() != prediction.len() {
            return Err(LengthError {
                source_length: source.len(),
                target: target.len(),
                prediction: prediction.len(),
            });
        }
        let predicted = changes(&source, &prediction);
        Ok(Self {
            gold: changes(&source, &target),
            target_at_predicted: predicted.iter().map(|(at, _)| target[*at]).collect(),
            predicted,
        })
    }

    /// Removes predictions of 地 and 得. The references of SIGHAN 2013 lack these corrections, so ReaLiSe removes them
    /// before it scores that set.
    #[must_use]
    pub fn without_de(&self) -> Self {
        let kept = |c: char| !matches!(c, '地' | '得');
        let pairs = self.predicted.iter().zip(&self.target_at_predicted);
        let (predicted, target_at_predicted) = pairs
            .filter(|((_, c), _)| kept(*c))
            .map(|(change, target)| (*change, *target))
            .unzip();
        Self {
            gold: self.gold.clone(),
            predicted,
            target_at_predicted,
        }
    }

    /// Whether the source has an error.
    pub(crate) fn has_error(&self) -> bool {
        !self.gold.is_empty()
    }

    /// Whether the prediction changes the source.
    pub(crate) fn is_predicted(&self) -> bool {
        !self.predicted.is_empty()
    }

    /// Whether the source has errors, and exactly these positions are predicted.
    pub(crate) fn is_detected(&self) -> bool {
        let gold = self.gold.iter().map(|(at, _)| at);
        self.has_error() && gold.eq(self.predicted.iter().map(|(at, _)| at))
    }

    /// Whether the source has errors, and the prediction is the target.
    pub(crate) fn is_corrected(&self) -> bool {
        self.has_error() && self.gold == self.predicted
    }

    /// Whether the source has no error, and the prediction changes nothing.
    pub(crate) fn is_left_alone(&self) -> bool {
        !self.has_error() && !self.is_predicted()
    }

    /// Gold positions with the target's characters.
    pub(crate) fn gold(&self) -> &[Change] {
        &self.gold
    }

    /// The number of predicted positions.
    pub(crate) fn n_predicted(&self) -> u64 {
        self.predicted.len() as u64
    }

    /// Positions that are gold and predicted: the target's character and the predicted one.
    pub(crate) fn found(&self) -> impl Iterator<Item = (char, char)> {
        let pairs = self.predicted.iter().zip(&self.target_at_predicted);
        pairs
            .filter(|((at, _), _)| self.gold.iter().any(|(gold, _)| gold == at))
            .map(|((_, predicted), target)| (*target, *predicted))
    }
}

fn changes(source: &[char], other: &[char]) -> Vec<Change> {
    let pairs = source.iter().zip(other).enumerate();
    pairs
        .filter(|(_, (source, other))| source != other)
        .map(|(at, (_, other))| (at, *other))
        .collect()
}
