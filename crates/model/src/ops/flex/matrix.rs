//! Matrices in the host's memory, and their products by the crate `gemm`.

use std::marker::PhantomData;
use std::ops::Range;

use rayon::prelude::*;

/// A matrix to read: `rows × columns` numbers at fixed strides, so that parts and transposes need no copy.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    numbers: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// Views row-major numbers as a matrix.
    pub(super) fn new(numbers: &'a [f32], columns: usize) -> Self {
        debug_assert_eq!(numbers.len() % columns, 0, "whole rows");
        Self {
            numbers,
            rows: numbers.len() / columns,
            columns,
            row_stride: columns,
            column_stride: 1,
        }
    }

    /// Views some rows and columns.
    pub(super) fn part(self, rows: Range<usize>, columns: Range<usize>) -> Self {
        assert!(rows.end <= self.rows && columns.end <= self.columns);
        let start = rows.start * self.row_stride + columns.start * self.column_stride;
        Self {
            numbers: &self.numbers[start..],
            rows: rows.len(),
            columns: columns.len(),
            ..self
        }
    }

    /// Views the rows as columns.
    pub(super) const fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// Returns the number of rows.
    pub(super) const fn n_rows(self) -> usize {
        self.rows
    }

    /// Returns a row of a row-major matrix.
    pub(super) fn row(self, row: usize) -> &'a [f32] {
        &self.numbers[row * self.row_stride..][..self.columns]
    }
}

/// A row-major matrix to write.
pub(super) struct MatrixMut<'a> {
    numbers: *mut f32,
    rows: usize,
    columns: usize,
    row_stride: usize,
    lifetime: PhantomData<&'a mut [f32]>,
}

impl<'a> MatrixMut<'a> {
    pub(super) fn new(numbers: &'a mut [f32], columns: usize) -> Self {
        Tiles::new(numbers, columns).whole()
    }

    /// Borrows some columns.
    fn columns(&mut self, columns: Range<usize>) -> MatrixMut<'_> {
        let rows = 0..self.rows;
        // SAFETY: it is the only part, and this matrix stays borrowed while the part lives.
        unsafe { self.tiles().part(rows, columns) }
    }

    /// Lends the matrix to several threads that write parts of it.
    const fn tiles(&mut self) -> Tiles<'_> {
        Tiles {
            numbers: self.numbers,
            rows: self.rows,
            columns: self.columns,
            row_stride: self.row_stride,
            lifetime: PhantomData,
        }
    }

    /// Writes a number.
    pub(super) fn set(&mut self, row: usize, column: usize, number: f32) {
        assert!(row < self.rows && column < self.columns);
        // SAFETY: row and column are within the matrix, which is borrowed for writing.
        unsafe {
            *self.numbers.add(row * self.row_stride + column) = number;
        }
    }
}

/// A row-major matrix that several threads write at the same time, each its own parts.
pub(super) struct Tiles<'a> {
    numbers: *mut f32,
    rows: usize,
    columns: usize,
    row_stride: usize,
    lifetime: PhantomData<&'a mut [f32]>,
}

// SAFETY: threads get parts only by `part`, whose callers promise that the parts have no number in common.
unsafe impl Sync for Tiles<'_> {}

impl<'a> Tiles<'a> {
    pub(super) fn new(numbers: &'a mut [f32], columns: usize) -> Self {
        Self {
            rows: numbers.len() / columns,
            numbers: numbers.as_mut_ptr(),
            columns,
            row_stride: columns,
            lifetime: PhantomData,
        }
    }

