//! Sentences: templates of titles, summaries and remedies, filled from a binding.
//!
//! In: a template and a way to look names up. Out: text. Must not know: what the names mean.

/// Fills `{name}` places; a name that is not known becomes `?`.
pub(super) fn fill(template: &str, look_up: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            break;
        };
        out.push_str(&look_up(name.trim()).unwrap_or_else(|| "?".to_owned()));
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Whether every place of the template is known.
pub(super) fn complete(template: &str, look_up: impl Fn(&str) -> Option<String>) -> bool {
    template.split('{').skip(1).all(|part| part.split_once('}').is_some_and(|(name, _)| look_up(name.trim()).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_and_the_unknown_is_marked() {
        let look_up = |name: &str| (name == "lost.node").then(|| "node-1".to_owned());
        assert_eq!(fill("{lost.node} never died; {new.node} …", look_up), "node-1 never died; ? …");
        assert_eq!(fill("no {end", look_up), "no {end");
        assert!(complete("{lost.node}", look_up) && !complete("{new.node}", look_up));
    }
}
