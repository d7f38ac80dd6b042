//! Machines: all logs that a collector took from one machine are of that machine.
//!
//! In: readings. Out: the same, the node known where any of a machine's logs tells it. Must not know: how a log tells it.

use std::collections::BTreeMap;

use super::read::Apart;
use super::tally::Tally;
use crate::component::Component;
use crate::open::layout;

/// Gives the logs of one machine's bundle its node. Its kubelet knows the name best: it is the one that the cluster calls it by.
pub(super) fn agree(readings: &mut [Apart]) {
    let mut bundles: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, reading) in readings.iter().enumerate() {
        if let Some(root) = layout::machine(&reading.path) {
            bundles.entry(root.to_owned()).or_default().push(index);
        }
    }
    for own in bundles.into_values() {
        let mut nodes = Tally::default();
        let mut of_kubelet = Tally::default();
        for reading in own.iter().filter_map(|index| readings.get(*index)) {
            if let Some(node) = &reading.at.node {
                let votes = if reading.at.component == Some(Component::Kubelet) { &mut of_kubelet } else { &mut nodes };
                votes.add(node, reading.found.summary.entries);
            }
        }
        let Some(node) = of_kubelet.most().or(nodes.most()).cloned() else { continue };
        for index in own {
            if let Some(reading) = readings.get_mut(index).filter(|reading| reading.at.node.is_none()) {
                reading.at.node = Some(node.clone());
            }
        }
    }
}
