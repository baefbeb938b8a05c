//! The one function that makes a generator: randomness is a value (design invariant 2).

use rand::SeedableRng as _;
use sha2::{Digest as _, Sha256};

/// The generator of everything random; its draws are the same on every machine.
pub type Generator = rand_chacha::ChaCha8Rng;

/// What a generator is for; no two purposes share draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Which documents are held out.
    Split,
    /// The target length of a run of sentences.
    Length,
    /// The epoch's order of examples.
    ExampleOrder,
    /// Which part of a folder of shards an epoch reads that is no whole repeat of it.
    Mixture,
    /// The boundary between texts A and B.
    Boundary,
    /// Whether B comes before A.
    Swap,
    /// The other document of a next-sentence pair, and what is cut from a pair that is too long.
    NextSentence,
    /// Which units are masked, and what stands in their place.
    Masks,
    /// Dropout of a step.
    Dropout,
    /// The weights before the first step.
    InitialWeights,
    /// The control that deals labels to other examples.
    ShuffledLabels,
}

impl Purpose {
    /// The name that is hashed: never changed, or old seeds would draw anew.
    const fn tag(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::Length => "length",
            Self::ExampleOrder => "example order",
            Self::Mixture => "mixture",
            Self::Boundary => "border",
            Self::Swap => "swap",
            Self::NextSentence => "next sentence",
            Self::Masks => "masks",
            Self::Dropout => "dropout",
            Self::InitialWeights => "initial weights",
            Self::ShuffledLabels => "shuffled labels",
        }
    }
}

/// The generator of a purpose in an epoch for a key (an example, a document, a step).
pub fn generator(seed: u64, purpose: Purpose, epoch: u64, key: u64) -> Generator {
    let mut hash = Sha256::new();
    hash.update(b"macbert generator 1");
    hash.update(seed.to_le_bytes());
    hash.update(epoch.to_le_bytes());
    hash.update(key.to_le_bytes());
    hash.update(purpose.tag());
    Generator::from_seed(hash.finalize().into())
}

/// The generator of a parameter's initial weights ([`Purpose::InitialWeights`]): its key is the parameter's name, so that
/// a parameter's values do not depend on which others the model has.
pub fn weight_generator(seed: u64, name: &str) -> Generator {
    let mut hash = Sha256::new();
    hash.update(b"macbert ");
    hash.update(Purpose::InitialWeights.tag());
    hash.update(seed.to_le_bytes());
    hash.update(name);
    Generator::from_seed(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use rand::RngExt as _;

    use super::{Purpose, generator};

    #[test]
    fn every_part_of_the_seed_counts() {
        let draw = |seed, purpose, epoch, key| generator(seed, purpose, epoch, key).random::<u64>();
        let base = draw(1, Purpose::Masks, 2, 3);
        assert_eq!(base, draw(1, Purpose::Masks, 2, 3));
        for other in [
            draw(2, Purpose::Masks, 2, 3),
            draw(1, Purpose::Swap, 2, 3),
            draw(1, Purpose::Masks, 3, 3),
            draw(1, Purpose::Masks, 2, 4),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn draws_are_the_same_on_every_machine_and_in_every_version() {
        assert_eq!(
            generator(1, Purpose::Masks, 2, 3).random::<u64>(),
            3_952_587_999_126_254_989
        );
    }
}
