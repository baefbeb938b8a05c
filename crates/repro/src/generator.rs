//! Generators of random numbers: randomness is a value (invariant 2 of ARCHITECTURE.md).
//!
//! A generator follows from a seed and from what it is for. So no draw depends on another one, on the number of threads or
//! on a restart.

use rand::SeedableRng as _;
use sha2::{Digest as _, Sha256};

/// The type of every generator. The same seed gives the same draws on every machine.
pub type Generator = rand_chacha::ChaCha8Rng;

/// What a generator is for. Generators of different purposes are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Which documents are held out (method §6).
    Split,
    /// The target length of an example (method §3.1).
    Length,
    /// The order of the examples in an epoch.
    ExampleOrder,
    /// Which examples of a folder an epoch has once more than the others, if the folder's weight is not a whole number.
    Mixture,
    /// The boundary between text A and text B (method §3.2).
    Boundary,
    /// Whether text B comes before text A (method §3.3).
    Swap,
    /// The other document of a next-sentence pair, and what is cut from a pair that is too long (method §3.4).
    NextSentence,
    /// Which units are masked, and what replaces them (method §2).
    Masks,
    /// The dropout masks of a micro-batch.
    Dropout,
    /// The weights before the first step; [`weight_generator`] makes these generators.
    InitialWeights,
    /// The control in which every label goes to a random masked position of the step.
    ShuffledLabels,
    /// The order of a task's examples in an epoch of fine-tuning.
    TaskOrder,
    /// The dropout masks of a micro-batch of fine-tuning.
    TaskDropout,
    /// The resamples of a bootstrap. The key is the number of values.
    Bootstrap,
}

impl Purpose {
    /// The name that is hashed. It never changes, because a new name would change every draw of old seeds; `border` is the
    /// former word for boundary.
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
            Self::TaskOrder => "order of a task's examples",
            Self::TaskDropout => "dropout of a task",
            Self::Bootstrap => "bootstrap",
        }
    }
}

/// Makes the generator of a purpose, in an epoch, for a key: of an example, a document or a step.
pub fn generator(seed: u64, purpose: Purpose, epoch: u64, key: u64) -> Generator {
    let mut hash = Sha256::new();
    hash.update(b"macbert generator 1");
    hash.update(seed.to_le_bytes());
    hash.update(epoch.to_le_bytes());
    hash.update(key.to_le_bytes());
    hash.update(purpose.tag());
    Generator::from_seed(hash.finalize().into())
}

/// Makes the generator of a parameter's initial weights ([`Purpose::InitialWeights`]). Its key is the parameter's name,
/// so that the values do not depend on which other parameters the model has.
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
