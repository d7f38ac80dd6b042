//! Events that a component repeats in its own log, as client-go's recorder prints them.
//!
//! In: the message and fields of a klog record. Out: the body of an Event. Must not know: headers.
//!
//! # Source
//!
//! client-go `tools/record/event.go` v0.17 (`Event(%#v): type: '%v' reason: '%v' %v`), v0.19 to v0.37 (`"Event occurred"` with fields), and
//! `tools/events/event_broadcaster.go` (`note` in place of `message`).

use std::borrow::Cow;

use crate::component::Component;
use crate::decode::{Body, quoted};

/// Turns the body of an `"Event occurred"` record into that of the Event. Other bodies stay as they are.
pub fn from_fields(body: &mut Body<'_>) {
    if body.message != "Event occurred" || body.field("object").is_none() || body.field("reason").is_none() {
        return;
    }
    let mut event = Body { component: Some(Component::Event), ..Body::default() };
    for (key, value) in std::mem::take(&mut body.fields) {
        match key.as_ref() {
            "message" | "note" => event.message = value,
            "object" => object(&value, &mut event),
            "fieldPath" if !value.is_empty() => event.push("fieldpath", value),
            "fieldPath" => {}
            _ => event.push(key, value),
        }
    }
    *body = event;
}

fn object(value: &str, event: &mut Body<'_>) {
    let (namespace, name) = value.split_once('/').unwrap_or(("", value));
    if !namespace.is_empty() {
        event.push("namespace", namespace.to_owned());
    }
    event.push("name", name.to_owned());
}

/// The Event in the printf form, or `None` if `message` is none.
pub fn from_message(message: &[u8]) -> Option<Body<'_>> {
    let inside = message.strip_prefix(b"Event(")?;
    let start = memchr::memchr(b'{', inside).filter(|at| inside[..*at].ends_with(b"ObjectReference"))?;
    let mut body = Body { component: Some(Component::Event), ..Body::default() };
    let mut rest = &inside[start + 1..];
    // `Key:"value", …`: Go quotes every value, so brackets inside them do not count.
    while let Some(colon) = memchr::memchr(b':', rest) {
        let (key, after) = (&rest[..colon], &rest[colon + 1..]);
        let (value, after) = quoted::take(after)?;
        let name = match key {
            b"Kind" => "kind",
            b"Namespace" => "namespace",
            b"Name" => "name",
            b"UID" => "uid",
            b"FieldPath" => "fieldpath",
            _ => "",
        };
        if !name.is_empty() && !value.is_empty() {
            body.push(name, value);
        }
        let Some(more) = after.strip_prefix(b", ") else {
            rest = after;
            break;
        };
        rest = more;
    }
    let rest = rest.strip_prefix(b"}): type: '")?;
    let (kind, rest) = until_quote(rest)?;
    let (reason, rest) = until_quote(rest.strip_prefix(b" reason: '")?)?;
    body.push("type", kind);
    body.push("reason", reason);
    body.message = String::from_utf8_lossy(rest.strip_prefix(b" ").unwrap_or(rest));
    Some(body)
}

fn until_quote(text: &[u8]) -> Option<(Cow<'_, str>, &[u8])> {
    let end = memchr::memchr(b'\'', text)?;
    Some((String::from_utf8_lossy(&text[..end]), &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(body: &Body<'_>) -> String {
        let fields: Vec<_> = body.fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
        format!("{} | {}", body.message, fields.join(" "))
    }

    #[test]
    fn the_printf_form() {
        let text = br#"Event(v1.ObjectReference{Kind:"Pod", Namespace:"shop", Name:"pg-0", UID:"u-1", APIVersion:"v1", ResourceVersion:"7", FieldPath:""}): type: 'Normal' reason: 'TaintManagerEviction' Marking for deletion Pod shop/pg-0"#;
        let body = from_message(text).unwrap();
        assert_eq!(
            shown(&body),
            "Marking for deletion Pod shop/pg-0 | kind=Pod namespace=shop name=pg-0 uid=u-1 type=Normal reason=TaintManagerEviction"
        );
        assert_eq!(body.component, Some(Component::Event));
        for end in 0..text.len() {
            let _cut = from_message(&text[..end]);
        }
    }

    #[test]
    fn the_structured_form() {
        let mut body = Body::message("Event occurred");
        body.push("object", "node-1");
        body.push("fieldPath", "");
        body.push("kind", "Node");
        body.push("reason", "NodeNotReady");
        body.push("message", "Node node-1 status is now: NodeNotReady");
        from_fields(&mut body);
        assert_eq!(shown(&body), "Node node-1 status is now: NodeNotReady | name=node-1 kind=Node reason=NodeNotReady");
    }
}
