//! The labels of a task: given by the config, or found in the training file.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use crate::data::error::DataError;

/// The labels of a task, each with an id from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelSet {
    names: Vec<String>,
    ids: HashMap<String, usize>,
}

impl LabelSet {
    /// Takes labels in the given order.
    pub fn given(names: &[String]) -> Result<Self, DataError> {
        let ids: HashMap<String, usize> = names.iter().cloned().zip(0..).collect();
        let is_repeated = |(at, name): &(usize, &String)| ids[*name] != *at;
        if let Some((_, label)) = names.iter().enumerate().find(is_repeated) {
            return Err(DataError::SameLabel {
                label: label.clone(),
            });
        }
        Ok(Self {
            names: names.to_vec(),
            ids,
        })
    }

    /// Finds the labels of a training file. Numbers are ordered by value, other labels by their characters; the tag `O`
    /// comes first.
    pub(crate) fn found<'l>(
        path: &Path,
        labels: impl IntoIterator<Item = &'l str>,
    ) -> Result<Self, DataError> {
        let distinct: BTreeSet<&str> = labels.into_iter().collect();
        let mut names: Vec<String> = distinct.into_iter().map(str::to_owned).collect();
        if let [label] = &names[..] {
            return Err(DataError::OneLabel {
                path: path.to_path_buf(),
                label: label.clone(),
            });
        }
        let numbers: Option<Vec<i64>> = names.iter().map(|name| name.parse().ok()).collect();
        if numbers.is_some() {
            names.sort_by_key(|name| name.parse::<i64>().ok());
        }
        names.sort_by_key(|name| name != "O");
        Self::given(&names)
    }

    /// Returns the names, by id.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Finds a label's id. An unknown label of a file's line is an error.
    pub(crate) fn id(&self, path: &Path, line: usize, label: &str) -> Result<usize, DataError> {
        if label.is_empty() {
            let path = path.to_path_buf();
            return Err(DataError::EmptyLabel { path, line });
        }
        self.ids
            .get(label)
            .copied()
            .ok_or_else(|| DataError::UnknownLabel {
                path: path.to_path_buf(),
                line,
                label: label.to_owned(),
                known: self.names.join(", "),
            })
    }
}
