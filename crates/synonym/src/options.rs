//! `[similar_words]` of a config: what a table is compiled from, and which candidates it keeps.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::compile::{CompileOptions, Weights};
use crate::vectors::format::VectorFormat;

/// The similar words of a job (`[similar_words]`).
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SimilarWordsSection {
    /// The compiled table, which belongs to one vocabulary.
    pub table: PathBuf,
    /// The file that the table is compiled from if it is not there.
    pub source: Option<PathBuf>,
    /// What the source is; a list if nothing is said.
    pub format: Option<TableSource>,
    /// Reads only the first rows of the source: the most frequent words, in most files of vectors. A search for neighbours
    /// that would take very long begins only if this is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// The most candidates of a word.
    pub top_k: usize,
    /// The least score of a candidate.
    pub min_score: f32,
    /// Words like 的 了 在 that have no similar words; one coverage figure leaves them out.
    pub function_words: Option<PathBuf>,
    /// How often each candidate of a word is drawn. If nothing is said, it is `frequency` where `counts` are given, and
    /// `uniform` elsewhere.
    pub weights: Option<Weights>,
    /// How often words occur (`word count` a line), for `weights = "frequency"`. With this file, random words have a
    /// similar frequency too. Without it, a word's rank in the source gives its frequency, and random words are uniform.
    pub counts: Option<PathBuf>,
    /// How neighbours in word vectors are ranked; `exact` if nothing is said.
    pub mode: Option<RankMode>,
    /// Keeps only candidates of the word's part of speech, by jieba's tags.
    pub same_tag: Option<bool>,
    /// Lists of antonyms, which are dropped.
    pub antonyms: Option<Vec<PathBuf>>,
    /// Also drops words that differ in opposite characters, as the lists of antonyms show them; true if nothing is said.
    pub antonym_characters: Option<bool>,
    /// A thesaurus in the format of Cilin.
    pub thesaurus: Option<PathBuf>,
    /// What the thesaurus is used for; `source` if nothing is said.
    pub thesaurus_use: Option<ThesaurusUse>,
}

/// What a similar-word table is compiled from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum TableSource {
    /// Lines of word, similar word and score, with tabs between them.
    #[default]
    List,
    /// Word vectors.
    Vectors(VectorFormat),
}

/// A format that no source has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {}, found `{found}`", TableSource::names())]
pub struct UnknownSource {
    /// What the config says.
    pub found: String,
}

/// How neighbours are ranked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RankMode {
    /// By cosine, among the words of the same number of pieces.
    #[default]
    Exact,
    /// As the Synonyms toolkit ranks them, to compare with it.
    SynonymsCompat,
}

/// What a thesaurus is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ThesaurusUse {
    /// The words of its groups become candidates of each other, beside those of the source.
    #[default]
    Source,
    /// A word that it knows keeps only candidates of its own groups.
    Filter,
}

impl TableSource {
    /// All sources, in the order in which messages list them: a list, then every format of vectors.
    pub fn all() -> impl Iterator<Item = Self> {
        let vectors = VectorFormat::ALL.into_iter().map(Self::Vectors);
        std::iter::once(Self::List).chain(vectors)
    }

    /// The name, as configs write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Vectors(format) => format.name(),
        }
    }

    /// All names as messages list them: `list, finalfusion, … or floret`.
    pub fn names() -> String {
        let names: Vec<&str> = Self::all().map(Self::name).collect();
        let (last, others) = names.split_last().expect("there are sources");
        format!("{} or {last}", others.join(", "))
    }
}

impl TryFrom<String> for TableSource {
    type Error = UnknownSource;

    fn try_from(found: String) -> Result<Self, UnknownSource> {
        let source = Self::all().find(|source| source.name() == found);
        source.ok_or(UnknownSource { found })
    }
}

impl From<TableSource> for String {
    fn from(source: TableSource) -> Self {
        source.name().to_owned()
    }
}

