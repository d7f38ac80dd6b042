//! Support bundles of troubleshoot.
//!
//! In: a path. Out: pod and container of `cluster-resources/pods/logs/<ns>/<pod>/<container>.log`, or of `…-previous.log`. Must not know: contents.
//!
//! # Source
//!
//! replicatedhq/troubleshoot `pkg/collect/{cluster_resources,logs}.go`.

use super::{Found, Place};
use crate::source::Whereabouts;

pub(super) fn read(place: &Place<'_>) -> Option<Found> {
    let outside = place.folders.windows(3).position(|three| *three == ["cluster-resources", "pods", "logs"])?;
    let Some([namespace, pod]) = place.folders.get(outside + 3..) else { return None };
    let container = place.base.strip_suffix(".log")?;
    let container = container.strip_suffix("-previous").unwrap_or(container);
    let at = Whereabouts { pod: Some(format!("{namespace}/{pod}")), container: Some(container.to_owned()), ..Whereabouts::default() };
    Some(Found { at, outside })
}
