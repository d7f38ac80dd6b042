//! Hostile input: any bytes are read without a panic, and no line of them is lost.

use necropsy::decode::{FORMATS, WRAPPERS};
use proptest::prelude::*;

use crate::targets::decode;

#[test]
fn every_format_survives_every_beginning_of_every_sample() {
    for format in FORMATS {
        for (sample, _) in format.samples() {
            for end in 0..=sample.len() {
                decode(&sample.as_bytes()[..end]);
            }
        }
    }
    for wrapper in WRAPPERS {
        for (sample, _) in wrapper.samples() {
            for end in 0..=sample.len() {
                decode(&sample.as_bytes()[..end]);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        decode(&bytes);
    }

    #[test]
    fn any_lines_of_digits_and_marks_are_read(text in "([IWEF{\\[]?[0-9 :.TZ+-]{0,30}[\\]} a-z\"=<>{}:\\[\\\\|]{0,40}\n?){0,12}") {
        decode(text.as_bytes());
    }
}
