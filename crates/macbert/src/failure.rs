//! Exit statuses: 1 for a run that failed, 2 for a wrong call or config.

use std::process::ExitCode;

use corpus::CorpusError;
use device::DeviceError;
use masking::{MaskerError, ObjectiveError};
use prepare::PrepareError;
use trainer::TrainerError;

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
    if error.is::<WrongCall>() || error.chain().any(is_of_the_config) {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}

/// Errors of the libraries that say that the call or the config asks for what cannot be.
fn is_of_the_config(cause: &(dyn std::error::Error + 'static)) -> bool {
    let corpus = matches!(
        cause.downcast_ref(),
        Some(
            CorpusError::Missing { .. }
                | CorpusError::Pattern { .. }
                | CorpusError::DocumentLimit { .. }
                | CorpusError::UnknownFormat { .. }
                | CorpusError::Field { .. }
        )
    );
    let run = matches!(
        cause.downcast_ref(),
        Some(TrainerError::Occupied { .. } | TrainerError::OtherConfig { .. })
    );
    let prepare = matches!(cause.downcast_ref(), Some(PrepareError::Occupied { .. }));
    corpus
        || run
        || prepare
        || cause.is::<DeviceError>()
        || cause.is::<ObjectiveError>()
        || cause.is::<MaskerError>()
}
