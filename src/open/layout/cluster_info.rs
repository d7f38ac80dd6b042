//! `kubectl cluster-info dump --output-directory`.
//!
//! In: a path. Out: the pod of `<ns>/<pod>/logs.txt`; the containers stand between fences in it. Must not know: contents.
//!
//! # Source
//!
//! kubectl `pkg/cmd/clusterinfo/clusterinfo_dump.go`.

use super::names::is_name;
use super::{Found, Place};
use crate::source::Whereabouts;

pub(super) fn read(place: &Place<'_>) -> Option<Found> {
    let [.., namespace, pod] = place.folders else { return None };
    let fits = place.base == "logs.txt" && is_name(namespace) && is_name(pod);
    let at = Whereabouts { pod: Some(format!("{namespace}/{pod}")), ..Whereabouts::default() };
    fits.then(|| Found { at, outside: place.folders.len() - 2 })
}
