#![no_main]
#![allow(dead_code, reason = "the targets share a file")]

#[path = "../targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::case(bytes));
