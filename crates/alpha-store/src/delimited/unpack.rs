//! gzip, as far as a table can reasonably grow by it.

use std::io::Read;

use flate2::bufread::MultiGzDecoder;

use super::Fault;

/// Unpacked bytes that every file may have, however small it is.
const ALWAYS: u64 = 64 << 20;
/// Unpacked bytes for each packed one beyond that: tables of numbers reach 10, of zeros some hundreds.
const RATIO: u64 = 200;

/// The content of a gzip file, of all its members, and any other content as it is.
pub(super) fn unpack(content: Vec<u8>, at_most: u64) -> Result<Vec<u8>, Fault> {
    if !content.starts_with(&[0x1f, 0x8b]) {
        return Ok(content);
    }
    let bound = bound(content.len() as u64, at_most);
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(content.as_slice())
        .take(bound + 1)
        .read_to_end(&mut unpacked)
        .map_err(|e| Fault::whole(format!("a damaged gzip file ({e}); it may be cut off, so get it again")))?;
    if unpacked.len() as u64 > bound {
        let reason = format!("a gzip file of more than {bound} bytes unpacked; unpack it with gunzip if it is right");
        return Err(Fault::whole(reason));
    }
    Ok(unpacked)
}

/// The most bytes that so many packed ones may become.
pub(super) fn bound(packed: u64, at_most: u64) -> u64 {
    at_most.min(ALWAYS.max(RATIO.saturating_mul(packed)))
}
