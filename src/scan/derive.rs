//! Deriving: what a source shows as a whole becomes signals, so that causes can name it.
//!
//! In: clocks that were set. Out: signals of the definitions that ask for it. Must not know: how it was found, causes.

use crate::clock::{Step, Way};
use crate::decode::Body;
use crate::observe::recognise::{Pairs, Record};
use crate::pattern::Pack;
use crate::pattern::ast::Derived;
use crate::signal::{Citation, Signal, SignalId};
use crate::source::Whereabouts;
use crate::time::{Stamp, human};

/// The signals that the steps of a clock are. `stamp` dates a record by its place.
pub(super) fn clock_jumps(
    steps: &[Step],
    at: &Whereabouts,
    path: &str,
    pack: &Pack,
    stamp: impl Fn(&crate::clock::Place) -> Option<Stamp>,
) -> Vec<Signal> {
    let body = Body::default();
    let record = Record { body: &body, severity: None, component: at.component, envelope: None, at, path };
    let mut signals = Vec::new();
    for (recogniser, id) in pack.signals().iter().zip(0..=SignalId::MAX) {
        if recogniser.definition.derived != Some(Derived::ClockJump) {
            continue;
        }
        for step in steps {
            let mut attributes: Pairs = vec![("way", step.way.name().into()), ("proof", step.proof.into())];
            attributes.extend(step.by_ns.map(|by| ("by", human(by).into())));
            let said = record.derived(recogniser, attributes);
            let cite = |place: &crate::clock::Place| Citation { source: 0, line: place.line, offset: place.offset, text: place.text.clone() };
            // Where stamps stand still the clock was set at the first of them; the last one shows how long.
            let told = if step.way == Way::Still { &step.from } else { &step.to };
            signals.push(Signal {
                id,
                citation: cite(&step.to),
                before: Some(Box::new((cite(&step.from), stamp(&step.from)))),
                raw_time: Some(told.raw),
                outer_time: None,
                stamp: stamp(told),
                lasted_ns: 0,
                severity: None,
                component: at.component,
                attributes: said.attributes,
                entities: said.entities,
                same: said.same,
                version: None,
                setting: None,
                repeats: 0,
                said: 0,
                told: None,
            });
        }
    }
    signals
}
