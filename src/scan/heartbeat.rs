//! Heartbeats: what the node controller says of a node that has gone silent tells how far apart two machines' clocks are.
//!
//! In: a signal that quotes a node's last heartbeat. Out: the moment by the node's clock, the moment by the controller's. Must not know: clocks.
//!
//! `node n hasn't been updated for 32s. Last ready condition is: {… LastHeartbeatTime:…}`: the kubelet has stamped the heartbeat, the controller saw it
//! 32 s before it says so. It looks every five seconds. Since leases are heartbeats too, it may count from one that came minutes after the stamp; then
//! the line says no more than that the stamp came first.
//!
//! # Source
//!
//! `pkg/controller/node/nodecontroller.go` of Kubernetes 1.5 to 1.9 (`nodeMonitorPeriod` 5 s; the kubelet's `nodeStatusUpdateFrequency` 10 s),
//! `pkg/controller/nodelifecycle/node_lifecycle_controller.go` later (`probeTimestamp` is moved by a lease too since 1.13).

use memchr::memmem;

use super::quoted::last_heartbeat;
use crate::clock::Latency;
use crate::signal::Signal;
use crate::time::{RawTime, SECOND};

/// The signal that quotes them.
pub(super) const SIGNAL: &str = "node.status-not-updated";

/// The controller's file as long as there were no leases.
const BEFORE_LEASES: &[u8] = b" nodecontroller.go:";

/// From the stamp until the controller looks, where nothing else is a heartbeat.
const SEEN: Latency = Latency { least: -SECOND / 5, most: 7 * SECOND };

/// One heartbeat by two clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heartbeat<'a> {
    pub(super) node: &'a str,
    /// By the node's clock.
    pub(super) sent: RawTime,
    /// By the controller's clock.
    pub(super) seen: RawTime,
    /// How late it was seen.
    pub(super) latency: Latency,
}

/// The heartbeat that a signal quotes.
pub(super) fn quoted(signal: &Signal) -> Option<Heartbeat<'_>> {
    let text = signal.citation.text.as_bytes();
    let node = signal.entity("node")?;
    let sent = last_heartbeat(text)?;
    let own = signal.raw_time.filter(|_| signal.lasted_ns > 0)?;
    let seen = RawTime { ns: own.ns.checked_sub(signal.lasted_ns)?, ..own };
    let latency = if memmem::find(text, BEFORE_LEASES).is_some() { SEEN } else { Latency::AFTER };
    Some(Heartbeat { node, sent, seen, latency })
}
