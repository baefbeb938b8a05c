//! From a config's source to the entries of a table: reading lists or vectors, and filtering what they bring.
//!
//! [`TableJob::read_source`] reads a list or vectors, [`TableJob::entries`] turns them into filtered entries, and
//! [`compile`](crate::compile()) makes the table of these.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use repro::sha256_file;
use segment::{PieceTokenizer, SegmentError, SegmentOptions, WordSegmenter};

use crate::antonyms::Antonyms;
use crate::compile::CompileOptions;
use crate::coverage::FunctionWords;
use crate::filters::Filters;
use crate::frequencies::Frequencies;
use crate::list::{Entry, ListError, read_list};
use crate::nearest::{LeftOut, NearestOptions, NearestSearch};
use crate::options::{RankMode, SimilarWordsSection, TableSource};
use crate::plan::SearchPlan;
use crate::report::{CompileReport, DropReason};
use crate::source::content::Source;
use crate::table::SimilarWords;
use crate::thesaurus::Thesaurus;
use crate::toolkit::toolkit_entries;
use crate::vectors::collection::Vectors;
use crate::vectors::error::VectorsError;
use crate::vectors::read::read_vectors;

pub(crate) mod content;

/// The score of a thesaurus's pairs (project decision): people put these words together, so they come before what was
/// learned from text.
const THESAURUS_SCORE: f32 = 1.0;

/// What went wrong with the source of a table.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The config names no source.
    #[error("similar_words.source is missing")]
    NoSource,
    /// A file could not be read.
    #[error("could not read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A list, or another file of lines.
    #[error(transparent)]
    List(#[from] ListError),
    /// Word vectors.
    #[error(transparent)]
    Vectors(#[from] VectorsError),
    /// The words that a config lists apart.
    #[error("similar_words.function_words: {0}")]
    FunctionWords(#[source] ListError),
    /// The user dictionary of the word segmenter.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// Comparing all words of the source would take very long.
    #[error(
        "{path}: comparing {n_words} words with each other takes about {hours} hours on {n_threads} threads; set similar_words.limit to read only the first rows of the file, its most frequent words in most cases: {advised} take about an hour. A limit that is set is taken as it is, also if it is as high as the number of rows"
    )]
    TooLong {
        /// The source.
        path: PathBuf,
        /// The words that would be compared.
        n_words: usize,
        /// How long that takes.
        hours: u64,
        /// The threads that would do it.
        n_threads: usize,
        /// A limit that takes about an hour.
        advised: usize,
    },
    /// Nothing is left for a table.
    #[error(
        "{path}: no word has a similar word, so no table is written: {report}; every masked word would be replaced with a random one"
    )]
    NothingLeft {
        /// The source.
        path: PathBuf,
        /// What was kept and what was dropped, by reason.
        report: Box<CompileReport>,
    },
    /// A table was compiled from something else than the config names.
    #[error(
        "{path} was compiled from another {what} than [similar_words] names (there {there}, here {here}); compile it again with `macbert synonyms build`, or remove it"
    )]
    OtherTable {
        /// The table.
        path: PathBuf,
        /// What differs: the source or the options.
        what: &'static str,
        /// SHA-256 that the table keeps.
        there: String,
        /// SHA-256 of what the config names.
        here: String,
    },
}

/// What a table is compiled by: the part that a job's config and a config of similar words share.
///
/// All paths are relative to where the program runs.
#[derive(Clone, Debug)]
pub struct TableJob {
    /// How text is cut into words and pieces.
    pub segment: SegmentOptions,
    /// Source, filters and options of the table.
    pub section: SimilarWordsSection,
}

/// Which candidates of a source are kept.
pub struct TableRules {
    /// The filters that the config asks for, without parts of speech: those need the words of the source.
    pub filters: Filters,
    /// What the table is compiled with. `also` names everything that decides the entries, files by their hashes.
    pub options: CompileOptions,
}

/// The filtered entries of a source, and what became of the rest.
pub struct Made {
    /// The entries, in the order of the source.
    pub entries: Vec<Entry>,
    /// Entries of lists that the filters dropped, by reason. In vectors the next nearest word takes the place of what a
    /// filter drops, so nothing is counted.
    pub dropped: BTreeMap<DropReason, usize>,
    /// What the entries are compiled with.
    pub options: CompileOptions,
    /// Words of vectors that are in no entry; `None` for a list, and with the ranking of the Synonyms toolkit.
    pub left_out: Option<LeftOut>,
}

