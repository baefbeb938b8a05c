//! The format of TensorFlow 0.12 and later: `PREFIX.index` says where each tensor lies in `PREFIX.data-SSSSS-of-NNNNN`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use prost::Message as _;

use super::data_type::DataType;
use super::error::CheckpointError;
use super::messages::{BundleEntry, BundleHeader};
use super::slice_key::{is_slice_key, slice_of};
use super::table::{TableEntry, read_table};
use super::variable::{Part, Place, Variable, n_elements, resolve, tile};

/// The most data files that a header may name. Published checkpoints have one.
const MOST_SHARDS: usize = 1 << 16;

/// Reads an index. Every tensor is checked to lie inside its data file, and every partitioned variable to be whole.
pub(super) fn read(
    index: &Path,
    bytes: &[u8],
    prefix: &Path,
) -> Result<(Vec<Variable>, Vec<PathBuf>), CheckpointError> {
    let entries = read_table(bytes).map_err(|damage| CheckpointError::Table {
        path: index.to_path_buf(),
        what: damage.what,
        offset: damage.offset as u64,
    })?;
    let reader = Reader { index };
    let Some((header, entries)) = entries
        .split_first()
        .filter(|(first, _)| first.key.is_empty())
    else {
        return Err(reader.wrong("header", "the index has no header"));
    };
    let n_shards = reader.n_shards(header)?;
    let shards: Vec<PathBuf> = (0..n_shards)
        .map(|shard| data_file(prefix, shard, n_shards))
        .collect();
    let mut lengths: BTreeMap<usize, u64> = BTreeMap::new();
    let mut slices: BTreeMap<String, Vec<(super::slice_key::Slice, BundleEntry)>> = BTreeMap::new();
    let mut whole: Vec<(String, BundleEntry)> = Vec::new();
    for entry in entries {
        if is_slice_key(&entry.key) {
            let slice =
                slice_of(&entry.key).map_err(|damage| reader.wrong("slice", damage.what))?;
            let message = reader.entry(&slice.name, entry)?;
            slices
                .entry(slice.name.clone())
                .or_default()
                .push((slice, message));
        } else {
            let name = String::from_utf8(entry.key.clone())
                .map_err(|_| reader.wrong("entry", "a name is not UTF-8"))?;
            let message = reader.entry(&name, entry)?;
            whole.push((name, message));
        }
    }
    let mut variables = Vec::new();
    for (name, entry) in whole {
        let shape = reader.shape(&name, &entry)?;
        let data_type = DataType::of(entry.dtype);
        let found: Vec<(Vec<u64>, Vec<u64>, BundleEntry)> = if entry.slices.is_empty() {
            vec![(vec![0; shape.len()], shape.clone(), entry)]
        } else {
            let own = slices.remove(&name).unwrap_or_default();
            if own.len() != entry.slices.len() {
                let (expected, found) = (entry.slices.len(), own.len());
                return Err(reader.wrong(
                    &name,
                    &format!("the index promises {expected} slices, found {found}"),
                ));
            }
            let resolved = own.into_iter().map(|(slice, entry)| {
                let (start, length) = resolve(&slice.extents, &shape)
                    .ok_or_else(|| reader.wrong(&name, "a slice lies outside of the variable"))?;
                Ok((start, length, entry))
            });
            resolved.collect::<Result<_, CheckpointError>>()?
        };
        let mut parts = Vec::new();
        for (start, shape, entry) in found {
            let place = reader.place(&name, &entry, data_type, &shape, &shards, &mut lengths)?;
            parts.push(Part {
                start,
                shape,
                place,
            });
        }
        if !tile(&parts, &shape) {
            return Err(reader.wrong(&name, "the slices do not make up the variable"));
        }
        variables.push(Variable {
            name,
            data_type,
            shape,
            parts,
        });
    }
    if let Some(name) = slices.keys().next() {
        return Err(reader.wrong(
            name,
            "the index has a slice of a variable that it does not have",
        ));
    }
    Ok((variables, shards))
}

