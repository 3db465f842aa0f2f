//! Where libtorch is, and which commit this is.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // The binary, its tests and benches find libtorch where it was when they were built, without LD_LIBRARY_PATH. torch-sys
    // tells its direct dependents where that is; with none (docs only) there is nothing to link.
    if let Ok(libtorch) = std::env::var("DEP_TCH_LIBTORCH_LIB") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{libtorch}");
    }
    // For run records; without git, as in a published crate, they have none.
    if let (Some(commit), Some(log)) = (git(&["rev-parse", "HEAD"]), git(&["rev-parse", "--git-path", "logs/HEAD"])) {
        println!("cargo:rustc-env=ALPHA_COMMIT={commit}");
        println!("cargo:rerun-if-changed={log}");
    }
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