    fn whole(self) -> MatrixMut<'a> {
        MatrixMut {
            numbers: self.numbers,
            rows: self.rows,
            columns: self.columns,
            row_stride: self.row_stride,
            lifetime: PhantomData,
        }
    }

    /// Hands out some rows and columns.
    ///
    /// # Safety
    ///
    /// No two parts that are alive at the same time may have a number in common.
    pub(super) unsafe fn part(&self, rows: Range<usize>, columns: Range<usize>) -> MatrixMut<'a> {
        assert!(rows.end <= self.rows && columns.end <= self.columns);
        MatrixMut {
            // SAFETY: the first number of the part is within the matrix.
            numbers: unsafe {
                self.numbers
                    .add(rows.start * self.row_stride + columns.start)
            },
            rows: rows.len(),
            columns: columns.len(),
            row_stride: self.row_stride,
            lifetime: PhantomData,
        }
    }
}

/// Which threads multiply.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Threads {
    /// The calling thread.
    One,
    /// All of rayon's threads, if the product is large enough.
    All,
}

/// The number of multiplications below which one thread is as fast as all.
const SMALL: usize = 128 * 128 * 128;
/// Rows and columns of the part of a product that one thread computes.
///
/// Among shapes from 96 × 3072 to 1024 × 384 this was the fastest for the products of BERT base's layers, on two cores with
/// AVX-512. Up to 128 columns, `gemm` reads the left matrix in place. With 1024 rows, a transposed right matrix is repacked
/// once per 1024 rows. `gemm`'s own threads are not used, because they leave the repacking to one thread.
const TILE: [usize; 2] = [1024, 128];
/// With many threads, parts have fewer rows, but always more than this. `gemm` adds up the sums of small matrices in another
/// order, so with smaller parts the bits would depend on the number of threads.
const FEW_ROWS: usize = 256;

/// Computes `out = factor · left × right`, or `out += factor · left × right` if `adds`.
///
/// The bits do not depend on the number of threads: one thread adds up a whole sum, and for matrices of more than
/// [`FEW_ROWS`] rows the order in which `gemm` does so depends on the sum's length alone.
pub(super) fn multiply(
    out: &mut MatrixMut<'_>,
    adds: bool,
    left: Matrix<'_>,
    right: Matrix<'_>,
    factor: f32,
    threads: Threads,
) {
    let (m, n, k) = (left.rows, right.columns, left.columns);
    assert!(out.rows == m && out.columns == n && right.rows == k);
    left.check();
    right.check();
    if threads == Threads::One || m * n * k < SMALL {
        multiply_part(out, adds, left, right, factor);
        return;
    }
    let [height, width] = TILE;
    let (mut n_down, n_across) = (m.div_ceil(height), n.div_ceil(width));
    while n_down * n_across < 2 * rayon::current_num_threads() && m / (2 * n_down) > FEW_ROWS {
        n_down *= 2;
    }
    let tiles = out.tiles();
    (0..n_down * n_across).into_par_iter().for_each(|tile| {
        // Consecutive tiles lie below each other: they share the columns of the right matrix.
        let (down, across) = (tile % n_down, tile / n_down);
        let rows = down * m / n_down..(down + 1) * m / n_down;
        let columns = across * width..n.min((across + 1) * width);
        let (left, right) = (
            left.part(rows.clone(), 0..k),
            right.part(0..k, columns.clone()),
        );
        // SAFETY: tiles have no number in common.
        let mut out = unsafe { tiles.part(rows, columns) };
        multiply_part(&mut out, adds, left, right, factor);
    });
}

