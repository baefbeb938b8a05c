//! `devices`, in a build that has only the default device.

use crate::small_job::{Ended, program};

#[test]
fn the_default_build_says_how_to_build_for_other_devices() {
    // Without a PATH no driver's program is found, whatever the machine has.
    let page = Ended::of(program().arg("devices").env("PATH", "")).succeeds();
    let is_of_machine = |line: &&str| !line.starts_with("  CPU ");
    let page: Vec<&str> = page.lines().filter(is_of_machine).collect();
    insta::assert_snapshot!(page.join("\n"));
}
