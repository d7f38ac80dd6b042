//! Hostile input: any bytes are read without a panic, and no line of them is lost.

use necropsy::decode::{FORMATS, WRAPPERS};
use proptest::prelude::*;

use crate::case::{as_json, as_text, scanned};
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

/// The time between the first and the last year that a count of nanoseconds holds is more than such a count holds.
#[test]
fn stamps_may_be_centuries_apart() {
    let mysqld = |year: &str| format!("{year}-12-01T02:19:47.431188Z 0 [Note] InnoDB: 5.7.19 started; log sequence number 8994\n");
    let local = |year: &str| format!("{year}-12-01  2:19:47 0 [Note] Server socket created on IP: '::'.\n");
    let event = |year: &str| {
        format!(
            "{{\"kind\":\"Event\",\"apiVersion\":\"v1\",\"metadata\":{{\"name\":\"a.1\",\"namespace\":\"n\"}},\"involvedObject\":{{\"kind\":\"Pod\",\"name\":\"a\",\"namespace\":\"n\"}},\"reason\":\"BackOff\",\"message\":\"Back-off restarting failed container\",\"firstTimestamp\":\"{year}-12-01T02:19:47Z\",\"lastTimestamp\":\"2261-12-01T02:19:47Z\",\"count\":9,\"type\":\"Warning\"}}\n"
        )
    };
    for years in [["2017", "1720"], ["1720", "2017"], ["1678", "2261"], ["2261", "1678"]] {
        for write in [&mysqld as &dyn Fn(&str) -> String, &local, &event] {
            let both = years.map(write).concat();
            let one = scanned(&[("a.log".into(), both.clone().into_bytes())]);
            // A panic while reading would be a problem of its source.
            assert!(one.sources.iter().all(|source| source.problems.is_empty()), "{both}");
            as_text(one);
            let two = scanned(&[("a.log".into(), write(years[0]).into_bytes()), ("b.log".into(), write(years[1]).into_bytes())]);
            as_json(two);
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
