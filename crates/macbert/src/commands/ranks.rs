//! Which device each rank of `pretrain --devices` has.

use anyhow::{Result, anyhow};

use crate::failure::usage_error;
use crate::rank::TrainingRank;

/// The devices that `--devices` names. `tch:all` is all GPUs of this machine.
pub(super) fn named_devices(names: &[String]) -> Result<Vec<String>> {
    if names != ["tch:all"] {
        let refused = names.iter().find(|name| !name.starts_with("tch:"));
        return match refused {
            Some(name) if names.len() > 1 => Err(usage_error(anyhow!(
                "--devices: `{name}` cannot train together with others, because only LibTorch has collective operations; use \
                 tch:0, tch:1, … or tch:cpu"
            ))),
            _ => Ok(names.to_vec()),
        };
    }
    match device::libtorch_gpus() {
        Some(n) if n > 0 => Ok((0..n).map(|gpu| format!("tch:{gpu}")).collect()),
        _ => Err(usage_error(anyhow!(
            "--devices tch:all: LibTorch finds no GPU on this machine (`macbert devices` lists what was found)"
        ))),
    }
}

/// The device of a rank: the one at its place on its machine.
pub(super) fn device_of(rank: &TrainingRank, devices: &[String]) -> Result<String> {
    let device = devices.get(rank.local_rank).cloned();
    device.ok_or_else(|| {
        usage_error(anyhow!(
            "--devices names {} devices, but this process is number {} on its machine, counted from 0 (LOCAL_RANK)",
            devices.len(),
            rank.local_rank
        ))
    })
}

#[cfg(test)]
mod tests {
    use device::Place;

    use super::{device_of, named_devices};
    use crate::rank::TrainingRank;

    #[test]
    fn devices_without_collective_operations_are_refused() {
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        let error = named_devices(&names(&["flex", "flex"])).expect_err("refused");
        assert!(error.to_string().contains("`flex` cannot train together"));
        let two = names(&["tch:cpu", "tch:cpu"]);
        assert_eq!(named_devices(&two).expect("two devices"), two);
    }

    #[test]
    fn a_rank_has_the_device_at_its_place_on_its_machine() {
        let rank = |local_rank| TrainingRank {
            place: Place {
                rank: 5,
                size: 6,
                host: "a".to_owned(),
                port: 1,
                serves: false,
                meeting: String::new(),
            },
            local_rank,
        };
        let devices = ["tch:0".to_owned(), "tch:1".to_owned()];
        assert_eq!(device_of(&rank(1), &devices).expect("a device"), "tch:1");
        let error = device_of(&rank(2), &devices).expect_err("refused");
        assert!(error.to_string().contains("LOCAL_RANK"), "{error}");
    }
}
