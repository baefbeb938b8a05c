//! TensorBoard's event files, read back by code that shares nothing with the writer.

use fixtures::records;

use crate::runs::{run, train_to_end};

#[test]
fn a_run_writes_its_metrics_as_scalars() {
    let folder = tempfile::tempdir().unwrap();
    train_to_end(&run(folder.path()));
    let files = fixtures::bytes_below(&folder.path().join("events"));
    assert_eq!(files.len(), 1);
    let events: Vec<&[u8]> = files.values().flat_map(|file| records(file)).collect();
    let holds = |event: &[u8], text: &str| {
        event
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(holds(events[0], "brain.Event:2"));
    let count = |tag: &str| events.iter().filter(|event| holds(event, tag)).count();
    // 12 steps: lines after 5, 10 and 12; evaluations after 4, 8 and 12.
    assert_eq!(count("train/masked_loss"), 3);
    let is_known = usize::from(cfg!(target_os = "linux"));
    assert_eq!(count("memory/host_bytes"), 3 * is_known);
    assert_eq!(count("held_out/masked_loss"), 3);
    assert_eq!(count("held_out/accuracy_similar"), 3);
}
