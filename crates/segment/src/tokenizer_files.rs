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

/// The class that rebuilds BERT's tokenizer from the vocabulary, and so loses replacements of punctuation marks.
const BERT_CLASS: &str = "BertTokenizer";
/// The class that takes `tokenizer.json` as it stands.
const GENERIC_CLASS: &str = "PreTrainedTokenizerFast";

/// The text of `tokenizer_config.json`; `positions` is the model's longest input, in pieces.
///
/// Without a map the class is `BertTokenizer`. With a map it is the generic class, because BERT's classes rebuild the
/// normaliser from the vocabulary and the case alone. `AutoTokenizer` of transformers 4 and 5 follows the class. The
/// generic class leaves segment ids out unless `model_input_names` lists them.
///
/// Punctuation marks that are read as others are also stored under `punctuation`, a key that only this project reads.
pub fn tokenizer_config(
    lower_case: bool,
    punctuation: &PunctuationMap,
    positions: usize,
) -> String {
    let class = if punctuation.is_empty() {
        BERT_CLASS
    } else {
        GENERIC_CLASS
    };
    let mut config = json!({
        "cls_token": "[CLS]",
        "do_lower_case": lower_case,
        "mask_token": "[MASK]",
        "model_input_names": ["input_ids", "token_type_ids", "attention_mask"],
        "model_max_length": positions,
        "pad_token": "[PAD]",
        "sep_token": "[SEP]",
        "strip_accents": null,
        "tokenize_chinese_chars": true,
        "tokenizer_class": class,
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

/// The text of the model card, `README.md`: how to load the folder, and what to know of its tokenizer.
pub(crate) fn model_card(punctuation: &PunctuationMap) -> String {
    if punctuation.is_empty() {
        return MODEL_CARD.to_owned();
    }
    let marks = punctuation.iter();
    let marks: Vec<String> = marks
        .map(|(mark, read_as)| format!("{mark} as {read_as}"))
        .collect();
    format!(
        "{MODEL_CARD}\n\
         This model was trained with punctuation marks that its vocabulary lacks read as others: {}.\n\
         `tokenizer.json` holds this rule, and `AutoTokenizer` and `PreTrainedTokenizerFast` follow it in transformers 4\n\
         and 5. `BertTokenizer` and `BertTokenizerFast` do not know it: they give `[UNK]` for these marks. Do not use them.\n",
        marks.join(", ")
    )
}

/// The part of the model card that every model has.
const MODEL_CARD: &str = "\
---
library_name: transformers
language: zh
---

A Chinese BERT encoder, pre-trained with macbert.

```python
from transformers import AutoTokenizer, BertForPreTraining

tokenizer = AutoTokenizer.from_pretrained(\"DIR\")
model = BertForPreTraining.from_pretrained(\"DIR\")
```

`AutoTokenizer` gives the pieces of training in every case.
";

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
