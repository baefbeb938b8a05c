//! The common part of fused operations as nodes of burn's autodiff: a type for the node, and a state that is taken once.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

/// A node whose backward pass needs an `S`.
pub(super) struct Node<S>(PhantomData<fn() -> S>);

impl<S> Default for Node<S> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<S> fmt::Debug for Node<S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(std::any::type_name::<S>())
    }
}

/// The state that a forward pass leaves for its backward pass. burn asks for a type that is `Clone` and `Debug`; here all
/// clones share one value, and the backward pass takes it out, so that its memory is freed.
pub(super) struct State<S>(Arc<Mutex<Option<S>>>);

impl<S> State<S> {
    pub(super) fn new(saved: S) -> Self {
        Self(Arc::new(Mutex::new(Some(saved))))
    }

    /// Takes the value.
    ///
    /// # Panics
    ///
    /// If it was taken before: a forward pass has one backward pass.
    pub(super) fn take(&self) -> S {
        let mut saved = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        saved.take().expect("one backward pass for a forward pass")
    }
}

impl<S> Clone for State<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> fmt::Debug for State<S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(std::any::type_name::<S>())
    }
}