impl Made {
    /// Adds the entries that no filter drops, and counts the others.
    fn add_filtered(&mut self, mut entries: Vec<Entry>, filters: &Filters) {
        filters.apply(&mut entries, &mut self.dropped);
        self.entries.append(&mut entries);
    }
}

impl TableJob {
    /// The file that the table is compiled from.
    pub fn source(&self) -> Result<&Path, SourceError> {
        self.section.source.as_deref().ok_or(SourceError::NoSource)
    }

    /// Reads the source.
    pub fn read_source(&self) -> Result<Source, SourceError> {
        let source = self.source()?;
        Ok(match self.section.source_format() {
            TableSource::List => {
                let mut entries = read_list(source)?;
                entries.truncate(self.section.limit.unwrap_or(usize::MAX));
                Source::List(entries)
            }
            TableSource::Vectors(format) => {
                let (vectors, report) = read_vectors(source, format, self.section.limit)?;
                Source::Vectors(vectors, report)
            }
        })
    }

    /// SHA-256 of the source's file, which the table keeps.
    pub fn source_sha256(&self) -> Result<String, SourceError> {
        hash_of(self.source()?)
    }

    /// Reads the filters, and works out what the table is compiled with.
    pub fn rules(&self) -> Result<TableRules, SourceError> {
        let section = &self.section;
        let mut filters = Filters::default();
        let mut also = self.choices();
        let mut add_hash = |path: &Path| -> Result<(), SourceError> {
            also.push('\n');
            also.push_str(&hash_of(path)?);
            Ok(())
        };
        if let Some(paths) = &section.antonyms {
            let mut pairs = Vec::new();
            for path in paths {
                add_hash(path)?;
                pairs.extend(Antonyms::read(path)?);
            }
            let by_characters = section.antonym_characters.unwrap_or(true);
            filters.antonyms = Some(Antonyms::new(pairs, by_characters));
        }
        if let Some(path) = &section.thesaurus {
            add_hash(path)?;
            if !section.adds_thesaurus() {
                filters.thesaurus = Some(Thesaurus::read(path)?);
            }
        }
        if let Some(path) = &section.counts {
            add_hash(path)?;
        }
        Ok(TableRules {
            filters,
            options: section.compile_options(also),
        })
    }

    /// The keys that decide the entries, with their values. Tables keep the hash of this text: another word in it makes all
    /// tables that there are refuse the configs that they were compiled from.
    fn choices(&self) -> String {
        let section = &self.section;
        let limit = section.limit.map(|limit| format!(", limit {limit}"));
        format!(
            "format {:?}, lower case {}, mode {:?}, tags {:?}, characters {:?}, thesaurus {:?}{}",
            section.format.map(TableSource::name),
            self.segment.lower_case,
            section.mode,
            section.same_tag,
            section.antonym_characters,
            section.thesaurus_use,
            limit.unwrap_or_default()
        )
    }

    /// The entries of a source after all filters, in the order of the source.
    pub fn entries(&self, source: Source, tokenizer: &PieceTokenizer) -> Result<Made, SourceError> {
        let section = &self.section;
        let TableRules {
            mut filters,
            options,
        } = self.rules()?;
        let mut made = Made {
            entries: Vec::new(),
            dropped: BTreeMap::new(),
            options,
            left_out: None,
        };
        match source {
            Source::List(entries) => {
                let words = entries
                    .iter()
                    .flat_map(|entry| [&entry.word, &entry.similar]);
                self.add_tags(&mut filters, words)?;
                made.add_filtered(entries, &filters);
            }
            Source::Vectors(vectors, _) => {
                self.add_tags(&mut filters, vectors.words())?;
                self.add_neighbours(&mut made, &vectors, tokenizer, &filters)?;
            }
        }
        if let (Some(path), true) = (&section.thesaurus, section.adds_thesaurus()) {
            made.add_filtered(Thesaurus::read(path)?.entries(THESAURUS_SCORE), &filters);
        }
        if let Some(path) = &section.counts {
            let frequencies = Frequencies::read(path)?;
            frequencies.weigh(&mut made.entries);
            made.options.frequencies = Some(frequencies);
        }
        Ok(made)
    }

