//! Container logs as the kubelet lays them out.
//!
//! In: a path. Out: pod, UID, container, restart. Must not know: bundles.
//!
//! # Source
//!
//! kubelet `pkg/kubelet/kuberuntime/{helpers,legacy}.go`, 1.9 to 1.28.

use super::names::{is_name, is_uid, restart};
use super::{Found, Place};
use crate::source::Whereabouts;

/// `<ns>_<pod>_<uid>/<container>/<n>.log`, `pods/<uid>/<container>/<n>.log`, `pods/<uid>/<container>_<n>.log`,
/// `containers/<pod>_<ns>_<container>-<id>.log`.
pub(super) fn read(place: &Place<'_>) -> Option<Found> {
    let (folders, base) = (place.folders, place.base);
    let mut at = Whereabouts::default();
    if let Some((index, (namespace, pod, uid))) = folders.iter().enumerate().find_map(|(index, folder)| Some((index, pod_folder(folder)?))) {
        at.pod = Some(format!("{namespace}/{pod}"));
        at.uid = Some(uid.to_owned());
        at.container = folders.get(index + 1).map(|container| (*container).to_owned());
        at.restart = restart(base);
        return Some(Found { at, outside: index });
    }
    let after_pods = |index: &usize| index.checked_sub(1).is_some_and(|before| folders[before] == "pods");
    if let Some(index) = folders.iter().position(|folder| is_uid(folder)).filter(after_pods) {
        at.uid = Some(folders[index].to_owned());
        if let Some(container) = folders.get(index + 1) {
            at.container = Some((*container).to_owned());
            at.restart = restart(base);
        } else if let Some((container, number)) = base.rsplit_once('_') {
            at.container = Some(container.to_owned());
            at.restart = restart(number);
        }
        return Some(Found { at, outside: index });
    }
    let (pod, namespace, container) = container_link(base)?;
    at.pod = Some(format!("{namespace}/{pod}"));
    at.container = Some(container.to_owned());
    Some(Found { at, outside: folders.len() })
}

fn pod_folder(folder: &str) -> Option<(&str, &str, &str)> {
    let (namespace, rest) = folder.split_once('_')?;
    let (pod, uid) = rest.split_once('_')?;
    (is_name(namespace) && is_name(pod) && is_uid(uid)).then_some((namespace, pod, uid))
}

fn container_link(base: &str) -> Option<(&str, &str, &str)> {
    let name = base.strip_suffix(".log")?;
    let (pod, rest) = name.split_once('_')?;
    let (namespace, rest) = rest.split_once('_')?;
    let (container, id) = rest.rsplit_once('-')?;
    let fits = is_name(pod) && is_name(namespace) && id.len() >= 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then_some((pod, namespace, container))
}
