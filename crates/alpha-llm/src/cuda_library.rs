//! The one place with unsafe code: loading libtorch's CUDA library, if there is one.
//!
//! The linker drops libtorch_cuda, since nothing names a symbol of it: it announces itself to libtorch when it is loaded.
//! Loading it at start-up, and not linking it, gives one binary that runs with the lean CPU libtorch and finds the GPU with
//! the full one.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Loads a shared library for good, its symbols visible to all; the message of the loader if that fails.
pub(crate) fn load(path: &Path) -> Result<(), String> {
    let name = CString::new(path.as_os_str().as_bytes()).map_err(|error| error.to_string())?;
    // SAFETY: `name` is a C string that outlives the call. Initialisers of the library run: it is libtorch's own, of the
    // same folder as the libtorch that is loaded already.
    let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL) };
    if !handle.is_null() {
        return Ok(());
    }
    // SAFETY: dlerror gives null or a C string that is valid until the next call of the loader in this thread.
    let message = unsafe {
        let message = libc::dlerror();
        if message.is_null() { "unknown error".into() } else { CStr::from_ptr(message).to_string_lossy().into_owned() }
    };
    Err(message)
}
