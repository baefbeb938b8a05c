//! Prints the logits of a fine-tuned model: `task_logits FOLDER`, with `{"input_ids": [[…]], "token_type_ids": [[…]]}` of examples
//! without padding on stdin. `crates/finetune/tests/python/task_folders.py` runs it.

use std::env;
use std::error::Error;
use std::io;
use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use model::{BertForTask, LoadOptions, ModelInput, TaskHead, load_task, read_task};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder] = arguments.as_slice() else {
        return Err("usage: task_logits FOLDER < EXAMPLES".into());
    };
    let folder = Path::new(folder);
    let task = read_task(folder)?;
    let head = match task.class.as_str() {
        "BertForSequenceClassification" => TaskHead::Classes(task.labels.len()),
        "BertForTokenClassification" => TaskHead::Tags(task.labels.len()),
        "BertForQuestionAnswering" => TaskHead::Span,
        _ => TaskHead::Spelling { detection: false },
    };
    let loaded = load_task(folder, head, &Device::default(), LoadOptions::default())?;
    let model = Module::valid(&loaded.model);
    let examples: Value = serde_json::from_reader(io::stdin())?;
    let rows = |name: &str| -> Result<Vec<Vec<i32>>, serde_json::Error> {
        serde_json::from_value(examples[name].clone())
    };
    let pairs = rows("input_ids")?.into_iter().zip(rows("token_type_ids")?);
    let logits: Vec<Value> = pairs
        .map(|(ids, segments)| logits(&model, &ids, &segments))
        .collect();
    serde_json::to_writer(io::stdout(), &json!({ "logits": logits }))?;
    Ok(())
}

/// The logits of one example: of its labels, or of each position.
fn logits(model: &BertForTask, ids: &[i32], segments: &[i32]) -> Value {
    let length = ids.len();
    let input = ModelInput::new(
        ids,
        segments,
        &[length as u32],
        length,
        0,
        &Device::default(),
    );
    let positions: Vec<i32> = (0..length as i32).collect();
    let logits = match model.head() {
        TaskHead::Classes(_) => model.class_logits(&input),
        TaskHead::Tags(_) => model.tag_logits(&input, &positions),
        TaskHead::Span => model.span_logits(&input),
        TaskHead::Spelling { .. } => model.spelling_logits(&input, &positions).pieces,
    };
    rows(logits)
}

fn rows(logits: Tensor<2>) -> Value {
    let [_, n] = logits.dims();
    let numbers: Vec<f32> = logits.into_data().iter::<f32>().collect();
    numbers.chunks(n).map(|row| json!(row)).collect()
}
