//! What makes a run repeatable: files written whole or not at all, checksums, and random numbers from a seed.
//!
//! | file | what it gives |
//! | --- | --- |
//! | `atomic.rs` | files and folders that are written under a temporary name, synced and renamed |
//! | `sealed.rs` | folders whose files are listed with their SHA-256 |
//! | `sha256.rs` | SHA-256 of bytes, of files, and of what passes through a writer |
//! | `generator.rs` | the generator of a (seed, purpose, epoch, key) |
//! | `splitmix.rs` | `SplitMix64`, for draws inside hot loops |
//!
//! ```
//! use rand::RngExt as _;
//! use repro::{Purpose, generator};
//!
//! // The same seed, purpose, epoch and key give the same draws, on any machine and in any thread.
//! let draw = |epoch| generator(1, Purpose::Boundary, epoch, 42).random_range(0..1_000_000);
//! assert_eq!(draw(3), draw(3));
//! assert_ne!(draw(3), draw(4));
//! ```

mod atomic;
mod generator;
mod sealed;
mod sha256;
mod splitmix;

pub use atomic::{AtomicFile, AtomicFolder, folder_of, sync_folder};
pub use generator::{Generator, Purpose, generator, weight_generator};
pub use sealed::{SealError, remove_folder, seal, verify};
pub use sha256::{Sha256Writer, sha256_file, sha256_hex, sha256_number};
pub use splitmix::{SplitMix64, finalise, hash_counter};
