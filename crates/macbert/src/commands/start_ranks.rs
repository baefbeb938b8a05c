//! Starts one process per device on this machine, so that `pretrain --devices` needs no other launcher.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::progress::say;

/// How long the other processes may go on after one has failed. They find out who is missing, and say it.
const GRACE: Duration = Duration::from_secs(20);
/// How often the processes are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The variable that names the process that started this one.
const LAUNCHER: &str = "MACBERT_LAUNCHER";

/// Runs the program again, once per device, as the ranks of one training run, and waits for them. If one fails, all end.
pub(super) fn start_ranks(devices: &[String]) -> Result<ExitCode> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).context("could not watch for signals")?;
    let port = free_port().context("could not find a free port")?;
    let mut ranks = Vec::new();
    for (rank, device) in devices.iter().enumerate() {
        match spawn(rank, device, devices, port) {
            Ok(child) => ranks.push(Rank {
                number: rank,
                child,
                ended: None,
            }),
            Err(error) => {
                end(&mut ranks);
                return Err(error.context(format!("could not start rank {rank}")));
            }
        }
    }
    let mut failed: Option<(ExitCode, Instant)> = None;
    while ranks.iter().any(|rank| rank.ended.is_none()) {
        for signal in signals.pending() {
            pass_on(&ranks, signal);
        }
        for rank in &mut ranks {
            if let Some(code) = rank.look()?
                && failed.is_none()
            {
                failed = Some((code, Instant::now()));
            }
        }
        if failed.is_some_and(|(_, since)| since.elapsed() > GRACE) {
            end(&mut ranks);
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(failed.map_or(ExitCode::SUCCESS, |(code, _)| code))
}

/// A process that was started.
struct Rank {
    number: usize,
    child: Child,
    ended: Option<ExitStatus>,
}

impl Rank {
    /// Looks whether the process has ended since the last look, and returns its status if it failed.
    fn look(&mut self) -> Result<Option<ExitCode>> {
        if self.ended.is_some() {
            return Ok(None);
        }
        self.ended = self.child.try_wait().context("could not wait for a rank")?;
        let Some(status) = self.ended.filter(|status| !status.success()) else {
            return Ok(None);
        };
        say(&format!("rank {} ended: {status}", self.number));
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        Ok(Some(code.map_or(ExitCode::FAILURE, ExitCode::from)))
    }
}

/// Starts a rank in a process group of its own: a signal from the terminal reaches it only once, from this process.
fn spawn(rank: usize, device: &str, devices: &[String], port: u16) -> Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(std::env::args_os().skip(1))
        .env("RANK", rank.to_string())
        .env("LOCAL_RANK", rank.to_string())
        .env("WORLD_SIZE", devices.len().to_string())
        .env("MASTER_ADDR", "127.0.0.1")
        .env("MASTER_PORT", port.to_string())
        .env(LAUNCHER, std::process::id().to_string())
        .env_remove("TORCHELASTIC_USE_AGENT_STORE")
        .stdin(Stdio::null())
        .process_group(0);
    if device == "tch:cpu" {
        // Each process would otherwise use all cores.
        let cores = available_parallelism().map_or(1, usize::from);
        let share = (cores / devices.len()).max(1).to_string();
        for name in ["OMP_NUM_THREADS", "RAYON_NUM_THREADS"] {
            if std::env::var_os(name).is_none() {
                command.env(name, &share);
            }
        }
    }
    Ok(command.spawn()?)
}

/// Makes this process stop, as by SIGTERM, when the process that started it ends, however that ends.
pub(super) fn end_with_launcher() {
    #[cfg(target_os = "linux")]
    if let Some(launcher) = std::env::var(LAUNCHER).ok().and_then(|id| id.parse().ok()) {
        let _ = rustix::process::set_parent_process_death_signal(Some(Signal::TERM));
        let parent = rustix::process::getppid().map(|parent| parent.as_raw_nonzero().get());
        if parent != Some(launcher) {
            say("error: the process that started this rank has ended");
            std::process::exit(1);
        }
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Passes a signal on to all ranks that run.
fn pass_on(ranks: &[Rank], signal: i32) {
    let signal = if signal == SIGINT {
        Signal::INT
    } else {
        Signal::TERM
    };
    for rank in ranks.iter().filter(|rank| rank.ended.is_none()) {
        // One that has just ended needs no signal.
        let _ = kill_process(Pid::from_child(&rank.child), signal);
    }
}

/// Ends all ranks at once.
fn end(ranks: &mut [Rank]) {
    for rank in ranks.iter_mut().filter(|rank| rank.ended.is_none()) {
        let _ = rank.child.kill();
    }
}
