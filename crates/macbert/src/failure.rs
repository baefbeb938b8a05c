//! Exit statuses: 1 for a run that failed, 2 for a wrong call or config.

use std::process::ExitCode;

use corpus::CorpusError;
use dataset::OpenError;
use device::DeviceError;
use finetune::{DataError, FinetuneError};
use masking::{MaskerError, ObjectiveError};
use optimizer::OptimizerError;
use prepare::PrepareError;
use segment::PretrainedError;
use synonym::SourceError;
use trainer::TrainerError;

/// An error of the call or the config, not of the run.
#[derive(Debug)]
struct UsageError(anyhow::Error);

impl std::fmt::Display for UsageError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0, formatter)
    }
}

impl std::error::Error for UsageError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

/// Marks an error as one of the call or the config: the program then ends with status 2.
pub(crate) fn usage_error(error: impl Into<anyhow::Error>) -> anyhow::Error {
    UsageError(error.into()).into()
}

/// The exit status of an error.
pub(crate) fn status(error: &anyhow::Error) -> ExitCode {
    if error.is::<UsageError>() || error.chain().any(is_usage_error) {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}

/// Whether an error of a library says that the call or the config is wrong.
fn is_usage_error(cause: &(dyn std::error::Error + 'static)) -> bool {
    let corpus = matches!(
        cause.downcast_ref(),
        Some(
            CorpusError::Missing { .. }
                | CorpusError::Pattern { .. }
                | CorpusError::DocumentLimit { .. }
                | CorpusError::UnknownFormat { .. }
                | CorpusError::NoKnownNames { .. }
                | CorpusError::Field { .. }
        )
    );
    let tokenizer = matches!(
        cause.downcast_ref(),
        Some(PretrainedError::NoCheckpoint { .. })
    );
    let table = matches!(
        cause.downcast_ref(),
        Some(SourceError::NoSource | SourceError::OtherTable { .. })
    );
    let shards = matches!(cause.downcast_ref(), Some(OpenError::Masker(_)));
    let prepare = matches!(cause.downcast_ref(), Some(PrepareError::Occupied { .. }));
    let run = matches!(
        cause.downcast_ref(),
        Some(
            TrainerError::Occupied { .. }
                | TrainerError::OtherRun { .. }
                | TrainerError::OtherCourse { .. }
                | TrainerError::Optimizer(OptimizerError::OtherKind { .. })
        )
    );
    let task = matches!(
        cause.downcast_ref(),
        Some(
            FinetuneError::OtherRun { .. }
                | FinetuneError::OtherSeed { .. }
                | FinetuneError::Data(
                    DataError::NoColumn { .. }
                        | DataError::ColumnName { .. }
                        | DataError::SameLabel { .. }
                )
        )
    );
    corpus
        || task
        || tokenizer
        || table
        || shards
        || prepare
        || run
        || cause.is::<DeviceError>()
        || cause.is::<ObjectiveError>()
        || cause.is::<MaskerError>()
}

#[cfg(test)]
mod tests {
    use dataset::OpenError;
    use masking::MaskerError;

    use super::is_usage_error;

    #[test]
    fn an_objective_that_the_shards_cannot_serve_is_a_usage_error() {
        assert!(is_usage_error(&OpenError::from(MaskerError::NoTable)));
    }
}
