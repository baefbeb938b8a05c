//! Sentences and their corrections.

use std::path::Path;

use segment::{PieceId, Vocabulary};
use serde_json::{Value, json};

use crate::data::spelling::{SpellingPair, read_spelling};
use crate::error::FinetuneError;
use crate::inputs::characters::{EncodedCharacters, encode_characters};
use crate::inputs::texts::Encoded;
use crate::options::task::SpellingOptions;
use crate::scores::named::NamedScores;
use crate::scores::named_spelling;
use crate::scores::spelling::sentence::SpellingSentence;
use crate::tasks::example::{Example, Label};
use crate::tasks::report::FileReport;
use crate::tasks::set::{Gold, TaskSet};
use crate::tasks::task::Task;

pub(crate) fn read(
    task: &Task,
    options: &SpellingOptions,
    path: &Path,
) -> Result<TaskSet, FinetuneError> {
    let pairs = read_spelling(path, options.format, &options.source, &options.target)?;
    let examples: Vec<Example> = pairs.iter().map(|pair| example(task, pair)).collect();
    let n_cut = examples.iter().filter(|one| one.input.n_cut > 0).count();
    let n_empty = pairs.iter().filter(|pair| pair.source.is_empty()).count();
    let n_right = pairs.iter().filter(|pair| pair.source == pair.target);
    let report = FileReport::new(path, pairs.len(), examples.len())
        .with(n_right.count(), "sentences without an error")
        .with(n_empty, "empty sentences")
        .with(
            n_cut,
            "sentences longer than max_length; what is cut off stays as it is",
        );
    Ok(TaskSet {
        examples,
        gold: Gold::Pairs(pairs),
        report,
    })
}

/// Every character of the source that has a piece is learned: also the right ones, but not `[CLS]` and `[SEP]`.
fn example(task: &Task, pair: &SpellingPair) -> Example {
    let encoded = encode(task, &pair.source);
    let (mut positions, mut characters) = (Vec::new(), Vec::new());
    let (mut pieces, mut wrong) = (Vec::new(), Vec::new());
    let of_pair = pair.source.chars().zip(pair.target.chars()).enumerate();
    for (position, (character, (source, target))) in encoded.positions.iter().zip(of_pair) {
        let mut text = [0; 4];
        let of_target = task.tokenizer.pieces(target.encode_utf8(&mut text));
        if let (Some(position), Some(piece)) = (position, of_target.first()) {
            positions.push(*position);
            characters.push(character);
            pieces.push(piece.id.get());
            wrong.push(source != target);
        }
    }
    Example {
        input: Encoded {
            n_first: encoded.input_ids.len(),
            input_ids: encoded.input_ids,
            n_cut: encoded.n_cut,
        },
        label: Label::Pieces {
            positions,
            characters,
            pieces,
            wrong,
        },
    }
}

fn encode(task: &Task, text: &str) -> EncodedCharacters {
    let mut ends: Vec<usize> = text.char_indices().map(|(start, _)| start).collect();
    ends.push(text.len());
    let characters = ends.windows(2).map(|ends| &text[ends[0]..ends[1]]);
    encode_characters(
        &task.tokenizer,
        task.specials(),
        task.max_length,
        characters,
    )
}

/// Writes the predicted pieces of an example into its sentence.
pub(crate) fn corrected(task: &Task, source: &str, example: &Example, found: &[i32]) -> String {
    let mut characters: Vec<char> = source.chars().collect();
    let places = example.positions().iter().zip(example.characters());
    for ((position, character), piece) in places.zip(found) {
        let own = example.input.input_ids[*position];
        if let Some(new) = replacement(task, own, *piece as u32) {
            characters[*character] = new;
        }
    }
    characters.into_iter().collect()
}

/// The character that replaces the one of a piece. A character that the vocabulary lacks stays, because the model does not see
/// it. It also stays if the predicted piece is none of one character.
fn replacement(task: &Task, own: u32, found: u32) -> Option<char> {
    let vocabulary = &task.vocabulary;
    let unknown = vocabulary.specials().unk.get();
    if own == unknown || own == found {
        return None;
    }
    single_character(vocabulary, found)
}

fn single_character(vocabulary: &Vocabulary, piece: u32) -> Option<char> {
    if piece as usize >= vocabulary.len() || vocabulary.is_special(PieceId::new(piece)) {
        return None;
    }
    let text = vocabulary.piece(PieceId::new(piece));
    let mut characters = text.strip_prefix("##").unwrap_or(text).chars();
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

pub(crate) fn score(gold: &[SpellingPair], found: &[String]) -> NamedScores {
    let sentence = |(pair, found): (&SpellingPair, &String)| {
        SpellingSentence::new(&pair.source, &pair.target, found)
            .expect("a prediction replaces characters one by one")
    };
    let sentences: Vec<SpellingSentence> = gold.iter().zip(found).map(sentence).collect();
    named_spelling::spelling(&sentences)
}

pub(crate) fn json(gold: &[SpellingPair], found: &[String]) -> Value {
    let rows = gold.iter().zip(found).map(|(pair, found)| {
        json!({
            "line": pair.line,
            "source": pair.source,
            "target": pair.target,
            "prediction": found,
        })
    });
    rows.collect()
}