impl SimilarWordsSection {
    /// Says what cannot be, as a sentence that names the key. No file is read for it.
    pub fn problem(&self) -> Option<&'static str> {
        let is_list = self.source_format() == TableSource::List;
        let problems = [
            (
                self.limit == Some(0),
                "similar_words.limit: expected at least 1, found 0",
            ),
            (
                is_list && self.mode.is_some(),
                "similar_words.mode: a list is ranked by its scores; leave it out",
            ),
            (
                !is_list && self.weights == Some(Weights::Listed),
                "similar_words.weights: only a list has weights of its own; expected uniform, similarity or frequency",
            ),
            (
                self.counts.is_some() && self.drawn_by() != Weights::Frequency,
                "similar_words.counts: only weights = \"frequency\" uses counts; leave them out",
            ),
            (
                self.thesaurus.is_none() && self.thesaurus_use.is_some(),
                "similar_words.thesaurus_use: there is no similar_words.thesaurus",
            ),
        ];
        let found = problems.into_iter().find(|(is_wrong, _)| *is_wrong);
        found.map(|(_, problem)| problem)
    }

    /// What the source is.
    pub fn source_format(&self) -> TableSource {
        self.format.unwrap_or_default()
    }

    /// Whether the words of the thesaurus are candidates themselves.
    pub fn adds_thesaurus(&self) -> bool {
        self.thesaurus_use.unwrap_or_default() == ThesaurusUse::Source
    }

    /// How candidates are drawn: by similar frequency if counts are known, unless the config says otherwise. If rare words
    /// replace common ones, the replacements can be detected without any context \[P\].
    pub fn drawn_by(&self) -> Weights {
        let known = self.counts.as_ref().map(|_| Weights::Frequency);
        self.weights.or(known).unwrap_or_default()
    }

    /// Which candidates are kept and how they are drawn. `also` names everything else that decides the entries.
    pub fn compile_options(&self, also: String) -> CompileOptions {
        CompileOptions {
            top_k: self.top_k,
            min_score: self.min_score,
            weights: self.drawn_by(),
            frequencies: None,
            also,
        }
    }

    /// The same section with every path replaced. A config's paths are relative to its folder; those of a
    /// [`TableJob`](crate::TableJob) are relative to where the program runs.
    #[must_use]
    pub fn with_paths(&self, replaced: impl Fn(&Path) -> PathBuf) -> Self {
        let replaced_option = |path: &Option<PathBuf>| path.as_deref().map(&replaced);
        let antonyms = self.antonyms.as_ref();
        Self {
            table: replaced(&self.table),
            source: replaced_option(&self.source),
            function_words: replaced_option(&self.function_words),
            counts: replaced_option(&self.counts),
            antonyms: antonyms.map(|paths| paths.iter().map(|path| replaced(path)).collect()),
            thesaurus: replaced_option(&self.thesaurus),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SimilarWordsSection, TableSource};
    use crate::compile::Weights;

    #[test]
    fn candidates_are_drawn_by_like_frequency_where_counts_are_known() {
        let drawn_by = |counts: Option<&str>, weights: Option<&str>| {
            let section = serde_json::json!({
                "table": "t", "top_k": 5, "min_score": 0.5, "counts": counts, "weights": weights,
            });
            let section: SimilarWordsSection = serde_json::from_value(section).expect("a section");
            (section.drawn_by(), section.problem().is_none())
        };
        let counts = Some("counts.txt");
        assert_eq!(drawn_by(None, None), (Weights::Uniform, true));
        assert_eq!(drawn_by(counts, None), (Weights::Frequency, true));
        assert_eq!(
            drawn_by(counts, Some("frequency")),
            (Weights::Frequency, true)
        );
        assert_eq!(
            drawn_by(None, Some("similarity")),
            (Weights::Similarity, true)
        );
        assert!(
            !drawn_by(counts, Some("uniform")).1,
            "counts that nothing uses"
        );
    }

    #[test]
    fn a_source_is_read_by_the_name_that_it_is_written_with() {
        for source in TableSource::all() {
            let json = serde_json::to_string(&source).expect("a name");
            assert_eq!(json, format!("\"{}\"", source.name()));
            let read: TableSource = serde_json::from_str(&json).expect("a source");
            assert_eq!(read, source);
        }
        let error = TableSource::try_from("doc".to_owned()).expect_err("refused");
        insta::assert_snapshot!(error, @"expected list, finalfusion, word2vec, text_dims, text, fasttext or floret, found `doc`");
    }
}
