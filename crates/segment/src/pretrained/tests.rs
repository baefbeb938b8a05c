//! Reading and writing the tokenizer of a checkpoint.

use std::sync::Arc;

use super::{CheckpointTokenizer, PretrainedError};
use crate::punctuation::PunctuationMap;
use crate::vocabulary::Vocabulary;

#[test]
fn what_is_written_is_read_again() {
    let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "天", "."];
    let vocabulary = Vocabulary::from_pieces(pieces.map(String::from).to_vec());
    let written = CheckpointTokenizer {
        vocabulary: Arc::new(vocabulary.expect("a vocabulary")),
        added: vec!["新冠".to_owned()],
        lower_case: false,
        punctuation: [('…', '.')].into(),
    };
    let folder = tempfile::tempdir().expect("a folder");
    for file in written.files(128) {
        std::fs::write(folder.path().join(file.name), file.text).expect("written");
    }
    let read = CheckpointTokenizer::read(folder.path()).expect("a tokenizer");
    assert_eq!(read.vocabulary.sha256(), written.vocabulary.sha256());
    assert_eq!(read.added, written.added);
    assert_eq!(read.lower_case, written.lower_case);
    assert_eq!(read.punctuation, written.punctuation);
}

/// A folder with these files beside its weights.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

fn json(lower_case: bool, map: &PunctuationMap) -> String {
    let vocabulary = Vocabulary::parse(VOCABULARY).expect("a vocabulary");
    crate::tokenizer_json(&vocabulary, &[], lower_case, map)
}

const VOCABULARY: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n天\n.\n";

#[test]
fn a_tokenizer_json_alone_says_everything() {
    let map = [('…', '.')].into();
    for config in [
        "{}",
        r#"{"tokenizer_class": "BertTokenizer", "backend": "tokenizers"}"#,
    ] {
        let files = [
            ("tokenizer.json", json(false, &map)),
            ("tokenizer_config.json", config.to_owned()),
        ];
        let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
        let folder = folder(&files);
        let read = CheckpointTokenizer::read(folder.path()).expect("a tokenizer");
        assert_eq!(read.vocabulary.to_text(), VOCABULARY);
        assert_eq!((read.lower_case, read.punctuation), (false, map.clone()));
    }
}

#[test]
fn a_checkpoint_may_be_named_by_what_its_files_begin_with() {
    let folder = folder(&[("vocab.txt", VOCABULARY), ("bert_model.ckpt.index", "")]);
    let is_there = |name: &str| match CheckpointTokenizer::read(&folder.path().join(name)) {
        Ok(_) => true,
        Err(PretrainedError::NoCheckpoint { .. }) => false,
        Err(error) => panic!("{error}"),
    };
    assert!(is_there("bert_model.ckpt"));
    assert!(is_there("bert_model.ckpt.index"));
    assert!(!is_there("bert_model.ck"));
    // An archive beside the path is no checkpoint.
    std::fs::write(folder.path().join("macbert.tar.gz"), "").expect("written");
    assert!(!is_there("macbert"));
    assert!(!is_there("other/bert_model.ckpt"));
}

#[track_caller]
fn check_case(config: &str, tokenizer: Option<bool>, expect: bool) {
    let json = tokenizer.map(|lower_case| json(lower_case, &[].into()));
    let mut files = vec![("vocab.txt", VOCABULARY), ("tokenizer_config.json", config)];
    files.extend(json.as_deref().map(|json| ("tokenizer.json", json)));
    let folder = folder(&files);
    let read = CheckpointTokenizer::read(folder.path()).expect("a tokenizer");
    assert_eq!(read.lower_case, expect, "{config} {tokenizer:?}");
}

