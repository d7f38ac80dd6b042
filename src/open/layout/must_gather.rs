//! `oc adm must-gather`.
//!
//! In: a path. Out: pod and container of `namespaces/<ns>/pods/<pod>/<container>/<container>/logs/*.log`, the node of audit and static pod logs. The service
//! logs under `host_service_logs` hold several nodes: their lines tell which. Must not know: contents.
//!
//! # Source
//!
//! openshift/must-gather `collection-scripts`, openshift/oc `pkg/cli/admin/inspect`.

use super::names::{is_name, restart};
use super::{Found, Place};
use crate::component::Component;
use crate::source::Whereabouts;

pub(super) fn read(place: &Place<'_>) -> Option<Found> {
    of_pod(place).or_else(|| of_node(place))
}

fn of_pod(place: &Place<'_>) -> Option<Found> {
    let outside = place.folders.iter().position(|folder| *folder == "namespaces")?;
    let Some([namespace, "pods", pod, rest @ ..]) = place.folders.get(outside + 1..) else { return None };
    let container = rest.first().map(|container| (*container).to_owned());
    // `rotated/<n>.log.<stamp>`
    let restart = rest.last().filter(|last| **last == "rotated").and_then(|_| restart(place.base));
    let at = Whereabouts { pod: Some(format!("{namespace}/{pod}")), container, restart, ..Whereabouts::default() };
    Some(Found { at, outside })
}

/// `audit_logs/<server>/<node>-audit.log`, `static-pods/<server>/<node>-startup.log`.
fn of_node(place: &Place<'_>) -> Option<Found> {
    let [.., kind, server] = place.folders else { return None };
    let (ends, component): (&[&str], _) = match *kind {
        "audit_logs" => (&["-audit-", "-audit.log"], Some(Component::Audit)),
        "static-pods" => (&["-startup.log", "-termination.log"], Component::from_program(server)),
        _ => return None,
    };
    let node = ends.iter().find_map(|end| place.base.find(end)).and_then(|at| place.base.get(..at)).filter(|node| is_name(node))?;
    let at = Whereabouts { node: Some(node.to_owned()), component, ..Whereabouts::default() };
    Some(Found { at, outside: place.folders.len() - 2 })
}
