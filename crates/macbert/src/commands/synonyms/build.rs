//! `macbert synonyms build`: vectors or lists to the table of a vocabulary.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use repro::sha256_file;
use segment::{PieceTokenizer, SegmentOptions, Vocabulary, WordSegmenter};
use synonym::{
    Antonyms, CompileOptions, DropReason, Entry, Filters, Frequencies, NearestOptions,
    SimilarWords, Thesaurus, VectorReport, Vectors, compile, nearest_entries, read_list,
    read_vectors, toolkit_entries,
};

use crate::arguments::ConfigArguments;
use crate::commands::vocab;
use crate::config::{
    self, Config, RankMode, SimilarWordsSection, TableSource, ThesaurusUse, WordsConfig,
};
use crate::failure::wrong_call;
use crate::paint::bytes;
use crate::progress::{note, print};

/// The score of a thesaurus's pairs (project decision): people put them together, so they stand before what was learned from text.
const THESAURUS_SCORE: f32 = 1.0;

/// What a table is compiled by: the same part of a job's config and of a config of similar words.
#[derive(Clone, Copy)]
pub(crate) struct TableJob<'c> {
    pub base: &'c Path,
    pub segment: &'c SegmentOptions,
    pub section: &'c SimilarWordsSection,
}

impl<'c> TableJob<'c> {
    pub(crate) fn of_job(config: &'c Config, section: &'c SimilarWordsSection) -> Self {
        Self {
            base: &config.base,
            segment: &config.segment,
            section,
        }
    }

    pub(crate) fn of_words(config: &'c WordsConfig) -> Self {
        Self {
            base: &config.base,
            segment: &config.segment,
            section: &config.similar_words,
        }
    }

    pub(crate) fn table(&self) -> PathBuf {
        config::seen_from(self.base, &self.section.table)
    }

    pub(crate) fn source(&self) -> Result<PathBuf> {
        let source = self.section.source.as_ref();
        let source = source.context("similar_words.source is missing");
        Ok(config::seen_from(self.base, source.map_err(wrong_call)?))
    }
}

/// Compiles the table of a config, in place of one that may be there.
pub(crate) fn run(arguments: &ConfigArguments) -> Result<ExitCode> {
    if config::is_words_config(&arguments.config) {
        let config = config::load_words(Some(&arguments.config), &arguments.set)?;
        if arguments.dry_run {
            print(&toml::to_string(&config)?);
            return Ok(ExitCode::SUCCESS);
        }
        let vocabulary = Vocabulary::read(&config.path(&config.vocabulary.path))?;
        return build(TableJob::of_words(&config), &vocabulary);
    }
    let config = config::load(&arguments.config, &arguments.set)?;
    let section = config
        .similar_words
        .as_ref()
        .context("the config has no [similar_words]")
        .map_err(wrong_call)?;
    if arguments.dry_run {
        print(&toml::to_string(&config)?);
        return Ok(ExitCode::SUCCESS);
    }
    let vocabulary = vocab::read_or_build(&config)?;
    build(TableJob::of_job(&config, section), &vocabulary)
}

fn build(job: TableJob<'_>, vocabulary: &Vocabulary) -> Result<ExitCode> {
    compile_table(job, vocabulary)?;
    let table = SimilarWords::open(&job.table(), vocabulary)?;
    let size = std::fs::metadata(table.path())?.len();
    print(&format!(
        "{}: {} words, {}, SHA-256 {}",
        table.path().display(),
        table.n_words(),
        bytes(size),
        table.sha256()
    ));
    Ok(ExitCode::SUCCESS)
}

/// The table of a config: opened, or compiled where it is not there and the config names a source.
pub(crate) fn open_or_build(
    config: &Config,
    vocabulary: &Arc<Vocabulary>,
) -> Result<Option<Arc<SimilarWords>>> {
    let Some(section) = &config.similar_words else {
        return Ok(None);
    };
    let job = TableJob::of_job(config, section);
    let path = job.table();
    if !path.exists() && section.source.is_some() {
        note(&format!("{} is not there: compiling it", path.display()));
        compile_table(job, vocabulary)?;
    }
    let table = SimilarWords::open(&path, vocabulary)?;
    check_source(job, &table)?;
    Ok(Some(Arc::new(table)))
}

/// Refuses a table that was compiled from another source or with other options, where the source is there (invariant 6).
fn check_source(job: TableJob<'_>, table: &SimilarWords) -> Result<()> {
    let source = job.section.source.as_ref();
    let Some(source) = source
        .map(|source| config::seen_from(job.base, source))
        .filter(|source| source.exists())
    else {
        return Ok(());
    };
    let hash =
        sha256_file(&source).with_context(|| format!("could not read {}", source.display()))?;
    let options = job.section.compile_options(filters(job)?.1).sha256();
    for (what, there, here) in [
        ("source", table.source_sha256(), hash.as_str()),
        ("options", table.options_sha256(), options.as_str()),
    ] {
        ensure!(
            there == here,
            wrong_call(anyhow::anyhow!(
                "{} was compiled from another {what} than [similar_words] names (there {there}, here {here}); \
                 compile it again with `macbert synonyms build`, or remove it",
                table.path().display(),
            ))
        );
    }
    Ok(())
}

