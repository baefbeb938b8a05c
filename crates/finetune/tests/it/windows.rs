//! Windows and decodings of span extraction are those of transformers.

use finetune::{
    DecodeOptions, Encoded, InputBatch, PairSpecials, SpanPieces, StrideMeaning, Window,
    WindowLogits, WindowOptions, WindowRange, decode,
};
use fixtures::beside;
use segment::{ByteSpan, PieceTokenizer, Vocabulary};
use serde_json::{Value, json};

use crate::reference::{assert_close, unpacked};

/// The reference values, and the tokenizer that they were made with.
struct Features {
    values: Value,
    tokenizer: PieceTokenizer,
    specials: PairSpecials,
}

impl Features {
    fn read() -> Option<Self> {
        let vocabulary = Vocabulary::read(&beside("data/vocab/vocab.txt")?).unwrap();
        let values = unpacked("reference/finetune/span_features.json.zst");
        let specials = vocabulary.specials();
        Some(Self {
            values: serde_json::from_str(&values).unwrap(),
            tokenizer: PieceTokenizer::new(&vocabulary, true),
            specials: PairSpecials {
                cls: specials.cls.get(),
                sep: specials.sep.get(),
            },
        })
    }

    fn pieces(&self, example: &Value) -> SpanPieces {
        let text = |key: &str| example[key].as_str().unwrap();
        SpanPieces::new(&self.tokenizer, text("question"), text("context"))
    }

    fn example(&self, id: &Value) -> &Value {
        let examples = self.values["examples"].as_array().unwrap();
        examples
            .iter()
            .find(|example| &example["id"] == id)
            .unwrap()
    }
}

/// `LENGTH/STRIDE`.
fn options(setting: &str, meaning: StrideMeaning) -> WindowOptions {
    let (length, stride) = setting.split_once('/').unwrap();
    WindowOptions {
        max_length: length.parse().unwrap(),
        stride: stride.parse().unwrap(),
        meaning,
        max_question: (meaning == StrideMeaning::Advance).then_some(64),
    }
}

/// The bytes of a text that begins at a character.
fn answer_span(example: &Value) -> ByteSpan {
    let (context, start) = (
        example["context"].as_str().unwrap(),
        example["answer_start"].as_u64(),
    );
    let before: String = context.chars().take(start.unwrap() as usize).collect();
    let answer = example["answer"].as_str().unwrap();
    ByteSpan::new(before.len(), before.len() + answer.len())
}

#[test]
fn windows_are_those_of_the_fast_tokenizer() {
    let Some(features) = Features::read() else {
        return;
    };
    let mut n_windows = 0;
    for example in features.values["examples"].as_array().unwrap() {
        let (pieces, answer) = (features.pieces(example), answer_span(example));
        assert_eq!(pieces.n_question(), example["question_pieces"]);
        assert_eq!(pieces.spans().len(), example["context_pieces"]);
        for (setting, expect) in example["windows"].as_object().unwrap() {
            let windows =
                pieces.windows(&options(setting, StrideMeaning::Overlap), features.specials);
            let Some(expect) = expect.as_array() else {
                assert!(windows.is_err(), "{setting} {}", example["id"]);
                continue;
            };
            let windows = windows.unwrap();
            n_windows += windows.len();
            assert_eq!(windows.len(), expect.len(), "{setting} {}", example["id"]);
            for ((input, window), expect) in windows.iter().zip(expect) {
                check_input(input, expect);
                check_window(example, &pieces, window, expect);
                let [start, end] = pieces.answer_in(window, answer);
                assert_eq!(
                    start, expect["start_position"],
                    "{setting} {}",
                    example["id"]
                );
                assert_eq!(end, expect["end_position"], "{setting} {}", example["id"]);
            }
        }
    }
    assert_eq!(n_windows, 1237);
}

/// Compares an input as the model gets it.
#[track_caller]
fn check_input(input: &Encoded, expect: &Value) {
    let batch = InputBatch::of(&[input]);
    assert_eq!(json!(batch.input_ids), expect["input_ids"]);
    assert_eq!(json!(batch.segment_ids), expect["token_type_ids"]);
}

#[track_caller]
fn check_window(example: &Value, pieces: &SpanPieces, window: &Window, expect: &Value) {
    assert_eq!(window.context_at, expect["context_at"]);
    let WindowRange { first, n_pieces } = window.range;
    assert_eq!(n_pieces, expect["context_pieces"]);
    assert_eq!(first, expect["first_context_piece"]);
    let context = example["context"].as_str().unwrap();
    let characters = |bytes: u32| context[..bytes as usize].chars().count();
    let spans = pieces.spans()[first..first + n_pieces].iter();
    let offsets: Vec<_> = spans
        .map(|span| [characters(span.start), characters(span.end)])
        .collect();
    assert_eq!(json!(offsets), expect["offsets"]);
}

