//! Draws the neighbourhood of a word on a plane, by the two directions in which the vectors differ most.

use crate::vectors::collection::Vectors;

/// Rounds of power iteration. The vectors of neighbours differ mainly in few directions, so it converges quickly.
const N_ROUNDS: usize = 60;

/// A word on the plane; coordinates are from -1 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The word.
    pub word: String,
    /// The coordinate along the first principal component.
    pub x: f64,
    /// The coordinate along the second principal component.
    pub y: f64,
}

/// Places words on a plane by the first two principal components of their vectors. `words` are indices of the vectors.
pub fn place(vectors: &Vectors, words: &[usize]) -> Vec<Placed> {
    let mut rows: Vec<Vec<f64>> = words
        .iter()
        .map(|word| vectors.row(*word).iter().copied().map(f64::from).collect())
        .collect();
    let n_rows = rows.len().max(1) as f64;
    for dimension in 0..vectors.n_dimensions() {
        let mean = rows.iter().map(|row| row[dimension]).sum::<f64>() / n_rows;
        for row in &mut rows {
            row[dimension] -= mean;
        }
    }
    let x = component(&mut rows);
    let y = component(&mut rows);
    let most = x
        .iter()
        .chain(&y)
        .fold(1e-12, |most: f64, c| most.max(c.abs()));
    let placed = words.iter().zip(x.iter().zip(&y));
    placed
        .map(|(word, (x, y))| Placed {
            word: vectors.words()[*word].clone(),
            x: x / most,
            y: y / most,
        })
        .collect()
}

/// The coordinates of the rows along their principal component; the component is then removed from the rows.
fn component(rows: &mut [Vec<f64>]) -> Vec<f64> {
    let n_dimensions = rows.first().map_or(0, Vec::len);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    // A fixed start that is unlikely to be orthogonal to the component.
    let mut direction: Vec<f64> = (0..n_dimensions).map(|i| (i as f64 + 1.0).sin()).collect();
    for _ in 0..N_ROUNDS {
        let mut next = vec![0.0; n_dimensions];
        for row in rows.iter() {
            let along = dot(row, &direction);
            next.iter_mut()
                .zip(row)
                .for_each(|(next, x)| *next += along * x);
        }
        let length = dot(&next, &next).sqrt();
        if length < 1e-12 {
            break;
        }
        direction = next.into_iter().map(|x| x / length).collect();
    }
    let along: Vec<f64> = rows.iter().map(|row| dot(row, &direction)).collect();
    for (row, along) in rows.iter_mut().zip(&along) {
        row.iter_mut()
            .zip(&direction)
            .for_each(|(x, d)| *x -= along * d);
    }
    along
}

#[cfg(test)]
mod tests {
    use super::place;
    use crate::vectors::collection::Vectors;

    #[test]
    fn words_that_differ_most_stand_farthest_apart() {
        let rows = [
            ("甲", vec![1.0, 0.0, 0.1]),
            ("乙", vec![1.0, 0.1, 0.1]),
            ("丙", vec![-1.0, 0.0, 0.1]),
        ];
        let (vectors, _) = Vectors::from_rows(rows.map(|(word, row)| (word.to_owned(), row)));
        let placed = place(&vectors, &[0, 1, 2]);
        let apart = |a: usize, b: usize| (placed[a].x - placed[b].x).abs();
        assert!(apart(0, 2) > 5.0 * apart(0, 1));
        assert!(placed.iter().all(|p| p.x.abs() <= 1.0 && p.y.abs() <= 1.0));
        assert!(place(&vectors, &[]).is_empty());
    }
}
