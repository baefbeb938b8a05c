//! The report of a similar-word table: how much it covers, how good it is, and examples of its words.

use segment::PieceTokenizer;
use synonym::{
    Agreement, Bands, N_BANDS, Neighbour, OppositeCount, Placed, PrecisionCount, SimilarWords,
    Vectors, neighbours, place,
};

use super::held_out::{Covered, HeldOutCounts};
use crate::numbers::{grouped, percent, share};

/// How many words of the table are shown if the command line names no words.
const N_SHOWN: usize = 24;

/// A titled part of the report.
pub(crate) struct Part {
    pub title: &'static str,
    pub lines: Vec<Line>,
}

/// A line of the report.
pub(crate) struct Line {
    pub name: String,
    pub value: String,
    /// What the value was counted over.
    pub over: String,
}

/// A word with its similar words.
pub(crate) struct ShownWord<'t> {
    pub word: String,
    pub similar: Vec<Neighbour<'t>>,
    /// The positions of the word and of its similar words on a two-dimensional map; empty if there are no vectors.
    pub map: Vec<Placed>,
}

impl Part {
    fn new(title: &'static str) -> Self {
        Self {
            title,
            lines: Vec::new(),
        }
    }

    fn add(&mut self, name: impl Into<String>, value: impl Into<String>, over: impl Into<String>) {
        self.lines.push(Line {
            name: name.into(),
            value: value.into(),
            over: over.into(),
        });
    }

    /// Adds the share of a part in a whole.
    fn add_share(&mut self, name: impl Into<String>, part: u64, whole: u64, over: &str) {
        self.add(name, percent(share(part, whole)), over);
    }
}

/// The table itself.
pub(crate) fn table_part(table: &SimilarWords) -> Part {
    let mut part = Part::new("table");
    let with = table
        .words()
        .filter(|word| !table.candidates(*word).is_empty());
    let (n_heads, n_candidates) = with.fold((0, 0), |(heads, candidates), word| {
        (heads + 1, candidates + table.candidates(word).len())
    });
    part.add("words", grouped(table.n_words() as u64), "");
    part.add("with similar words", grouped(n_heads), "");
    let mean = n_candidates as f64 / n_heads.max(1) as f64;
    part.add("similar words per such word", format!("{mean:.2}"), "mean");
    part.add("vectors or list", table.source_sha256(), "SHA-256");
    part.add("options", table.options_sha256(), "SHA-256");
    part
}

/// How much running text the table covers.
pub(crate) fn coverage_part(counts: &HeldOutCounts) -> Part {
    let mut part = Part::new("held-out Han words with a similar word");
    let mut line = |name: &str, covered: Covered| {
        let over = format!("of {}", grouped(covered.n_all));
        part.add_share(name, covered.n_with_similar, covered.n_all, &over);
    };
    line("all", counts.words);
    line("without function words", counts.content_words);
    for (band, covered) in counts.bands.iter().enumerate() {
        line(Bands::name(band), *covered);
    }
    for (length, covered) in counts.lengths.iter().enumerate() {
        let name = match length + 1 {
            1 => "of 1 piece".to_owned(),
            n if n == counts.lengths.len() => format!("of {n} pieces or more"),
            n => format!("of {n} pieces"),
        };
        line(&name, *covered);
    }
    part
}

/// How masking falls back on random words.
pub(crate) fn masking_part(counts: &HeldOutCounts) -> Part {
    let mut part = Part::new("masking of the held-out text (objective mac)");
    let over = format!("of {} masked pieces", grouped(counts.n_masked));
    part.add_share("fallbacks", counts.n_fallback, counts.n_masked, &over);
    part.add_share(
        "fallbacks beyond the cap of 10 %",
        counts.n_beyond_cap,
        counts.n_masked,
        &over,
    );
    part.add_share(
        "examples that reach the cap",
        counts.n_capped_examples,
        counts.n_examples,
        &format!("of {}", grouped(counts.n_examples)),
    );
    let detection = counts.without_context.detection();
    let over = format!("of {} replaced words", grouped(detection.n_replaced));
    let name = "detected without context: recall";
    part.add_share(name, detection.n_found, detection.n_replaced, &over);
    let over = format!(
        "of {} words classified as replaced",
        grouped(detection.n_called)
    );
    let name = "detected without context: precision";
    part.add_share(name, detection.n_found, detection.n_called, &over);
    part
}

