//! How the processes that train together find each other.

use std::net::{TcpStream, ToSocketAddrs as _, UdpSocket};
use std::time::{Duration, Instant};

use libtorch::collective::{CollectiveError, Store, StoreAddress};

use crate::place::Place;
use crate::store_key as key;
use crate::world_error::{WorldError, ranks};

/// How often a process that waits looks again.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How often a process that waits says what for.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// Opens the meeting place or connects to it, and waits until all processes are there.
pub(crate) fn meet(
    place: &Place,
    timeout: Duration,
    say: &mut dyn FnMut(&str),
) -> Result<Store, WorldError> {
    let start = Instant::now();
    if !place.serves {
        wait_for_server(place, timeout, say)?;
    }
    let address = StoreAddress {
        host: place.host.clone(),
        port: place.port,
        serves: place.serves,
    };
    let left = timeout.saturating_sub(start.elapsed());
    let store = Store::connect(&address, &place.meeting, left.max(Duration::from_secs(1)));
    let connect_error = |error: CollectiveError| WorldError::Connect {
        rank: place.rank,
        what: format!("meet the others at {}", place.address()),
        reason: error.reason,
    };
    let store = store.map_err(connect_error)?;
    store
        .set(&key::joined(place.rank), b"")
        .map_err(connect_error)?;
    let mut said = Instant::now();
    loop {
        let absent = absent(&store, place.size).map_err(connect_error)?;
        if absent.is_empty() {
            return Ok(store);
        }
        if start.elapsed() > timeout {
            return Err(WorldError::Absent {
                absent: ranks(&absent),
                size: place.size,
                seconds: timeout.as_secs(),
            });
        }
        if place.rank == 0 && said.elapsed() > SAY_EVERY {
            said = Instant::now();
            say(&format!(
                "rank {} waits for {} of {}",
                place.rank,
                ranks(&absent),
                place.size
            ));
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// The ranks that have not come yet.
fn absent(store: &Store, size: usize) -> Result<Vec<usize>, CollectiveError> {
    let mut absent = Vec::new();
    for rank in 0..size {
        if !store.has(&key::joined(rank))? {
            absent.push(rank);
        }
    }
    Ok(absent)
}

/// Waits until the meeting place accepts connections.
fn wait_for_server(
    place: &Place,
    timeout: Duration,
    say: &mut dyn FnMut(&str),
) -> Result<(), WorldError> {
    let (start, mut said) = (Instant::now(), Instant::now());
    while let Err(error) = knock(place) {
        if start.elapsed() > timeout {
            return Err(WorldError::NoMeetingPlace {
                rank: place.rank,
                seconds: timeout.as_secs(),
                address: place.address(),
                reason: error.to_string(),
            });
        }
        if said.elapsed() > SAY_EVERY {
            said = Instant::now();
            let (rank, address) = (place.rank, place.address());
            say(&format!("rank {rank} waits for rank 0 at {address}"));
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// Connects to the meeting place once.
fn knock(place: &Place) -> std::io::Result<()> {
    let mut refused = std::io::Error::other("the name has no address");
    for address in (place.host.as_str(), place.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, Duration::from_secs(2)) {
            Ok(_) => return Ok(()),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// The address of this machine in the network that leads to the meeting place. No packet is sent to find it.
pub(crate) fn own_address(place: &Place) -> String {
    let found = || -> std::io::Result<String> {
        let target = (place.host.as_str(), place.port).to_socket_addrs()?.next();
        let target = target.ok_or(std::io::ErrorKind::NotFound)?;
        let any = if target.is_ipv4() {
            "0.0.0.0:0"
        } else {
            "[::]:0"
        };
        let socket = UdpSocket::bind(any)?;
        socket.connect(target)?;
        Ok(socket.local_addr()?.ip().to_string())
    };
    found().unwrap_or_else(|_| place.host.clone())
}
