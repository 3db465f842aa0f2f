//! Integration tests.
#![allow(missing_docs)]

mod native;
mod parity;
mod tiny;
