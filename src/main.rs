//! The program: parse, run, print one error, choose the exit code.

fn main() {}
