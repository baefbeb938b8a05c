//! Fine-tuning of pre-trained models on tasks: their files, their scores, and the windows of span extraction.

mod scores;

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
