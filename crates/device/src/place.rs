//! The place of a process among those that train together.

/// The place of a process among those that train together, and where they meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The number of the process, from 0.
    pub rank: usize,
    /// The number of processes.
    pub size: usize,
    /// The name or address of the machine where the processes meet.
    pub host: String,
    /// The port there.
    pub port: u16,
    /// Whether this process opens the meeting place. If none does, somebody else has opened it before.
    pub serves: bool,
    /// What tells this meeting from others at the same place, such as that of an earlier attempt.
    pub meeting: String,
}

impl Place {
    /// Where the processes meet, for a message.
    #[cfg(feature = "tch")]
    pub(crate) fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}
