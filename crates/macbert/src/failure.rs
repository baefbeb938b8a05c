//! Exit statuses: 1 for a run that failed, 2 for a wrong call or config.

use std::process::ExitCode;

/// An error of the call or the config, not of the run.
#[derive(Debug)]
struct WrongCall(anyhow::Error);

impl std::fmt::Display for WrongCall {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0, formatter)
    }
}

impl std::error::Error for WrongCall {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

/// Marks an error as one of the call: the program then ends with status 2.
pub(crate) fn wrong_call(error: anyhow::Error) -> anyhow::Error {
    WrongCall(error).into()
}

/// The exit status of an error.
pub(crate) fn status(error: &anyhow::Error) -> ExitCode {
    if error.is::<WrongCall>() {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}
