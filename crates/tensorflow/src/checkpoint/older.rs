//! The format before TensorFlow 0.12: one file, a table of the variables' names and of their values.

use std::collections::BTreeMap;
use std::path::Path;

use prost::Message as _;

use super::data_type::DataType;
use super::error::CheckpointError;
use super::messages::{SavedSlice, SavedSlices, TensorMessage};
use super::slice_key::slice_of;
use super::table::{TableEntry, read_table};
use super::variable::{Part, Place, Variable, n_elements, resolve, tile};

/// Reads a file of the older format.
pub(super) fn read(file: &Path, bytes: &[u8]) -> Result<Vec<Variable>, CheckpointError> {
    let wrong = |name: &str, what: &str| CheckpointError::Entry {
        path: file.to_path_buf(),
        name: name.to_owned(),
        what: what.to_owned(),
    };
    let entries = read_table(bytes).map_err(|damage| CheckpointError::Table {
        path: file.to_path_buf(),
        what: damage.what,
        offset: damage.offset as u64,
    })?;
    let Some((header, entries)) = entries
        .split_first()
        .filter(|(first, _)| first.key.is_empty())
    else {
        return Err(wrong("header", "the file has no header"));
    };
    let meta = message(header).and_then(|message| message.meta);
    let meta = meta.ok_or_else(|| wrong("header", "the header is no valid message"))?;
    let mut values: BTreeMap<String, Vec<(Vec<u8>, SavedSlice)>> = BTreeMap::new();
    for entry in entries {
        let data = message(entry).and_then(|message| message.data);
        let data = data.ok_or_else(|| wrong("entry", "an entry is no valid message"))?;
        values
            .entry(data.name.clone())
            .or_default()
            .push((entry.key.clone(), data));
    }
    let mut variables = Vec::new();
    for tensor in meta.tensors {
        let name = tensor.name;
        let data_type = DataType::of(tensor.dtype);
        let shape = tensor.shape.unwrap_or_default().sizes();
        let shape = shape.ok_or_else(|| wrong(&name, "a dimension is negative"))?;
        let mut parts = Vec::new();
        for (key, value) in values.remove(&name).unwrap_or_default() {
            let slice = slice_of(&key).map_err(|damage| wrong(&name, damage.what))?;
            let resolved = (slice.name == name)
                .then(|| resolve(&slice.extents, &shape))
                .flatten();
            let (start, part_shape) =
                resolved.ok_or_else(|| wrong(&name, "a slice lies outside of the variable"))?;
            let bytes = element_bytes(&value.tensor.unwrap_or_default(), data_type);
            let needed = data_type.n_bytes().zip(n_elements(&part_shape));
            let needed = needed.and_then(|(bytes, n)| n.checked_mul(bytes));
            if bytes.as_ref().map(|bytes| bytes.len() as u64) != needed && bytes.is_some() {
                return Err(wrong(
                    &name,
                    "it has another number of elements than its shape",
                ));
            }
            let place = Place::Memory(bytes.unwrap_or_default());
            parts.push(Part {
                start,
                shape: part_shape,
                place,
            });
        }
        if !tile(&parts, &shape) {
            return Err(wrong(&name, "the slices do not make up the variable"));
        }
        variables.push(Variable {
            name,
            data_type,
            shape,
            parts,
        });
    }
    Ok(variables)
}

fn message(entry: &TableEntry) -> Option<SavedSlices> {
    SavedSlices::decode(entry.value.as_slice()).ok()
}

/// The bytes of values, little-endian; None for types that are not read.
fn element_bytes(tensor: &TensorMessage, data_type: DataType) -> Option<Vec<u8>> {
    match data_type {
        DataType::Float32 => Some(
            tensor
                .floats
                .iter()
                .flat_map(|one| one.to_le_bytes())
                .collect(),
        ),
        DataType::Int64 => Some(
            tensor
                .longs
                .iter()
                .flat_map(|one| one.to_le_bytes())
                .collect(),
        ),
        _ => None,
    }
}
