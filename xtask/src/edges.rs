//! Compares the table of crates in ARCHITECTURE.md with `cargo metadata`: floors, and which crate uses which.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{metadata, shell};

/// The page that holds the table.
const MAP: &str = "ARCHITECTURE.md";

/// The crates that may depend on burn. Data crates must not, so that work on data never compiles it.
const WITH_BURN: [&str; 5] = ["model", "device", "optimizer", "finetune", "trainer"];

/// A row of the table.
struct Room {
    name: String,
    /// None for crates beside the floors, such as `xtask`; no crate on a floor may use them.
    floor: Option<u32>,
    uses: Uses,
}

/// What a row says of the crates that its crate uses.
enum Uses {
    /// Exactly these.
    Crates(Vec<String>),
    /// Any crate of a lower floor.
    All,
    /// Something that is no crate: `runs …`.
    Other,
}

/// Every difference between the table and the crates, one line each.
pub(crate) fn violations() -> Result<Vec<String>> {
    let map = std::fs::read_to_string(shell::root().join(MAP))
        .with_context(|| format!("could not read {MAP}"))?;
    let rooms = rooms(&map);
    if rooms.is_empty() {
        let rows = "| floor | crate | one job | uses | read first |";
        return Ok(vec![format!("{MAP} has no table `{rows}`")]);
    }
    let packages: Vec<Package> = metadata::packages()?.iter().map(Package::of).collect();
    Ok(differences(&rooms, &packages))
}

/// Reads the rows ``| floor | `crate` | one job | uses | read first |``. `–` stands for no floor, or for no crate that is used.
fn rooms(map: &str) -> Vec<Room> {
    map.lines().filter_map(room).collect()
}

fn room(line: &str) -> Option<Room> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let ["", floor, name, _job, uses, _first, ""] = cells[..] else {
        return None;
    };
    let floor = match floor {
        "–" => None,
        floor => Some(floor.parse().ok()?),
    };
    let uses = match uses {
        "–" => Uses::Crates(Vec::new()),
        "all" => Uses::All,
        uses if uses.starts_with("runs ") => Uses::Other,
        uses => Uses::Crates(uses.split(", ").map(plain).collect()),
    };
    Some(Room {
        name: plain(name),
        floor,
        uses,
    })
}

/// A name of the table without its backticks.
fn plain(name: &str) -> String {
    name.trim_matches('`').to_owned()
}

/// A package of the workspace, and the names of the packages that it uses outside tests.
struct Package {
    name: String,
    uses: Vec<String>,
}

impl Package {
    fn of(package: &Value) -> Self {
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        let uses = dependencies.filter(|dependency| dependency["kind"] != "dev");
        let owned_name = |value| metadata::name(value).to_owned();
        Self {
            name: owned_name(package),
            uses: uses.map(owned_name).collect(),
        }
    }
}

fn differences(rooms: &[Room], packages: &[Package]) -> Vec<String> {
    let mut found = Vec::new();
    for package in packages {
        let name = &package.name;
        match rooms.iter().find(|room| room.name == *name) {
            Some(room) => found.extend(differences_of(room, rooms, package)),
            None => found.push(format!("crate `{name}` is not in the table of {MAP}")),
        }
    }
    for room in rooms {
        if packages.iter().all(|package| package.name != room.name) {
            found.push(format!(
                "the table of {MAP} has a crate `{}`, which does not exist",
                room.name
            ));
        }
    }
    found
}

fn differences_of(room: &Room, rooms: &[Room], package: &Package) -> Vec<String> {
    let used = package
        .uses
        .iter()
        .filter_map(|used| refusal(room, rooms, used));
    used.chain(unused(room, package)).collect()
}

/// Why a crate may not use a package; None if it may.
fn refusal(room: &Room, rooms: &[Room], used: &str) -> Option<String> {
    let name = &room.name;
    if used.starts_with("burn") && !WITH_BURN.contains(&name.as_str()) {
        let with_burn = WITH_BURN.join(", ");
        return Some(format!(
            "crate `{name}` may not use `{used}`: only {with_burn} may"
        ));
    }
    let other = rooms.iter().find(|other| other.name == used)?;
    if let Uses::Crates(crates) = &room.uses
        && !crates.iter().any(|allowed| allowed == used)
    {
        return Some(format!(
            "crate `{name}` uses `{used}`, which the table of {MAP} does not allow"
        ));
    }
    let floor = room.floor?;
    if other.floor.is_none_or(|used| used >= floor) {
        let shown = other
            .floor
            .map_or("beside the floors".to_owned(), |n| format!("on floor {n}"));
        return Some(format!(
            "crate `{name}` on floor {floor} may not use `{used}` {shown}"
        ));
    }
    None
}

