//! `macbert merge`: the tasks of a preparation to one folder of shards.

use std::process::ExitCode;

use anyhow::Result;

use crate::arguments::MergeArguments;
use crate::paint::{BOLD, padded, painted};
use crate::progress::print;

use super::prepare::figures;

/// Joins the tasks in a folder and shows what they hold together.
pub(crate) fn run(arguments: &MergeArguments) -> Result<ExitCode> {
    let manifest = prepare::merge(&arguments.shards)?;
    print(&painted(BOLD, &arguments.shards.display().to_string()));
    for (name, figure) in figures(&manifest) {
        print(&format!("  {} {figure}", padded(name, 34)));
    }
    Ok(ExitCode::SUCCESS)
}
