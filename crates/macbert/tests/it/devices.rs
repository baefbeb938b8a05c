//! What a build without other devices than the default one says of them.

use crate::material::{Ended, program};

#[test]
fn the_default_build_says_how_to_get_the_others() {
    // Without a PATH no driver's program is found, whatever the machine has.
    let page = Ended::of(program().arg("devices").env("PATH", "")).well();
    let is_of_machine = |line: &&str| !line.starts_with("  CPU ");
    let page: Vec<&str> = page.lines().filter(is_of_machine).collect();
    insta::assert_snapshot!(page.join("\n"));
}
