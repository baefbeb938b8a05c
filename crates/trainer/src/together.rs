//! How a run is divided among the processes that train together: what each computes, and how the parts are added up.

use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::Tensor;
use dataset::Batch;
use device::{World, numbers};
use model::{BertForPreTraining, ParameterInfo, ParameterVisitor, visit_parameters};
use repro::sha256_hex;

use crate::error::TrainerError;
use crate::options::TrainOptions;

/// How many hexadecimal digits of a hash travel as one number. A f64 holds them exactly.
const DIGITS: usize = 12;

/// The processes that train together, and how they add up gradients.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Together<'w> {
    pub world: &'w World,
    /// Whether gradients travel in bf16.
    pub in_bf16: bool,
    /// Whether gradients are added in the order of micro-batches.
    pub exact: bool,
}

impl<'w> Together<'w> {
    /// The division of a run with these options.
    pub(crate) fn new(world: &'w World, options: &TrainOptions) -> Self {
        Self {
            world,
            in_bf16: options.reduce_precision.is_bf16(),
            exact: options.exact,
        }
    }
}

/// Which losses a batch has labels for: masked and order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached {
    pub by_masked: bool,
    pub by_order: bool,
}

impl Reached {
    /// The losses of a micro-batch; none of them if there is no micro-batch.
    pub(crate) fn of(batch: Option<&Batch>) -> Self {
        Self {
            by_masked: batch.is_some_and(|batch| !batch.masked_labels.is_empty()),
            by_order: batch.is_some_and(|batch| batch.order_labels.iter().any(|label| *label >= 0)),
        }
    }

    /// Whether these losses reach a parameter, by its name.
    pub(crate) fn reaches(self, name: &str) -> bool {
        model::is_reached(name, self.by_masked, self.by_order)
    }
}

/// The request to stop, on which all processes agree, so that all stop after the same step.
pub(crate) struct StopRequest<'s> {
    /// The request to this process.
    own: &'s AtomicBool,
    is_alone: bool,
    /// Whether any process was asked to stop before the last step.
    agreed: bool,
}

impl<'s> StopRequest<'s> {
    pub(crate) fn new(world: &World, own: &'s AtomicBool) -> Self {
        Self {
            own,
            is_alone: world.is_alone(),
            agreed: false,
        }
    }

    /// Whether to stop before the next step.
    pub(crate) fn is_set(&self) -> bool {
        if self.is_alone {
            self.own.load(Ordering::Relaxed)
        } else {
            self.agreed
        }
    }

    /// The request to this process as a number that is added up over all processes, `[1]`: 1 or 0.
    pub(crate) fn own(&self, like: &Tensor<1>) -> Tensor<1> {
        like.full_like(if self.own.load(Ordering::Relaxed) {
            1.0
        } else {
            0.0
        })
    }

    /// Takes over the sum of the requests to all processes, `[1]`; `None` if this process is alone.
    pub(crate) fn agree(&mut self, sum: Option<Tensor<1>>) {
        if let Some(sum) = sum {
            self.agreed |= numbers(sum)[0] > 0.0;
        }
    }
}

/// Checks that all processes have the same run: the same settings that decide results, and the same options.
pub(crate) fn check_same_run(world: &World, run: &str) -> Result<(), TrainerError> {
    let differing = differing(world, "the settings of all ranks", &sha256_hex(run))?;
    match differing.as_slice() {
        [] => Ok(()),
        ranks => Err(TrainerError::OtherSettings {
            ranks: named(ranks),
        }),
    }
}

/// Checks that the parameters of all processes are the same to the bit.
pub(crate) fn check_same_parameters(
    world: &World,
    model: &BertForPreTraining,
    step: u64,
) -> Result<(), TrainerError> {
    let mut hashes = Hashes(String::new());
    visit_parameters(model, &mut hashes)?;
    let differing = differing(world, "the hashes of parameters", &sha256_hex(hashes.0))?;
    match differing.as_slice() {
        [] => Ok(()),
        ranks => Err(TrainerError::OtherParameters {
            ranks: named(ranks),
            step,
        }),
    }
}

/// The hashes of all parameters, end to end.
struct Hashes(String);

impl ParameterVisitor for Hashes {
    fn visit<const D: usize>(&mut self, _: &ParameterInfo, tensor: Tensor<D>) {
        let data = tensor.into_data();
        self.0.push_str(&sha256_hex(data.as_bytes()));
    }
}

/// The ranks whose hash is not the one that most ranks have; rank 0 decides a tie.
fn differing(world: &World, what: &'static str, hash: &str) -> Result<Vec<usize>, TrainerError> {
    let digits = u64::from_str_radix(&hash[..DIGITS], 16).unwrap_or(0);
    let all = world.gather_numbers(what, &[digits as f64])?;
    let hashes: Vec<u64> = all.iter().map(|of_rank| of_rank[0] as u64).collect();
    Ok(minority(&hashes))
}

fn minority(hashes: &[u64]) -> Vec<usize> {
    let count = |hash: &u64| hashes.iter().filter(|other| *other == hash).count();
    // `max_by_key` returns the last of several, so the order is turned round.
    let Some(common) = hashes.iter().rev().max_by_key(|hash| count(hash)) else {
        return Vec::new();
    };
    let ranks = hashes.iter().enumerate();
    ranks
        .filter(|(_, hash)| *hash != common)
        .map(|(rank, _)| rank)
        .collect()
}

fn named(ranks: &[usize]) -> String {
    let names: Vec<String> = ranks.iter().map(usize::to_string).collect();
    let noun = if ranks.len() == 1 { "rank" } else { "ranks" };
    format!("{noun} {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::minority;

    #[test]
    fn the_rank_that_differs_from_most_is_named() {
        assert!(minority(&[5, 5, 5]).is_empty());
        assert_eq!(minority(&[5, 7, 5]), [1]);
        assert_eq!(minority(&[7, 5, 5]), [0]);
        assert_eq!(minority(&[5, 7]), [1]);
    }
}
