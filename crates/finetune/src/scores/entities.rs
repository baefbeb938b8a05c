//! Scores of entities in tags `B-X`, `I-X`, `O`: an entity is right if its type and both its ends are.

use std::collections::BTreeSet;

use crate::scores::classes::Prf;

/// An entity of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entity {
    /// Its type, the `X` of `B-X`.
    pub kind: String,
    /// The index of its first tag.
    pub first: usize,
    /// The index of its last tag.
    pub last: usize,
}

/// What begins an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityRule {
    /// Only `B-X`. An `I-X` that continues no entity of its type belongs to none (IOB2).
    Strict,
    /// `B-X`, and an `I-X` after `O`, after another type or at the start of a sentence: the rule of `conlleval`.
    Lenient,
}

/// Finds the entities of a sentence.
pub fn entities(tags: &[&str], rule: EntityRule) -> Vec<Entity> {
    let mut found: Vec<Entity> = Vec::new();
    let mut is_open = false;
    for (at, tag) in tags.iter().enumerate() {
        let (prefix, kind) = tag.split_once('-').unwrap_or((tag, "_"));
        let last = found.last_mut().filter(|last| is_open && last.kind == kind);
        match (prefix, last) {
            ("I", Some(last)) => last.last = at,
            ("B", _) | ("I", None) if prefix == "B" || rule == EntityRule::Lenient => {
                is_open = true;
                found.push(Entity {
                    kind: kind.to_owned(),
                    first: at,
                    last: at,
                });
            }
            _ => is_open = false,
        }
    }
    found
}

/// Counts entities over all sentences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntityCounts {
    gold: u64,
    predicted: u64,
    right: u64,
}

impl EntityCounts {
    /// Adds a sentence.
    pub fn add(&mut self, gold: &[&str], predicted: &[&str], rule: EntityRule) {
        let gold: BTreeSet<Entity> = entities(gold, rule).into_iter().collect();
        let predicted = entities(predicted, rule);
        self.gold += gold.len() as u64;
        self.predicted += predicted.len() as u64;
        let right = predicted.iter().filter(|entity| gold.contains(entity));
        self.right += right.count() as u64;
    }

    /// Returns precision, recall and F1 over all entities of all sentences.
    pub fn scores(&self) -> Prf {
        Prf::of(self.right, self.predicted, self.gold)
    }
}
