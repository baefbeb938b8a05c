//! Which task of how many this run is: as typed, or as a scheduler says.

use anyhow::{Context as _, Result, anyhow};
use corpus::Share;

/// A task, and who said so.
pub(crate) struct Task {
    pub share: Share,
    pub from: String,
}

/// Variables that name a task and how many there are, first match first; and where the task named first is not 0, the
/// variable that says which it is.
///
/// Slurm: of an array job, or of a step that `srun` started (a batch script alone also sees `SLURM_PROCID`, but is no
/// task of several). Kubernetes: the index of an indexed job; the number is in no variable by itself, so the job sets
/// `JOB_COMPLETIONS`, or gives `--num-tasks`. Ray: what its workers for distributed work see.
const SCHEDULERS: [(&str, &str, Option<&str>); 4] = [
    (
        "SLURM_ARRAY_TASK_ID",
        "SLURM_ARRAY_TASK_COUNT",
        Some("SLURM_ARRAY_TASK_MIN"),
    ),
    ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", None),
    ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", None),
    ("RANK", "WORLD_SIZE", None),
];

/// The task of this run; none where nobody speaks of tasks.
pub(crate) fn find(
    index: Option<u64>,
    n_tasks: Option<u64>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Task>> {
    if let (Some(index), Some(n_tasks)) = (index, n_tasks) {
        return task(index, n_tasks, "--task, --num-tasks".to_owned()).map(Some);
    }
    if index.is_some() {
        return Err(anyhow!(
            "--task needs --num-tasks: how many tasks there are"
        ));
    }
    for (index_name, n_tasks_name, first_name) in SCHEDULERS {
        let Some(index) = number(&variable, index_name)? else {
            continue;
        };
        let named = match n_tasks {
            Some(n_tasks) => Some((n_tasks, "--num-tasks")),
            None => number(&variable, n_tasks_name)?.map(|n_tasks| (n_tasks, n_tasks_name)),
        };
        let Some((n_tasks, n_tasks_name)) = named else {
            continue;
        };
        if n_tasks == 1 && n_tasks_name != "--num-tasks" {
            continue; // a scheduler's way of saying that there are no tasks
        }
        let first = first_name.map_or(Ok(None), |name| number(&variable, name))?;
        let index = index.checked_sub(first.unwrap_or(0));
        let index = index.with_context(|| format!("{index_name} lies before the first task"))?;
        return task(index, n_tasks, format!("{index_name}, {n_tasks_name}")).map(Some);
    }
    match n_tasks {
        None => Ok(None),
        Some(_) => Err(anyhow!(
            "--num-tasks needs --task: which of the tasks this is, from 0"
        )),
    }
}

fn task(index: u64, n_tasks: u64, from: String) -> Result<Task> {
    let share = Share::new(index, n_tasks).with_context(|| from.clone())?;
    Ok(Task { share, from })
}

fn number(variable: &impl Fn(&str) -> Option<String>, name: &str) -> Result<Option<u64>> {
    let Some(text) = variable(name) else {
        return Ok(None);
    };
    let number = text.trim().parse();
    let number = number.with_context(|| format!("{name}: expected a number, found `{text}`"))?;
    Ok(Some(number))
}

#[cfg(test)]
mod tests {
    use super::find;

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
        let found = find(typed.0, typed.1, variable).expect("a task or none");
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
        assert!(find(Some(1), None, |_| None).is_err());
        assert!(find(None, Some(4), |_| None).is_err());
        assert!(find(Some(4), Some(4), |_| None).is_err());
        assert!(find(None, None, |_| Some("x".to_owned())).is_err());
    }
}
