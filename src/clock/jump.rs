//! Jumps: places where the stamps of a source do not go on as its records do, with what stands around them.
//!
//! In: what one pass noted. Out: plain data for [`super::steps`]. Must not know: how it was gathered, what it will mean.

use crate::time::RawTime;

/// A record beside a jump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its time as written.
    pub raw: RawTime,
    /// Physical line.
    pub line: u64,
    /// Byte offset of the line.
    pub offset: u64,
    /// The line itself, cut like a cited one.
    pub text: Box<str>,
}

/// What some records on one side of a jump tell beside their stamps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Threads of a server, in order of the records; zero left out.
    pub threads: Vec<u64>,
    /// Connections that a server's messages name.
    pub connections: Vec<u64>,
    /// Time since boot, with a number that is the same for one boot: the one nearest to the jump.
    pub uptime: Option<(u64, i64)>,
    /// A boot is told.
    pub boots: bool,
    /// Somebody says that the clock was set; by so many nanoseconds, where that is told.
    pub stated: Option<Option<i64>>,
}

/// Two records in a row whose stamps are far apart, or in the wrong order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jump {
    /// The record before.
    pub from: Place,
    /// The record after.
    pub to: Place,
    /// What the records before tell.
    pub before: Trace,
    /// What the records after tell.
    pub after: Trace,
}

/// A run of records whose stamps differ by one step of the written stamp each: a writer that never prints a stamp twice, on a clock that went back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Still {
    /// The last record before the clock went back.
    pub from: Place,
    /// The last record of the run.
    pub until: Place,
    /// How many records stand still.
    pub records: u64,
    /// How many connections they speak of: opening one takes time.
    pub connections: u64,
}

/// How the stamps of a source's records go, taken by one kind of stamp.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// Taken by the stamps of the envelopes, not by the records' own.
    pub envelope: bool,
    /// Records.
    pub records: u64,
    /// How often they go back, whether or not the jump was kept.
    pub backs: u64,
    /// More records are earlier than the one before than are later: the newest stands first.
    pub reversed: bool,
    /// Jumps, in order of offset: those back, and the longest forward ones.
    pub jumps: Vec<Jump>,
    /// Runs that stand still.
    pub stills: Vec<Still>,
    /// From one record to the next it is rarely longer than this, nanoseconds.
    pub pace_ns: i64,
    /// First and last record: raw time, line and offset.
    pub ends: Option<[(RawTime, u64, u64); 2]>,
}

impl Jump {
    /// Size as written, nanoseconds; negative where the stamps go back.
    pub fn size(&self) -> i64 {
        self.to.raw.ns.saturating_sub(self.from.raw.ns)
    }
}
