//! Says in which window a context piece has the most context, by Google's rule.

use crate::spans::windows::WindowRange;

/// The weight of a window's length, which decides between windows with equal context.
const LENGTH_WEIGHT: f64 = 0.01;

/// Returns the index of the window in which a context piece has the most context on its poorer side; the first of equal ones.
pub(crate) fn best_window(windows: &[WindowRange], piece: usize) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (index, window) in windows.iter().enumerate() {
        let end = window.first + window.n_pieces;
        if !(window.first..end).contains(&piece) {
            continue;
        }
        let poorer = (piece - window.first).min(end - 1 - piece);
        let score = poorer as f64 + LENGTH_WEIGHT * window.n_pieces as f64;
        if best.is_none_or(|(_, other)| score > other) {
            best = Some((index, score));
        }
    }
    best.map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(ranges: &[(usize, usize)]) -> Vec<WindowRange> {
        let range = |&(first, n_pieces)| WindowRange { first, n_pieces };
        ranges.iter().map(range).collect()
    }

    #[test]
    fn a_piece_counts_where_its_poorer_side_is_longest() {
        let windows = windows(&[(0, 10), (6, 10), (12, 5)]);
        let best: Vec<_> = [0, 6, 7, 8, 9, 12, 13, 14, 16]
            .map(|piece| best_window(&windows, piece))
            .to_vec();
        // Piece 6 has 0 or 3 pieces on its poorer side; piece 8 has 1 or 2, piece 13 has 2 or 1.
        assert_eq!(best, [0, 0, 0, 1, 1, 1, 1, 2, 2].map(Some));
        assert_eq!(best_window(&windows, 17), None);
    }
}
