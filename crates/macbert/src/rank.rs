//! What a scheduler says of this process if it trains together with others: its rank, and where the ranks meet.
//!
//! The variables are those of torchrun (`RANK`, `WORLD_SIZE`, `LOCAL_RANK`, `MASTER_ADDR`, `MASTER_PORT`), of Slurm's `srun`,
//! and of Kubernetes. Some of them number the parts of a corpus for `prepare` (`launch.rs`); `pretrain` never asks for a part,
//! and `prepare` never for a rank. The tasks of a Slurm array are separate jobs, so they are no ranks.

use anyhow::{Context as _, Result, anyhow, ensure};
use device::Place;

use crate::launch::number;

/// The port where ranks meet if nothing names one, as in PyTorch.
const PORT: u16 = 29_500;

/// The place of this process among those that train together.
#[derive(Debug)]
pub(crate) struct TrainingRank {
    /// Its rank, and where the ranks meet.
    pub place: Place,
    /// Its number among the processes of this machine. It chooses one of the devices of `--devices`.
    pub local_rank: usize,
}

/// Returns the rank of this process; `None` if it trains alone.
pub(crate) fn training_rank(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<TrainingRank>> {
    let names = [
        ("RANK", "WORLD_SIZE", "LOCAL_RANK"),
        ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID"),
        ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", "LOCAL_RANK"),
    ];
    for (rank_name, size_name, local_name) in names {
        let rank = number(&variable, rank_name)?;
        let size = number(&variable, size_name)?;
        let (Some(rank), Some(size)) = (rank, size) else {
            continue;
        };
        ensure!(
            rank < size,
            "{rank_name}={rank}: expected less than {size_name}={size}"
        );
        let Some(host) = host(&variable)? else {
            ensure!(
                size == 1,
                "{rank_name}={rank} and {size_name}={size} make this process one of several, but MASTER_ADDR does not say where \
                 they meet; set MASTER_ADDR to the machine of rank 0, or unset {rank_name} to train alone"
            );
            continue;
        };
        let local_rank = number(&variable, local_name)?.unwrap_or(0);
        return Ok(Some(TrainingRank {
            place: place(rank, size, host, &variable)?,
            local_rank: local_rank as usize,
        }));
    }
    Ok(None)
}

/// Where the ranks meet. torchrun may have opened the meeting place itself; it counts how often it started the ranks anew.
fn place(
    rank: u64,
    size: u64,
    host: String,
    variable: &impl Fn(&str) -> Option<String>,
) -> Result<Place> {
    let is_open = variable("TORCHELASTIC_USE_AGENT_STORE").is_some_and(|value| value == "True");
    let text = |name| variable(name).unwrap_or_default();
    let (run, attempt) = (
        text("TORCHELASTIC_RUN_ID"),
        text("TORCHELASTIC_RESTART_COUNT"),
    );
    Ok(Place {
        rank: rank as usize,
        size: size as usize,
        host,
        port: port(variable)?,
        serves: rank == 0 && !is_open,
        meeting: format!("macbert/{run}/{attempt}"),
    })
}

/// The port where the ranks meet. Several jobs of Slurm may share a machine, so each takes one by its number.
fn port(variable: &impl Fn(&str) -> Option<String>) -> Result<u16> {
    let named = number(variable, "MASTER_PORT")?;
    let job = number(variable, "SLURM_JOB_ID")?;
    let port = named.or_else(|| job.map(|job| 20_000 + job % 20_000));
    u16::try_from(port.unwrap_or(PORT.into()))
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| anyhow!("MASTER_PORT: expected 1 to 65535"))
}

/// The machine where the ranks meet: as named, or the first one of Slurm's step.
fn host(variable: &impl Fn(&str) -> Option<String>) -> Result<Option<String>> {
    if let Some(host) = variable("MASTER_ADDR") {
        ensure!(!host.trim().is_empty(), "MASTER_ADDR is empty");
        return Ok(Some(host));
    }
    let Some(list) = variable("SLURM_STEP_NODELIST") else {
        return Ok(None);
    };
    let first = first_host(&list);
    let first = first.with_context(|| format!("SLURM_STEP_NODELIST={list} names no machine"))?;
    Ok(Some(first))
}

