//! Several NumPy arrays in one file: a zip archive, as `np.savez` and `np.savez_compressed` write it.

use std::io::{Cursor, Read};

use npyz::npz::array_name_from_file_name;
use zip::ZipArchive;

use super::{MOST_BYTES, refuse};
use crate::error::Result;

/// Most arrays of a file.
const MOST_ARRAYS: usize = 1000;
/// Unpacked bytes that every file may have, however small it is.
const ALWAYS: u64 = 64 << 20;
/// Unpacked bytes for each packed one beyond that.
const RATIO: u64 = 200;

/// Whether content begins as a zip archive does whose first file is an array.
pub(crate) fn recognises(content: &[u8]) -> bool {
    let name = || {
        let length = u16::from_le_bytes([*content.get(26)?, *content.get(27)?]);
        content.get(30..30 + usize::from(length))
    };
    content.starts_with(b"PK\x03\x04") && name().is_some_and(|name| name.ends_with(b".npy"))
        // No array at all.
        || content.starts_with(b"PK\x05\x06")
}

/// Names of the arrays and the content of each as a `.npy` file.
pub(crate) fn unpack(place: &str, content: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let damaged = |error: &dyn std::fmt::Display| refuse(place, format!("not a readable .npz file ({error})"));
    let mut archive = ZipArchive::new(Cursor::new(content)).map_err(|e| damaged(&e))?;
    if archive.len() > MOST_ARRAYS {
        return Err(refuse(place, format!("{} arrays, expected at most {MOST_ARRAYS}", archive.len())));
    }
    let mut left = MOST_BYTES.min(ALWAYS.max(RATIO * content.len() as u64));
    let mut arrays: Vec<(String, Vec<u8>)> = Vec::new();
    for i in 0..archive.len() {
        let file = archive.by_index(i).map_err(|e| damaged(&e))?;
        let Some(name) = array_name_from_file_name(file.name()).map(str::to_owned) else { continue };
        let mut array = Vec::new();
        file.take(left + 1).read_to_end(&mut array).map_err(|e| damaged(&e))?;
        left = left.checked_sub(array.len() as u64).ok_or_else(|| {
            refuse(
                place,
                "its arrays are larger unpacked than is right for a file of its size; save them with np.savez",
            )
        })?;
        if arrays.iter().any(|(other, _)| *other == name) {
            return Err(refuse(place, format!("two arrays named '{}'", alpha_store::message::shown(&name))));
        }
        arrays.push((name, array));
    }
    Ok(arrays)
}
