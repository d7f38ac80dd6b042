//! The keymap: a table of which key means which command where.
//!
//! In: a key, the context. Out: a command. Help, the palette and the list of keys are made from the same table. Must not know: what commands do.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Where a key is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Context {
    /// Everywhere, unless the context says otherwise.
    Anywhere,
    /// Everywhere that something can be gone through.
    Moving,
    Verdicts,
    Timeline,
    Lanes,
    Entities,
    Sources,
    Notes,
    /// The list of filters.
    Filters,
}

impl Context {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Anywhere => "Everywhere",
            Self::Moving => "Moving",
            Self::Verdicts => "Verdicts",
            Self::Timeline => "Timeline",
            Self::Lanes => "Lanes",
            Self::Entities => "Entities",
            Self::Sources => "Sources",
            Self::Notes => "Notes",
            Self::Filters => "Filters",
        }
    }
}

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Command {
    Quit,
    Back,
    Help,
    Palette,
    Suspend,
    Redraw,
    Theme,
    NextPage,
    PreviousPage,
    Verdicts,
    Timeline,
    Lanes,
    Entities,
    Sources,
    Notes,
    Down,
    Up,
    HalfDown,
    HalfUp,
    PageDown,
    PageUp,
    First,
    Last,
    Left,
    Right,
    Open,
    Fold,
    Copy,
    Export,
    Keep,
    Bookmark,
    Comment,
    Tag,
    Around,
    Cited,
    Search,
    NextHit,
    PreviousHit,
    Include,
    Exclude,
    Filters,
    DropFilter,
    InvertFilter,
    Toggle,
    NextError,
    PreviousError,
    NextSignal,
    PreviousSignal,
    NextEvidence,
    PreviousEvidence,
    GoTo,
    OneSource,
    OneNode,
    Severity,
    Detail,
    DetailDown,
    DetailUp,
    Repeats,
    Raw,
    Columns,
    Where,
    Select,
    Window,
    ZoomIn,
    ZoomOut,
    ZoomAll,
    Cancel,
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Binding {
    pub(super) context: Context,
    pub(super) keys: &'static [&'static str],
    pub(super) command: Command,
    /// Its name in the palette.
    pub(super) name: &'static str,
    pub(super) about: &'static str,
}

const fn row(context: Context, keys: &'static [&'static str], command: Command, name: &'static str, about: &'static str) -> Binding {
    Binding { context, keys, command, name, about }
}

