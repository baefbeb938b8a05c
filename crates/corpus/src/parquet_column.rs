//! Finds the column of a Parquet file that the text field names.

use parquet::basic::{ConvertedType, Type};
use parquet::file::metadata::ParquetMetaData;
use parquet::schema::types::{ColumnDescriptor, Type as Node};

use crate::error::CorpusError;
use crate::files::CorpusFile;
use crate::place::Place;

/// The index of the column that holds the text.
///
/// The text field is the name of a column, or the path of a field inside structs, with dots between the names. Its values
/// are strings or lists of strings. The name of a struct that has only one field stands for this field.
pub(crate) fn text_column(
    file: &CorpusFile,
    metadata: &ParquetMetaData,
) -> Result<usize, CorpusError> {
    let schema = metadata.file_metadata().schema_descr();
    let columns: Vec<Named<'_>> = schema
        .columns()
        .iter()
        .map(|column| Named::new(schema.root_schema(), column))
        .collect();
    let field = &file.options.text_field;
    let found = columns
        .iter()
        .position(|named| named.is(field))
        .or_else(|| only_one_below(&columns, field));
    let found = found.filter(|index| columns[*index].holds_text());
    found.ok_or_else(|| {
        let found = columns.iter().map(Named::description);
        CorpusError::Field {
            path: file.disk_path.clone(),
            place: Place::Line(1),
            field: field.clone(),
            found: found.collect::<Vec<_>>().join(", "),
        }
    })
}

/// The only column whose path begins with a field.
fn only_one_below(columns: &[Named<'_>], field: &str) -> Option<usize> {
    let start = format!("{field}.");
    let is_below = |named: &Named<'_>| named.path.starts_with(&start);
    let mut below = (0..columns.len()).filter(|index| is_below(&columns[*index]));
    let first = below.next()?;
    below.next().is_none().then_some(first)
}

/// A column with its name.
struct Named<'c> {
    column: &'c ColumnDescriptor,
    /// The names of the fields on its path, without those that Parquet adds for lists and maps.
    path: String,
}

impl<'c> Named<'c> {
    fn new(root: &Node, column: &'c ColumnDescriptor) -> Self {
        let (mut path, mut node) = (Vec::new(), root);
        let mut n_added = 0; // names that follow and that Parquet added
        for part in column.path().parts() {
            if n_added == 0 {
                path.push(part.as_str());
            } else {
                n_added -= 1;
            }
            let child = node.get_fields().iter().find(|child| child.name() == part);
            let Some(child) = child.filter(|child| child.is_group()) else {
                break; // the column itself
            };
            node = child;
            n_added = n_added.max(names_added(node));
        }
        let path = path.join(".");
        Self { column, path }
    }

    /// Whether a field of the config names this column.
    fn is(&self, field: &str) -> bool {
        self.path == field || self.column.path().string() == field
    }

    /// Whether the column has strings, or byte arrays that are not declared as text.
    fn holds_text(&self) -> bool {
        self.column.physical_type() == Type::BYTE_ARRAY
            && self.column.converted_type() != ConvertedType::DECIMAL
    }

    /// The column, as a message shows it.
    fn description(&self) -> String {
        let of_list = self.column.max_rep_level() > 0;
        let kind = match (self.holds_text(), of_list) {
            (true, false) => "string".to_owned(),
            (true, true) => "list of strings".to_owned(),
            (false, false) => self.column.physical_type().to_string(),
            (false, true) => format!("list of {}", self.column.physical_type()),
        };
        format!("`{}` ({kind})", self.path)
    }
}

/// How many names Parquet adds below a group: for a list, a repeated group, and an element inside if the repeated group is
/// only there to hold it; for a map, a repeated group of keys and values.
fn names_added(group: &Node) -> usize {
    let kind = group.get_basic_info().converted_type();
    let repeated = group.get_fields().first();
    match (kind, repeated) {
        (ConvertedType::LIST, Some(repeated)) if repeated.is_group() => {
            if repeated.get_fields().len() == 1 {
                2
            } else {
                1
            }
        }
        (ConvertedType::LIST | ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE, _) => 1,
        _ => 0,
    }
}
