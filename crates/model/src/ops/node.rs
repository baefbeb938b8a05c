//! What native operations have in common as nodes of burn's autodiff: a name for people, and a state that the one backward
//! pass takes.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

/// The backward pass of what was saved as `S`.
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

/// What a forward pass keeps. burn wants states that can be copied and shown; what is kept is taken out once, and freed.
pub(super) struct State<S>(Arc<Mutex<Option<S>>>);

impl<S> State<S> {
    pub(super) fn new(kept: S) -> Self {
        Self(Arc::new(Mutex::new(Some(kept))))
    }

    pub(super) fn take(&self) -> S {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.take().expect("one backward pass for a forward pass")
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
