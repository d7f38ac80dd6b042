//! The reference of the pattern language, as Markdown.
//!
//! In: the JSON Schema. Out: the generated part of `docs/patterns.md`. Must not know: anything that the schema does not say.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;

use serde_json::Value;

use super::ast::ENTITY_KINDS;
use super::schema;
use crate::component::Component;

/// Begins the generated part of a document.
pub const MARK: &str = "<!-- generated from the types of the pattern language; everything below is rewritten -->";

/// A table of a pattern file: its path, and whether it may be repeated.
struct Table<'a> {
    path: String,
    repeated: bool,
    schema: &'a Value,
}

/// The reference: every table of a pattern file with its keys, then the entity kinds and components.
pub fn markdown() -> String {
    let mut out = String::from("\n## Reference\n");
    tables(&mut out, &schema::schema());
    out.push_str("\n### Entity kinds\n\n| kind | what it names |\n| --- | --- |\n");
    for (kind, about) in ENTITY_KINDS {
        writeln!(out, "| `{kind}` | {} |", cell(about)).expect("writing to a String cannot fail");
    }
    let names: Vec<String> = Component::ALL.iter().map(|component| format!("`{}`", component.name())).collect();
    write!(out, "\n### Components\n\n{}.\n", names.join(", ")).expect("writing to a String cannot fail");
    out
}

/// Every table of a schema with its keys.
fn tables(out: &mut String, schema: &Value) {
    let mut seen = BTreeSet::new();
    let mut open = VecDeque::from([Table { path: String::new(), repeated: false, schema }]);
    while let Some(table) = open.pop_front() {
        heading(out, &table);
        for (name, member) in members(table.schema) {
            row(out, schema, table.schema, name, member);
            let (target, repeated) = target(schema, member);
            if let Some((key, target)) = target.filter(|(_, target)| target.get("properties").is_some())
                && seen.insert(key)
            {
                let path = if table.path.is_empty() { name.clone() } else { format!("{}.{name}", table.path) };
                open.push_back(Table { path, repeated, schema: target });
            }
        }
    }
}

/// The tables of another schema than that of patterns.
pub fn tables_of(schema: &Value) -> String {
    let mut out = String::new();
    tables(&mut out, schema);
    out
}

/// A document with its generated part renewed.
pub fn renewed(document: &str) -> String {
    let written = document.split(MARK).next().unwrap_or_default();
    format!("{written}{MARK}\n{}", markdown())
}

fn heading(out: &mut String, table: &Table<'_>) {
    let title = match (table.path.as_str(), table.repeated) {
        ("", _) => "The file".to_owned(),
        (path, true) => format!("`[[{path}]]`"),
        (path, false) => format!("`[{path}]`"),
    };
    let about = table.schema.get("description").and_then(Value::as_str).unwrap_or_default();
    write!(out, "\n### {title}\n\n{about}\n\n| key | value | meaning |\n| --- | --- | --- |\n").expect("writing to a String cannot fail");
}

/// The members of a table: those that must be there first.
fn members(table: &Value) -> Vec<(&String, &Value)> {
    let properties = table.get("properties").and_then(Value::as_object);
    let (mut needed, optional): (Vec<_>, Vec<_>) = properties.into_iter().flatten().partition(|(name, _)| is_required(table, name));
    needed.extend(optional);
    needed
}

fn is_required(table: &Value, name: &str) -> bool {
    table.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|known| known.as_str() == Some(name)))
}

fn row(out: &mut String, schema: &Value, table: &Value, name: &str, member: &Value) {
    let mut about = member.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (target, _) = target(schema, member);
    let choices = target.and_then(|(_, target)| target.get("oneOf")).and_then(Value::as_array);
    for choice in choices.into_iter().flatten() {
        let of = |key: &str| choice.get(key).and_then(Value::as_str);
        if let Some(value) = of("const") {
            write!(about, "<br>`{value}`: {}", of("description").unwrap_or_default()).expect("writing to a String cannot fail");
        }
    }
    let required = is_required(table, name);
    let needed = if required { " (required)" } else { "" };
    // One that may be left out altogether says nothing then.
    if !required && choices.is_some() && member.get("anyOf").is_none() {
        about.push_str("<br>The first one holds where nothing is said.");
    }
    let default = match member.get("default") {
        Some(Value::String(text)) if !text.is_empty() => format!(", default `{text}`"),
        _ => String::new(),
    };
    writeln!(out, "| `{name}`{needed} | {}{default} | {} |", kind(schema, member), cell(&about)).expect("writing to a String cannot fail");
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// The definition a member refers to, with its name, and whether the member is a list of such.
fn target<'a>(schema: &'a Value, member: &'a Value) -> (Option<(&'a str, &'a Value)>, bool) {
    let (reference, repeated) = match member.get("items") {
        Some(items) => (reference(items), true),
        None => (reference(member), false),
    };
    let found = reference.and_then(|name| Some((name, schema.get("$defs")?.get(name)?)));
    (found, repeated)
}

