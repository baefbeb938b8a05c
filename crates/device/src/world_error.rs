//! What can go wrong between processes that train together.

/// An error between processes that train together.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The device has no collective operations.
    #[error(
        "this device has no collective operations, so it cannot train together with others; use tch:cpu or tch:N"
    )]
    NoCollectives,
    /// Nobody opened the meeting place.
    #[error(
        "rank {rank} waited {seconds} s for rank 0, which does not answer at {address} ({reason}); look at the output of rank 0"
    )]
    NoMeetingPlace {
        /// This process.
        rank: usize,
        /// The time limit.
        seconds: u64,
        /// Where the processes meet.
        address: String,
        /// Why it could not be reached.
        reason: String,
    },
    /// Some processes did not come.
    #[error(
        "{absent} of {size} did not start within {seconds} s; look at their output, or raise train.collective_timeout_s"
    )]
    Absent {
        /// Which.
        absent: String,
        /// The number of all processes.
        size: usize,
        /// The time limit.
        seconds: u64,
    },
    /// The processes met, but could not connect.
    #[error(
        "rank {rank} could not {what} ({reason}); if the machine has several networks, name the one to use in GLOO_SOCKET_IFNAME"
    )]
    Connect {
        /// This process.
        rank: usize,
        /// What it tried.
        what: String,
        /// Why it failed.
        reason: String,
    },
    /// An operation of all processes failed.
    #[error("step {step}: rank {rank} did not get {what}: {who} ({reason})")]
    Lost {
        /// The step that this process was at.
        step: u64,
        /// This process.
        rank: usize,
        /// What the processes were doing.
        what: String,
        /// Which processes are missing, and how far they came.
        who: String,
        /// What the network library says.
        reason: String,
    },
}

/// Lists ranks for a message: `rank 1`, or `ranks 1, 3 and 4`.
#[cfg(feature = "tch")]
pub(crate) fn ranks(ranks: &[usize]) -> String {
    let names: Vec<String> = ranks.iter().map(usize::to_string).collect();
    match names.as_slice() {
        [] => "no rank".to_owned(),
        [one] => format!("rank {one}"),
        [first @ .., last] => format!("ranks {} and {last}", first.join(", ")),
    }
}

#[cfg(all(test, feature = "tch"))]
mod tests {
    use super::ranks;

    #[test]
    fn ranks_are_listed() {
        assert_eq!(ranks(&[2]), "rank 2");
        assert_eq!(ranks(&[1, 3, 4]), "ranks 1, 3 and 4");
    }
}
