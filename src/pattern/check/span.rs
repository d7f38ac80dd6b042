//! Checks of one span: its signals exist and can open and close it.
//!
//! In: a span. Out: diagnostics. Must not know: causes.

use super::{Scope, terms};
use crate::pattern::ast::Span;
use crate::pattern::load::Defined;

pub(super) fn check(scope: &mut Scope<'_>, defined: &Defined<Span>) {
    let (span, spot) = (&defined.item, defined.spot());
    if !terms::is_dotted(&span.id) {
        let error = spot.key("id").error(format!("`{}` is no id for a span", span.id));
        scope.tell(error.help("lower-case words joined by dots: `mysqld.alive`"));
    }
    if scope.signals.contains_key(span.id.as_str()) {
        scope.tell(spot.key("id").error(format!("`{}` is a signal already", span.id)));
    }
    if span.title.trim().is_empty() {
        scope.tell(spot.key("title").error("the title is empty"));
    }
    if span.key.is_empty() {
        scope.tell(spot.key("key").error("a span needs at least one entity kind to tell it from others").help(terms::kinds_help()));
    }
    for (at, kind) in span.key.iter().enumerate() {
        if !terms::is_kind(kind) {
            scope.tell(spot.key("key").index(at).error(format!("no entity kind `{kind}`")).help(terms::kinds_help()));
        }
    }
    if span.open.is_empty() {
        scope.tell(spot.key("open").error("nothing opens this span"));
    }
    scope.signals_exist(spot.key("open"), &span.open);
    scope.signals_exist(spot.key("close"), &span.close);
    for (list, ids) in [("open", &span.open), ("close", &span.close)] {
        for (at, id) in ids.iter().enumerate() {
            let Some(signal) = scope.signals.get(id.as_str()) else { continue };
            let kinds = terms::kinds(&signal.item);
            if let Some(kind) = span.key.iter().find(|kind| !kinds.contains(*kind)) {
                let warning = spot.key(list).index(at).warning(format!("`{id}` has no entity `{kind}`: it can {list} no such span"));
                scope.tell(warning);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;

    #[test]
    fn each_part_is_checked() {
        let told = told("[[span]]\nid='a.two'\ntitle='T'\nkey=['pod','host']\nopen=['a.one','a.on']\n").join("\n");
        assert!(told.contains("story.toml:3 Error: `a.two` is a signal already"), "{told}");
        assert!(told.contains("story.toml:5 Error: no entity kind `host`"), "{told}");
        assert!(told.contains("story.toml:6 Error: no signal `a.on`"), "{told}");
        assert!(told.contains("story.toml:6 Warning: `a.one` has no entity `pod`"), "{told}");
        assert!(super::super::tests::told("[[span]]\nid='a.x'\ntitle='T'\nkey=[]\nopen=[]\n").len() == 2);
    }
}
