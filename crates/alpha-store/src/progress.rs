//! Progress bars on a terminal; elsewhere nothing is drawn.

use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

static HIDDEN: AtomicBool = AtomicBool::new(false);

/// From now on new bars are not drawn.
pub fn hide() {
    HIDDEN.store(true, Ordering::Relaxed);
}

/// A bar that counts bytes.
pub fn bytes(what: &str, total: u64) -> ProgressBar {
    bar(what, total, "{msg} {bar:30} {bytes}/{total_bytes}")
}

/// Downloads a dataset file unless it is there, behind a bar.
///
/// # Errors
/// As [`Datasets::fetch`](crate::datasets::Datasets::fetch).
#[cfg(feature = "download")]
pub fn fetch(
    datasets: &crate::datasets::Datasets,
    file: &crate::manifest::DatasetFile,
) -> crate::Result<crate::datasets::Located> {
    let bar = bytes(&file.path, file.bytes);
    let fetched = datasets.fetch(file, |bytes| bar.set_position(bytes));
    bar.finish_and_clear();
    fetched
}

/// A bar that counts steps.
pub fn steps(what: &str, total: u64) -> ProgressBar {
    bar(what, total, "{msg} {bar:30} {pos}/{len}")
}

/// Counts bytes of something of unknown size.
pub fn download() -> ProgressBar {
    bar("", 0, "{msg} {bytes}")
}

/// A bar that counts training steps, with the time left and a message that changes.
pub fn training(total: u64) -> ProgressBar {
    bar("", total, "{bar:30} {pos}/{len}, {eta} left, {msg}")
}

fn bar(what: &str, total: u64, template: &str) -> ProgressBar {
    // A template that does not parse falls back to the library's own.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let target =
        if HIDDEN.load(Ordering::Relaxed) { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    ProgressBar::with_draw_target(Some(total), target).with_style(style).with_message(what.to_owned())
}