    /// Adds the neighbours of every word of some vectors.
    fn add_neighbours(
        &self,
        made: &mut Made,
        vectors: &Vectors,
        tokenizer: &PieceTokenizer,
        filters: &Filters,
    ) -> Result<(), SourceError> {
        let top_k = self.section.top_k;
        let n_rows = vectors.words().len();
        if self.section.mode == Some(RankMode::SynonymsCompat) {
            let plan = SearchPlan::of(std::iter::once(n_rows), vectors.n_dimensions());
            self.check_plan(plan, n_rows)?;
            made.add_filtered(toolkit_entries(vectors, top_k), filters);
            return Ok(());
        }
        let options = NearestOptions {
            top_k,
            min_similarity: self.section.min_score,
        };
        let search = NearestSearch::new(vectors, tokenizer);
        self.check_plan(search.plan(), n_rows)?;
        let found = search.run(options, filters);
        made.left_out = Some(found.left_out);
        made.entries.extend(found.entries);
        Ok(())
    }

    /// Refuses a search that would take very long, unless the config says how many rows are wanted.
    fn check_plan(&self, plan: SearchPlan, n_rows: usize) -> Result<(), SourceError> {
        let n_threads = rayon::current_num_threads();
        if self.section.limit.is_some() || !plan.is_too_long(n_threads) {
            return Ok(());
        }
        Err(SourceError::TooLong {
            path: self.source()?.to_path_buf(),
            n_words: plan.n_words,
            hours: plan.time(n_threads).as_secs() / 3600,
            n_threads,
            advised: plan.rows_of_an_hour(n_rows, n_threads),
        })
    }

    /// Refuses a table in which no word has a similar word.
    pub fn check_not_empty(&self, report: &CompileReport) -> Result<(), SourceError> {
        if report.n_candidates > 0 {
            return Ok(());
        }
        Err(SourceError::NothingLeft {
            path: self.source()?.to_path_buf(),
            report: Box::new(report.clone()),
        })
    }

    /// Gives the words of a source their parts of speech, if the config keeps candidates of one part of speech.
    fn add_tags<'w>(
        &self,
        filters: &mut Filters,
        words: impl IntoIterator<Item = &'w String>,
    ) -> Result<(), SourceError> {
        if self.section.same_tag != Some(true) {
            return Ok(());
        }
        let segmenter = WordSegmenter::new(self.segment.hmm, self.segment.dictionary.as_deref())?;
        let tagged = words.into_iter().filter_map(|word| {
            let tag = segmenter.part_of_speech(word)?;
            Some((word.clone(), tag))
        });
        filters.tags = Some(tagged.collect());
        Ok(())
    }

    /// Reads the words that the config lists apart; none if it lists none.
    pub fn function_words(&self) -> Result<FunctionWords, SourceError> {
        let path = self.section.function_words.as_deref();
        path.map_or_else(
            || Ok(FunctionWords::default()),
            |path| FunctionWords::read(path).map_err(SourceError::FunctionWords),
        )
    }

    /// Refuses a table that was compiled from another source or with other options than this job's. If the source is not
    /// there, the table is taken as it is.
    pub fn check_table(&self, table: &SimilarWords) -> Result<(), SourceError> {
        if !self.source().is_ok_and(Path::exists) {
            return Ok(());
        }
        let source = self.source_sha256()?;
        let options = self.rules()?.options.sha256();
        for (what, there, here) in [
            ("source", table.source_sha256(), source),
            ("options", table.options_sha256(), options),
        ] {
            if there != here {
                return Err(SourceError::OtherTable {
                    path: table.path().to_path_buf(),
                    what,
                    there: there.to_owned(),
                    here,
                });
            }
        }
        Ok(())
    }
}

fn hash_of(path: &Path) -> Result<String, SourceError> {
    sha256_file(path).map_err(|source| SourceError::Read {
        path: path.to_path_buf(),
        source,
    })
}

#[cfg(test)]
mod tests;