/// The uses that the table names and the crate does not have.
fn unused(room: &Room, package: &Package) -> impl Iterator<Item = String> {
    let crates = match &room.uses {
        Uses::Crates(crates) => crates.as_slice(),
        Uses::All | Uses::Other => &[],
    };
    let unused = crates.iter().filter(|name| !package.uses.contains(name));
    unused.map(|used| {
        let name = &room.name;
        format!(
            "the table of {MAP} says that crate `{name}` uses `{used}`, but its Cargo.toml does not"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{Package, differences, rooms};

    const MAP: &str = "| floor | crate | one job | uses | read first |\n\
                       | --- | --- | --- | --- | --- |\n\
                       | 1 | `a` | x | – | `a.rs` |\n\
                       | 2 | `b` | x | a | `b.rs`, `c.rs` |\n\
                       | 2 | `c` | x | `b` | `c.rs` |\n\
                       | 3 | `model` | x | a, b | `m.rs` |\n\
                       | 4 | `all` | x | all | `x.rs` |\n\
                       | – | `xtask` | x | runs `all` | `main.rs` |\n\
                       | question | decision | where |\n";

    /// The differences if one crate has these uses, and all others those of the table.
    fn check(name: &str, uses: &[&str], expect: &[&str]) {
        let table: [(&str, &[&str]); 6] = [
            ("a", &[]),
            ("b", &["a"]),
            ("c", &["b"]),
            ("model", &["a", "b"]),
            ("all", &["a", "model"]),
            ("xtask", &[]),
        ];
        let package = |(this, of_table): &(&str, &[&str])| Package {
            name: (*this).to_owned(),
            uses: if *this == name { uses } else { of_table }
                .iter()
                .map(ToString::to_string)
                .collect(),
        };
        let packages: Vec<Package> = table.iter().map(package).collect();
        let mut found = differences(&rooms(MAP), &packages);
        // The table itself has a crate that uses one of its own floor.
        found.retain(|line| name == "c" || line != SAME_FLOOR);
        assert_eq!(found, expect, "{name} uses {uses:?}");
    }

    const SAME_FLOOR: &str = "crate `c` on floor 2 may not use `b` on floor 2";

    #[test]
    fn the_table_says_which_crate_uses_which() {
        check("a", &["serde"], &[]);
        check("all", &["a", "b", "c", "model", "serde"], &[]);
        check("xtask", &["serde", "a"], &[]);
        check(
            "a",
            &["b"],
            &["crate `a` uses `b`, which the table of ARCHITECTURE.md does not allow"],
        );
        let unused = "the table of ARCHITECTURE.md says that crate `b` uses `a`, but its Cargo.toml does not";
        check("b", &[], &[unused]);
    }

    #[test]
    fn a_crate_uses_lower_floors_only() {
        check("c", &["b"], &[SAME_FLOOR]);
        check(
            "all",
            &["xtask"],
            &["crate `all` on floor 4 may not use `xtask` beside the floors"],
        );
    }

    #[test]
    fn data_crates_know_no_burn() {
        check("model", &["a", "b", "burn", "burn-tch"], &[]);
        let only = "only model, device, optimizer, finetune, trainer may";
        check(
            "b",
            &["a", "burn"],
            &[&format!("crate `b` may not use `burn`: {only}")],
        );
        check(
            "all",
            &["burn-tch"],
            &[&format!("crate `all` may not use `burn-tch`: {only}")],
        );
    }

    #[test]
    fn table_and_workspace_have_the_same_crates() {
        let package = Package {
            name: "new".to_owned(),
            uses: Vec::new(),
        };
        let found = differences(&rooms("| 1 | `old` | x | – | `a.rs` |"), &[package]);
        let missing = "crate `new` is not in the table of ARCHITECTURE.md";
        let gone = "the table of ARCHITECTURE.md has a crate `old`, which does not exist";
        assert_eq!(found, [missing, gone]);
    }

    #[test]
    fn a_table_without_floors_has_no_rooms() {
        assert!(rooms("| `a` | x | – | `a.rs` |").is_empty());
    }
}