/// The definition's name in a `$ref`, also in one that may be null.
fn reference(value: &Value) -> Option<&str> {
    let direct = value.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/"));
    direct.or_else(|| value.get("anyOf")?.as_array()?.iter().find_map(reference))
}

/// What kind of value a member takes, in words.
fn kind(schema: &Value, member: &Value) -> String {
    if let (Some((_, target)), repeated) = target(schema, member) {
        let one = if target.get("properties").is_some() {
            "table"
        } else if target.get("oneOf").is_some() || target.get("const").is_some() {
            "one of these"
        } else {
            "text or list of texts"
        };
        return if repeated { plural("list", one) } else { one.to_owned() };
    }
    let types: Vec<&str> = match member.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect(),
        _ => Vec::new(),
    };
    match types.first().copied() {
        Some("array") => plural("list", &member.get("items").map_or_else(|| "value".to_owned(), |items| kind(schema, items))),
        Some("object") => plural("table", &member.get("additionalProperties").map_or_else(|| "value".to_owned(), |value| kind(schema, value))),
        Some("string") => "text".to_owned(),
        Some("integer") => "number".to_owned(),
        Some("boolean") => "`true` or `false`".to_owned(),
        _ => "value".to_owned(),
    }
}

/// `list of texts`, `table of lists of texts`.
fn plural(whole: &str, part: &str) -> String {
    match part.split_once(' ') {
        Some((first, rest)) => format!("{whole} of {first}s {rest}"),
        None => format!("{whole} of {part}s"),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{env, fs, path::Path};

    use super::*;

    /// Compares a committed file with what is generated now; with `BLESS=1` in the environment, writes it.
    pub(crate) fn committed(path: &str, text: &str) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        if env::var_os("BLESS").is_some() {
            fs::write(&file, text).unwrap();
        }
        let found = fs::read_to_string(&file).unwrap_or_default();
        assert!(found == text, "{path} is not what is generated; run the tests with BLESS=1 and look at the difference");
    }

    #[test]
    fn the_committed_reference_is_this_one() {
        let path = "docs/patterns.md";
        let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default();
        committed(path, &renewed(&document));
    }

    #[test]
    fn every_table_and_key_is_told_once() {
        let text = markdown();
        for table in
            ["[cause]", "[[cause.step]]", "[cause.step.timer]", "[[cause.catalogue.row]]", "[[signal.match]]", "[signal.version]", "[[span]]"]
        {
            assert_eq!(text.matches(&format!("### `{table}`\n")).count(), 1, "{table}\n{text}");
        }
        assert!(text.contains("| `component` (required) | list of texts |"), "{text}");
        assert!(!text.contains("](") && !text.contains("| value |\n| value"), "{text}");
    }

    #[test]
    fn the_first_choice_is_the_default() {
        use crate::pattern::ast::{Again, Effect, Pick, Risk, Role, Status, UnseenEnd};
        let first = |name: &str| schema::schema().pointer(&format!("/$defs/{name}/oneOf/0/const")).and_then(Value::as_str).map(str::to_owned);
        for (name, default) in [
            ("Again", format!("{:?}", Again::default())),
            ("Effect", format!("{:?}", Effect::default())),
            ("Pick", format!("{:?}", Pick::default())),
            ("Risk", format!("{:?}", Risk::default())),
            ("Role", format!("{:?}", Role::default())),
            ("Status", format!("{:?}", Status::default())),
            ("UnseenEnd", format!("{:?}", UnseenEnd::default())),
        ] {
            assert_eq!(first(name).map(|text| text.replace('-', "")), Some(default.to_lowercase()), "{name}");
        }
    }

    /// The example of the introduction is a pattern file like any other.
    #[test]
    fn the_example_is_sound_and_proven() {
        let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/patterns.md")).unwrap();
        let example = document.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let library = crate::pattern::Library::of_texts([("mysql/lock-refused.toml", example)]);
        let found = crate::pattern::check::report(&library).diagnostics;
        assert!(found.is_empty(), "{}", found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn renewing_twice_changes_nothing() {
        let once = renewed("# Words\n");
        assert_eq!(renewed(&once), once);
        assert!(once.starts_with("# Words\n"));
    }
}
