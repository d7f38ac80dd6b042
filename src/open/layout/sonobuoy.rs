//! Sonobuoy results.
//!
//! In: a path. Out: pod and container of `podlogs/<ns>/<pod>/logs/<container>.txt`. Must not know: contents.

use super::{Found, Place};
use crate::source::Whereabouts;

pub(super) fn read(place: &Place<'_>) -> Option<Found> {
    let outside = place.folders.iter().rposition(|folder| *folder == "podlogs").filter(|_| place.folders.last() == Some(&"logs"))?;
    let Some([namespace, pod, "logs"]) = place.folders.get(outside + 1..) else { return None };
    let container = place.base.split_once('.').map(|(container, _)| container.to_owned());
    let at = Whereabouts { pod: Some(format!("{namespace}/{pod}")), container, ..Whereabouts::default() };
    Some(Found { at, outside })
}
