//! rayon's pool for a whole pass.

/// Runs a pass on one of rayon's threads. Started from any other thread, each loop of the pass would wake one up first.
pub(crate) fn in_pool<R: Send>(pass: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| pass())
}
