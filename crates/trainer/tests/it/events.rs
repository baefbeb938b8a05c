//! TensorBoard's event files, read back by their framing.

use crate::material::{finished, run};

/// Length, its checksum, the event, its checksum, until the file's end; the events.
fn records(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut events = Vec::new();
    while !bytes.is_empty() {
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let event = &bytes[12..12 + length];
        let checksum = crc32c::crc32c(event)
            .rotate_right(15)
            .wrapping_add(0xa282_ead8);
        assert_eq!(bytes[12 + length..16 + length], checksum.to_le_bytes());
        events.push(event.to_vec());
        bytes = &bytes[16 + length..];
    }
    events
}

#[test]
fn a_run_writes_its_scalars() {
    let folder = tempfile::tempdir().unwrap();
    finished(&run(folder.path()));
    let files: Vec<_> = std::fs::read_dir(folder.path().join("events"))
        .unwrap()
        .collect();
    assert_eq!(files.len(), 1);
    let events = records(&std::fs::read(files[0].as_ref().unwrap().path()).unwrap());
    let holds = |event: &[u8], text: &str| {
        event
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(holds(&events[0], "brain.Event:2"));
    let count = |tag: &str| events.iter().filter(|event| holds(event, tag)).count();
    // 12 steps: lines after 5, 10 and 12; evaluations after 4, 8 and 12.
    assert_eq!(count("train/masked_loss"), 3);
    let is_known = usize::from(cfg!(target_os = "linux"));
    assert_eq!(count("memory/host_bytes"), 3 * is_known);
    assert_eq!(count("held_out/masked_loss"), 3);
    assert_eq!(count("held_out/accuracy_similar"), 3);
}
