//! Where libtorch is, and which commit this is.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // The binary, its tests and benches find libtorch where it was when they were built, without LD_LIBRARY_PATH. torch-sys
    // tells its direct dependents where that is; with none (docs only) there is nothing to link.
    println!("cargo:rerun-if-env-changed=ALPHA_RPATH");
    if let Ok(libtorch) = std::env::var("DEP_TCH_LIBTORCH_LIB") {
        let rpath = std::env::var("ALPHA_RPATH").unwrap_or_else(|_| place(&libtorch));
        if !rpath.is_empty() {
            println!("cargo:rustc-link-arg=-Wl,-rpath,{rpath}");
        }
    }
    // For run records; without git, as in a published crate, they have none.
    if let (Some(commit), Some(log)) = (git(&["rev-parse", "HEAD"]), git(&["rev-parse", "--git-path", "logs/HEAD"])) {
        println!("cargo:rustc-env=ALPHA_COMMIT={commit}");
        println!("cargo:rerun-if-changed={log}");
    }
}

/// The folder itself, not a link to it: an installed binary must not look for code in a checkout that is gone, and whose place
/// may be anyone's by then.
fn place(libtorch: &str) -> String {
    let version = std::path::Path::new(libtorch).with_file_name("build-version");
    if version.exists() {
        // The link leads elsewhere after `scripts/setup-libtorch --cuda`.
        println!("cargo:rerun-if-changed={}", version.display());
    }
    std::fs::canonicalize(libtorch).map_or_else(|_| libtorch.to_owned(), |path| path.display().to_string())
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
