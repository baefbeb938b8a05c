//! `timing.jsonl` holds what a clock measured, apart from the exact numbers of `metrics.jsonl`.

use serde_json::Value;

use crate::runs::{run, train_to_end};

#[test]
fn every_metrics_line_has_exactly_one_timing_line_even_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = run(folder.path());
    run.options.checkpoint_every = 8;
    train_to_end(&run);
    // As after a kill after step 10: the newest checkpoint is that of step 8, and the last line is incomplete.
    std::fs::remove_dir_all(folder.path().join("checkpoints/step-00000012")).unwrap();
    let path = folder.path().join("timing.jsonl");
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.push_str("{\"step\":");
    std::fs::write(&path, text).unwrap();
    run.resume = true;
    train_to_end(&run);
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let steps: Vec<u64> = lines
        .iter()
        .map(|line| line["step"].as_u64().unwrap())
        .collect();
    assert_eq!(steps, [5, 10, 12]);
    let covered = lines.iter().map(|line| line["steps"].as_u64().unwrap());
    // The resumed process began after step 8.
    assert_eq!(covered.collect::<Vec<_>>(), [5, 2, 2]);
    for line in &lines {
        assert!(line["tokens_per_second"].as_f64().unwrap() > 0.0);
        let share = line["data_wait_share"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&share), "{share}");
        let memory = &line["memory_bytes"];
        assert_eq!(memory.is_u64(), cfg!(target_os = "linux"), "{memory}");
        assert!(line["device_memory_bytes"].is_null(), "no GPU");
    }
    let metrics = std::fs::read_to_string(folder.path().join("metrics.jsonl")).unwrap();
    assert!(!metrics.contains("second"), "no clock in metrics.jsonl");
}
