//! A variable of a checkpoint, and the parts that its bytes are put together from.

use super::data_type::DataType;
use super::slice_key::Extent;

/// A variable of a checkpoint. Its bytes are read when they are asked for.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The name, such as `bert/embeddings/word_embeddings`.
    pub name: String,
    /// The type of its elements.
    pub data_type: DataType,
    /// The sizes of its dimensions. A scalar has none.
    pub shape: Vec<u64>,
    pub(super) parts: Vec<Part>,
}

/// A part of a variable that lies in one place.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Start and length in each dimension.
    pub(super) start: Vec<u64>,
    pub(super) shape: Vec<u64>,
    pub(super) place: Place,
}

/// Where the bytes of a part are.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// In a data file.
    File {
        shard: usize,
        offset: u64,
        size: u64,
        checksum: u32,
    },
    /// In memory: an older file was read whole.
    Memory(Vec<u8>),
}

/// The most parts of a variable. A program that trains on many machines makes as many parts as it has servers of parameters.
pub(super) const MOST_PARTS: usize = 1 << 12;

/// The number of elements of a shape; None if it is too large for a number.
pub(super) fn n_elements(shape: &[u64]) -> Option<u64> {
    shape.iter().try_fold(1_u64, |n, size| n.checked_mul(*size))
}

/// The number of bytes of such elements; None if they differ in size, or the number is too large.
pub(super) fn n_bytes(shape: &[u64], data_type: DataType) -> Option<u64> {
    n_elements(shape)?.checked_mul(data_type.n_bytes()?)
}

/// Resolves the extents of a slice of a variable of this shape; None if they lie outside of it.
pub(super) fn resolve(extents: &[Extent], shape: &[u64]) -> Option<(Vec<u64>, Vec<u64>)> {
    if extents.len() != shape.len() {
        return None;
    }
    let mut resolved = (Vec::new(), Vec::new());
    for (extent, size) in extents.iter().zip(shape) {
        let length = extent.length.unwrap_or(*size);
        if extent.start.checked_add(length)? > *size {
            return None;
        }
        resolved.0.push(extent.start);
        resolved.1.push(length);
    }
    Some(resolved)
}

/// Whether parts that lie inside a shape tile it: no two overlap, and none is missing. The parts are at most
/// [`MOST_PARTS`], because each is compared with each.
pub(super) fn tile(parts: &[Part], shape: &[u64]) -> bool {
    if parts.len() > MOST_PARTS {
        return false;
    }
    let total: Option<u64> = parts
        .iter()
        .try_fold(0_u64, |sum, part| sum.checked_add(n_elements(&part.shape)?));
    let overlap = |one: &Part, other: &Part| {
        let mut dimensions = one
            .start
            .iter()
            .zip(&one.shape)
            .zip(other.start.iter().zip(&other.shape));
        dimensions.all(|((start, length), (other_start, other_length))| {
            *start < other_start + other_length && *other_start < start + length
        })
    };
    let are_apart = parts.iter().enumerate().all(|(index, part)| {
        let mut others = parts[index + 1..].iter();
        !others.any(|other| overlap(part, other))
    });
    total.is_some() && total == n_elements(shape) && are_apart
}

/// Copies the bytes of a part, row-major, to where they belong in the whole variable.
pub(super) fn copy_part(
    part: &Part,
    bytes: &[u8],
    shape: &[u64],
    element: usize,
    whole: &mut [u8],
) {
    let Some((row, outer)) = part.shape.split_last() else {
        whole.copy_from_slice(bytes);
        return;
    };
    let row_bytes = *row as usize * element;
    if row_bytes == 0 {
        return;
    }
    let mut at = vec![0_u64; outer.len()];
    for chunk in bytes.chunks_exact(row_bytes) {
        let mut index = 0_u64;
        for (dimension, size) in shape.iter().enumerate() {
            let place = at.get(dimension).copied().unwrap_or(0) + part.start[dimension];
            index = index * size + place;
        }
        let start = index as usize * element;
        whole[start..start + row_bytes].copy_from_slice(chunk);
        for (place, size) in at.iter_mut().zip(outer).rev() {
            *place += 1;
            if *place < *size {
                break;
            }
            *place = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, Place, copy_part, tile};

    fn part(start: [u64; 2], shape: [u64; 2]) -> Part {
        Part {
            start: start.to_vec(),
            shape: shape.to_vec(),
            place: Place::Memory(Vec::new()),
        }
    }

    #[test]
    fn parts_by_rows_and_columns_become_the_whole() {
        let parts = [
            part([0, 0], [2, 3]),
            part([2, 0], [1, 1]),
            part([2, 1], [1, 2]),
        ];
        assert!(tile(&parts, &[3, 3]));
        let mut whole = [0; 9];
        for (part, bytes) in parts.iter().zip([&[1, 2, 3, 4, 5, 6][..], &[7], &[8, 9]]) {
            copy_part(part, bytes, &[3, 3], 1, &mut whole);
        }
        assert_eq!(whole, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn parts_that_overlap_or_leave_a_gap_do_not_tile() {
        assert!(!tile(&[part([0, 0], [2, 3])], &[3, 3]));
        assert!(!tile(
            &[part([0, 0], [2, 3]), part([1, 0], [1, 3])],
            &[3, 3]
        ));
    }
}