/// All keys.
pub(super) const TABLE: &[Binding] = &[
    row(Context::Anywhere, &["?", "F1"], Command::Help, "help", "the keys of this page and of all others"),
    row(Context::Anywhere, &[":"], Command::Palette, "palette", "a command by its name, or a place to go to"),
    row(Context::Anywhere, &["Esc"], Command::Back, "back", "close what is open, stop a search, let go of what is selected"),
    row(Context::Anywhere, &["q", "C-c"], Command::Quit, "quit", "leave; notes and the view are kept in the case"),
    row(Context::Anywhere, &["C-z"], Command::Suspend, "suspend", "back to the shell; fg returns"),
    row(Context::Anywhere, &["C-l"], Command::Redraw, "redraw", "draw the screen anew"),
    row(Context::Anywhere, &["C-t"], Command::Theme, "theme", "the next theme: plain, 16, dark, light"),
    row(Context::Anywhere, &["Tab"], Command::NextPage, "next-page", "the next page"),
    row(Context::Anywhere, &["S-Tab"], Command::PreviousPage, "previous-page", "the page before"),
    row(Context::Anywhere, &["1"], Command::Verdicts, "verdicts", "findings and their stories"),
    row(Context::Anywhere, &["2"], Command::Timeline, "timeline", "all entries in order of time"),
    row(Context::Anywhere, &["3"], Command::Lanes, "lanes", "states over time as bars"),
    row(Context::Anywhere, &["4"], Command::Entities, "entities", "nodes, pods, volumes, instances"),
    row(Context::Anywhere, &["5"], Command::Sources, "sources", "files: clocks, coverage, problems"),
    row(Context::Anywhere, &["6"], Command::Notes, "notes", "bookmarks, comments, tags"),
    row(Context::Anywhere, &[], Command::Keep, "keep", "keep a temporary case in a directory"),
    row(Context::Anywhere, &[], Command::Cancel, "cancel", "stop reading, or building the index of words"),
    row(Context::Moving, &["j", "Down"], Command::Down, "down", "one down"),
    row(Context::Moving, &["k", "Up"], Command::Up, "up", "one up"),
    row(Context::Moving, &["C-d"], Command::HalfDown, "half-page-down", "half a page down"),
    row(Context::Moving, &["C-u"], Command::HalfUp, "half-page-up", "half a page up"),
    row(Context::Moving, &["C-f", "PgDn"], Command::PageDown, "page-down", "a page down"),
    row(Context::Moving, &["C-b", "PgUp"], Command::PageUp, "page-up", "a page up"),
    row(Context::Moving, &["g", "Home"], Command::First, "first", "to the beginning"),
    row(Context::Moving, &["G", "End"], Command::Last, "last", "to the end"),
    row(Context::Moving, &["h", "Left"], Command::Left, "left", "to the list; text or time to the left"),
    row(Context::Moving, &["l", "Right"], Command::Right, "right", "to the story; text or time to the right"),
    row(Context::Moving, &["Enter"], Command::Open, "open", "go to what is selected"),
    row(Context::Verdicts, &["o", "Space"], Command::Fold, "fold", "show or hide what this finding explains, and others of its cause"),
    row(Context::Verdicts, &["y"], Command::Copy, "copy", "copy path:line and text"),
    row(Context::Verdicts, &["x"], Command::Export, "export", "write the story as Markdown"),
    row(Context::Verdicts, &["b"], Command::Bookmark, "bookmark", "bookmark it"),
    row(Context::Verdicts, &["m"], Command::Comment, "comment", "put a remark on it"),
    row(Context::Verdicts, &["t"], Command::Tag, "tag", "put a word on it to search by: tag:WORD"),
    row(Context::Verdicts, &["a"], Command::Around, "around", "only entries around this finding"),
    row(Context::Verdicts, &["c"], Command::Cited, "cited", "only entries that this finding cites"),
    row(Context::Anywhere, &["/"], Command::Search, "search", "search; Up and Down: history, Tab: completion"),
    row(Context::Timeline, &["n"], Command::NextHit, "next-hit", "the next hit"),
    row(Context::Timeline, &["N"], Command::PreviousHit, "previous-hit", "the hit before"),
    row(Context::Timeline, &["f"], Command::Include, "filter", "only entries that fit a query"),
    row(Context::Timeline, &["F"], Command::Exclude, "exclude", "only entries that do not"),
    row(Context::Timeline, &["u"], Command::Filters, "filters", "the filters: switch off, invert, remove"),
    row(Context::Timeline, &["-"], Command::DropFilter, "drop-filter", "remove the last filter"),
    row(Context::Timeline, &["!"], Command::InvertFilter, "invert-filter", "invert the last filter"),
    row(Context::Anywhere, &["@"], Command::GoTo, "goto", "go to a time, 50%, a number, path:line, or a finding"),
    row(Context::Timeline, &["e"], Command::NextError, "next-error", "the next error"),
    row(Context::Timeline, &["E"], Command::PreviousError, "previous-error", "the error before"),
    row(Context::Timeline, &["s"], Command::NextSignal, "next-signal", "the next entry that a pattern knows"),
    row(Context::Timeline, &["S"], Command::PreviousSignal, "previous-signal", "the one before"),
    row(Context::Timeline, &["]"], Command::NextEvidence, "next-evidence", "the next line that a finding cites"),
    row(Context::Timeline, &["["], Command::PreviousEvidence, "previous-evidence", "the one before"),
    row(Context::Timeline, &["o"], Command::OneSource, "one-source", "only this source, and all again"),
    row(Context::Timeline, &["O"], Command::OneNode, "one-node", "only this node, and all again"),
    row(Context::Timeline, &["a"], Command::Around, "around", "only entries around the finding that was open last"),
    row(Context::Timeline, &["w"], Command::Window, "window", "only the time that is selected, or a minute around"),
    row(Context::Timeline, &["L"], Command::Severity, "severity", "only warnings, only errors, and all again"),
    row(Context::Timeline, &["d"], Command::Detail, "detail", "the record as it stands, with its fields"),
    row(Context::Timeline, &["J"], Command::DetailDown, "detail-down", "the record: further down"),
    row(Context::Timeline, &["K"], Command::DetailUp, "detail-up", "the record: back up"),
    row(Context::Timeline, &["z"], Command::Repeats, "repeats", "fold or show entries that are alike"),
    row(Context::Timeline, &["r"], Command::Raw, "raw", "text with its stamp and header, or the message alone"),
    row(Context::Timeline, &["c"], Command::Columns, "columns", "side by side by node, pod, component, source"),
    row(Context::Timeline, &["C"], Command::Where, "where", "what stands before the text: source, node, pod"),
    row(Context::Timeline, &["v"], Command::Select, "select", "begin or end a selection"),
    row(Context::Timeline, &["y"], Command::Copy, "copy", "copy path:line and text"),
    row(Context::Timeline, &["x"], Command::Export, "export", "write the selection as Markdown"),
    row(Context::Timeline, &["b"], Command::Bookmark, "bookmark", "bookmark it"),
    row(Context::Timeline, &["m"], Command::Comment, "comment", "put a remark on it"),
    row(Context::Timeline, &["t"], Command::Tag, "tag", "put a word on it to search by: tag:WORD"),
    row(Context::Lanes, &["+", "="], Command::ZoomIn, "zoom-in", "a shorter time, wider"),
    row(Context::Lanes, &["-"], Command::ZoomOut, "zoom-out", "a longer time, narrower"),
    row(Context::Lanes, &["0"], Command::ZoomAll, "zoom-all", "all of it"),
    row(Context::Lanes, &["n"], Command::NextSignal, "next-mark", "to the next mark of this lane"),
    row(Context::Lanes, &["N"], Command::PreviousSignal, "previous-mark", "to the mark before"),
    row(Context::Lanes, &["a"], Command::Around, "around-finding", "the time of the finding that was open last"),
    row(Context::Entities, &["f"], Command::Include, "filter", "only entries about it"),
    row(Context::Sources, &["f"], Command::Include, "filter", "only entries of it"),
    row(Context::Sources, &["y"], Command::Copy, "copy", "copy its path and SHA-256"),
    row(Context::Notes, &["x"], Command::Export, "export", "write all notes as Markdown"),
    row(Context::Notes, &["y"], Command::Copy, "copy", "copy the note and its place"),
    row(Context::Filters, &["Space"], Command::Toggle, "toggle", "switch off and on"),
    row(Context::Filters, &["!", "i"], Command::InvertFilter, "invert", "invert"),
    row(Context::Filters, &["x", "d", "-"], Command::DropFilter, "remove", "remove"),
];

