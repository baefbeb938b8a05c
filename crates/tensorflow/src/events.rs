//! TensorBoard's event files: `tensorflow.Event` messages in TensorFlow's record format.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message;

use crate::record::framed_record;

/// `tensorflow.Event`: the fields that scalars need.
#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
    #[prost(message, optional, tag = "7")]
    session_log: Option<SessionLog>,
}

/// `tensorflow.Summary`.
#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<Value>,
}

/// `tensorflow.Summary.Value`.
#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    tag: String,
    /// Optional, so that prost writes a value of 0 too: TensorBoard skips a value without the field.
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
}

/// `tensorflow.SessionLog`. A start at a step makes TensorBoard drop the scalars of later steps that an earlier process
/// wrote before it was stopped.
#[derive(Clone, PartialEq, Message)]
struct SessionLog {
    #[prost(int32, tag = "1")]
    status: i32,
}

/// `tensorflow.SessionLog.SessionStatus.START`.
const START: i32 = 1;

/// A value to plot over the steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The name of the plot; TensorBoard groups plots by the part before the first `/`.
    pub tag: String,
    /// The value at a step.
    pub value: f64,
}

/// Writes scalars to an event file.
pub struct EventWriter {
    file: File,
}

impl EventWriter {
    /// Creates a new event file in a folder, for a run that continues after `step`. The folder is created if need be.
    pub fn create(folder: &Path, step: u64) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let name = format!(
            "events.out.tfevents.{:.0}.macbert.{}",
            now(),
            std::process::id()
        );
        let mut writer = Self {
            file: File::create(folder.join(name))?,
        };
        writer.write(&Event {
            file_version: Some("brain.Event:2".to_owned()),
            ..Event::at(0)
        })?;
        writer.write(&Event {
            session_log: Some(SessionLog { status: START }),
            ..Event::at(step + 1)
        })?;
        Ok(writer)
    }

    /// Writes the scalars of a step. Those that are not a number are left out.
    pub fn scalars(
        &mut self,
        step: u64,
        scalars: impl IntoIterator<Item = Scalar>,
    ) -> io::Result<()> {
        let value = scalars.into_iter().filter(|scalar| !scalar.value.is_nan());
        let value = value.map(|scalar| Value {
            tag: scalar.tag,
            simple_value: Some(scalar.value as f32),
        });
        let summary = Some(Summary {
            value: value.collect(),
        });
        self.write(&Event {
            summary,
            ..Event::at(step)
        })
    }

    fn write(&mut self, event: &Event) -> io::Result<()> {
        self.file.write_all(&framed_record(&event.encode_to_vec()))
    }
}

impl Event {
    fn at(step: u64) -> Self {
        Self {
            wall_time: now(),
            step: step as i64,
            file_version: None,
            summary: None,
            session_log: None,
        }
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |time| time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::Value;

    #[test]
    fn a_scalar_of_0_is_written() {
        let value = |value| Value {
            tag: "a".to_owned(),
            simple_value: Some(value),
        };
        assert_eq!(
            value(0.0).encode_to_vec(),
            [0x0a, 1, b'a', 0x15, 0, 0, 0, 0]
        );
        assert_eq!(value(1.0).encoded_len(), 8);
    }
}
