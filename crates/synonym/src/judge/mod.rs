//! How good vectors and tables are: against people's judgement, a thesaurus and lists of opposites.

mod bands;
mod human;
mod map;
mod precision;
mod spearman;

pub use bands::{Bands, N_BANDS};
pub use human::{Agreement, HumanPair, agreement, read_human};
pub use map::{Placed, place};
pub use precision::{OppositeCount, PrecisionCount, opposites, precision};
pub use spearman::spearman;
