//! The JSON Schema of pattern files, for editors.
//!
//! In: the types of [`ast`](super::ast) with their comments. Out: a schema as JSON. Must not know: how the language is checked further.

use schemars::schema_for;
use serde_json::Value;

use super::ast::PatternFile;

/// The schema as a JSON value. Links between types, which only rustdoc follows, are plain names in it.
pub fn schema() -> Value {
    let mut schema = schema_for!(PatternFile).to_value();
    plain_all(&mut schema);
    schema
}

/// The schema as a file's text: `docs/patterns.schema.json`.
pub fn text() -> String {
    as_text(&schema())
}

/// Another schema, with plain names too.
pub fn plainly(mut schema: Value) -> Value {
    plain_all(&mut schema);
    schema
}

/// A schema as a file's text.
pub fn as_text(schema: &Value) -> String {
    let mut text = serde_json::to_string_pretty(schema).unwrap_or_default();
    text.push('\n');
    text
}

fn plain_all(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match member {
                    Value::String(text) if name == "description" => *text = plain(text),
                    other => plain_all(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(plain_all),
        _ => {}
    }
}

/// A doc comment without rustdoc's links: ``[`min`](Step::min)`` becomes `` `min` ``. Lines are joined.
fn plain(text: &str) -> String {
    let joined = text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let mut plain = String::with_capacity(joined.len());
    let mut rest = joined.as_str();
    while let Some((before, after)) = rest.split_once("[`") {
        plain.push_str(before);
        let Some((name, tail)) = after.split_once("`]") else {
            plain.push_str("[`");
            rest = after;
            continue;
        };
        plain.push('`');
        plain.push_str(name);
        plain.push('`');
        rest = match tail.strip_prefix('(').and_then(|target| target.split_once(')')) {
            Some((_, behind)) => behind,
            None => tail,
        };
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_become_names() {
        assert_eq!(plain("The [`min`](Step::min) of [`Effect`],\nor [1] and [`x"), "The `min` of `Effect`, or [1] and [`x");
    }

    #[test]
    fn unknown_keys_are_refused_by_the_schema_too() {
        let schema = schema();
        assert_eq!(schema.get("additionalProperties"), Some(&Value::Bool(false)));
        let signal = schema.pointer("/$defs/Signal").unwrap();
        assert_eq!(signal.get("additionalProperties"), Some(&Value::Bool(false)));
        assert!(signal.pointer("/properties/match").is_some(), "names are those of the files");
    }

    #[test]
    fn the_committed_schema_is_this_one() {
        crate::pattern::reference::tests::committed("docs/patterns.schema.json", &text());
    }
}
