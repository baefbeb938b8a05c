//! Where the examples of a batch lie: end to end without padding, and in the padded batch that they came from.
//!
//! A *row* is a piece's index among all pieces of the batch, end to end. A *padded index* is the piece's index in the
//! flattened padded batch, `example · s + position`.
//!
//! Dimensions: `b` examples, `s` positions of an example in the padded batch, `t` pieces of all examples.

use std::ops::Range;

/// The rows of each example, and the size of the padded batch.
///
/// Invariant: every example has between 1 and `s` pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The first row of each example, and `t` at the end, `[b + 1]`.
    starts: Vec<usize>,
    /// `s`.
    padded: usize,
    /// The number of pieces of each example that attention reads, `[b]`, if its last rows are padding.
    n_keys: Option<Vec<usize>>,
}

impl Layout {
    /// Lays out examples of these lengths; `padded` is the number of positions of an example in the padded batch.
    ///
    /// # Panics
    ///
    /// If an example is longer than `padded`, or has no piece.
    pub(crate) fn new(lengths: &[u32], padded: usize) -> Self {
        let mut starts = vec![0];
        for &length in lengths {
            let length = length as usize;
            assert!(
                (1..=padded).contains(&length),
                "an example has {length} pieces, expected 1 to {padded}"
            );
            starts.push(starts[starts.len() - 1] + length);
        }
        Self {
            starts,
            padded,
            n_keys: None,
        }
    }

    /// Lays out examples with their padding as rows. Attention reads only the pieces of these lengths.
    pub(crate) fn with_padding(lengths: &[u32], padded: usize) -> Self {
        let full = vec![padded as u32; lengths.len()];
        let n_keys = lengths.iter().map(|length| *length as usize).collect();
        Self {
            n_keys: Some(n_keys),
            ..Self::new(&full, padded)
        }
    }

    /// Whether some rows are padding.
    pub(crate) fn has_padding_rows(&self) -> bool {
        self.n_keys.is_some()
    }

    /// Returns the number of rows of an example that attention reads.
    pub(crate) fn n_keys(&self, example: usize) -> usize {
        match &self.n_keys {
            Some(n_keys) => n_keys[example],
            None => self.starts[example + 1] - self.starts[example],
        }
    }

    /// Lists for each row 1 if it is a piece, and 0 if it is padding, `[t]`.
    pub(crate) fn filled_rows(&self) -> impl Iterator<Item = u8> {
        let example = |(example, rows): (usize, Range<usize>)| {
            let n_keys = self.n_keys(example);
            (0..rows.len()).map(move |position| u8::from(position < n_keys))
        };
        self.examples().enumerate().flat_map(example)
    }

    /// Returns the number of examples, `b`.
    pub(crate) fn n_examples(&self) -> usize {
        self.starts.len() - 1
    }

    /// Returns the number of pieces of all examples, `t`.
    pub(crate) fn n_rows(&self) -> usize {
        self.starts[self.n_examples()]
    }

    /// Returns the number of positions of an example in the padded batch, `s`.
    pub(crate) fn padded(&self) -> usize {
        self.padded
    }

    /// Returns the number of pieces of the longest example.
    #[cfg(feature = "tch")]
    pub(crate) fn longest(&self) -> usize {
        self.examples().map(|rows| rows.len()).max().unwrap_or(0)
    }

    /// Lists the rows of each example.
    pub(crate) fn examples(&self) -> impl Iterator<Item = Range<usize>> {
        self.starts.windows(2).map(|ends| ends[0]..ends[1])
    }

    /// Returns the first row of each example: its `[CLS]`.
    pub(crate) fn first_rows(&self) -> &[usize] {
        &self.starts[..self.n_examples()]
    }

    /// Returns the first row of each example, and `t` at the end, `[b + 1]`.
    #[cfg(feature = "tch")]
    pub(crate) fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// Whether the padded batch has no padding.
    pub(crate) fn is_full(&self) -> bool {
        !self.has_padding_rows() && self.n_rows() == self.n_examples() * self.padded
    }

    /// Converts a padded index to a row.
    pub(crate) fn row(&self, padded_index: usize) -> usize {
        self.starts[padded_index / self.padded] + padded_index % self.padded
    }

    /// Lists the padded index of each row, `[t]`.
    pub(crate) fn padded_indices(&self) -> impl Iterator<Item = usize> {
        let padded = self.padded;
        let example = move |(example, rows): (usize, Range<usize>)| {
            (0..rows.len()).map(move |position| example * padded + position)
        };
        self.examples().enumerate().flat_map(example)
    }
}

#[cfg(test)]
mod tests {
    use super::Layout;

    #[test]
    fn rows_and_padded_indices_are_each_others_inverse() {
        let layout = Layout::new(&[3, 2], 4);
        assert_eq!((layout.n_examples(), layout.n_rows()), (2, 5));
        assert_eq!(layout.first_rows(), [0, 3]);
        assert!(!layout.is_full());
        let indices: Vec<usize> = layout.padded_indices().collect();
        assert_eq!(indices, [0, 1, 2, 4, 5]);
        for (row, index) in indices.into_iter().enumerate() {
            assert_eq!(layout.row(index), row);
        }
    }
}
