//! Integration tests.
#![allow(missing_docs)]

mod cli;
mod exports;
mod hub;
mod native;
mod parity;
mod tiny;
