//! Integration tests.
#![allow(missing_docs)]

mod bad_input;
mod checkpoints;
mod cli;
mod contract;
mod counts;
mod exports;
mod hub;
mod native;
mod parity;
mod tiny;
