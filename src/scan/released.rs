//! Released: no program writes a log before it exists.
//!
//! In: the versions that a source states. Out: the earliest moment at which it may have been written. Must not know: clocks.

use crate::signal::Signal;
use crate::time::civil_ns;

/// First minor release, and the month of it and of those that followed it.
///
/// # Source
///
/// kubernetes `CHANGELOG/CHANGELOG-1.N.md`, `v1.N.0`.
const KUBERNETES: (u32, &[(i32, u32)]) = (
    5,
    &[
        (2016, 12),
        (2017, 3),
        (2017, 6),
        (2017, 9),
        (2017, 12),
        (2018, 3),
        (2018, 6),
        (2018, 9),
        (2018, 12),
        (2019, 3),
        (2019, 6),
        (2019, 9),
        (2019, 12),
        (2020, 3),
        (2020, 8),
        (2020, 12),
        (2021, 4),
        (2021, 8),
        (2021, 12),
        (2022, 5),
        (2022, 8),
        (2022, 12),
        (2023, 4),
        (2023, 8),
        (2023, 12),
        (2024, 4),
        (2024, 8),
        (2024, 12),
        (2025, 4),
        (2025, 8),
    ],
);

/// The earliest moment at which a source that states these versions was written; of versions that are not listed, when the last listed one came out.
pub(super) fn not_before(signals: &[Signal]) -> Option<i64> {
    let versions = signals.iter().filter_map(|signal| signal.version.as_ref());
    versions.filter(|(product, _)| &**product == "kubernetes").filter_map(|(_, version)| kubernetes(version)).max()
}

fn kubernetes(version: &str) -> Option<i64> {
    let mut numbers = version.trim_start_matches('v').split('.');
    let (major, minor): (u32, u32) = (numbers.next()?.parse().ok()?, numbers.next()?.trim_end_matches('+').parse().ok()?);
    let (first, months) = KUBERNETES;
    let at = usize::try_from(minor.checked_sub(first)?).ok()?.min(months.len() - 1);
    let (year, month) = months.get(at).filter(|_| major == 1)?;
    civil_ns(*year, *month, 1, 0, 0, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_their_months() {
        let at = |year, month| civil_ns(year, month, 1, 0, 0, 0, 0);
        assert_eq!((kubernetes("v1.20.2"), kubernetes("1.28+"), kubernetes("v1.5.0")), (at(2020, 12), at(2023, 8), at(2016, 12)));
        assert_eq!((kubernetes("v1.99.0"), kubernetes("v1.4.0"), kubernetes("2.0"), kubernetes("")), (at(2025, 8), None, None, None));
    }
}
