//! `cargo fuzz run parse`: any bytes through the front end.
#![no_main]

#[path = "../body.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::front_end(data));
