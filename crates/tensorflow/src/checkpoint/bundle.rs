//! The format of TensorFlow 0.12 and later: `PREFIX.index` says where each tensor lies in `PREFIX.data-SSSSS-of-NNNNN`.
//!
//! The index is a table. The empty key has the header, a tensor's name has its [`BundleEntry`]. A variable that was saved in
//! slices has an entry without bytes, which lists the slices; each slice has an entry of its own, behind a key that begins
//! with a zero byte (`slice_key.rs`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use prost::Message as _;

use super::data_type::DataType;
use super::error::CheckpointError;
use super::messages::{BundleEntry, BundleHeader};
use super::slice_key::{Extent, is_slice_key, slice_of};
use super::table::TableEntry;
use super::variable::{Part, Place, Variable, n_bytes, resolve, tile};

/// The most data files that a header may name. Published checkpoints have one.
const MOST_SHARDS: usize = 1 << 16;

/// Makes variables of the entries of an index; also returns the data files, by their numbers.
///
/// Every tensor is checked to lie inside its data file and to share no byte with another, and every partitioned variable to
/// be whole. So all variables together have at most as many bytes as the data files.
pub(super) fn variables(
    index: &Path,
    prefix: &Path,
    entries: Vec<TableEntry>,
) -> Result<(Vec<Variable>, Vec<PathBuf>), CheckpointError> {
    let mut entries = entries.into_iter();
    let header = entries.next().filter(|first| first.key.is_empty());
    let header = header.ok_or_else(|| CheckpointError::header(index, "is missing"))?;
    let n_shards = n_shards(&header).map_err(|what| CheckpointError::header(index, what))?;
    let shards = (0..n_shards).map(|shard| data_file(prefix, shard, n_shards));
    let mut reader = Reader {
        index,
        shards: shards.collect(),
        lengths: BTreeMap::new(),
    };
    let mut sorted = reader.sorted(entries)?;
    let mut variables = Vec::new();
    for (name, entry) in sorted.whole {
        let slices = sorted.slices.remove(&name).unwrap_or_default();
        variables.push(reader.variable(name, &entry, slices)?);
    }
    if let Some(name) = sorted.slices.keys().next() {
        return Err(reader.wrong(name, "the index has slices of it, but no entry"));
    }
    reader.check_apart(&variables)?;
    Ok((variables, reader.shards))
}

/// The number of data files by the header, or what is wrong with it.
fn n_shards(header: &TableEntry) -> Result<usize, String> {
    let header = BundleHeader::decode(header.value.as_slice())
        .map_err(|error| format!("is not valid: {error}"))?;
    if header.endianness != 0 {
        let what = "says that the tensors are big-endian; save it again on a little-endian machine";
        return Err(what.to_owned());
    }
    let version = header.version.map_or(0, |version| version.min_consumer);
    if version > 1 {
        return Err(format!(
            "asks for version {version} of the format; version 1 is read"
        ));
    }
    let n_shards = usize::try_from(header.num_shards).unwrap_or(0);
    if !(1..=MOST_SHARDS).contains(&n_shards) {
        let found = header.num_shards;
        return Err(format!(
            "says {found} data files, expected 1 to {MOST_SHARDS}"
        ));
    }
    Ok(n_shards)
}

/// The name of a data file.
fn data_file(prefix: &Path, shard: usize, n_shards: usize) -> PathBuf {
    let mut name = prefix.as_os_str().to_owned();
    name.push(format!(".data-{shard:05}-of-{n_shards:05}"));
    PathBuf::from(name)
}

/// The entry of a slice, and which part of the variable it is.
struct SliceEntry {
    extents: Vec<Extent>,
    entry: BundleEntry,
}

/// The entries of an index.
struct Sorted {
    whole: Vec<(String, BundleEntry)>,
    slices: BTreeMap<String, Vec<SliceEntry>>,
}

/// Makes variables of entries. Errors name the index.
struct Reader<'i> {
    index: &'i Path,
    shards: Vec<PathBuf>,
    /// The sizes of the data files that were needed so far.
    lengths: BTreeMap<usize, u64>,
}