/// How far the table agrees with a thesaurus: the precision of similar words, by band of word frequency.
pub(crate) fn precision_part(counts: &[PrecisionCount; N_BANDS + 1]) -> Part {
    let mut part = Part::new(
        "precision at 5 by the thesaurus (of candidates that it contains; of all candidates; of draws)",
    );
    for (band, count) in counts.iter().enumerate() {
        let name = if band == N_BANDS {
            "all"
        } else {
            Bands::name(band)
        };
        let value = [count.of_known(), count.of_all(), count.of_draws()].map(percent);
        let over = format!("of {} words", grouped(count.n_words));
        part.add(name, value.join("  "), over);
    }
    part
}

/// How far the vectors agree with human judgements. [`Part::add_agreement`] adds a line for each list.
pub(crate) fn agreement_part() -> Part {
    Part::new("vectors and human judgements (Spearman's rank correlation)")
}

/// How many antonyms the table has among the best candidates. [`Part::add_antonyms`] adds a line for each list.
pub(crate) fn antonym_part() -> Part {
    Part::new("listed antonyms among a word's best five candidates")
}

impl Part {
    /// Adds the agreement with a list of pairs.
    pub(crate) fn add_agreement(&mut self, list: &str, found: &Agreement) {
        let value = found.spearman;
        let value = value.map_or("none".to_owned(), |value| format!("{value:.3}"));
        let over = format!("over {} of {} pairs", found.n_known, found.n_pairs);
        self.add(list, value, over);
    }

    /// Adds the antonyms of a list.
    pub(crate) fn add_antonyms(&mut self, list: &str, found: &OppositeCount) {
        let over = format!("of {} that the table knows", grouped(found.n_pairs));
        self.add_share(list, found.n_among_best, found.n_pairs, &over);
    }
}

/// The words that were asked for, or some of the table, with their similar words.
pub(crate) fn shown_words<'t>(
    words: &[String],
    table: &'t SimilarWords,
    tokenizer: &PieceTokenizer,
    vectors: Option<&Vectors>,
) -> Vec<ShownWord<'t>> {
    let words = if words.is_empty() {
        some_words(table, vectors)
    } else {
        words.to_vec()
    };
    let show = |word: String| {
        let similar = neighbours(&word, table, tokenizer).unwrap_or_default();
        let map = vectors.map_or_else(Vec::new, |vectors| map_of(&word, &similar, vectors));
        ShownWord { word, similar, map }
    };
    words.into_iter().map(show).collect()
}

/// Picks words at equal distances from the more frequent half of the vectors, or from the table if there are no
/// vectors.
fn some_words(table: &SimilarWords, vectors: Option<&Vectors>) -> Vec<String> {
    let words: Vec<String> = match vectors {
        Some(vectors) => vectors.words()[..vectors.words().len() / 2].to_vec(),
        None => table
            .words()
            .map(|word| table.text(word).to_owned())
            .collect(),
    };
    let step = (words.len() / N_SHOWN).max(1);
    words.into_iter().step_by(step).take(N_SHOWN).collect()
}

fn map_of(word: &str, similar: &[Neighbour<'_>], vectors: &Vectors) -> Vec<Placed> {
    let names = std::iter::once(word).chain(similar.iter().map(|neighbour| neighbour.text));
    let find = |name: &str| vectors.words().iter().position(|known| known == name);
    let indices: Vec<usize> = names.filter_map(find).collect();
    place(vectors, &indices)
}
