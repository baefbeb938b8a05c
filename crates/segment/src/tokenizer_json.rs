//! Reads a `tokenizer.json`: the vocabulary, case and punctuation marks of a BERT tokenizer, as transformers saves it.
//!
//! transformers 5 saves no `vocab.txt`, so this file may be the only one that holds them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::TokenizerJsonError;
use crate::punctuation::PunctuationMap;
use crate::spans::PieceId;
use crate::vocabulary::Vocabulary;

/// The longest word that WordPiece cuts, in characters, as BERT has it. This program knows no other limit.
const MAX_WORD_CHARACTERS: u64 = 100;

/// What the normaliser of a tokenizer does, as far as BERT tokenizers differ in it.
pub(crate) struct Normalizer {
    /// Whether text is lower-cased and stripped of accents.
    pub(crate) lower_case: bool,
    /// Marks that are read as others.
    pub(crate) punctuation: PunctuationMap,
}

/// A `tokenizer.json`.
pub(crate) struct TokenizerJson {
    path: PathBuf,
    root: Value,
}

impl TokenizerJson {
    pub(crate) fn read(path: &Path) -> Result<Self, TokenizerJsonError> {
        let path = path.to_path_buf();
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(source) => return Err(TokenizerJsonError::Read { path, source }),
        };
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        match serde_json::from_slice(bytes) {
            Ok(root) => Ok(Self { path, root }),
            Err(source) => Err(TokenizerJsonError::Json { path, source }),
        }
    }

    /// The pieces in the order of their ids: those of the model, then those that were added to the tokenizer.
    pub(crate) fn pieces(&self) -> Result<Vec<String>, TokenizerJsonError> {
        self.check_model()?;
        let mut by_id: BTreeMap<u64, String> = BTreeMap::new();
        for (piece, id) in self.named_ids()? {
            if piece.contains(['\n', '\r']) {
                return Err(self.other("model.vocab", "pieces without line ends", &piece));
            }
            if let Some(first) = by_id.insert(id, piece.clone())
                && first != piece
            {
                return Err(TokenizerJsonError::SameId {
                    path: self.path.clone(),
                    id,
                    first,
                    second: piece,
                });
            }
        }
        let last = by_id.keys().next_back().copied().unwrap_or_default();
        if let Some((id, _)) = (0..).zip(by_id.keys()).find(|(index, id)| index != *id) {
            let path = self.path.clone();
            return Err(TokenizerJsonError::Gap { path, id, last });
        }
        Ok(by_id.into_values().collect())
    }

    /// The smallest id that a vocabulary gives to another piece than this file, and the file's piece of that id.
    pub(crate) fn differs_from(
        &self,
        vocabulary: &Vocabulary,
    ) -> Result<Option<(PieceId, String)>, TokenizerJsonError> {
        let differs = |(piece, id): (String, u64)| {
            let id = u32::try_from(id).ok().map(PieceId::new)?;
            let is_other = id.index() < vocabulary.len() && vocabulary.piece(id) != piece;
            is_other.then_some((id, piece))
        };
        Ok(self.named_ids()?.into_iter().filter_map(differs).min())
    }

    /// The pieces with their ids: those of the model, then the added ones. Most added ones are in the model as well.
    fn named_ids(&self) -> Result<Vec<(String, u64)>, TokenizerJsonError> {
        let vocab = &self.root["model"]["vocab"];
        let wrong = || self.other("model.vocab", "an id for each piece", &kind(vocab));
        let vocab = vocab.as_object().ok_or_else(wrong)?;
        let of_model = vocab.iter().map(|(piece, id)| {
            let id = id.as_u64();
            id.map(|id| (piece.clone(), id)).ok_or_else(wrong)
        });
        let added = self.root["added_tokens"].as_array();
        let of_added = added.into_iter().flatten().map(|token| {
            let both = token["content"].as_str().zip(token["id"].as_u64());
            let both = both.map(|(content, id)| (content.to_owned(), id));
            let expected = "objects with `content` and `id`";
            both.ok_or_else(|| self.other("added_tokens", expected, &token.to_string()))
        });
        of_model.chain(of_added).collect()
    }

    /// Refuses a model that is not BERT's WordPiece.
    fn check_model(&self) -> Result<(), TokenizerJsonError> {
        let model = &self.root["model"];
        let is_or_lacks = |key: &'static str, value: &Value| {
            let found = &model[key];
            (found.is_null() || found == value)
                .then_some(())
                .ok_or(found)
        };
        let checks = [
            ("model.type", "type", "WordPiece", Value::from("WordPiece")),
            ("model.unk_token", "unk_token", "[UNK]", "[UNK]".into()),
            (
                "model.continuing_subword_prefix",
                "continuing_subword_prefix",
                "##",
                "##".into(),
            ),
            (
                "model.max_input_chars_per_word",
                "max_input_chars_per_word",
                "100",
                MAX_WORD_CHARACTERS.into(),
            ),
        ];
        for (name, key, expected, value) in checks {
            is_or_lacks(key, &value)
                .map_err(|found| self.other(name, expected, &found.to_string()))?;
        }
        Ok(())
    }

    /// What the tokenizer does with a text before it looks for pieces.
    pub(crate) fn normalizer(&self) -> Result<Normalizer, TokenizerJsonError> {
        let words = &self.root["pre_tokenizer"]["type"];
        if words != "BertPreTokenizer" {
            return Err(self.other("pre_tokenizer", "BertPreTokenizer", &kind_of(words)));
        }
        let mut parts = Vec::new();
        flatten(&self.root["normalizer"], &mut parts);
        let mut punctuation = PunctuationMap::new();
        let mut lower_case = None;
        for part in parts {
            match part["type"].as_str() {
                Some("BertNormalizer") => lower_case = Some(self.bert_normalizer(part)?),
                Some("Replace") => add(&mut punctuation, self.replacement(part)?),
                _ => {
                    let expected = "BertNormalizer, or Replace before it";
                    return Err(self.other("normalizer", expected, &kind_of(&part["type"])));
                }
            }
        }
        punctuation.retain(|mark, read_as| mark != read_as);
        let lower_case =
            lower_case.ok_or_else(|| self.other("normalizer", "BertNormalizer", "none"))?;
        Ok(Normalizer {
            lower_case,
            punctuation,
        })
    }

    /// Whether a normaliser of BERT lower-cases. This program strips accents if and only if it lower-cases, as BERT does.
    fn bert_normalizer(&self, part: &Value) -> Result<bool, TokenizerJsonError> {
        for (key, name) in [
            ("clean_text", "normalizer.clean_text"),
            ("handle_chinese_chars", "normalizer.handle_chinese_chars"),
        ] {
            if part[key].as_bool() == Some(false) {
                return Err(self.other(name, "true", "false"));
            }
        }
        let lower_case = part["lowercase"].as_bool().unwrap_or(true);
        match part["strip_accents"].as_bool() {
            Some(strips) if strips != lower_case => Err(self.other(
                "normalizer.strip_accents",
                "null, or the value of lowercase",
                if strips { "true" } else { "false" },
            )),
            _ => Ok(lower_case),
        }
    }

    /// The two characters of a replacement of one character by another.
    fn replacement(&self, part: &Value) -> Result<(char, char), TokenizerJsonError> {
        let only = |text: &Value| {
            let mut characters = text.as_str()?.chars();
            characters.next().filter(|_| characters.next().is_none())
        };
        let both = only(&part["pattern"]["String"]).zip(only(&part["content"]));
        both.ok_or_else(|| {
            let expected = "Replace with one character for one character";
            self.other("normalizer", expected, &part.to_string())
        })
    }

    fn other(&self, key: &'static str, expected: &'static str, found: &str) -> TokenizerJsonError {
        TokenizerJsonError::Other {
            path: self.path.clone(),
            key,
            expected,
            found: found.to_owned(),
        }
    }
}

