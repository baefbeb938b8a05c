//! Which implementation of the operations a model runs.

/// Which implementation of the operations a model runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Implementation {
    /// The fused one of the device if it has one, or else the reference.
    #[default]
    Fused,
    /// burn's operations one by one, on every device.
    Reference,
}