/// The name of a data file.
fn data_file(prefix: &Path, shard: usize, n_shards: usize) -> PathBuf {
    let mut name = prefix.as_os_str().to_owned();
    name.push(format!(".data-{shard:05}-of-{n_shards:05}"));
    PathBuf::from(name)
}

/// Makes values of the entries of one index; errors name it.
struct Reader<'i> {
    index: &'i Path,
}

impl Reader<'_> {
    fn wrong(&self, name: &str, what: &str) -> CheckpointError {
        CheckpointError::Entry {
            path: self.index.to_path_buf(),
            name: name.to_owned(),
            what: what.to_owned(),
        }
    }

    fn n_shards(&self, header: &TableEntry) -> Result<usize, CheckpointError> {
        let header = BundleHeader::decode(header.value.as_slice())
            .map_err(|_| self.wrong("header", "the header is no valid message"))?;
        if header.endianness != 0 {
            return Err(self.wrong(
                "header",
                "the tensors are big-endian; save the checkpoint again on a little-endian machine",
            ));
        }
        let consumer = header.version.map_or(0, |version| version.min_consumer);
        if consumer > 1 {
            return Err(self.wrong(
                "header",
                &format!("version {consumer} of the format is not known"),
            ));
        }
        let n_shards = usize::try_from(header.num_shards).unwrap_or(0);
        if !(1..=MOST_SHARDS).contains(&n_shards) {
            return Err(self.wrong("header", &format!("{} data files", header.num_shards)));
        }
        Ok(n_shards)
    }

    fn entry(&self, name: &str, entry: &TableEntry) -> Result<BundleEntry, CheckpointError> {
        BundleEntry::decode(entry.value.as_slice())
            .map_err(|_| self.wrong(name, "the entry is no valid message"))
    }

    fn shape(&self, name: &str, entry: &BundleEntry) -> Result<Vec<u64>, CheckpointError> {
        let shape = entry.shape.clone().unwrap_or_default();
        shape
            .sizes()
            .ok_or_else(|| self.wrong(name, "a dimension is negative"))
    }

    /// Checks that a tensor lies inside its data file, and has as many bytes as its shape needs.
    fn place(
        &self,
        name: &str,
        entry: &BundleEntry,
        data_type: DataType,
        shape: &[u64],
        shards: &[PathBuf],
        lengths: &mut BTreeMap<usize, u64>,
    ) -> Result<Place, CheckpointError> {
        let numbers = (
            usize::try_from(entry.shard_id),
            u64::try_from(entry.offset),
            u64::try_from(entry.size),
        );
        let (Ok(shard), Ok(offset), Ok(size)) = numbers else {
            return Err(self.wrong(name, "a place is negative"));
        };
        let Some(path) = shards.get(shard) else {
            return Err(self.wrong(name, &format!("data file {shard} of {}", shards.len())));
        };
        if DataType::of(entry.dtype) != data_type {
            return Err(self.wrong(name, "a slice has another type than the variable"));
        }
        let needed = data_type
            .n_bytes()
            .map(|bytes| n_elements(shape).and_then(|n| n.checked_mul(bytes)));
        if needed.is_some_and(|needed| needed != Some(size)) {
            return Err(self.wrong(
                name,
                &format!("the index gives it {size} bytes; its shape {shape:?} in {} needs another number", data_type.name()),
            ));
        }
        let length = match lengths.get(&shard) {
            Some(length) => *length,
            None => {
                let found = std::fs::metadata(path);
                let length = found
                    .map_err(|source| CheckpointError::Io {
                        path: path.clone(),
                        source,
                    })?
                    .len();
                lengths.insert(shard, length);
                length
            }
        };
        if offset.checked_add(size).is_none_or(|end| end > length) {
            return Err(self.wrong(
                name,
                &format!(
                    "it lies at bytes {offset} to {} of {}, which has {length} bytes",
                    offset.saturating_add(size),
                    path.display()
                ),
            ));
        }
        Ok(Place::File {
            shard,
            offset,
            size,
            checksum: entry.crc32c,
        })
    }
}
