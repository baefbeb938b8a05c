//! What a scheduler says of this process: which part of a corpus it prepares.
//!
//! Schedulers number the processes that they start, and say nothing of what a number is for. `prepare` takes it as a part
//! of the corpus. `pretrain` takes some of the same variables as a rank among processes that train together (`rank.rs`).

use anyhow::{Context as _, Result, anyhow};
use corpus::Share;

/// A part of a corpus to prepare.
pub(crate) struct CorpusTask {
    /// The part.
    pub share: Share,
    /// The options or variables that named it.
    pub from: String,
}

/// The variables by which a scheduler numbers its processes.
struct Scheduler {
    /// The process.
    index: &'static str,
    /// The number of processes.
    n_tasks: &'static str,
    /// The first process, if it is not 0.
    first: Option<&'static str>,
}

/// The schedulers, in the order in which they are asked.
///
/// Slurm: a task of an array job, or of a step that `srun` started. A batch script alone sees `SLURM_PROCID` too, but is
/// not one of several tasks. Kubernetes: the index of an indexed job. No variable says how many there are, so the job sets
/// `JOB_COMPLETIONS`, or gives `--num-tasks`. Ray: what its workers for distributed work see.
const SCHEDULERS: [Scheduler; 4] = [
    Scheduler {
        index: "SLURM_ARRAY_TASK_ID",
        n_tasks: "SLURM_ARRAY_TASK_COUNT",
        first: Some("SLURM_ARRAY_TASK_MIN"),
    },
    Scheduler {
        index: "SLURM_PROCID",
        n_tasks: "SLURM_STEP_NUM_TASKS",
        first: None,
    },
    Scheduler {
        index: "JOB_COMPLETION_INDEX",
        n_tasks: "JOB_COMPLETIONS",
        first: None,
    },
    Scheduler {
        index: "RANK",
        n_tasks: "WORLD_SIZE",
        first: None,
    },
];

/// The part of the corpus that this process prepares: as typed, or as a scheduler says; `None` for the whole corpus.
pub(crate) fn corpus_task(
    index: Option<u64>,
    n_tasks: Option<u64>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<CorpusTask>> {
    if let (Some(index), Some(n_tasks)) = (index, n_tasks) {
        return task(index, n_tasks, "--task, --num-tasks".to_owned()).map(Some);
    }
    if index.is_some() {
        return Err(anyhow!("--task needs --num-tasks, the number of tasks"));
    }
    for scheduler in &SCHEDULERS {
        if let Some(task) = scheduler.task(n_tasks, &variable)? {
            return Ok(Some(task));
        }
    }
    match n_tasks {
        None => Ok(None),
        Some(_) => Err(anyhow!(
            "--num-tasks needs --task, the number of this task, counted from 0"
        )),
    }
}

impl Scheduler {
    /// The task of this process; `None` if this scheduler did not start it, or started it alone.
    fn task(
        &self,
        typed_n_tasks: Option<u64>,
        variable: &impl Fn(&str) -> Option<String>,
    ) -> Result<Option<CorpusTask>> {
        let Some(index) = number(variable, self.index)? else {
            return Ok(None);
        };
        let named = match typed_n_tasks {
            Some(n_tasks) => Some((n_tasks, "--num-tasks")),
            None => number(variable, self.n_tasks)?.map(|n_tasks| (n_tasks, self.n_tasks)),
        };
        let Some((n_tasks, n_tasks_name)) = named else {
            return Ok(None);
        };
        if n_tasks == 1 && typed_n_tasks.is_none() {
            return Ok(None); // a scheduler's way of saying that there are no tasks
        }
        let first = self.first.map_or(Ok(None), |name| number(variable, name))?;
        let index = index.checked_sub(first.unwrap_or(0));
        let index = index.with_context(|| format!("{} lies before the first task", self.index))?;
        task(index, n_tasks, format!("{}, {n_tasks_name}", self.index)).map(Some)
    }
}

fn task(index: u64, n_tasks: u64, from: String) -> Result<CorpusTask> {
    let share = Share::new(index, n_tasks).with_context(|| from.clone())?;
    Ok(CorpusTask { share, from })
}

pub(crate) fn number(
    variable: &impl Fn(&str) -> Option<String>,
    name: &str,
) -> Result<Option<u64>> {
    let Some(text) = variable(name) else {
        return Ok(None);
    };
    let number = text.trim().parse();
    let number = number.with_context(|| format!("{name}: expected a number, found `{text}`"))?;
    Ok(Some(number))
}

#[cfg(test)]
mod tests {
    use super::corpus_task;

    #[track_caller]
    fn check(
        typed: (Option<u64>, Option<u64>),
        variables: &[(&str, &str)],
        expect: Option<(u64, u64)>,
    ) {
        let variable = |name: &str| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let found = corpus_task(typed.0, typed.1, variable).expect("a task or none");
        let found = found.map(|task| (task.share.index(), task.share.n_tasks()));
        assert_eq!(found, expect);
    }

    #[test]
    fn what_is_typed_goes_first() {
        let slurm = [
            ("SLURM_ARRAY_TASK_ID", "3"),
            ("SLURM_ARRAY_TASK_COUNT", "16"),
        ];
        check((None, None), &[], None);
        check((Some(1), Some(4)), &slurm, Some((1, 4)));
        check((None, None), &slurm, Some((3, 16)));
    }

    #[test]
    fn schedulers_are_asked() {
        let array = [
            ("SLURM_ARRAY_TASK_ID", "5"),
            ("SLURM_ARRAY_TASK_COUNT", "4"),
            ("SLURM_ARRAY_TASK_MIN", "2"),
            ("SLURM_PROCID", "0"),
        ];
        check((None, None), &array, Some((3, 4)));
        check(
            (None, None),
            &[("SLURM_PROCID", "0"), ("SLURM_NTASKS", "4")],
            None,
        );
        let step = [("SLURM_PROCID", "2"), ("SLURM_STEP_NUM_TASKS", "4")];
        check((None, None), &step, Some((2, 4)));
        let kubernetes = [("JOB_COMPLETION_INDEX", "7")];
        check((None, None), &kubernetes, None);
        check((None, Some(9)), &kubernetes, Some((7, 9)));
        check(
            (None, None),
            &[("RANK", "1"), ("WORLD_SIZE", "2")],
            Some((1, 2)),
        );
    }

    #[test]
    fn one_task_of_a_scheduler_is_none() {
        let alone = [("RANK", "0"), ("WORLD_SIZE", "1")];
        check((None, None), &alone, None);
        check((None, Some(1)), &alone, Some((0, 1)));
    }

    #[test]
    fn half_a_task_is_refused() {
        assert!(corpus_task(Some(1), None, |_| None).is_err());
        assert!(corpus_task(None, Some(4), |_| None).is_err());
        assert!(corpus_task(Some(4), Some(4), |_| None).is_err());
        assert!(corpus_task(None, None, |_| Some("x".to_owned())).is_err());
    }
}
