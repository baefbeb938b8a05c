//! Single sentences and sentence pairs with a label.

use std::path::Path;

use crate::data::error::DataError;
use crate::data::labels::LabelSet;
use crate::data::rows::{Row, TableForm, read_rows};

/// How a file of labelled texts is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextColumns {
    /// The form of the file.
    pub form: TableForm,
    /// The column of the label.
    pub label: String,
    /// The columns of the texts: one, or two for pairs.
    pub texts: Vec<String>,
    /// Labels whose examples are left out, such as OCNLI's `-`.
    pub left_out: Vec<String>,
}

/// A text, or a pair of texts, with its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledText {
    /// The line in the file, from 1.
    pub line: usize,
    /// The text, or the first of a pair.
    pub first: String,
    /// The second of a pair.
    pub second: Option<String>,
    /// The id of the label.
    pub label: usize,
}

/// The examples of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledTexts {
    /// The examples, in the order of the file.
    pub examples: Vec<LabelledText>,
    /// The number of examples that were left out for their label.
    pub n_left_out: usize,
}

/// Reads a training file. Its labels are the task's, unless they are given.
pub fn read_training_texts(
    path: &Path,
    columns: &TextColumns,
    given: Option<&LabelSet>,
) -> Result<(LabelledTexts, LabelSet), DataError> {
    let (rows, n_left_out) = kept_rows(path, columns)?;
    let labels = match given {
        Some(labels) => labels.clone(),
        None => LabelSet::found(path, non_empty_labels(path, &rows)?)?,
    };
    let texts = labelled(path, rows, n_left_out, &labels)?;
    Ok((texts, labels))
}

/// Reads a file whose labels are known. Another label is an error that names its line.
pub fn read_texts(
    path: &Path,
    columns: &TextColumns,
    labels: &LabelSet,
) -> Result<LabelledTexts, DataError> {
    let (rows, n_left_out) = kept_rows(path, columns)?;
    labelled(path, rows, n_left_out, labels)
}

/// The rows that are not left out, label first, and the number of the others.
fn kept_rows(path: &Path, columns: &TextColumns) -> Result<(Vec<Row>, usize), DataError> {
    let mut names = vec![columns.label.as_str()];
    names.extend(columns.texts.iter().map(String::as_str));
    let mut rows = read_rows(path, columns.form, &names)?;
    let n_rows = rows.len();
    rows.retain(|row| !columns.left_out.contains(&row.fields[0]));
    if rows.is_empty() {
        return Err(DataError::Empty {
            path: path.to_path_buf(),
        });
    }
    let n_left_out = n_rows - rows.len();
    Ok((rows, n_left_out))
}

fn non_empty_labels<'r>(path: &Path, rows: &'r [Row]) -> Result<Vec<&'r str>, DataError> {
    let label = |row: &'r Row| match row.fields[0].as_str() {
        "" => Err(DataError::EmptyLabel {
            path: path.to_path_buf(),
            line: row.line,
        }),
        label => Ok(label),
    };
    rows.iter().map(label).collect()
}

fn labelled(
    path: &Path,
    rows: Vec<Row>,
    n_left_out: usize,
    labels: &LabelSet,
) -> Result<LabelledTexts, DataError> {
    let example = |row: Row| {
        let label = labels.id(path, row.line, &row.fields[0])?;
        let mut texts = row.fields.into_iter().skip(1);
        Ok(LabelledText {
            line: row.line,
            first: texts.next().unwrap_or_default(),
            second: texts.next(),
            label,
        })
    };
    Ok(LabelledTexts {
        examples: rows.into_iter().map(example).collect::<Result<_, _>>()?,
        n_left_out,
    })
}