impl Reader<'_> {
    fn wrong(&self, name: &str, what: impl Into<String>) -> CheckpointError {
        CheckpointError::entry(self.index, name, what)
    }

    /// Sets the entries of slices apart from those of variables.
    fn sorted(&self, entries: impl Iterator<Item = TableEntry>) -> Result<Sorted, CheckpointError> {
        let (mut whole, mut slices) = (Vec::new(), BTreeMap::<_, Vec<_>>::new());
        for TableEntry { key, value } in entries {
            let shown = || String::from_utf8_lossy(&key).into_owned();
            let message = |name: &str| {
                BundleEntry::decode(value.as_slice())
                    .map_err(|error| self.wrong(name, format!("its entry is not valid: {error}")))
            };
            if is_slice_key(&key) {
                let slice = slice_of(&key).map_err(|damage| self.wrong(&shown(), damage.what))?;
                let (entry, extents) = (message(&slice.name)?, slice.extents);
                let slices = slices.entry(slice.name).or_default();
                slices.push(SliceEntry { extents, entry });
            } else {
                let name = std::str::from_utf8(&key)
                    .map_err(|_| self.wrong(&shown(), "its name is not UTF-8"))?;
                whole.push((name.to_owned(), message(name)?));
            }
        }
        Ok(Sorted { whole, slices })
    }

    fn variable(
        &mut self,
        name: String,
        entry: &BundleEntry,
        slices: Vec<SliceEntry>,
    ) -> Result<Variable, CheckpointError> {
        let shape = entry.shape.clone().unwrap_or_default().sizes();
        let shape = shape.ok_or_else(|| self.wrong(&name, "its shape is not valid"))?;
        if slices.len() != entry.slices.len() {
            let (expected, found) = (entry.slices.len(), slices.len());
            let what = format!("the index promises {expected} slices of it, found {found}");
            return Err(self.wrong(&name, what));
        }
        let whole = SliceEntry {
            extents: vec![Extent::WHOLE; shape.len()],
            entry: entry.clone(),
        };
        let data_type = DataType::of(entry.dtype);
        let slices = if slices.is_empty() {
            vec![whole]
        } else {
            slices
        };
        let parts = slices.iter();
        let parts: Vec<Part> = parts
            .map(|slice| self.part(&name, slice, data_type, &shape))
            .collect::<Result<_, _>>()?;
        if !tile(&parts, &shape) {
            return Err(self.wrong(&name, "its slices do not make up the whole of it"));
        }
        Ok(Variable {
            name,
            data_type,
            shape,
            parts,
        })
    }

    fn part(
        &mut self,
        name: &str,
        slice: &SliceEntry,
        data_type: DataType,
        whole: &[u64],
    ) -> Result<Part, CheckpointError> {
        let resolved = resolve(&slice.extents, whole);
        let (start, shape) =
            resolved.ok_or_else(|| self.wrong(name, "one of its slices lies outside of it"))?;
        let entry = &slice.entry;
        let found = DataType::of(entry.dtype);
        if found != data_type {
            let (found, expected) = (found.name(), data_type.name());
            let what = format!("one of its slices has {found}, expected {expected}");
            return Err(self.wrong(name, what));
        }
        let place = self.place(name, entry)?;
        let needed = n_bytes(&shape, data_type);
        if data_type.n_bytes().is_some() && needed != u64::try_from(entry.size).ok() {
            let (size, data_type) = (entry.size, data_type.name());
            let what = format!(
                "the index gives it {size} bytes, which is not the size of {shape:?} in {data_type}"
            );
            return Err(self.wrong(name, what));
        }
        Ok(Part {
            start,
            shape,
            place,
        })
    }

    /// Checks that a tensor lies inside its data file.
    fn place(&mut self, name: &str, entry: &BundleEntry) -> Result<Place, CheckpointError> {
        let shard = usize::try_from(entry.shard_id).unwrap_or(usize::MAX);
        let n_shards = self.shards.len();
        if shard >= n_shards {
            let what = format!(
                "the index puts it into data file {shard}, but says that there are {n_shards}"
            );
            return Err(self.wrong(name, what));
        }
        let length = self.length(name, shard)?;
        let place = (u64::try_from(entry.offset), u64::try_from(entry.size));
        let (Ok(offset), Ok(size)) = place else {
            return Err(self.wrong(name, "its place in the data file is negative"));
        };
        if offset.checked_add(size).is_none_or(|end| end > length) {
            let end = offset.saturating_add(size);
            let path = self.shards[shard].display();
            let what = format!(
                "the index puts it at bytes {offset} to {end} of {path}, which has {length} bytes; copy both files again"
            );
            return Err(self.wrong(name, what));
        }
        Ok(Place::File {
            shard,
            offset,
            size,
            checksum: entry.crc32c,
        })
    }

    /// The size of a data file.
    fn length(&mut self, name: &str, shard: usize) -> Result<u64, CheckpointError> {
        if let Some(length) = self.lengths.get(&shard) {
            return Ok(*length);
        }
        let path = &self.shards[shard];
        let length = match std::fs::metadata(path) {
            Ok(metadata) => metadata.len(),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
                return Err(CheckpointError::NoData {
                    path: path.clone(),
                    index: self.index.to_path_buf(),
                    name: name.to_owned(),
                });
            }
            Err(source) => return Err(CheckpointError::io(path)(source)),
        };
        self.lengths.insert(shard, length);
        Ok(length)
    }

    /// Refuses tensors that share bytes: TensorFlow writes them one after another.
    fn check_apart(&self, variables: &[Variable]) -> Result<(), CheckpointError> {
        let mut ranges = Vec::new();
        for variable in variables {
            for part in &variable.parts {
                if let Place::File {
                    shard,
                    offset,
                    size: size @ 1..,
                    ..
                } = part.place
                {
                    ranges.push((shard, offset, offset + size, &variable.name));
                }
            }
        }
        ranges.sort_unstable();
        for pair in ranges.windows(2) {
            let [(shard, _, end, name), (next_shard, start, _, next)] = pair else {
                continue;
            };
            if shard == next_shard && start < end {
                let path = self.shards[*shard].display();
                let what =
                    format!("the index gives it bytes of {path} that also belong to `{name}`");
                return Err(self.wrong(next, what));
            }
        }
        Ok(())
    }
}
