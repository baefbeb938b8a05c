//! Trains the runs of a study that are not finished, and fine-tunes them. A run that fails does not stop the others.

use std::sync::atomic::Ordering;

use anyhow::Result;

use super::cell::{Session, finished, run_cell, tidy};
use super::judges::Judges;
use super::report::{self, Failure};
use super::task;
use crate::progress::{error_text, say_error};

/// How far a call came.
pub(super) struct Course {
    /// Whether all work that is left has been tried; it is not if the user stopped the study.
    pub is_whole: bool,
    /// What failed.
    pub failures: Vec<Failure>,
}

/// Trains all runs that are not finished and fine-tunes them, and keeps study.json and the page up to date.
pub(super) fn train(session: &Session<'_>) -> Result<Course> {
    let mut work = Work {
        session,
        judges: None,
        failures: Vec::new(),
    };
    Ok(Course {
        is_whole: work.all()?,
        failures: work.failures,
    })
}

struct Work<'s> {
    session: &'s Session<'s>,
    /// They are opened for the first run that is trained.
    judges: Option<Judges>,
    failures: Vec<Failure>,
}

impl Work<'_> {
    /// Does all work that is left. Returns false if the user stopped it, as the methods below do.
    fn all(&mut self) -> Result<bool> {
        let (study, grid) = (self.session.study, self.session.grid);
        for (index, cell) in grid.cells.iter().enumerate() {
            if !self.pretrain(index)? {
                return Ok(false);
            }
            if finished(cell)?.is_none() {
                continue; // it has failed
            }
            tidy(study, cell)?;
            for task in 0..study.tasks.len() {
                if !self.finetune(index, task)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Trains a run, unless it is finished.
    fn pretrain(&mut self, index: usize) -> Result<bool> {
        let (study, grid) = (self.session.study, self.session.grid);
        let cell = &grid.cells[index];
        if finished(cell)?.is_some() {
            return Ok(true);
        }
        if self.is_stopped() {
            return Ok(false);
        }
        let judges = match &mut self.judges {
            Some(judges) => judges,
            none => none.insert(Judges::open(study, grid)?),
        };
        let done = run_cell(self.session, judges, cell, index + 1);
        self.end(index, None, done)
    }

    /// Fine-tunes a run on a task, unless that is finished.
    fn finetune(&mut self, index: usize, task_index: usize) -> Result<bool> {
        let (cell, task) = (
            &self.session.grid.cells[index],
            &self.session.study.tasks[task_index],
        );
        if task::finished(cell, task)?.is_some() {
            return Ok(true);
        }
        if self.is_stopped() {
            return Ok(false);
        }
        let done = task::run_task(self.session, cell, task, index + 1);
        self.end(index, Some(task_index), done)
    }

    fn is_stopped(&self) -> bool {
        self.session.stop.load(Ordering::Relaxed)
    }

    /// Takes down how a piece of work ended, and brings the report up to date.
    fn end(&mut self, cell: usize, task: Option<usize>, done: Result<bool>) -> Result<bool> {
        match done {
            Ok(false) => return Ok(false),
            Ok(true) => {}
            Err(error) => {
                let cause = error_text(&error);
                let failure = Failure { cell, task, cause };
                let name = failure.name(self.session.study, self.session.grid);
                say_error(&error.context(name));
                self.failures.push(failure);
            }
        }
        report::write(self.session.study, self.session.grid, &self.failures)?;
        Ok(true)
    }
}
