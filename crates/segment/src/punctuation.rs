//! Reads punctuation marks that the vocabulary lacks as marks that it has.
//!
//! This changes the pieces only. Sentences and words are found in the original text, and spans point into it.

use std::collections::BTreeMap;

use tokenizers::NormalizerWrapper;
use tokenizers::normalizers::replace::Replace;
use tokenizers::normalizers::{BertNormalizer, Sequence};

use crate::error::SegmentError;
use crate::vocabulary::Vocabulary;

/// For each punctuation mark the mark that it is read as.
pub type PunctuationMap = BTreeMap<char, char>;

/// The part of a map that a vocabulary needs: marks that the vocabulary has are left out, because they stay as they
/// are.
pub(crate) fn needed(
    map: &PunctuationMap,
    vocabulary: &Vocabulary,
) -> Result<PunctuationMap, SegmentError> {
    let has = |mark: char| vocabulary.id(mark.encode_utf8(&mut [0; 4])).is_some();
    for (mark, read_as) in map {
        for character in [*mark, *read_as] {
            if character.is_alphanumeric() || character.is_whitespace() || character.is_control() {
                return Err(SegmentError::NoPunctuation { character });
            }
        }
        if !has(*read_as) {
            return Err(SegmentError::UnknownPunctuation {
                mark: *mark,
                read_as: *read_as,
            });
        }
    }
    let lacking = map.iter().filter(|(mark, _)| !has(**mark));
    Ok(lacking.map(|(mark, read_as)| (*mark, *read_as)).collect())
}

/// BERT's normaliser, with one replacement for each mark before it.
///
/// Without marks it stands alone, so that the exported file is BERT's own. Replacements never chain: the mark that
/// another is read as is in the vocabulary, so it is not replaced itself.
pub(crate) fn normalizer(bert: BertNormalizer, map: &PunctuationMap) -> NormalizerWrapper {
    if map.is_empty() {
        return bert.into();
    }
    let replace = |(mark, read_as): (&char, &char)| {
        let replace = Replace::new(mark.to_string(), read_as.to_string());
        NormalizerWrapper::from(replace.expect("any plain string is a valid pattern"))
    };
    let mut normalizers: Vec<NormalizerWrapper> = map.iter().map(replace).collect();
    normalizers.push(bert.into());
    Sequence::new(normalizers).into()
}

#[cfg(test)]
mod tests {
    use super::needed;
    use crate::{SegmentOptions, Segmenter, Vocabulary};

    fn vocabulary() -> Vocabulary {
        let pieces = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n来\n吧\n。\n\"\n-\n·\nᄒ\n##ᅡ\n##ᆫ\n";
        Vocabulary::parse(pieces).expect("a vocabulary")
    }

    fn options() -> SegmentOptions {
        SegmentOptions {
            punctuation: [('“', '"'), ('”', '"'), ('—', '-'), ('…', '。'), ('·', '-')].into(),
            ..SegmentOptions::default()
        }
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let vocabulary = vocabulary().into();
        let segmenter = Segmenter::new(&vocabulary, &options()).expect("a map");
        let segmented = segmenter.segment(text);
        let pieces = segmented.pieces.iter().zip(&segmented.piece_spans);
        let shown = pieces.map(|(id, span)| format!("{}={}", vocabulary.piece(*id), span.of(text)));
        assert_eq!(shown.collect::<Vec<_>>().join(" "), expect);
    }

    #[test]
    fn marks_are_read_as_others_and_keep_their_spans() {
        check("“来”——吧…", "\"=“ 来=来 \"=” -=— -=— 吧=吧 。=…");
        // A Hangul syllable sends the whole text through the `tokenizers` crate.
        check("“한”…", "\"=“ ᄒ=한 ##ᅡ=한 ##ᆫ=한 \"=” 。=…");
        check("来·吧‘", "来=来 ·=· 吧=吧 [UNK]=‘");
    }

    #[test]
    fn sentences_are_those_of_the_original_text() {
        let vocabulary = vocabulary().into();
        let with = Segmenter::new(&vocabulary, &options()).expect("a map");
        let without = Segmenter::new(&vocabulary, &SegmentOptions::default()).expect("none");
        let text = "来…吧。“来。”吧—来。";
        let spans = |segmenter: &Segmenter| {
            let sentences = segmenter.segment(text).sentences.into_iter();
            sentences.map(|sentence| sentence.text).collect::<Vec<_>>()
        };
        assert_eq!(spans(&with), spans(&without));
    }

    #[test]
    fn the_map_is_part_of_the_fingerprint() {
        let vocabulary = vocabulary().into();
        let segmenter = Segmenter::new(&vocabulary, &options()).expect("a map");
        insta::assert_snapshot!(segmenter.fingerprint(), @"jieba-rs 0.11.0 with hmm, no dictionary, tokenizers 0.23.2, case lower, punctuation —- “\" ”\" …。, rules 3");
    }

    #[test]
    fn a_map_that_makes_no_sense_is_refused() {
        let refused = |mark, read_as| {
            let map = [(mark, read_as)].into();
            needed(&map, &vocabulary())
                .expect_err("refused")
                .to_string()
        };
        insta::assert_snapshot!(refused('“', '\''), @"segment.punctuation: `“` is to be read as `'`, which is not in the vocabulary either; name a mark that is");
        insta::assert_snapshot!(refused('你', '"'), @"segment.punctuation: `你` is not a punctuation mark; letters, digits, Chinese characters and white space cannot be mapped");
        insta::assert_snapshot!(refused('“', '来'), @"segment.punctuation: `来` is not a punctuation mark; letters, digits, Chinese characters and white space cannot be mapped");
    }
}
