//! Checks of how causes build on each other: no circles, not too deep.
//!
//! In: all causes. Out: diagnostics. Must not know: what steps ask of records.

use std::collections::BTreeMap;

use super::Scope;

/// Most causes in a chain in which each is a step of the next.
const MAX_DEPTH: usize = 4;

pub(super) fn check(scope: &mut Scope<'_>) {
    let steps = edges(scope, |cause| cause.steps().flat_map(|step| step.cause.iter().map(String::as_str)).collect());
    let yields = edges(scope, |cause| cause.yields_to.iter().map(String::as_str).collect());
    for (id, cause) in scope.causes.clone() {
        let spot = cause.spot();
        if reaches(&steps, id, id) {
            scope.tell(spot.key("step").error(format!("`{id}` is a step of itself, over others or directly")));
        } else if let Some(depth) = depth(&steps, id, MAX_DEPTH + 1).filter(|depth| *depth > MAX_DEPTH) {
            scope.tell(spot.key("step").error(format!("causes of causes, {depth} deep")).help(format!("at most {MAX_DEPTH} levels")));
        }
        if reaches(&yields, id, id) {
            scope.tell(spot.key("yields_to").error(format!("`{id}` yields to itself, over others or directly: none would be reported")));
        }
        for (at, other) in cause.item.explains.iter().enumerate() {
            if other == id {
                scope.tell(spot.key("explains").index(at).error(format!("`{id}` explains itself")));
            } else if scope.causes.get(other.as_str()).is_some_and(|other| other.item.explains.iter().any(|back| back == id)) {
                scope.tell(spot.key("explains").index(at).error(format!("`{id}` and `{other}` explain each other")));
            }
        }
    }
}

type Edges<'a> = BTreeMap<&'a str, Vec<&'a str>>;

fn edges<'a>(scope: &Scope<'a>, of: impl Fn(&'a crate::pattern::ast::Cause) -> Vec<&'a str>) -> Edges<'a> {
    scope.causes.iter().map(|(id, cause)| (*id, of(&cause.item))).collect()
}

/// Whether `goal` is reached from `start` by at least one edge.
fn reaches(edges: &Edges<'_>, start: &str, goal: &str) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    let mut open: Vec<&str> = edges.get(start).cloned().unwrap_or_default();
    while let Some(id) = open.pop() {
        if id == goal {
            return true;
        }
        if seen.insert(id) {
            open.extend(edges.get(id).into_iter().flatten());
        }
    }
    false
}

/// Causes in the longest chain that begins at `id`, counted up to `limit`; breadth first, so that circles end too.
fn depth(edges: &Edges<'_>, id: &str, limit: usize) -> Option<usize> {
    let mut level: std::collections::BTreeSet<&str> = edges.get(id)?.iter().copied().collect();
    let mut depth = 1;
    while !level.is_empty() && depth < limit {
        level = level.iter().filter_map(|id| edges.get(id)).flatten().copied().collect();
        depth += 1;
    }
    Some(depth)
}

#[cfg(test)]
mod tests {
    use super::super::tests::told;

    /// Files of causes, each with the next as its step.
    fn chain(ids: &[&str], last: &str) -> Vec<(String, String)> {
        let cause = |id: &str, step: &str| {
            let text = format!(
                "schema='necropsy.patterns/1'\n[cause]\nid='{id}'\ntitle='T'\nseverity='low'\nsince='0.1.0'\nmeans='m'\nlook='l'\n\
                 [[cause.step]]\nname='s'\nsummary='s'\n{step}\n"
            );
            (format!("{id}.toml"), text)
        };
        let mut files: Vec<_> = ids.windows(2).map(|pair| cause(pair[0], &format!("cause=['{}']", pair[1]))).collect();
        files.push(cause(ids[ids.len() - 1], last));
        files
    }

    fn shown(files: &[(String, String)]) -> String {
        let mut texts: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        texts.push(("base.toml", super::super::tests::BASE));
        super::super::tests::shown(&texts).join("\n")
    }

    #[test]
    fn circles_are_refused() {
        let told = shown(&chain(&["a", "b", "c"], "cause=['a']"));
        assert_eq!(told.matches("is a step of itself").count(), 3, "{told}");
    }

    #[test]
    fn four_levels_and_no_more() {
        assert_eq!(shown(&chain(&["a", "b", "c", "d"], "signal=['a.one']")), "");
        let told = shown(&chain(&["a", "b", "c", "d", "e"], "signal=['a.one']"));
        assert_eq!(told.matches("causes of causes, 5 deep").count(), 1, "{told}");
    }

    #[test]
    fn yielding_and_explaining_have_a_direction() {
        let cause = "[cause]\nid='story'\ntitle='T'\nseverity='low'\nsince='0.1.0'\nmeans='m'\nlook='l'\nexplains=['story']\nyields_to=['story']\n\
                     [[cause.step]]\nname='s'\nsummary='s'\nsignal=['a.one']\n";
        let told = told(cause).join("\n");
        assert!(told.contains("explains itself") && told.contains("yields to itself"), "{told}");
    }
}
