//! Which parameters of a model were found in the checkpoint that it was read from.

use model::LoadReport;

/// Returns a line that names the parameters missing in a checkpoint, and a line that names the tensors that are no
/// part of the model. A line without names is left out.
pub(crate) fn load_remarks(report: &LoadReport) -> Vec<String> {
    let remarks = [
        (
            "not in the checkpoint, initialised at random",
            &report.missing,
        ),
        (
            "in the checkpoint, but no part of the model",
            &report.unexpected,
        ),
    ];
    let remarks = remarks.into_iter().filter(|(_, names)| !names.is_empty());
    remarks
        .map(|(what, names)| format!("{what}: {}", names.join(", ")))
        .collect()
}

/// Returns a line with the numbers of parameters that were found, missing and unexpected.
pub(crate) fn load_summary(report: &LoadReport) -> String {
    format!(
        "{} parameters found, {} missing and initialised at random, {} unexpected",
        report.found.len(),
        report.missing.len(),
        report.unexpected.len()
    )
}
