//! What a search for neighbours costs, before it begins.

use std::time::Duration;

/// Multiplications and additions of f32 that a core does in a second. Blocked matrix products reach it on cores with AVX2,
/// so the estimates are of the right order, no more.
const PER_CORE_AND_SECOND: f64 = 1e10;
/// The longest search that begins without being asked for \[P\].
const LONGEST: Duration = Duration::from_hours(12);

/// The cost of comparing all words of some groups with each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchPlan {
    /// The words that are compared.
    pub n_words: usize,
    /// The multiplications of the comparison.
    pub n_multiplications: f64,
}

impl SearchPlan {
    /// The plan for groups of these sizes: each word is compared with all words of its group.
    pub(crate) fn of(sizes: impl Iterator<Item = usize> + Clone, n_dimensions: usize) -> Self {
        let squares: f64 = sizes.clone().map(|size| (size as f64).powi(2)).sum();
        Self {
            n_words: sizes.sum(),
            n_multiplications: squares * n_dimensions as f64,
        }
    }

    /// How long the search takes on some threads, about.
    pub fn time(&self, n_threads: usize) -> Duration {
        let seconds = self.n_multiplications / (PER_CORE_AND_SECOND * n_threads.max(1) as f64);
        Duration::from_secs_f64(seconds.min(1e12))
    }

    /// Whether the search takes longer than it may without being asked for.
    pub(crate) fn is_too_long(&self, n_threads: usize) -> bool {
        self.time(n_threads) > LONGEST
    }

    /// The number of a file's first rows that take about an hour, if `n_rows` take as long as this plan: the time grows with
    /// the square. Rounded down to one digit.
    pub(crate) fn rows_of_an_hour(&self, n_rows: usize, n_threads: usize) -> usize {
        let hours = self.time(n_threads).as_secs_f64() / 3600.0;
        let rows = n_rows as f64 / hours.max(1.0).sqrt();
        let digit = 10_f64.powf(rows.max(1.0).log10().floor());
        ((rows / digit).floor() * digit) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::SearchPlan;

    #[test]
    fn twelve_million_words_of_200_dimensions_are_too_many_and_what_an_hour_takes_is_said() {
        // By number of characters: two, three, four and more.
        let sizes = [2_000_000, 4_000_000, 4_000_000, 2_000_000];
        let plan = SearchPlan::of(sizes.into_iter(), 200);
        assert_eq!(plan.n_words, 12_000_000);
        assert_eq!(plan.time(2).as_secs() / 3600, 111);
        assert!(plan.is_too_long(2) && plan.is_too_long(16) && !plan.is_too_long(32));
        let rows = plan.rows_of_an_hour(12_000_000, 2);
        assert_eq!(rows, 1_000_000);
        let share = rows as f64 / 12e6;
        let sizes = sizes.map(|size| (size as f64 * share) as usize);
        assert!(SearchPlan::of(sizes.into_iter(), 200).time(2).as_secs() < 3600);
    }

    #[test]
    fn usual_files_are_not_too_long() {
        let plan = SearchPlan::of([60_000, 90_000, 40_000].into_iter(), 300);
        assert!(!plan.is_too_long(1) && plan.time(1).as_secs() < 3600);
        assert_eq!(SearchPlan::of(std::iter::empty(), 300).time(1).as_secs(), 0);
    }
}
