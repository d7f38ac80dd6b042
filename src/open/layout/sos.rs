//! sos reports.
//!
//! In: a path. Out: the host that the root folder is named after, the pod of collected pod logs. Must not know: contents.
//!
//! # Source
//!
//! sosreport/sos `sos/report`: `sosreport-<host>[-label][-case]-YYYY-MM-DD-<random>`, formerly `sosreport-<host>[.case]-YYYYMMDDhhmmss`; logs longer than the
//! limit are `sos_strings/<plugin>/<path>.tailed`.

use super::names::is_name;
use super::{Found, Place};
use crate::source::Whereabouts;

/// `sos_commands/kubernetes/cluster-info/<ns>/podlogs/<pod>/…`.
pub(super) fn read(place: &Place<'_>) -> Option<Found> {
    let outside = place.folders.windows(2).position(|two| *two == ["kubernetes", "cluster-info"])?;
    let Some([namespace, "podlogs", pod, ..]) = place.folders.get(outside + 2..) else { return None };
    let at = Whereabouts { pod: Some(format!("{namespace}/{pod}")), ..Whereabouts::default() };
    Some(Found { at, outside })
}

/// The host as the root folder gives it. A label may hang on to it, so the records know better.
pub(super) fn host(folders: &[&str]) -> Option<String> {
    folders.iter().find_map(|folder| {
        let name = folder.strip_prefix("sosreport-").or_else(|| folder.strip_prefix("sos-"))?;
        let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        let parts: Vec<&str> = name.split('-').collect();
        let host = match parts.as_slice() {
            [host @ .., year, month, day, _] if digits(year, 4) && digits(month, 2) && digits(day, 2) => host.join("-"),
            [host @ .., stamp] if digits(stamp, 14) => host.join("-").split('.').next().unwrap_or_default().to_owned(),
            _ => return None,
        };
        (is_name(&host)).then_some(host)
    })
}
