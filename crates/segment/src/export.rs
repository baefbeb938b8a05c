//! The tokenizer files of a Hugging Face folder.

use serde_json::json;
use tokenizers::decoders::wordpiece::WordPiece as WordPieceDecoder;
use tokenizers::processors::bert::BertProcessing;

use crate::pieces::PieceTokenizer;
use crate::vocabulary::Vocabulary;

/// `tokenizer.json`, as `BertTokenizerFast` reads it.
pub fn tokenizer_json(vocabulary: &Vocabulary, lower_case: bool) -> String {
    let specials = vocabulary.specials();
    let named = |id| (vocabulary.piece(id).to_owned(), id.get());
    let mut tokenizer = PieceTokenizer::with_specials(vocabulary, lower_case).into_inner();
    tokenizer.with_post_processor(Some(BertProcessing::new(
        named(specials.sep),
        named(specials.cls),
    )));
    tokenizer.with_decoder(Some(WordPieceDecoder::default()));
    let mut json = tokenizer
        .to_string(true)
        .expect("a tokenizer can be written as JSON");
    json.push('\n');
    json
}

/// `tokenizer_config.json`, as `BertTokenizer` reads it; `positions` is the longest input of the model.
pub fn tokenizer_config(lower_case: bool, positions: usize) -> String {
    let config = json!({
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
    format!("{config:#}\n")
}

/// `special_tokens_map.json`.
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
