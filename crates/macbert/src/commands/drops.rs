//! Reports the records that were dropped while a corpus was read.

use corpus::DropReport;

use crate::numbers::grouped;
use crate::progress::say;

/// Says how many records were dropped, and where the first of them are.
pub(crate) fn say_drops(drops: &DropReport) {
    for (reason, count) in &drops.counts {
        say(&format!("  dropped {reason:?}: {} in all", grouped(*count)));
    }
    for dropped in &drops.first {
        say(&format!(
            "  dropped {:?}: {}:{}",
            dropped.reason, dropped.path, dropped.place
        ));
    }
}