fn compile_table(job: TableJob<'_>, vocabulary: &Vocabulary) -> Result<()> {
    let source = job.source()?;
    let tokenizer = PieceTokenizer::new(vocabulary, job.segment.lower_case);
    let made = entries(job, &tokenizer)?;
    let hash =
        sha256_file(&source).with_context(|| format!("could not read {}", source.display()))?;
    let mut compiled = compile(&made.entries, &tokenizer, vocabulary, &made.options, &hash);
    for (reason, n) in made.dropped {
        compiled.report.count(reason, n);
    }
    note(&format!("{}: {}", source.display(), compiled.report));
    compiled.table.write(&job.table())?;
    Ok(())
}

/// Entries of a source, filtered, and what they are compiled with.
pub(super) struct Made {
    pub entries: Vec<Entry>,
    /// What the filters dropped of lists; of vectors, the next nearest takes the place of what they drop.
    pub dropped: BTreeMap<DropReason, usize>,
    pub options: CompileOptions,
}

/// What a source brings, in the order in which it brings it.
pub(super) fn entries(job: TableJob<'_>, tokenizer: &PieceTokenizer) -> Result<Made> {
    let (section, source) = (job.section, job.source()?);
    let (mut filters, also) = filters(job)?;
    let mut dropped = BTreeMap::new();
    let mut entries = match section.source_kind()? {
        TableSource::List => {
            let mut entries = read_list(&source)?;
            let words = entries
                .iter()
                .flat_map(|entry| [&entry.word, &entry.similar]);
            tag(job, &mut filters, words)?;
            filters.apply(&mut entries, &mut dropped);
            entries
        }
        TableSource::Vectors(format) => {
            let (vectors, report) = read_vectors(&source, format)?;
            note(&what_was_read(&vectors, report));
            tag(job, &mut filters, vectors.words())?;
            if section.mode == Some(RankMode::SynonymsCompat) {
                let mut entries = toolkit_entries(&vectors, section.top_k);
                filters.apply(&mut entries, &mut dropped);
                entries
            } else {
                let options = NearestOptions {
                    top_k: section.top_k,
                    min_similarity: section.min_score,
                };
                let found = nearest_entries(&vectors, tokenizer, options, &filters);
                note(&format!(
                    "{} words take no part that the vocabulary cannot write, {} that it writes like others",
                    found.n_unknown, found.n_alike
                ));
                found.entries
            }
        }
    };
    if let (Some(path), true) = (&section.thesaurus, section.adds_thesaurus()) {
        let mut added = Thesaurus::read(&job.base.join(path))?.entries(THESAURUS_SCORE);
        filters.apply(&mut added, &mut dropped);
        entries.extend(added);
    }
    if let Some(path) = &section.counts {
        Frequencies::read(&job.base.join(path))?.weigh(&mut entries);
    }
    Ok(Made {
        entries,
        dropped,
        options: section.compile_options(also),
    })
}

/// The filters that a config asks for, tags aside, and a text that names all that decides the entries.
pub(super) fn filters(job: TableJob<'_>) -> Result<(Filters, String)> {
    let section = job.section;
    let mut filters = Filters::default();
    let mut also = format!(
        "format {:?}, lower case {}, mode {:?}, tags {:?}, characters {:?}, thesaurus {:?}",
        section.format,
        job.segment.lower_case,
        section.mode,
        section.same_tag,
        section.antonym_characters,
        section.thesaurus_use
    );
    let mut hashed = |path: &Path| -> Result<PathBuf> {
        let path = job.base.join(path);
        let hash =
            sha256_file(&path).with_context(|| format!("could not read {}", path.display()))?;
        also.push('\n');
        also.push_str(&hash);
        Ok(path)
    };
    if let Some(paths) = &section.antonyms {
        let mut pairs = Vec::new();
        for path in paths {
            pairs.extend(Antonyms::read(&hashed(path)?)?);
        }
        let by_characters = section.antonym_characters.unwrap_or(true);
        filters.antonyms = Some(Antonyms::new(pairs, by_characters));
    }
    if let Some(path) = &section.thesaurus {
        let path = hashed(path)?;
        if !section.adds_thesaurus() {
            filters.thesaurus = Some(Thesaurus::read(&path)?);
        }
    }
    if let Some(path) = &section.counts {
        hashed(path)?;
    }
    Ok((filters, also))
}

/// Gives words their parts of speech, where the config asks for one part of speech.
fn tag<'w>(
    job: TableJob<'_>,
    filters: &mut Filters,
    words: impl IntoIterator<Item = &'w String>,
) -> Result<()> {
    if job.section.same_tag != Some(true) {
        return Ok(());
    }
    let dictionary = job.segment.dictionary.as_ref();
    let dictionary = dictionary.map(|path| job.base.join(path));
    let segmenter = WordSegmenter::new(job.segment.hmm, dictionary.as_deref())?;
    let tagged = words.into_iter().filter_map(|word| {
        let tag = segmenter.part_of_speech(word)?;
        Some((word.clone(), tag))
    });
    filters.tags = Some(tagged.collect());
    Ok(())
}

/// What was read and dropped of a file of vectors.
pub(super) fn what_was_read(vectors: &Vectors, report: VectorReport) -> String {
    format!(
        "{} vectors of {} dimensions; dropped {} that are not finite, {} of length 0, {} of words seen before, {} of words that are no UTF-8",
        report.n_words,
        vectors.n_dimensions(),
        report.n_not_finite,
        report.n_zero,
        report.n_repeated,
        report.n_not_utf8
    )
}

impl SimilarWordsSection {
    fn adds_thesaurus(&self) -> bool {
        self.thesaurus_use.unwrap_or_default() == ThesaurusUse::Source
    }
}