/// The name of a key as the table writes it.
pub(super) fn name(key: KeyEvent) -> Option<String> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if key.modifiers.contains(KeyModifiers::ALT) {
        return None;
    }
    Some(match key.code {
        KeyCode::Char(' ') => "Space".into(),
        KeyCode::Char(letter) if control => format!("C-{}", letter.to_ascii_lowercase()),
        KeyCode::Char(letter) => letter.to_string(),
        KeyCode::Enter => "Enter".into(),
        KeyCode::Esc => "Esc".into(),
        KeyCode::Tab => "Tab".into(),
        KeyCode::BackTab => "S-Tab".into(),
        KeyCode::Up => "Up".into(),
        KeyCode::Down => "Down".into(),
        KeyCode::Left => "Left".into(),
        KeyCode::Right => "Right".into(),
        KeyCode::Home => "Home".into(),
        KeyCode::End => "End".into(),
        KeyCode::PageUp => "PgUp".into(),
        KeyCode::PageDown => "PgDn".into(),
        KeyCode::F(number) => format!("F{number}"),
        _ => return None,
    })
}

/// The command of a key in a context: its own, then that of all that can be gone through, then that of everywhere.
pub(super) fn command(context: Context, key: KeyEvent) -> Option<Command> {
    let name = name(key)?;
    [context, Context::Moving, Context::Anywhere]
        .into_iter()
        .find_map(|context| TABLE.iter().find(|row| row.context == context && row.keys.contains(&name.as_str())))
        .map(|row| row.command)
}

/// The command of a name in the palette, the page's own first.
pub(super) fn named(context: Context, name: &str) -> Option<Command> {
    offered(context).find(|row| row.name == name).map(|row| row.command)
}

/// What the palette offers in a context.
pub(super) fn offered(context: Context) -> impl Iterator<Item = &'static Binding> {
    [context, Context::Anywhere, Context::Moving].into_iter().flat_map(|context| TABLE.iter().filter(move |row| row.context == context))
}

/// All keys by context, for the command line and the documentation: context, keys, name, what it does.
pub fn listed() -> impl Iterator<Item = (&'static str, String, &'static str, &'static str)> {
    TABLE.iter().map(|row| (row.context.name(), row.keys.join(" "), row.name, row.about))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        let mut known = BTreeSet::new();
        let mut names = BTreeSet::new();
        for row in TABLE {
            for key in row.keys {
                assert!(known.insert((row.context, key)), "{:?} {key}", row.context);
            }
            assert!(names.insert((row.context, row.name)), "{:?} {}", row.context, row.name);
            assert!(!row.keys.is_empty() || matches!(row.command, Command::Keep | Command::Cancel), "{} has no key", row.name);
        }
    }

    #[test]
    fn keys_of_a_page_come_before_those_of_all() {
        let key = |letter| KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE);
        assert_eq!(command(Context::Timeline, key('n')), Some(Command::NextHit));
        assert_eq!(command(Context::Lanes, key('n')), Some(Command::NextSignal));
        assert_eq!(command(Context::Verdicts, key('j')), Some(Command::Down));
        assert_eq!(command(Context::Verdicts, key('q')), Some(Command::Quit));
        assert_eq!(command(Context::Verdicts, KeyEvent::new(KeyCode::Char('D'), KeyModifiers::CONTROL)), Some(Command::HalfDown));
        assert_eq!(named(Context::Timeline, "goto"), Some(Command::GoTo));
    }
}