/// Does what [`multiply`] does, on the calling thread.
fn multiply_part(
    out: &mut MatrixMut<'_>,
    adds: bool,
    left: Matrix<'_>,
    right: Matrix<'_>,
    factor: f32,
) {
    // SAFETY: all three matrices lie within their memory (`check` in `multiply`, and `part`), and `out` is borrowed for
    // writing.
    unsafe {
        gemm::gemm(
            left.rows,
            right.columns,
            left.columns,
            out.numbers,
            1,
            out.row_stride as isize,
            adds,
            left.numbers.as_ptr(),
            left.column_stride as isize,
            left.row_stride as isize,
            right.numbers.as_ptr(),
            right.column_stride as isize,
            right.row_stride as isize,
            1.0,
            factor,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

impl Matrix<'_> {
    /// Asserts that the last number lies within the memory.
    fn check(&self) {
        if self.rows > 0 && self.columns > 0 {
            let last = (self.rows - 1) * self.row_stride + (self.columns - 1) * self.column_stride;
            assert!(last < self.numbers.len());
        }
    }
}

/// Computes a product on all threads.
pub(super) fn product(left: Matrix<'_>, right: Matrix<'_>) -> Vec<f32> {
    fresh(left.rows, right.columns, |out| {
        multiply(out, false, left, right, 1.0, Threads::All);
    })
}

/// Computes the products of one matrix with several, side by side, on all threads.
pub(super) fn products<const N: usize>(left: Matrix<'_>, right: [Matrix<'_>; N]) -> Vec<f32> {
    let columns = right[0].columns;
    fresh(left.rows, N * columns, |out| {
        for (part, right) in right.into_iter().enumerate() {
            let mut out = out.columns(part * columns..(part + 1) * columns);
            multiply(&mut out, false, left, right, 1.0, Threads::All);
        }
    })
}

/// Allocates a matrix that `write` writes whole. It is not zeroed first, which would touch its memory twice.
fn fresh(rows: usize, columns: usize, write: impl FnOnce(&mut MatrixMut<'_>)) -> Vec<f32> {
    let mut numbers: Vec<f32> = Vec::with_capacity(rows * columns);
    let mut out = MatrixMut {
        numbers: numbers.as_mut_ptr(),
        rows,
        columns,
        row_stride: columns,
        lifetime: PhantomData,
    };
    write(&mut out);
    // SAFETY: a product that does not add writes every number of its part, and the parts make up the whole matrix.
    unsafe { numbers.set_len(rows * columns) };
    numbers
}

/// Adds a product to a matrix, on all threads.
pub(super) fn add_product(out: &mut [f32], left: Matrix<'_>, right: Matrix<'_>) {
    let mut into = MatrixMut::new(out, right.columns);
    multiply(&mut into, true, left, right, 1.0, Threads::All);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sizes have long sums, which `gemm` adds up in parts, and ends that fill no tile.
    #[test]
    fn a_product_has_the_same_bits_by_any_number_of_threads() {
        for (m, k, n) in [(1100, 1500, 331), (520, 768, 129), (160, 768, 192)] {
            check(m, k, n);
        }
    }

    fn check(m: usize, k: usize, n: usize) {
        let numbers = |n: usize| -> Vec<f32> {
            let number = |at: usize| ((at * 7919 % 1013) as f32 - 506.0) / 313.0;
            (0..n).map(number).collect()
        };
        let (left, right) = (numbers(m * k), numbers(k * n));
        let pairs = [
            (Matrix::new(&left, k), Matrix::new(&right, n)),
            (Matrix::new(&left, m).transposed(), Matrix::new(&right, n)),
            (Matrix::new(&left, k), Matrix::new(&right, k).transposed()),
        ];
        for (left, right) in pairs {
            let mut whole = vec![0.0; m * n];
            let mut out = MatrixMut::new(&mut whole, n);
            multiply(&mut out, false, left, right, 1.0, Threads::One);
            let mut found = [1, 2, 7, 64].map(|n_threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
                let pool = pool.build().expect("threads");
                pool.install(|| product(left, right))
            });
            let first = std::mem::take(&mut found[0]);
            assert!(
                found[1..].iter().all(|found| *found == first),
                "{m} × {k} × {n}: bits depend on the number of threads"
            );
            let largest = whole.iter().fold(0.0, |most: f32, x| most.max(x.abs()));
            let apart = whole.iter().zip(&first).map(|(a, b)| (a - b).abs());
            assert!(apart.fold(0.0, f32::max) < 1e-5 * largest);
        }
    }
}
