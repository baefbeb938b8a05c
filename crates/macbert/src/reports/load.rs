//! What a checkpoint held of the model that was read from it.

use model::LoadReport;

/// The parameters that a checkpoint lacked, and the tensors that are no part of the model; a line for each that there is.
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

/// How many parameters were found, are missing, and are unexpected, in a line.
pub(crate) fn load_summary(report: &LoadReport) -> String {
    format!(
        "{} parameters found, {} missing and initialised at random, {} unexpected",
        report.found.len(),
        report.missing.len(),
        report.unexpected.len()
    )
}