/// The first machine of a list of Slurm: `node-[07-09,12],other` gives `node-07`.
fn first_host(list: &str) -> Option<String> {
    let mut host = String::new();
    let mut rest = list.trim();
    while let Some(at) = rest.find([',', '[']) {
        host.push_str(&rest[..at]);
        if rest[at..].starts_with(',') {
            return Some(host).filter(|host| !host.is_empty());
        }
        let (range, after) = rest[at + 1..].split_once(']')?;
        host.push_str(range.split(['-', ',']).next()?);
        rest = after;
    }
    host.push_str(rest);
    Some(host).filter(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{first_host, training_rank};
    use crate::launch::corpus_task;

    fn with(variables: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        let variables: Vec<(String, String)> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        move |name: &str| {
            let found = variables.iter().find(|(other, _)| other == name);
            found.map(|(_, value)| value.clone())
        }
    }

    /// Rank, size, local rank, and where they meet.
    fn check(variables: &[(&str, &str)], expect: Option<(usize, usize, usize, &str)>) {
        let found = training_rank(with(variables)).expect("a rank or none");
        let found = found.map(|rank| {
            let place = rank.place;
            let address = format!("{}:{} {}", place.host, place.port, place.serves);
            (place.rank, place.size, rank.local_rank, address)
        });
        let expect =
            expect.map(|(rank, size, local, address)| (rank, size, local, address.to_owned()));
        assert_eq!(found, expect);
    }

    #[test]
    fn torchrun_is_understood() {
        let own = [
            ("RANK", "3"),
            ("WORLD_SIZE", "4"),
            ("LOCAL_RANK", "1"),
            ("MASTER_ADDR", "a"),
            ("MASTER_PORT", "123"),
        ];
        check(&own, Some((3, 4, 1, "a:123 false")));
        let first = [
            ("RANK", "0"),
            ("WORLD_SIZE", "1"),
            ("MASTER_ADDR", "a"),
            ("TORCHELASTIC_USE_AGENT_STORE", "False"),
        ];
        check(&first, Some((0, 1, 0, "a:29500 true")));
        let mut served = first;
        served[3].1 = "True";
        check(&served, Some((0, 1, 0, "a:29500 false")));
    }

    #[test]
    fn a_step_of_slurm_meets_at_its_first_machine() {
        let step = [
            ("SLURM_PROCID", "5"),
            ("SLURM_STEP_NUM_TASKS", "8"),
            ("SLURM_LOCALID", "1"),
            ("SLURM_STEP_NODELIST", "gpu-[07-08,11],other"),
            ("SLURM_JOB_ID", "40003"),
        ];
        check(&step, Some((5, 8, 1, "gpu-07:20003 false")));
        assert_eq!(first_host("a,b").as_deref(), Some("a"));
        assert_eq!(first_host("r[1-2]n[003,5]").as_deref(), Some("r1n003"));
        assert_eq!(first_host(""), None);
    }

    #[test]
    fn an_indexed_job_of_kubernetes_is_understood() {
        let job = [
            ("JOB_COMPLETION_INDEX", "2"),
            ("JOB_COMPLETIONS", "4"),
            ("MASTER_ADDR", "job-0.job"),
        ];
        check(&job, Some((2, 4, 0, "job-0.job:29500 false")));
    }

    #[test]
    fn parts_of_a_corpus_are_no_ranks() {
        let array = [
            ("SLURM_ARRAY_TASK_ID", "3"),
            ("SLURM_ARRAY_TASK_COUNT", "4"),
        ];
        check(&array, None);
        let task = corpus_task(None, None, with(&array)).expect("a task");
        assert!(task.is_some());
        check(&[], None);
        // A batch script alone.
        check(&[("SLURM_PROCID", "0"), ("SLURM_NTASKS", "8")], None);
        check(&[("RANK", "0"), ("WORLD_SIZE", "1")], None);
    }

    #[test]
    fn ranks_that_cannot_meet_are_refused() {
        let refused = |variables: &[(&str, &str)]| {
            let error = training_rank(with(variables)).expect_err("refused");
            error.to_string()
        };
        let nowhere = refused(&[("RANK", "1"), ("WORLD_SIZE", "4")]);
        assert!(nowhere.contains("MASTER_ADDR"), "{nowhere}");
        let beyond = refused(&[("RANK", "4"), ("WORLD_SIZE", "4"), ("MASTER_ADDR", "a")]);
        assert!(beyond.contains("less than WORLD_SIZE=4"), "{beyond}");
        let port = [
            ("RANK", "1"),
            ("WORLD_SIZE", "4"),
            ("MASTER_ADDR", "a"),
            ("MASTER_PORT", "70000"),
        ];
        assert!(refused(&port).contains("MASTER_PORT"));
    }
}
