//! Writes the tokenizer files of a Hugging Face folder.

use std::collections::BTreeMap;

use serde_json::json;
use tokenizers::AddedToken;
use tokenizers::decoders::wordpiece::WordPiece as WordPieceDecoder;
use tokenizers::processors::template::TemplateProcessing;

use crate::pieces::PieceTokenizer;
use crate::punctuation::PunctuationMap;
use crate::vocabulary::Vocabulary;

/// The text of `tokenizer.json`, as `BertTokenizerFast` writes and reads it.
///
/// Punctuation marks that are read as others become replacements, which the tokenizer applies before anything else. Added
/// words get the ids behind the vocabulary, in their order.
pub fn tokenizer_json(
    vocabulary: &Vocabulary,
    added: &[String],
    lower_case: bool,
    punctuation: &PunctuationMap,
) -> String {
    let tokenizer = PieceTokenizer::with_specials(vocabulary, lower_case, punctuation);
    let mut tokenizer = tokenizer.into_inner();
    tokenizer.with_post_processor(Some(pair_template(vocabulary)));
    let words = added
        .iter()
        .map(|word| AddedToken::from(word.clone(), false));
    tokenizer
        .add_tokens(words)
        .expect("words without a model of their own");
    tokenizer.with_decoder(Some(WordPieceDecoder::default()));
    let mut json = tokenizer
        .to_string(true)
        .expect("a tokenizer can be written as JSON");
    json.push('\n');
    json
}

/// The template of an input: `[CLS] A [SEP]`, or `[CLS] A [SEP] B [SEP]` with segment id 1 for B.
fn pair_template(vocabulary: &Vocabulary) -> TemplateProcessing {
    let specials = vocabulary.specials();
    let named = |id| (vocabulary.piece(id).to_owned(), id.get());
    TemplateProcessing::builder()
        .try_single("[CLS]:0 $A:0 [SEP]:0")
        .expect("a fixed template")
        .try_pair("[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1")
        .expect("a fixed template")
        .special_tokens(vec![named(specials.cls), named(specials.sep)])
        .build()
        .expect("both specials are given")
}

/// The text of `tokenizer_config.json`, as `BertTokenizer` reads it; `positions` is the model's longest input, in
/// pieces.
///
/// Punctuation marks that are read as others are stored under `punctuation`, a key that only this project reads.
pub fn tokenizer_config(
    lower_case: bool,
    punctuation: &PunctuationMap,
    positions: usize,
) -> String {
    let mut config = json!({
        "cls_token": "[CLS]",
        "do_lower_case": lower_case,
        "mask_token": "[MASK]",
        "model_max_length": positions,
        "pad_token": "[PAD]",
        "sep_token": "[SEP]",
        "strip_accents": null,
        "tokenize_chinese_chars": true,
        "tokenizer_class": "BertTokenizer",
        "unk_token": "[UNK]",
    });
    if !punctuation.is_empty() {
        config["punctuation"] = json!(punctuation);
    }
    format!("{config:#}\n")
}

/// The text of `added_tokens.json`: the added words with their ids, from the first id behind the vocabulary.
pub(crate) fn added_tokens_json(added: &[String], first_id: usize) -> String {
    let ids: BTreeMap<&str, usize> = added.iter().map(String::as_str).zip(first_id..).collect();
    format!("{:#}\n", json!(ids))
}

/// The text of `special_tokens_map.json`.
pub fn special_tokens_map() -> String {
    let map = json!({
        "cls_token": "[CLS]",
        "mask_token": "[MASK]",
        "pad_token": "[PAD]",
        "sep_token": "[SEP]",
        "unk_token": "[UNK]",
    });
    format!("{map:#}\n")
}
