//! Which crate may use which: the table of ARCHITECTURE.md held against `cargo metadata`.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell;

/// Where the table of rooms stands.
const MAP: &str = "ARCHITECTURE.md";

/// Data crates know no burn.
const WITH_BURN: [&str; 2] = ["model", "trainer"];

/// A row of the table: a room, and the rooms that it may use.
struct Room {
    name: String,
    uses: Vec<String>,
}

/// The rooms, bottom floor first: rows `| `crate` | one job | uses | read first |`, where `–` is none and `all` is all above.
fn rooms(map: &str) -> Vec<Room> {
    let mut rooms: Vec<Room> = Vec::new();
    for line in map.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, name, _job, uses, ..] = cells[..] else {
            continue;
        };
        let Some(name) = name
            .strip_prefix('`')
            .and_then(|name| name.strip_suffix('`'))
        else {
            continue;
        };
        let uses = match uses {
            "all" => rooms.iter().map(|room| room.name.clone()).collect(),
            uses => uses.split(", ").map(str::to_owned).collect(),
        };
        rooms.push(Room {
            name: name.to_owned(),
            uses,
        });
    }
    rooms
}

/// Every crate edge that the table does not allow, one line each.
pub(crate) fn violations() -> Result<Vec<String>> {
    let map = std::fs::read_to_string(shell::root().join(MAP))
        .with_context(|| format!("could not read {MAP}"))?;
    let rooms = rooms(&map);
    let output = shell::cargo()
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .output()
        .context("could not run cargo metadata")?;
    let metadata: Value =
        serde_json::from_slice(&output.stdout).context("cargo metadata printed no JSON")?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let mut found = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(room) = rooms.iter().find(|room| room.name == name) else {
            found.push(format!("crate `{name}` is not in the table of {MAP}"));
            continue;
        };
        found.extend(edges(package).filter_map(|used| refusal(room, &rooms, used)));
    }
    Ok(found)
}

/// The names of the packages that a package uses outside tests.
fn edges(package: &Value) -> impl Iterator<Item = &str> {
    package["dependencies"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|dependency| dependency["kind"].is_null())
        .filter_map(|dependency| dependency["name"].as_str())
}

fn refusal(room: &Room, rooms: &[Room], used: &str) -> Option<String> {
    let name = &room.name;
    let is_room = rooms.iter().any(|other| other.name == used);
    if is_room && !room.uses.iter().any(|allowed| allowed == used) {
        return Some(format!("crate `{name}` may not use `{used}`"));
    }
    if used.starts_with("burn") && !WITH_BURN.contains(&name.as_str()) {
        return Some(format!(
            "crate `{name}` may not use `{used}`: only model and trainer know burn"
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{refusal, rooms};

    #[test]
    fn the_table_says_who_may_use_whom() {
        let map = "| crate | one job | uses | read first |\n| --- | --- | --- | --- |\n\
                   | `a` | x | – | `a.rs` |\n| `b` | x | a | `b.rs` |\n| `c` | x | all | `c.rs` |\n";
        let rooms = rooms(map);
        let allowed = |room: usize, used| refusal(&rooms[room], &rooms, used).is_none();
        assert!(allowed(1, "a") && allowed(2, "a") && allowed(2, "b") && allowed(0, "serde"));
        assert!(!allowed(0, "b") && !allowed(1, "c") && !allowed(1, "burn"));
    }
}
