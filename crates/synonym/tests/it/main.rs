//! The similar-word table from outside: what masking relies on when it looks words up.

mod no_allocation;