#[test]
fn case_is_what_transformers_takes() {
    check_case("{}", None, true);
    check_case("{}", Some(false), false);
    check_case(r#"{"do_lower_case": null}"#, Some(false), false);
    check_case(r#"{"do_lower_case": false}"#, None, false);
    check_case(r#"{"do_lower_case": true}"#, Some(false), true);
    let generic = r#"{"do_lower_case": true, "tokenizer_class": "TokenizersBackend"}"#;
    check_case(generic, Some(false), false);
    check_case(generic, None, true);
}

#[test]
fn two_vocabularies_that_differ_are_refused() {
    let json = json(true, &[].into());
    let with = |text: &str| {
        let folder = folder(&[("vocab.txt", text), ("tokenizer.json", &json)]);
        let read = CheckpointTokenizer::read(folder.path()).map(|_| ());
        let shown = folder.path().display().to_string();
        read.map_err(|error| error.to_string().replace(&shown, "FOLDER"))
    };
    assert_eq!(with(VOCABULARY), Ok(()));
    let swapped = with("[PAD]\n[UNK]\n[CLS]\n[SEP]\n.\n天\n").expect_err("refused");
    insta::assert_snapshot!(swapped, @"FOLDER: id 4 is `.` in vocab.txt, but `天` in tokenizer.json; keep the file that the weights were trained with, and remove the other");
}

#[test]
fn what_cannot_be_read_or_followed_is_named() {
    let refused = |files: &[(&str, &str)]| {
        let folder = folder(files);
        let error = CheckpointTokenizer::read(folder.path())
            .err()
            .expect("refused");
        let shown = folder.path().display().to_string();
        error.to_string().replace(&shown, "FOLDER")
    };
    let with = |config| refused(&[("vocab.txt", VOCABULARY), ("tokenizer_config.json", config)]);
    insta::assert_snapshot!(refused(&[]), @"FOLDER has neither vocab.txt nor tokenizer.json beside its weights; copy the one that the weights were trained with, because another vocabulary has other ids");
    insta::assert_snapshot!(refused(&[("vocab.txt", "[PAD]\n")]), @"FOLDER/vocab.txt: the vocabulary has no [UNK]; BERT's inputs need [PAD], [UNK], [CLS] and [SEP]");
    insta::assert_snapshot!(refused(&[("tokenizer.json", "{\n")]), @"FOLDER/tokenizer.json: EOF while parsing an object at line 2 column 0");
    insta::assert_snapshot!(with("<<<<<<< HEAD\n{}\n"), @"FOLDER/tokenizer_config.json: expected value at line 1 column 1; it says how text is cut, so mend it, or remove it if the model lower-cases");
    insta::assert_snapshot!(with(r#"{"do_lower_case": "yes"}"#), @r#"FOLDER/tokenizer_config.json, do_lower_case: invalid type: string "yes", expected a boolean; it says how text is cut, so mend it, or remove it if the model lower-cases"#);
    insta::assert_snapshot!(with(r#"{"punctuation": {"…": "..."}}"#), @r#"FOLDER/tokenizer_config.json, punctuation: invalid value: string "...", expected a character; it says how text is cut, so mend it, or remove it if the model lower-cases"#);
    insta::assert_snapshot!(with(r#"{"strip_accents": false}"#), @"FOLDER/tokenizer_config.json, strip_accents: expected null, or the value of do_lower_case, found false; this program does not cut text like this");
    insta::assert_snapshot!(with(r#"{"tokenize_chinese_chars": false}"#), @"FOLDER/tokenizer_config.json, tokenize_chinese_chars: expected true, found false; this program does not cut text like this");
}

#[test]
fn the_class_of_an_export_follows_its_replacements() {
    let class = |map: PunctuationMap| {
        let config = crate::tokenizer_config(true, &map, 128);
        let config: serde_json::Value = serde_json::from_str(&config).expect("JSON");
        config["tokenizer_class"].to_string()
    };
    assert_eq!(class([].into()), "\"BertTokenizer\"");
    assert_eq!(class([('…', '.')].into()), "\"PreTrainedTokenizerFast\"");
    let card = crate::tokenizer_files::model_card(&[('…', '.'), ('—', '-')].into());
    insta::assert_snapshot!(card, @r#"
---
library_name: transformers
language: zh
---

A Chinese BERT encoder, pre-trained with macbert.

```python
from transformers import AutoTokenizer, BertForPreTraining

tokenizer = AutoTokenizer.from_pretrained("DIR")
model = BertForPreTraining.from_pretrained("DIR")
```

`AutoTokenizer` gives the pieces of training in every case.

This model was trained with punctuation marks that its vocabulary lacks read as others: — as -, … as ..
`tokenizer.json` holds this rule, and `AutoTokenizer` and `PreTrainedTokenizerFast` follow it in transformers 4
and 5. `BertTokenizer` and `BertTokenizerFast` do not know it: they give `[UNK]` for these marks. Do not use them.
"#);
}