#[test]
fn windows_by_advance_are_those_of_google() {
    let Some(features) = Features::read() else {
        return;
    };
    for example in features.values["examples"].as_array().unwrap() {
        let count = |key: &str| example[key].as_u64().unwrap() as usize;
        for (setting, expect) in example["google_windows"].as_object().unwrap() {
            let options = options(setting, StrideMeaning::Advance);
            let windows = options.cut(count("question_pieces"), count("context_pieces"));
            let ranges = windows.ok().map(|windows| {
                let pair = |window: WindowRange| [window.first, window.n_pieces];
                windows.into_iter().map(pair).collect::<Vec<_>>()
            });
            assert_eq!(&json!(ranges), expect, "{setting} {}", example["id"]);
        }
    }
}

#[test]
fn decodings_are_those_of_the_example_script() {
    let Some(features) = Features::read() else {
        return;
    };
    let decodings = features.values["decodings"].as_array().unwrap();
    assert_eq!(decodings.len(), 24);
    for decoding in decodings {
        let example = features.example(&decoding["example"]);
        let pieces = features.pieces(example);
        let setting = decoding["setting"].as_str().unwrap();
        let windows = pieces
            .windows(&options(setting, StrideMeaning::Overlap), features.specials)
            .unwrap();
        let windows: Vec<Window> = windows.into_iter().map(|(_, window)| window).collect();
        let numbers =
            |key: &str| -> Vec<Vec<f32>> { serde_json::from_value(decoding[key].clone()).unwrap() };
        let (starts, ends) = (numbers("start_logits"), numbers("end_logits"));
        let logits = starts
            .iter()
            .zip(&ends)
            .map(|(start, end)| WindowLogits { start, end });
        let logits: Vec<WindowLogits<'_>> = logits.collect();
        for expect in decoding["results"].as_array().unwrap() {
            let count = |key: &str| expect[key].as_u64().unwrap() as usize;
            let options = DecodeOptions {
                n_best: count("n_best"),
                longest_answer: count("longest_answer"),
                no_answer: expect["no_answer_allowed"].as_bool().unwrap(),
                best_context: false,
            };
            let context = example["context"].as_str().unwrap();
            let found = decode(context, pieces.spans(), &windows, &logits, &options);
            let what = format!("{} {}", decoding["kind"], expect["name"]);
            assert_eq!(found.prediction, expect["prediction"], "{what}");
            let list = expect["list"].as_array().unwrap();
            assert_eq!(found.list.len(), list.len(), "{what}");
            for (found, expect) in found.list.iter().zip(list) {
                assert_eq!(found.text, expect["text"], "{what}");
                assert_close(f64::from(found.start_logit), &expect["start_logit"], &what);
                assert_close(f64::from(found.end_logit), &expect["end_logit"], &what);
                let probability = expect["probability"].as_f64().unwrap();
                assert!(
                    (f64::from(found.probability) - probability).abs() < 1e-6,
                    "{what}"
                );
            }
            match found.null_difference {
                Some(difference) => {
                    let expect = expect["null_score_difference"].as_f64().unwrap();
                    assert!((f64::from(difference) - expect).abs() < 1e-5, "{what}");
                }
                None => assert!(expect["null_score_difference"].is_null(), "{what}"),
            }
        }
    }
}

#[test]
fn a_start_counts_in_its_best_context() {
    let context = "甲乙丙丁戊己";
    let spans: Vec<ByteSpan> = (0..6).map(|at| ByteSpan::new(3 * at, 3 * at + 3)).collect();
    let window = |first: usize| Window {
        context_at: 3,
        range: WindowRange { first, n_pieces: 4 },
    };
    let windows = [window(0), window(2)];
    // 丙 (piece 2) has one piece on its poorer side in the first window, none in the second.
    let first = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0];
    let second = [0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0, 0.0];
    let logits = [&first, &second].map(|logits| WindowLogits {
        start: logits,
        end: logits,
    });
    let options = DecodeOptions {
        n_best: 8,
        longest_answer: 1,
        no_answer: false,
        best_context: false,
    };
    let texts = |options: &DecodeOptions| -> Vec<String> {
        let found = decode(context, &spans, &windows, &logits, options);
        found
            .list
            .into_iter()
            .map(|candidate| candidate.text)
            .collect()
    };
    assert_eq!(
        texts(&options),
        ["丙", "丙", "甲", "乙", "丁", "丁", "戊", "己"]
    );
    let best_context = DecodeOptions {
        best_context: true,
        ..options
    };
    assert_eq!(texts(&best_context), ["丙", "甲", "乙", "丁", "戊", "己"]);
    let found = decode(context, &spans, &windows, &logits, &best_context);
    assert!((found.list[0].start_logit - 1.0).abs() < 1e-6);
}

#[test]
fn a_question_that_leaves_no_room_is_refused() {
    let options = WindowOptions {
        max_length: 64,
        stride: 16,
        meaning: StrideMeaning::Overlap,
        max_question: None,
    };
    let error = options.cut(45, 100).unwrap_err();
    let expect = "a question of 45 pieces leaves 16 of 64 for the context, too few for a stride of 16; set a lower stride, or max_question";
    assert_eq!(error.to_string(), expect);
    let kept = WindowOptions {
        max_question: Some(32),
        ..options
    };
    assert_eq!(
        kept.cut(45, 0).unwrap(),
        [WindowRange {
            first: 0,
            n_pieces: 0
        }]
    );
}
