//! Makes runs repeatable: files that are written whole or not at all, checksums, and random numbers from a seed.
//!
//! | file | what it gives |
//! | --- | --- |
//! | `atomic.rs` | [`AtomicFile`] and [`AtomicFolder`]: written under a temporary name, synced, then renamed |
//! | `sealed.rs` | [`seal`] writes a list of the SHA-256 of all files of a folder, and [`verify`] checks it |
//! | `folder.rs` | [`sync_folder`] and [`remove_folder`]: make changes of a folder durable, and remove a folder |
//! | `lock.rs` | [`FolderLock`] keeps a folder for one process |
//! | `steps.rs` | [`StepFolders`]: folders that are numbered by the steps of a run, such as its checkpoints |
//! | `sha256.rs` | SHA-256 of bytes, of files, and of what passes through a writer |
//! | `generator.rs` | [`generator()`]: random numbers from (seed, purpose, epoch, key); [`weight_generator`]: from (seed, name) |
//! | `splitmix.rs` | [`SplitMix64`]: random numbers for hot loops |
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
//!
//! ```
//! use repro::AtomicFile;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("vocab.txt");
//! let file = AtomicFile::create(&path)?;
//! std::io::Write::write_all(&mut file.file(), "[PAD]\n".as_bytes())?;
//! assert!(!path.exists(), "the file has its name only when it is whole");
//! file.commit()?;
//! assert!(path.exists());
//! # Ok::<(), std::io::Error>(())
//! ```

mod atomic;
mod folder;
mod generator;
mod lock;
mod sealed;
mod sha256;
mod splitmix;
mod steps;

pub use atomic::{AtomicFile, AtomicFolder};
pub use folder::{remove_folder, sync_folder};
pub use generator::{Generator, Purpose, generator, weight_generator};
pub use lock::FolderLock;
pub use sealed::{SealError, seal, verify};
pub use sha256::{Sha256Writer, sha256_file, sha256_hex, sha256_number};
pub use splitmix::{SplitMix64, finalise, hash_counter};
pub use steps::StepFolders;
