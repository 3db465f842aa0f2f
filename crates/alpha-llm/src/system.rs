//! The one place with unsafe code: what only the system's own library can do.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_void};
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

/// Lets the GPU round the factors of fp32 products to TF32, or not. The bindings have no word for it, so the two functions of
/// libtorch are looked up by their C++ names; the message says which is not there.
pub(crate) fn allow_tf32(allow: bool) -> Result<(), String> {
    let context = symbol(c"_ZN2at13globalContextEv")?;
    let set = symbol(c"_ZN2at7Context18setAllowTF32CuBLASEb")?;
    // SAFETY: `at::Context& at::globalContext()` and `void at::Context::setAllowTF32CuBLAS(bool)` by the Itanium ABI, which
    // passes `this` and a reference as pointers; libtorch's version is pinned.
    unsafe {
        let context: extern "C" fn() -> *mut c_void = std::mem::transmute(context);
        let set: extern "C" fn(*mut c_void, bool) = std::mem::transmute(set);
        set(context(), allow);
    }
    Ok(())
}

/// A function of a library that is loaded.
fn symbol(name: &CStr) -> Result<*mut c_void, String> {
    // SAFETY: `name` is a C string; the handle stands for all libraries that are loaded.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    if found.is_null() { Err(format!("libtorch has no {}", name.to_string_lossy())) } else { Ok(found) }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tf32_is_set_in_libtorch() {
        let _ = tch::Tensor::zeros([1], (tch::Kind::Float, tch::Device::Cpu));
        let get = symbol(c"_ZNK2at7Context15allowTF32CuBLASEv").unwrap();
        let context = symbol(c"_ZN2at13globalContextEv").unwrap();
        // SAFETY: as in `allow_tf32`; `bool at::Context::allowTF32CuBLAS() const`.
        let is_allowed = || unsafe {
            let context: extern "C" fn() -> *mut c_void = std::mem::transmute(context);
            let get: extern "C" fn(*mut c_void) -> bool = std::mem::transmute(get);
            get(context())
        };
        for allow in [true, false] {
            allow_tf32(allow).unwrap();
            assert_eq!(is_allowed(), allow);
        }
        assert!(symbol(c"no_such_function").unwrap_err().contains("no_such_function"));
    }
}