/// Adds a replacement that comes after those that are there, and so applies to what they give.
fn add(map: &mut PunctuationMap, (mark, read_as): (char, char)) {
    for earlier in map.values_mut().filter(|earlier| **earlier == mark) {
        *earlier = read_as;
    }
    map.entry(mark).or_insert(read_as);
}

/// The normalisers in the order in which they apply.
fn flatten<'v>(normalizer: &'v Value, parts: &mut Vec<&'v Value>) {
    if normalizer["type"] == "Sequence" {
        let inner = normalizer["normalizers"].as_array();
        inner
            .into_iter()
            .flatten()
            .for_each(|one| flatten(one, parts));
    } else if !normalizer.is_null() {
        parts.push(normalizer);
    }
}

/// The name of a part, for a message.
fn kind_of(name: &Value) -> String {
    name.as_str().unwrap_or("none").to_owned()
}

/// What kind of value a value is, for a message.
fn kind(value: &Value) -> String {
    match value {
        Value::Null => "nothing",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
        _ => "a value",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::TokenizerJson;
    use crate::error::TokenizerJsonError;
    use crate::vocabulary::Vocabulary;

    /// A file of this program's own, changed.
    fn changed(change: impl FnOnce(&mut Value)) -> TokenizerJson {
        let vocabulary = Vocabulary::parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n语\n言\n\"\n.\n");
        let vocabulary = vocabulary.expect("a vocabulary");
        let map = [('“', '"'), ('…', '.')].into();
        let text = crate::tokenizer_json(&vocabulary, &[], true, &map);
        let mut root: Value = serde_json::from_str(&text).expect("JSON");
        change(&mut root);
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), root.to_string()).expect("written");
        let read = TokenizerJson::read(file.path()).expect("JSON");
        let path = "tokenizer.json".into();
        TokenizerJson { path, ..read }
    }

    fn normalizer(tokenizer: &TokenizerJson) -> Result<(bool, String), TokenizerJsonError> {
        let found = tokenizer.normalizer()?;
        let map = found.punctuation.iter().map(|(a, b)| format!("{a}{b}"));
        Ok((found.lower_case, map.collect::<Vec<_>>().join(" ")))
    }

    #[test]
    fn what_this_program_writes_is_read() {
        let tokenizer = changed(|_| {});
        let pieces = tokenizer.pieces().expect("pieces");
        assert_eq!(pieces.join(" "), "[PAD] [UNK] [CLS] [SEP] 语 言 \" .");
        let found = normalizer(&tokenizer).expect("a normaliser");
        assert_eq!(found, (true, "“\" ….".to_owned()));
    }

    #[test]
    fn added_pieces_come_behind_those_of_the_model() {
        let tokenizer = changed(|root| {
            let added = root["added_tokens"].as_array_mut().expect("a list");
            added.push(json!({ "id": 8, "content": "语言", "special": false }));
        });
        let pieces = tokenizer.pieces().expect("pieces");
        assert_eq!(pieces.last().map(String::as_str), Some("语言"));
    }

    #[test]
    fn case_and_marks_are_those_of_the_normaliser() {
        let cased = changed(|root| {
            root["normalizer"] = json!({ "type": "BertNormalizer", "lowercase": false });
        });
        assert_eq!(normalizer(&cased).expect("read"), (false, String::new()));
        let replace = |mark: &str, content: &str| json!({ "type": "Replace", "pattern": { "String": mark }, "content": content });
        let chained = changed(|root| {
            let parts = [replace("«", "“"), replace("“", "\""), replace("“", ".")];
            let bert = json!({ "type": "BertNormalizer", "lowercase": true });
            let inner = json!({ "type": "Sequence", "normalizers": parts });
            root["normalizer"] = json!({ "type": "Sequence", "normalizers": [inner, bert] });
        });
        let found = normalizer(&chained).expect("read");
        assert_eq!(found, (true, "«\" “\"".to_owned()));
    }

    #[test]
    fn what_is_not_berts_tokenizer_is_refused() {
        let model = |key: &str, value: Value| {
            let changed = changed(|root| root["model"][key] = value);
            changed.pieces().expect_err("refused").to_string()
        };
        insta::assert_snapshot!(model("type", "BPE".into()), @r#"tokenizer.json, model.type: expected WordPiece, found "BPE"; this program only knows BERT's tokenizer"#);
        insta::assert_snapshot!(model("vocab", json!([["a", 0.5]])), @"tokenizer.json, model.vocab: expected an id for each piece, found a list; this program only knows BERT's tokenizer");
        insta::assert_snapshot!(model("vocab", json!({ "a": 0, "b": 2, "c": 3 })), @"tokenizer.json: `a` and `[PAD]` both have id 0; every piece must have its own");
        insta::assert_snapshot!(model("vocab", json!({ "a": 1, "b": 1 })), @"tokenizer.json: `a` and `b` both have id 1; every piece must have its own");
        insta::assert_snapshot!(model("continuing_subword_prefix", "@@".into()), @r#"tokenizer.json, model.continuing_subword_prefix: expected ##, found "@@"; this program only knows BERT's tokenizer"#);
        let other = |part: Value| {
            let changed = changed(|root| root["normalizer"] = part);
            let found = changed.normalizer().map(|found| found.lower_case);
            found.expect_err("refused").to_string()
        };
        insta::assert_snapshot!(other(json!({ "type": "NFKC" })), @"tokenizer.json, normalizer: expected BertNormalizer, or Replace before it, found NFKC; this program only knows BERT's tokenizer");
        insta::assert_snapshot!(other(Value::Null), @"tokenizer.json, normalizer: expected BertNormalizer, found none; this program only knows BERT's tokenizer");
        insta::assert_snapshot!(other(json!({ "type": "BertNormalizer", "lowercase": true, "strip_accents": false })), @"tokenizer.json, normalizer.strip_accents: expected null, or the value of lowercase, found false; this program only knows BERT's tokenizer");
        insta::assert_snapshot!(other(json!({ "type": "Replace", "pattern": { "String": "……" }, "content": "." })), @r#"tokenizer.json, normalizer: expected Replace with one character for one character, found {"content":".","pattern":{"String":"……"},"type":"Replace"}; this program only knows BERT's tokenizer"#);
    }
}
