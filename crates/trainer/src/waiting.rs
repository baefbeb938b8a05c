//! How long LibTorch's threads look for work before they sleep.

/// OpenMP's settings of it: GNU's, which counts looks, and everybody's.
const SETTINGS: [&str; 2] = ["GOMP_SPINCOUNT", "OMP_WAIT_POLICY"];

/// Starts the program again with OpenMP's threads looking for work 20,000 times at most, about a fifth of a millisecond, in
/// place of several milliseconds: so long they hold the cores that rayon's threads then want. Where the environment has a
/// setting already, and on other systems than Unix, it does nothing; an error is one of starting a program.
///
/// OpenMP reads the environment when its library is loaded, and has no call for it. On two cores a step on `tch:cpu` takes
/// 5 to 20 of 100 less time; without any looking, short operations take longer.
pub fn wait_briefly() -> std::io::Result<()> {
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
