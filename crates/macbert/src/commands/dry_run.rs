//! `--dry-run`: the resolved config and what the job would cost.

use anyhow::Result;
use serde::Serialize;

use super::figures::print_figures;
use crate::config::job::Config;
use crate::paint::{BOLD, painted};
use crate::progress::print;
use crate::reports::estimate::estimates;

/// The width of the names in the estimates, in terminal columns.
const COLUMNS: usize = 34;

/// Prints a config with all overrides.
pub(super) fn print_config(config: &impl Serialize) -> Result<()> {
    print(&toml::to_string(config)?);
    Ok(())
}

/// Prints the config of a job and its estimates.
pub(super) fn print_job(config: &Config) -> Result<()> {
    print_config(config)?;
    print(&painted(BOLD, "estimates"));
    print_figures(&estimates(config)?, COLUMNS);
    Ok(())
}
