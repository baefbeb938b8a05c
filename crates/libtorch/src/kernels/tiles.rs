//! Kernels that go over a matrix in tiles of columns: GELU, matrices side by side, sums of columns.
//!
//! Dimensions: `t` pieces of all examples, `h` hidden width, `i` inner width of the feed-forward.

use tch::{Kind, Tensor};

use super::Kernels;
use super::arguments::{floats, hidden, numbers, sizes};
use super::program::{Argument, Function};

/// Columns of a tile.
const TILE_WIDTH: usize = 256;
/// Rows that a block takes at a time.
const BLOCK_ROWS: usize = 8;

/// A matrix with the sums of its columns.
#[derive(Debug)]
pub struct WithColumnSums {
    /// The matrix, bf16.
    pub matrix: Tensor,
    /// The sum of each column, f32.
    pub sums: Tensor,
}

impl Kernels {
    /// Computes GELU number by number, bf16. There must be a multiple of 8 numbers.
    pub fn gelu(&self, x: &Tensor) -> Tensor {
        let (y, n) = (x.empty_like(), x.numel());
        assert!(n.is_multiple_of(8), "{n} numbers, expected a multiple of 8");
        let arguments = [hidden(x, n, 1), hidden(&y, n, 1), Argument::Long(n as u64)];
        let blocks = [n.div_ceil(8 * 256), 1];
        self.program.launch(self.gelu, blocks, &arguments);
        y
    }

    /// Computes the gradient of the input of [`Self::gelu`], bf16 `[t, i]`, and the sum of the rows of this gradient,
    /// `[i]`. `gradient` is the gradient of the output; the result overwrites it.
    pub fn gelu_backward(&self, gradient: Tensor, x: &Tensor) -> WithColumnSums {
        let (rows, width) = sizes(x);
        assert!(
            width.is_multiple_of(8),
            "a width of {width}, expected a multiple of 8"
        );
        let sums = self.by_tile(self.gelu_backward, [rows, width], x, |sums| {
            vec![
                hidden(&gradient, rows, width),
                hidden(x, rows, width),
                sums,
                Argument::Int(rows as i32),
                Argument::Int(width as i32),
            ]
        });
        WithColumnSums {
            matrix: gradient,
            sums,
        }
    }

    /// Copies three matrices, bf16 `[t, h]` each, side by side, `[t, 3h]`, and adds up the rows, `[3h]`.
    pub fn side_by_side(&self, parts: [&Tensor; 3]) -> WithColumnSums {
        let (rows, width) = (self.n_rows(parts[0]), self.width);
        let all = Tensor::empty(
            [rows as i64, 3 * width as i64],
            (Kind::BFloat16, parts[0].device()),
        );
        let sums = self.by_tile(self.side_by_side, [rows, 3 * width], parts[0], |sums| {
            let mut arguments = parts.map(|part| hidden(part, rows, width)).to_vec();
            arguments.extend([
                hidden(&all, rows, 3 * width),
                sums,
                Argument::Int(rows as i32),
                Argument::Int(width as i32),
            ]);
            arguments
        });
        WithColumnSums { matrix: all, sums }
    }

    /// Adds up the rows of a matrix, bf16 `[m, n]` to f32 `[n]`.
    pub fn column_sums(&self, x: &Tensor) -> Tensor {
        let (rows, width) = sizes(x);
        self.by_tile(self.column_sums, [rows, width], x, |sums| {
            vec![
                hidden(x, rows, width),
                sums,
                Argument::Int(rows as i32),
                Argument::Int(width as i32),
            ]
        })
    }

    /// Launches a kernel over the tiles of a matrix `[rows, width]`, and returns the sums of the matrix's columns.
    /// `arguments` makes the kernel's arguments from the address of the sums.
    fn by_tile(
        &self,
        function: Function,
        [rows, width]: [usize; 2],
        like: &Tensor,
        arguments: impl FnOnce(Argument) -> Vec<Argument>,
    ) -> Tensor {
        let tiles = width.div_ceil(TILE_WIDTH);
        let groups =
            (function.n_blocks as usize / tiles).clamp(1, rows.div_ceil(BLOCK_ROWS).max(1));
        let sums = floats(&[groups, width], like);
        let arguments = arguments(numbers(&sums, groups * width));
        self.program.launch(function, [tiles, groups], &arguments);
        self.sum_rows(&sums)
    }

    /// Adds up rows of sums, f32 `[rows, width]` to `[width]`.
    pub(super) fn sum_rows(&self, x: &Tensor) -> Tensor {
        let (rows, width) = sizes(x);
        let sum = floats(&[width], x);
        let arguments = [
            numbers(x, rows * width),
            numbers(&sum, width),
            Argument::Int(rows as i32),
            Argument::Int(width as i32),
        ];
        self.program
            .launch(self.sum_rows, [width.div_ceil(32), 1], &arguments);
        sum
    }
}
