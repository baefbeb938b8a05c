//! What a trained model puts at the masked positions of a few held-out examples.

use anyhow::Result;
use dataset::{Drawn, EVALUATION_EPOCH, TrainingExamples};
use masking::Kind;
use model::{BertForPreTraining, Restoration, restore};
use segment::{PieceId, Vocabulary};
use trainer::{Run, Summary};

/// How many examples are shown.
const N_EXAMPLES: usize = 6;
/// How many guesses are shown at a position.
const N_GUESSES: usize = 3;

/// A held-out example with the model's predictions.
pub(crate) struct RestoredExample {
    /// The pieces as they were masked, specials included.
    pub pieces: Vec<ShownPiece>,
    /// The masked positions, in order.
    pub positions: Vec<RestoredPosition>,
}

/// A piece of a masked example.
pub(crate) struct ShownPiece {
    pub text: String,
    /// The kind of replacement; `None` if the piece is not masked.
    pub kind: Option<Kind>,
    pub is_special: bool,
}

/// A masked position.
pub(crate) struct RestoredPosition {
    /// The piece that the model sees.
    pub shown: String,
    /// The kind of replacement.
    pub kind: Kind,
    /// The original piece: the label.
    pub original: String,
    /// Whether the model's first guess is the original.
    pub is_right: bool,
    /// The model's guesses, the likeliest first.
    pub guesses: Vec<Guess>,
}

/// A piece that the model would put at a position.
pub(crate) struct Guess {
    pub piece: String,
    /// The piece's probability, from 0 to 1.
    pub probability: f32,
}

/// Restores a few held-out examples, evenly spread, with the last checkpoint of a run. There are none if nothing is held
/// out.
pub(crate) fn restored_examples(run: &Run, summary: &Summary) -> Result<Vec<RestoredExample>> {
    let Some(held_out) = &run.held_out else {
        return Ok(Vec::new());
    };
    let model = model::load(&summary.checkpoint, &run.device, run.seed)?.model;
    let n = held_out.len();
    let indices = (0..n).step_by(n.div_ceil(N_EXAMPLES).max(1));
    indices
        .map(|index| restored_example(&model, held_out, index))
        .collect()
}

/// The text of a piece that a model predicts. Words that were added to a tokenizer have ids behind its vocabulary.
pub(crate) fn piece_text(vocabulary: &Vocabulary, id: u32) -> &str {
    if (id as usize) < vocabulary.len() {
        vocabulary.piece(PieceId::new(id))
    } else {
        "[added]"
    }
}

fn restored_example(
    model: &BertForPreTraining,
    held_out: &TrainingExamples,
    index: usize,
) -> Result<RestoredExample> {
    let vocabulary = held_out.masker().vocabulary();
    let drawn = held_out.drawn(index, EVALUATION_EPOCH)?;
    let input_ids: Vec<u32> = drawn.masked.input_ids.iter().map(|id| id.get()).collect();
    let positions = drawn.masked.positions.iter();
    let positions: Vec<usize> = positions.map(|position| *position as usize).collect();
    let segment_ids = &drawn.pair.segment_ids;
    let restored = restore(model, &input_ids, segment_ids, &positions, N_GUESSES);
    let pieces = drawn.masked.input_ids.iter().enumerate();
    let pieces = pieces.map(|(position, id)| ShownPiece {
        text: vocabulary.piece(*id).to_owned(),
        kind: positions
            .binary_search(&position)
            .ok()
            .map(|masked| drawn.masked.kinds[masked]),
        is_special: vocabulary.is_special(*id),
    });
    let restored = restored.iter().enumerate();
    let positions =
        restored.map(|(masked, one)| restored_position(&drawn, masked, one, vocabulary));
    Ok(RestoredExample {
        pieces: pieces.collect(),
        positions: positions.collect(),
    })
}

/// The masked position number `masked` of an example.
fn restored_position(
    drawn: &Drawn,
    masked: usize,
    restoration: &Restoration,
    vocabulary: &Vocabulary,
) -> RestoredPosition {
    let text = |id: PieceId| vocabulary.piece(id).to_owned();
    let label = drawn.masked.labels[masked];
    let guesses = restoration.pieces.iter().map(|best| Guess {
        piece: piece_text(vocabulary, best.id).to_owned(),
        probability: best.probability,
    });
    RestoredPosition {
        shown: text(drawn.masked.input_ids[restoration.position]),
        kind: drawn.masked.kinds[masked],
        original: text(label),
        is_right: restoration.pieces[0].id == label.get(),
        guesses: guesses.collect(),
    }
}
