//! The one place with unsafe code: what only the system's own library can do.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Loads a shared library for good, its symbols visible to all; the message of the loader if that fails.
///
/// It is for libtorch's CUDA library. The linker drops that, since nothing names a symbol of it: it announces itself to
/// libtorch when it is loaded. Loading it at start-up, and not linking it, gives one binary that runs with the lean CPU
/// libtorch and finds the GPU with the full one.
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

/// Keeps freed memory for the next step. libtorch's CPU tensors come from malloc, and glibc gives large blocks back to the
/// system at once, which then has to clear every page again: 3 to 8 % of a training step.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for (option, value) in [(libc::M_MMAP_THRESHOLD, 1 << 30), (libc::M_TRIM_THRESHOLD, i32::MAX)] {
        // SAFETY: mallopt only sets a number, under malloc's own lock.
        unsafe { libc::mallopt(option, value) };
    }
}
