//! Stories: whole sets of logs that a cause must end with the verdict it says.
//!
//! In: a [`Library`], and a way to scan files. Out: diagnostics for stories that end otherwise. Must not know: how scanning works.

use std::collections::BTreeMap;

use super::diagnostic::Diagnostic;
use super::load::Library;

/// The verdict of a cause that no finding names.
pub const NONE: &str = "none";

/// What telling stories says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Stories that ended otherwise, sorted by place.
    pub diagnostics: Vec<Diagnostic>,
    /// Stories told.
    pub stories: usize,
}

/// Tells every `[[cause.test]]`. `scan` is given the files of a story, path to text, and gives the best verdict by cause, as
/// [`Verdict::name`](crate::finding::Verdict::name) spells it, or why it could not be told.
pub fn tell(library: &Library, mut scan: impl FnMut(&BTreeMap<String, String>) -> Result<BTreeMap<String, String>, String>) -> Told {
    let mut told = Told::default();
    for defined in &library.causes {
        for (at, story) in defined.item.test.iter().enumerate() {
            told.stories += 1;
            let spot = defined.spot().key("test").index(at);
            match scan(&story.log) {
                Err(why) => told.diagnostics.push(spot.error(format!("`{}` could not be scanned: {why}", story.name))),
                Ok(verdicts) => {
                    let verdict = verdicts.get(&defined.item.id).map_or(NONE, String::as_str);
                    if verdict != story.expect {
                        let others: Vec<String> = verdicts.iter().map(|(cause, verdict)| format!("{cause} {verdict}")).collect();
                        let error = spot.key("expect").error(format!("`{}` ends {verdict}, not {}", story.name, story.expect));
                        let found = if others.is_empty() { "nothing was found".to_owned() } else { format!("found: {}", others.join(", ")) };
                        told.diagnostics.push(error.help(found));
                    }
                }
            }
        }
    }
    told.diagnostics.sort();
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_compared() {
        let text = "schema='necropsy.patterns/1'\n[cause]\nid='c'\ntitle='T'\nseverity='low'\nsince='0.1.0'\nmeans='m'\nlook='l'\n\
            [[cause.step]]\nname='s'\nsignal=['a.b']\n\
            [[cause.test]]\nname='as told'\nexpect='confirmed'\nlog={'a.log'='yes'}\n\
            [[cause.test]]\nname='quiet'\nexpect='none'\nlog={'a.log'='no'}\n\
            [[cause.test]]\nname='wrong'\nexpect='refuted'\nlog={'a.log'='yes'}\n\
            [[cause.test]]\nname='broken'\nexpect='none'\nlog={'b.log'='no'}\n";
        let told = tell(&Library::of_texts([("c.toml", text)]), |log| match log.get("a.log").map(String::as_str) {
            Some("yes") => Ok(BTreeMap::from([("c".into(), "confirmed".into())])),
            Some(_) => Ok(BTreeMap::new()),
            None => Err("no a.log".into()),
        });
        let messages: Vec<&str> = told.diagnostics.iter().map(|wrong| wrong.message.as_str()).collect();
        assert_eq!(messages, ["`wrong` ends confirmed, not refuted", "`broken` could not be scanned: no a.log"]);
        assert_eq!(told.stories, 4);
    }
}
