//! The format before TensorFlow 0.12: one file, a table of the variables' names and of their values.
//!
//! The empty key has the names, types and shapes of all variables. Every other key is that of a slice (`slice_key.rs`), and has
//! the slice's values. There are no checksums but those of the table's blocks.

use std::collections::BTreeMap;
use std::path::Path;

use prost::Message as _;

use super::data_type::DataType;
use super::error::CheckpointError;
use super::messages::{SavedSlices, SavedTensor, TensorMessage};
use super::slice_key::{Extent, slice_of};
use super::table::TableEntry;
use super::variable::{Part, Place, Variable, n_bytes, resolve, tile};

/// The values of a slice, and which part of the variable it is.
struct SliceValues {
    extents: Vec<Extent>,
    tensor: TensorMessage,
}

/// Makes variables of the entries of a file. Every variable is checked to be whole.
pub(super) fn variables(
    file: &Path,
    entries: Vec<TableEntry>,
) -> Result<Vec<Variable>, CheckpointError> {
    let mut entries = entries.into_iter();
    let header = entries.next().filter(|first| first.key.is_empty());
    let header = header.ok_or_else(|| CheckpointError::header(file, "is missing"))?;
    let message = message(&header).map_err(|what| CheckpointError::header(file, what))?;
    let meta = message.meta.unwrap_or_default();
    let mut values: BTreeMap<String, Vec<SliceValues>> = BTreeMap::new();
    for entry in entries {
        let (name, slice) = slice_values(file, &entry)?;
        values.entry(name).or_default().push(slice);
    }
    let tensors = meta.tensors.into_iter();
    let variables = tensors.map(|tensor| {
        let slices = values.remove(&tensor.name).unwrap_or_default();
        variable(&tensor, slices).map_err(|what| CheckpointError::entry(file, &tensor.name, what))
    });
    let variables = variables.collect::<Result<_, _>>()?;
    match values.keys().next() {
        None => Ok(variables),
        Some(name) => {
            let what = "the file has values of it, but the header does not name it";
            Err(CheckpointError::entry(file, name, what))
        }
    }
}

fn message(entry: &TableEntry) -> Result<SavedSlices, String> {
    SavedSlices::decode(entry.value.as_slice()).map_err(|error| format!("is not valid: {error}"))
}

/// Reads an entry: the name of its variable, and its values.
fn slice_values(file: &Path, entry: &TableEntry) -> Result<(String, SliceValues), CheckpointError> {
    let wrong = |name: &str, what: &str| CheckpointError::entry(file, name, what);
    let shown = String::from_utf8_lossy(&entry.key);
    let slice = slice_of(&entry.key).map_err(|damage| wrong(&shown, damage.what))?;
    let message =
        message(entry).map_err(|what| wrong(&slice.name, &format!("its entry {what}")))?;
    let data = message.data.unwrap_or_default();
    if data.name != slice.name {
        let what = format!("the file has values of `{}` in its place", data.name);
        return Err(wrong(&slice.name, &what));
    }
    let values = SliceValues {
        extents: slice.extents,
        tensor: data.tensor.unwrap_or_default(),
    };
    Ok((slice.name, values))
}

fn variable(tensor: &SavedTensor, slices: Vec<SliceValues>) -> Result<Variable, String> {
    let data_type = DataType::of(tensor.dtype);
    let shape = tensor.shape.clone().unwrap_or_default().sizes();
    let shape = shape.ok_or("its shape is not valid")?;
    let parts = slices.into_iter();
    let parts: Vec<Part> = parts
        .map(|slice| part(&slice, data_type, &shape))
        .collect::<Result<_, _>>()?;
    if !tile(&parts, &shape) {
        return Err("its slices do not make up the whole of it".to_owned());
    }
    Ok(Variable {
        name: tensor.name.clone(),
        data_type,
        shape,
        parts,
    })
}

fn part(slice: &SliceValues, data_type: DataType, whole: &[u64]) -> Result<Part, String> {
    let resolved = resolve(&slice.extents, whole);
    let (start, shape) = resolved.ok_or("one of its slices lies outside of it")?;
    let bytes = element_bytes(&slice.tensor, data_type);
    if let Some(bytes) = &bytes
        && n_bytes(&shape, data_type) != Some(bytes.len() as u64)
    {
        let (found, name) = (bytes.len(), data_type.name());
        return Err(format!(
            "it has {found} bytes of values, which is not the size of {shape:?} in {name}"
        ));
    }
    Ok(Part {
        start,
        shape,
        place: Place::Memory(bytes.unwrap_or_default()),
    })
}

/// The bytes of values, little-endian; None for types that are not read from this format.
fn element_bytes(tensor: &TensorMessage, data_type: DataType) -> Option<Vec<u8>> {
    let TensorMessage { floats, longs } = tensor;
    match data_type {
        DataType::Float32 => Some(floats.iter().flat_map(|one| one.to_le_bytes()).collect()),
        DataType::Int64 => Some(longs.iter().flat_map(|one| one.to_le_bytes()).collect()),
        _ => None,
    }
}
