//! Correction masking: which units are masked, and what stands in their place.
//!
//! The rules of the method, one function each: [`budget`] (how many pieces), [`walk`] (n-grams), [`select`] (which of
//! them), [`Masker`] (what stands in their place). [`Audit`] counts every share as realised.
//! Section numbers such as §2.3 are those of `docs/method.md`.
//!
//! ```
//! assert_eq!(masking::budget(0.15, 128), 19);
//! assert_eq!(masking::budget(0.15, 512), 76);
//! ```

mod audit;
mod budget;
mod mask;
mod objective;
mod replace;
mod select;
mod walk;

pub use audit::{Audit, AuditLine, AuditUnit};
pub use budget::{budget, fallback_cap};
pub use mask::{Masked, Masker, MaskerError};
pub use objective::{MaskUnit, MaskingOptions, Objective, ObjectiveError, ObjectiveName};
pub use replace::Kind;
pub use select::{NgramTaken, Selection, select};
pub use walk::{Ngram, walk};
