//! Spans: signals open and close states of an entity.
//!
//! In: items of signals in order of time, and the definitions of spans. Out: items of spans. Must not know: causes.

use std::collections::HashMap;

use super::entity::{EntityId, Kind};
use super::item::{Item, Items, UNDATED, What};
use crate::pattern::ast::{Again, Span, UnseenEnd};
use crate::signal::SourceId;
use crate::time::Stamp;

/// A span's definition with its signals as indexes.
#[derive(Debug)]
pub(super) struct SpanPlan {
    /// Index of the span.
    pub id: u16,
    /// Kinds that tell one span from another.
    pub key: Vec<Kind>,
    /// Signals that open it.
    pub open: Vec<u16>,
    /// Signals that close it.
    pub close: Vec<u16>,
    /// What a further opening means.
    pub again: Again,
    /// What an unseen end means.
    pub unseen_end: UnseenEnd,
}

impl SpanPlan {
    /// Resolves names; names that are not in the pack are left out.
    pub(super) fn new(id: u16, span: &Span, signal: impl Fn(&str) -> Option<u16>) -> Self {
        let resolve = |names: &[String]| names.iter().filter_map(|name| signal(name)).collect();
        Self {
            id,
            key: span.key.iter().filter_map(|kind| super::entity::kind(kind)).collect(),
            open: resolve(&span.open),
            close: resolve(&span.close),
            again: span.again,
            unseen_end: span.unseen_end,
        }
    }

    /// Folds the signals into spans.
    ///
    /// `last_before` gives the last record of a source before a moment (or its last one): a state whose end is not seen was still there.
    pub(super) fn fold(&self, items: &Items, last_before: impl Fn(SourceId, Option<i64>) -> Option<Stamp>) -> Vec<Item> {
        let mut events: Vec<(u32, bool)> = Vec::new();
        for signal in &self.open {
            events.extend(items.of(What::Signal(*signal)).iter().map(|index| (*index, true)));
        }
        for signal in &self.close {
            events.extend(items.of(What::Signal(*signal)).iter().map(|index| (*index, false)));
        }
        // At the same moment an end comes before a beginning, except within one source, where the order of lines counts.
        events.sort_by_key(|(index, opens)| {
            let item = items.get(*index);
            (item.end.ns, item.source, item.citations.first().map_or(0, |(citation, _)| citation.offset), *opens)
        });
        let mut open: HashMap<Vec<EntityId>, Item> = HashMap::new();
        let mut spans = Vec::new();
        for (index, opens) in events {
            let item = items.get(index);
            // A state needs a beginning in time.
            let Some(key) = self.key_of(item).filter(|_| item.start.ns != UNDATED.ns) else { continue };
            if opens {
                let again = self.again;
                if let Some(known) = open.get_mut(&key) {
                    if again == Again::Continues {
                        absorb(known, item);
                        continue;
                    }
                    if let Some(mut ended) = open.remove(&key) {
                        self.leave_open(&mut ended, Some(item.start.ns), &last_before);
                        spans.push(ended);
                    }
                }
                let mut span = item.clone();
                span.what = What::Span(self.id);
                span.end = item.end;
                span.end_seen = false;
                open.insert(key, span);
            } else if let Some(mut span) = open.remove(&key) {
                if item.start.ns < span.start.ns {
                    open.insert(key, span);
                    continue;
                }
                span.end = item.start;
                span.end_seen = true;
                span.citations.extend(item.citations.first().cloned());
                for (name, value) in &item.attributes {
                    span.attributes.push((crate::name::name(&format!("end.{name}")), value.clone()));
                }
                spans.push(span);
            }
        }
        #[expect(clippy::iter_over_hash_type, reason = "sorted below")]
        for (_, mut span) in open {
            self.leave_open(&mut span, None, &last_before);
            spans.push(span);
        }
        spans.sort_by_key(|span| (span.start.ns, span.source, span.citations.first().map_or(0, |(citation, _)| citation.offset)));
        spans
    }

    fn key_of(&self, item: &Item) -> Option<Vec<EntityId>> {
        self.key.iter().map(|kind| item.of_kind(*kind).next().map(|(id, _)| id)).collect()
    }

    fn leave_open(&self, span: &mut Item, before: Option<i64>, last_before: &impl Fn(SourceId, Option<i64>) -> Option<Stamp>) {
        span.end_seen = false;
        if self.unseen_end == UnseenEnd::LastRecord
            && let Some(last) = last_before(span.source, before)
            && last.ns > span.end.ns
        {
            span.end = last;
        }
    }
}

/// A state that goes on takes over what a further opening knows, and an earlier beginning.
fn absorb(span: &mut Item, item: &Item) {
    if item.start.ns < span.start.ns {
        span.start = item.start;
    }
    if item.end.ns > span.end.ns {
        span.end = item.end;
    }
    for entity in &item.entities {
        if !span.entities.iter().any(|(kind, id, _)| (*kind, *id) == (entity.0, entity.1)) {
            span.entities.push(entity.clone());
        }
    }
    for attribute in &item.attributes {
        if !span.attributes.iter().any(|(name, _)| *name == attribute.0) {
            span.attributes.push(attribute.clone());
        }
    }
    if span.citations.len() < 8 {
        span.citations.extend(item.citations.first().cloned());
    }
}
