#![doc = include_str!("../README.md")]
//!
//! ## Modules
//!
//! | module | holds |
//! |---|---|
//! | [`console`] | errors, warnings, notes and progress on stderr |
//! | [`signals`] | what Ctrl-C and SIGTERM do |
//! | `contract` | with the feature of that name: the test that every program passes |

mod arguments;
pub mod console;
#[cfg(feature = "contract")]
pub mod contract;
mod documents;
mod program;
pub mod signals;
mod stdout;

pub use program::{Done, Program, usage};
pub use stdout::Stdout;

/// Takes an output folder for this program; warns where nobody can tell whether another one writes to it.
///
/// # Errors
/// As [`alpha_store::output::Folder::open`].
pub fn folder(path: &std::path::Path) -> alpha_store::Result<alpha_store::output::Folder> {
    let folder = alpha_store::output::Folder::open(path)?;
    if let Some(warning) = folder.warning() {
        console::warning(warning);
    }
    Ok(folder)
}
