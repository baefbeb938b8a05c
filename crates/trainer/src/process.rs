//! Settings of the whole process for a device whose work the host does. They are a program's to make, and no library's.

/// Settles the process for a device, by its name: freed memory stays with it, and on `tch:cpu` LibTorch's threads wait briefly,
/// for which the program starts itself again. Other devices need nothing. An error is one of starting again; all else is
/// settled then too.
pub fn settle(device: &str) -> std::io::Result<()> {
    let outcome = match device {
        "tch:cpu" => wait_briefly(), // first: it forgets what was set
        "flex" => Ok(()),
        _ => return Ok(()),
    };
    keep_freed_memory();
    outcome
}

/// OpenMP's settings of it: GNU's, which counts looks, and everybody's.
const SETTINGS: [&str; 2] = ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"];

/// Starts the program again with OpenMP's threads looking for work 20,000 times at most, about a fifth of a millisecond, in
/// place of several milliseconds: so long they hold the cores that rayon's threads then want. Where the environment has a
/// setting already, and on other systems than Unix, it does nothing; an error is one of starting a program.
///
/// OpenMP reads the environment when its library is loaded, and has no call for it. On two cores a step on `tch:cpu` takes
/// 5 to 20 of 100 less time; without any looking, short operations take longer.
fn wait_briefly() -> std::io::Result<()> {
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
        // It comes back only if it fails.
        Err(again.args(arguments).env(SETTINGS[0], "20000").exec())
    }
    #[cfg(not(unix))]
    Ok(())
}

/// Has freed memory stay with the process. A step's tensors are as large as the last one's, and the kernel zeroes each page
/// that it hands out again: with glibc's own settings that is 7 of 100 of a step of BERT base on two cores. Without glibc it
/// does nothing.
fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(unsafe_code, reason = "glibc's settings have no other names")]
        let set = |name, value| {
            // SAFETY: `mallopt` takes any numbers, and locks what it changes.
            unsafe { libc::mallopt(name, value) }
        };
        set(libc::M_MMAP_MAX, 0); // no map of its own for a large tensor, unmapped when it is freed
        set(libc::M_TRIM_THRESHOLD, -1); // the end of the heap is not handed back
        set(libc::M_TOP_PAD, 64 << 20); // and grows by so many bytes
    }
}
