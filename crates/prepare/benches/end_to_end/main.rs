//! Makes one measurement per call. `cargo xtask bench prepare` makes all of them and compares the results.
//!
//! ```text
//! end_to_end text OUT AT_LEAST PATH…         writes the documents of files and folders as one plain text file
//! end_to_end jieba TEXT VOCABULARY           cuts the text with jieba-rs alone
//! end_to_end tokenizers TEXT VOCABULARY      runs the BERT pipeline of `tokenizers` alone
//! end_to_end prepare TEXT VOCABULARY OUT     prepares shards of the text, from disk to disk
//! end_to_end parity TEXT VOCABULARY          compares every word and piece with both
//! ```
//!
//! A measurement is a line of JSON on stdout. If `VOCABULARY` is `-`, a vocabulary is built from the text.
#![expect(clippy::print_stdout, reason = "a measurement is read by xtask")]

mod clock;
mod input;
mod measure;
mod parity;

use std::path::Path;

fn main() {
    // `cargo bench` adds the flag `--bench`.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["text", out, at_least, paths @ ..] => {
            let at_least = at_least.parse().expect("a number of bytes");
            let n_bytes = input::write_text(Path::new(out), at_least, paths);
            println!(
                "{}",
                serde_json::json!({ "what": "text", "bytes": n_bytes })
            );
        }
        ["jieba", text, _] => say(&measure::jieba(Path::new(text))),
        ["tokenizers", text, vocabulary] => say(&measure::tokenizers(Path::new(text), vocabulary)),
        ["prepare", text, vocabulary, out] => {
            say(&measure::prepare_shards(
                Path::new(text),
                vocabulary,
                Path::new(out),
            ));
        }
        ["parity", text, vocabulary] => println!("{}", parity::run(Path::new(text), vocabulary)),
        [] => println!("nothing to measure: `cargo xtask bench prepare` says what"),
        other => panic!("no such measurement: {other:?}"),
    }
}

fn say(measured: &clock::Measured) {
    println!("{}", measured.to_json());
}
