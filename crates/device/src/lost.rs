//! Finds out which processes are missing after an operation of all processes failed.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use libtorch::collective::{CollectiveError, Store};

use crate::place::Place;
use crate::store_key as key;

/// How long a process waits until the others say that they are there. All fail within moments of each other.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long a process waits for the store, which may be out of reach.
const STORE_WITHIN: Duration = Duration::from_secs(15);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Says which processes are missing or failed, and how far they came. `step` is where this process is.
pub(crate) fn who(store: &Arc<Store>, place: &Place, step: u64) -> String {
    let unreachable = format!(
        "rank 0 is gone or out of reach: its store at {} does not answer",
        place.address()
    );
    let mine = place.clone();
    in_time(store, move |store| account(store, &mine, step))
        .and_then(Result::ok)
        .unwrap_or(unreachable)
}

/// Tells the others why this process ends. The process that serves the store waits until they have heard it.
pub(crate) fn tell(store: &Arc<Store>, place: &Place, why: &str) {
    let (mine, why) = (place.clone(), why.to_owned());
    let told = in_time(store, move |store| {
        store.set(&key::failed(mine.rank), why.as_bytes())?;
        leave(store, &mine, &[])
    });
    drop(told); // nobody is left to tell
}

/// Does something with the store, which may hang; `None` if it takes too long.
fn in_time<T: Send + 'static>(
    store: &Arc<Store>,
    work: impl FnOnce(&Store) -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = channel();
    let store = Arc::clone(store);
    std::thread::spawn(move || sender.send(work(&store)));
    receiver.recv_timeout(STORE_WITHIN).ok()
}

fn account(store: &Store, place: &Place, step: u64) -> Result<String, CollectiveError> {
    store.set(&key::lost(place.rank), b"")?;
    let others = || (0..place.size).filter(|rank| *rank != place.rank);
    let start = Instant::now();
    let mut silent: Vec<usize> = others().collect();
    while !silent.is_empty() && start.elapsed() < ANSWER_WITHIN {
        let mut still = Vec::new();
        for rank in silent {
            if !store.has(&key::lost(rank))? && !store.has(&key::failed(rank))? {
                still.push(rank);
            }
        }
        silent = still;
        std::thread::sleep(LOOK_EVERY);
    }
    let mut found = Vec::new();
    for rank in others() {
        if store.has(&key::failed(rank))? {
            let why = store.get(&key::failed(rank), LOOK_EVERY)?;
            found.push(format!(
                "rank {rank} failed: {}",
                String::from_utf8_lossy(&why)
            ));
        } else if silent.contains(&rank) {
            found.push(absence(rank, step_of(store, rank)?, step));
        }
    }
    leave(store, place, &silent)?;
    if found.is_empty() {
        return Ok(
            "all ranks are there, but the network between them failed, or they took too long"
                .to_owned(),
        );
    }
    Ok(found.join("; "))
}

/// The step that a rank came to last; 0 if it came to none.
fn step_of(store: &Store, rank: usize) -> Result<u64, CollectiveError> {
    if !store.has(&key::step(rank))? {
        return Ok(0);
    }
    let step = store.get(&key::step(rank), LOOK_EVERY)?;
    Ok(String::from_utf8_lossy(&step).parse().unwrap_or(0))
}

/// Describes a rank that does not answer. `step` is where this process is.
fn absence(rank: usize, last: u64, step: u64) -> String {
    if last < step {
        format!(
            "rank {rank} did not come to step {step}: it was last at step {last}, and does not answer"
        )
    } else {
        format!("rank {rank} was lost at step {last}: it does not answer")
    }
}

/// Says that this process needs the store no more. The process that serves it waits for the others, but not for silent ones.
fn leave(store: &Store, place: &Place, silent: &[usize]) -> Result<(), CollectiveError> {
    store.set(&key::left(place.rank), b"")?;
    if !place.serves {
        return Ok(());
    }
    let start = Instant::now();
    let others = (0..place.size).filter(|rank| *rank != place.rank && !silent.contains(rank));
    for rank in others {
        while !store.has(&key::left(rank))? && start.elapsed() < ANSWER_WITHIN {
            std::thread::sleep(LOOK_EVERY);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::absence;

    #[test]
    fn a_rank_that_is_missing_is_named_with_its_step() {
        insta::assert_snapshot!(absence(1, 11, 12), @"rank 1 did not come to step 12: it was last at step 11, and does not answer");
        insta::assert_snapshot!(absence(3, 12, 12), @"rank 3 was lost at step 12: it does not answer");
    }
}
