//! Reads tables: tab-separated files, with or without a header, and JSONL.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::data::columns::Columns;
use crate::data::error::DataError;
use crate::data::unpack::{numbered_lines, read_text};

/// The form of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableForm {
    /// Tab-separated; the first line names the columns. Quotation marks are ordinary characters.
    #[default]
    Tsv,
    /// Tab-separated without a header; columns are numbers from 1.
    TsvWithoutHeader,
    /// A JSON object a line; columns are its fields.
    Jsonl,
}

/// A line of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The line, from 1.
    pub(crate) line: usize,
    /// The fields of the columns that were asked for.
    pub(crate) fields: Vec<String>,
}

/// Reads the given columns of a table. Empty lines at its end are ignored.
pub(crate) fn read_rows(
    path: &Path,
    form: TableForm,
    columns: &[&str],
) -> Result<Vec<Row>, DataError> {
    let text = read_text(path)?;
    let text = text.trim_end_matches(['\n', '\r']);
    let mut lines = numbered_lines(text);
    let columns = match form {
        TableForm::Tsv => {
            let header = lines.next().map_or("", |(_, header)| header);
            Some(Columns::by_name(path, header, columns)?)
        }
        TableForm::TsvWithoutHeader => Some(Columns::by_number(path, columns)?),
        TableForm::Jsonl => None,
    }
    .ok_or(columns);
    let row = |(line, text): (usize, &str)| {
        if text.is_empty() {
            let path = path.to_path_buf();
            return Err(DataError::EmptyLine { path, line });
        }
        let fields = match &columns {
            Ok(columns) => columns.fields(path, line, text),
            Err(fields) => json_fields(path, line, text, fields),
        };
        Ok(Row {
            line,
            fields: fields?,
        })
    };
    let rows: Vec<Row> = lines.map(row).collect::<Result<_, _>>()?;
    if rows.is_empty() {
        return Err(DataError::Empty {
            path: path.to_path_buf(),
        });
    }
    Ok(rows)
}

fn json_fields(
    path: &Path,
    line: usize,
    text: &str,
    fields: &[&str],
) -> Result<Vec<String>, DataError> {
    let object: serde_json::Map<String, Value> =
        serde_json::from_str(text).map_err(|error| DataError::Json {
            path: path.to_path_buf(),
            line,
            reason: format!("expected a JSON object: {error}"),
        })?;
    let take = |field: &&str| match object.get(*field) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string()),
        _ => {
            let found: Vec<&str> = object.keys().map(String::as_str).collect();
            Err(DataError::NoField {
                path: path.to_path_buf(),
                line,
                field: (*field).to_owned(),
                found: found.join(", "),
            })
        }
    };
    fields.iter().map(take).collect()
}
