//! Records that were dropped on reading: counted and named, never passed over in silence.

use corpus::DropReport;

use crate::paint::grouped;
use crate::progress::say;

/// Says how many records were dropped and where the first of them are.
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
