//! Settings of the whole process for devices that compute on the CPU. Only a program should make them, never a library.

/// Tunes the process for a device, given by its name.
///
/// On `flex` and `tch:cpu` freed memory stays with the process. On `tch:cpu` the program also re-executes itself with a
/// short spin time for OpenMP's idle threads. Other devices need nothing.
///
/// # Errors
/// If the program could not re-execute itself. The other settings are applied anyway.
pub fn tune_process(device: &str) -> std::io::Result<()> {
    let outcome = match device {
        "tch:cpu" => spin_briefly(), // first: a re-executed process loses all other settings
        "flex" => Ok(()),
        _ => return Ok(()),
    };
    keep_freed_memory();
    outcome
}

/// The environment variables for OpenMP's idle threads: GNU's, which counts spins, and the one of the standard.
const SETTINGS: [&str; 2] = ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"];

/// The environment variable for the least level of what LibTorch logs. It warns of names of machines that it cannot find.
const QUIET: &str = "TORCH_CPP_LOG_LEVEL";

/// Re-executes the program with `GOMP_SPINCOUNT=20000`: idle OpenMP threads spin for about 0.2 ms instead of several, and
/// free their cores for rayon. If the environment has a setting already, or the system is not Unix, nothing happens.
///
/// OpenMP reads the environment when its library is loaded and has no call for this setting. On two cores a step on
/// `tch:cpu` takes 5 to 20 % less time with it. Without any spinning, short operations take longer.
fn spin_briefly() -> std::io::Result<()> {
    if SETTINGS.iter().any(|name| std::env::var_os(name).is_some()) {
        return Ok(());
    }
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        use std::process::Command;

        let mut arguments = std::env::args_os();
        let mut again = Command::new(std::env::current_exe()?);
        if let Some(name) = arguments.next() {
            again.arg0(name);
        }
        again.args(arguments).env(SETTINGS[0], "20000");
        if std::env::var_os(QUIET).is_none() {
            again.env(QUIET, "ERROR");
        }
        // `exec` returns only if it fails.
        Err(again.exec())
    }
    #[cfg(not(unix))]
    Ok(())
}

/// Keeps freed memory with the process. By default glibc returns freed memory to the kernel, and the kernel zeroes
/// every page before it hands the page out again. Every step needs the same memory again, so this costs 7 % of a step
/// of BERT base on two cores. On systems without glibc this function does nothing.
fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(unsafe_code, reason = "glibc offers no safe call for its settings")]
        let set = |name, value| {
            // SAFETY: `mallopt` takes any numbers, and locks what it changes.
            unsafe { libc::mallopt(name, value) }
        };
        set(libc::M_MMAP_MAX, 0); // large tensors get no mapping of their own, which would be unmapped when they are freed
        set(libc::M_TRIM_THRESHOLD, -1); // the heap's end is not handed back
        set(libc::M_TOP_PAD, 64 << 20); // bytes that the heap grows by
    }
}
