//! Fine-tuning of pre-trained models on tasks: their files, their scores, and the windows of span extraction.

mod data;
mod scores;
mod spans;

pub use data::error::DataError;
pub use data::labels::LabelSet;
pub use data::questions::{Answer, Question, Questions, read_questions};
pub use data::rows::TableForm;
pub use data::spelling::{SpellingPair, read_spelling};
pub use data::tags::{TaggedSentence, read_tags, read_training_tags};
pub use data::texts::{LabelledText, LabelledTexts, TextColumns, read_texts, read_training_texts};
pub use scores::cjrc::{cjrc_score, letters_and_digits};
pub use scores::classes::{ClassCounts, Prf};
pub use scores::cmrc::{cmrc_score, segments, without_marks};
pub use scores::entities::{Entity, EntityCounts, EntityRule, entities};
pub use scores::span_score::{FileScore, SpanScore, file_score};
pub use scores::spelling::bake_off::{Sighan2013, Sighan2015, sighan_2013, sighan_2015};
pub use scores::spelling::character::{
    CharacterLevel, Plome, character_level_plome, character_level_wang_2019,
};
pub use scores::spelling::ratio::{Ratio, Ratios};
pub use scores::spelling::sentence::{LengthError, SpellingSentence};
pub use scores::spelling::sentence_level::{SentenceLevel, SentenceScores, sentence_level};
pub use scores::spelling::spellgcn::{Outcomes, Scores, SpellGcn, spellgcn};
pub use scores::squad::squad_score;
pub use spans::decode::{Candidate, DecodeOptions, Decoded, WindowLogits, decode};
pub use spans::features::{PairSpecials, SpanPieces, Window};
pub use spans::windows::{StrideMeaning, WindowError, WindowOptions, WindowRange};
