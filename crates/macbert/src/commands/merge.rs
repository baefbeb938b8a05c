//! `macbert merge`: the tasks of a preparation to one folder of shards.

use std::process::ExitCode;

use anyhow::Result;
use prepare::{DROP_LIST, Quality};

use crate::arguments::MergeArguments;
use crate::pages;
use crate::paint::{GOOD, painted};
use crate::progress::print;

use super::quality::print_report;

/// Joins the tasks in a folder and shows what they hold together.
pub(crate) fn run(arguments: &MergeArguments) -> Result<ExitCode> {
    let folder = &arguments.shards;
    let manifest = prepare::merge(folder)?;
    let quality = Quality::read(folder)?;
    let title = folder.display().to_string();
    print_report(&title, &manifest, quality.as_ref());
    if quality
        .as_ref()
        .is_some_and(|quality| quality.near_duplicates.is_some())
    {
        let list = folder.join(DROP_LIST).display().to_string();
        print(&format!("list  {}", painted(GOOD, &list)));
    }
    if let Some(path) = &arguments.html {
        pages::quality::write(path, &title, &manifest, quality.as_ref(), &[])?;
        let path = path.display().to_string();
        print(&format!("page  {}", painted(GOOD, &path)));
    }
    Ok(ExitCode::SUCCESS)
}
