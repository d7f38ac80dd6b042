//! Whole screens, driven by keys through the keymap, the update and the effects of a real case.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tempfile::TempDir;

use super::effect::{Effect, Message, answer, load, read};
use super::input::{Input, Mouse};
use super::keymap::TABLE;
use super::model::{Model, Overlay, Page};
use super::theme::Theme;
use super::update::update;
use super::view::view;
use crate::case::{self, Said, Watch};
use crate::open::{Choice, list};
use crate::pattern::Pack;
use crate::scan::{Progress, Quiet, Settings};

struct Silent;

impl Watch for Silent {
    fn begin(&self, _: &str, _: u64) -> Box<dyn Progress + '_> {
        Box::new(Quiet)
    }
}

/// A case of a sample, in a directory of its own.
fn made(sample: &str) -> TempDir {
    ingested(list(&[std::path::PathBuf::from(sample)], &Choice::default()).inputs)
}

fn ingested(inputs: Vec<crate::open::Input>) -> TempDir {
    let room = tempfile::tempdir().unwrap();
    let pack = Pack::builtin().unwrap();
    let settings = |_: &Said| Ok(Settings::default());
    let plan = case::Ingest {
        directory: &room.path().join("case"),
        inputs,
        said: Said::default(),
        settings: &settings,
        pack: &pack,
        embed: false,
        index: true,
    };
    case::ingest(plan, &Silent).unwrap();
    room
}

/// A case that a test may only look at; it is gone with the test's thread.
fn shared() -> Rc<TempDir> {
    thread_local! {
        static ROOM: Rc<TempDir> = Rc::new(made("samples/split-brain"));
    }
    ROOM.with(Rc::clone)
}

/// A model and the world around it, without a terminal.
struct Stage {
    model: Model,
    /// Effects that only a terminal can carry out.
    left: Vec<Effect>,
}

impl Stage {
    fn new(room: &TempDir, size: (u16, u16)) -> Self {
        let model = Model::new("samples/split-brain", false, Theme::Plain, size);
        let mut stage = Self { model, left: Vec::new() };
        let loaded = load(&room.path().join("case")).unwrap();
        let case = Arc::clone(&loaded.case);
        stage.send(Message::Opened(Box::new(loaded)));
        stage.send(Message::Read(Box::new(read(&case).unwrap())));
        stage
    }

    fn send(&mut self, message: Message) {
        let mut queue = VecDeque::from([message]);
        while let Some(message) = queue.pop_front() {
            for effect in update(&mut self.model, message) {
                let case = Arc::clone(self.model.case.as_ref().unwrap());
                match answer(&case, effect.clone(), 1_512_123_462_000_000_000, &Arc::default()) {
                    Some(message) => queue.push_back(message),
                    None => self.left.push(effect),
                }
            }
        }
    }

    /// Types keys: `<enter>` and the like by name, everything else letter by letter.
    fn keys(&mut self, keys: &str) -> &mut Self {
        let mut rest = keys;
        while let Some(letter) = rest.chars().next() {
            let (key, length) = match (letter, rest.find('>')) {
                ('<', Some(end)) => (named(&rest[1..end]), end + 1),
                _ => (KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE), letter.len_utf8()),
            };
            rest = &rest[length..];
            self.send(Message::Input(Input::Key(key)));
        }
        self
    }

    fn screen(&self) -> String {
        let mut terminal = Terminal::new(TestBackend::new(self.model.width, self.model.height)).unwrap();
        terminal.draw(|frame| _ = view(&self.model, frame.buffer_mut())).unwrap();
        terminal.backend().to_string().lines().map(|line| format!("{}\n", line.trim_matches('"').trim_end())).collect()
    }

    /// `path:line` of the selected entry.
    fn place(&self) -> String {
        let (case, row) = (self.model.case.as_ref().unwrap(), self.model.selected_row().unwrap());
        let (path, line) = case.place(row);
        format!("{path}:{line}")
    }
}

fn named(name: &str) -> KeyEvent {
    let code = match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "back" => KeyCode::Backspace,
        "space" => KeyCode::Char(' '),
        alt if alt.starts_with("A-") => return KeyEvent::new(KeyCode::Char(alt.chars().last().unwrap()), KeyModifiers::ALT),
        control => return KeyEvent::new(KeyCode::Char(control.chars().last().unwrap()), KeyModifiers::CONTROL),
    };
    KeyEvent::new(code, KeyModifiers::NONE)
}

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

#[test]
fn two_keys_lead_to_the_proof() {
    for size in SIZES {
        let mut stage = Stage::new(&shared(), size);
        stage.keys("<enter><enter>");
        assert_eq!(stage.model.page, Page::Timeline);
        assert_eq!(stage.place(), "samples/split-brain/nodes/k8s-node3/gxr-oracle-statefulset-0.mysqld.log:13");
        assert!(stage.screen().contains("Aborted"), "{}", stage.screen());
        stage.keys("<esc>");
        assert_eq!(stage.model.page, Page::Verdicts);
        assert!(stage.model.verdicts.inside, "the story is where it was");
    }
}

#[test]
fn screens() {
    let scripts = [
        ("verdicts", ""),
        ("story", "<enter>"),
        ("folded", "oj"),
        ("timeline", "2g"),
        ("evidence", "<enter><enter>d"),
        ("columns", "<enter><enter>c"),
        ("lanes", "3jj"),
        ("entities", "4<enter>"),
        ("sources", "5j"),
        ("notes", "6"),
        ("filtered", "2fseverity>=error<enter>Fattempt*<enter>/node3<enter>"),
        ("completion", "2/node:k8s<tab>"),
        ("palette", ":go"),
        ("help", "2?"),
    ];
    for (name, keys) in scripts {
        for size in SIZES {
            let mut stage = Stage::new(&shared(), size);
            let screen = stage.keys(keys).screen();
            insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), screen);
        }
    }
}

#[test]
fn keys_and_what_they_lead_to() {
    let log = "samples/split-brain/nodes/k8s-node3/kubelet.log";
    let mysqld = "samples/split-brain/nodes/k8s-node1/gxr-oracle-statefulset-0.mysqld.log";
    let manager = "samples/split-brain/control-plane/kube-controller-manager.log";
    for (keys, place) in [
        ("2G", format!("{log}:118")),
        ("2gG<up>", format!("{log}:113")),
        ("2@02:19:47<enter>", format!("{mysqld}:1")),
        ("2@02:19:47<enter>@+1s<enter>", format!("{mysqld}:8")),
        ("2@kube-controller-manager.log:13<enter>", format!("{manager}:13")),
        (":goto f1<enter>", "samples/split-brain/api/events.json:59".to_owned()),
        (":100%<enter>", format!("{log}:118")),
        ("2g]", format!("{manager}:3")),
        ("2g]][", format!("{manager}:3")),
        ("2ge", "samples/split-brain/nodes/k8s-node3/kubelet.log:5".to_owned()),
        ("2g/NodeNotReady<enter>", "samples/split-brain/api/events.json:59".to_owned()),
        ("2g/FLAG<enter>nnn", format!("{manager}:4")),
        ("2g/FLAG<enter>nnnN", format!("{manager}:3")),
        ("2@02:19:47<enter>og", format!("{mysqld}:1")),
        ("2@02:19:47<enter>oog", "samples/split-brain/nodes/k8s-node1/kubelet.log:1".to_owned()),
    ] {
        let mut stage = Stage::new(&shared(), (120, 40));
        stage.keys(keys);
        assert_eq!(stage.place(), place, "{keys}\n{}", stage.screen());
    }
}

#[test]
fn filters_stack_and_go_one_by_one() {
    let mut stage = Stage::new(&shared(), (120, 40));
    let all = stage.model.case.as_ref().unwrap().rows();
    stage.keys("2fseverity>=error<enter>");
    let errors = stage.model.timeline.list.len();
    assert!(errors > 0 && errors < all);
    stage.keys("!");
    assert_eq!(stage.model.timeline.list.len(), all - errors);
    stage.keys("!fcomponent:mysqld<enter>");
    let both = stage.model.timeline.list.len();
    assert!(both > 0 && both < errors);
    stage.keys("u<up><space><esc>");
    assert!(stage.model.timeline.list.len() > both, "the first one is off");
    stage.keys("--");
    assert_eq!(stage.model.timeline.list.len(), all);
    stage.keys("1a");
    let around = stage.model.timeline.list.len();
    assert!(around > 0 && around < all, "around the finding: {around}");
    stage.keys("a");
    assert_eq!(stage.model.timeline.list.len(), all, "and all again");
    stage.keys("fno:such<enter>");
    assert!(matches!(stage.model.overlays.last(), Some(Overlay::Prompt(_))), "what is wrong is not lost");
    assert!(stage.screen().contains("there is no field"), "{}", stage.screen());
}

#[test]
fn there_is_something_to_look_at_while_the_rest_is_read() {
    let whole = shared();
    let beginning = |input: &crate::open::Input| {
        let text = std::fs::read_to_string(&input.path).unwrap();
        crate::open::Input::memory(input.path.clone(), text.lines().take(30).map(|line| format!("{line}\n")).collect::<String>())
    };
    let logs = list(&[std::path::PathBuf::from("samples/split-brain/nodes")], &Choice::default()).inputs;
    let room = ingested(logs.iter().map(beginning).collect());
    let mut stage = Stage { model: Model::new("samples/split-brain", true, Theme::Plain, (120, 40)), left: Vec::new() };
    let inputs = logs.iter().map(|input| (input.path.clone(), input.size)).collect();
    stage.send(Message::Listed(inputs));
    stage.send(Message::Progress("read".into(), 10, 100));
    stage.send(Message::Glimpsed(Box::new(load(&room.path().join("case")).unwrap())));
    assert!(stage.screen().contains("2 shows how the files begin"), "no verdict is told of a part: {}", stage.screen());
    stage.keys("2/InnoDB<enter>");
    let place = stage.place();
    assert!(stage.screen().contains("read 10 %") && place.contains("mysqld"), "{}", stage.screen());
    stage.keys("b");
    assert!(stage.screen().contains("not before all is read"));
    let glimpsed = stage.model.texts.clone();
    let loaded = load(&whole.path().join("case")).unwrap();
    let (before, case) = (stage.model.case.clone().unwrap(), Arc::clone(&loaded.case));
    stage.send(Message::Opened(Box::new(loaded)));
    stage.send(Message::Read(Box::new(read(&case).unwrap())));
    stage.send(Message::Ready);
    assert_eq!(stage.place(), place, "the entry is where it was");
    let shown = stage.model.texts.clone();
    // What was asked of the glimpse and comes late is not taken for an answer about the whole.
    stage.send(Message::Texts(before.directory().to_owned(), glimpsed.into_iter().collect()));
    assert_eq!(stage.model.texts, shown);
    assert!(stage.screen().contains("/InnoDB  1/"), "the search goes on in the whole: {}", stage.screen());
    stage.keys("1");
    assert!(stage.screen().contains("Split brain"), "{}", stage.screen());
}

#[test]
fn reading_that_is_stopped_leaves_what_is_known() {
    let room = made("samples/split-brain");
    let mut stage = Stage { model: Model::new("samples/split-brain", true, Theme::Plain, (120, 40)), left: Vec::new() };
    stage.send(Message::Listed(vec![("a.log".into(), 100), ("b.log".into(), 5)]));
    stage.send(Message::Progress("read".into(), 10, 100));
    stage.send(Message::Glimpsed(Box::new(load(&room.path().join("case")).unwrap())));
    stage.keys(":cancel<enter>");
    assert!(stage.left.contains(&Effect::Cancel));
    stage.send(Message::Stopped);
    stage.send(Message::Ready);
    let screen = stage.screen();
    assert!(screen.contains("stopped: 2 files of 105 B not read to their end") && !screen.contains("cannot be opened"), "{screen}");
    stage.keys("2j/InnoDB<enter>");
    assert!(stage.place().contains("mysqld") && stage.screen().contains("/InnoDB"), "{}", stage.screen());
    stage.keys("<esc>j");
    assert!(stage.screen().contains("beginnings only"), "{}", stage.screen());
    stage.keys("b");
    assert!(stage.screen().contains("not while only how the files begin is read"), "{}", stage.screen());
    stage.keys("q");
    assert!(stage.left.contains(&Effect::Quit));
    // With nothing read at all it is said too.
    let mut stage = Stage { model: Model::new("x", true, Theme::Plain, (80, 24)), left: Vec::new() };
    stage.send(Message::Listed(vec![("a.log".into(), 100)]));
    stage.send(Message::Stopped);
    assert!(stage.screen().contains("nothing to show yet"), "{}", stage.screen());
}

#[test]
fn leaving_loses_nothing() {
    let room = made("samples/split-brain");
    let mut stage = Stage::new(&room, (100, 30));
    stage.keys("<esc><esc><esc>");
    assert!(!stage.left.contains(&Effect::Quit), "Esc never leaves");
    stage.keys("<enter><enter>bmseen by both<enter>ttwo words<enter>");
    assert_eq!(stage.model.notes.len(), 4);
    stage.keys("ftag:words<enter>");
    assert_eq!(stage.model.timeline.list.len(), 1, "a tag is found as soon as it is there");
    stage.keys("q");
    let Some(Effect::Save(saved)) = stage.left.iter().find(|effect| matches!(effect, Effect::Save(_))) else { panic!("{:?}", stage.left) };
    saved.write(&room.path().join("case")).unwrap();
    let mut again = Stage::new(&room, (100, 30));
    assert_eq!(again.model.timeline.filters.len(), 1);
    again.keys("2-");
    assert_eq!(again.place(), "samples/split-brain/nodes/k8s-node3/gxr-oracle-statefulset-0.mysqld.log:13");
    // A temporary case with notes asks before it is dropped.
    again.model.temporary = true;
    again.keys("q");
    assert!(!again.left.contains(&Effect::Quit));
    assert!(again.screen().contains("keep the case"), "{}", again.screen());
    again.keys("<C-u><enter>");
    assert!(again.left.contains(&Effect::Quit));
}

#[test]
fn stories_and_selections_are_exported() {
    let room = made("samples/split-brain");
    let mut stage = Stage::new(&room, (100, 30));
    let out = room.path().join("story.md");
    stage.keys(&format!("x<C-u>{}<enter>", out.display()));
    let story = std::fs::read_to_string(&out).unwrap();
    assert!(story.starts_with("# Split brain: k8s-node3 never died"), "{story}");
    assert!(story.contains("## What to do") && story.contains("mysqld.log:13"));
    stage.keys(&format!("x<C-u>{}<enter>", out.display()));
    assert!(stage.screen().contains("cannot write"), "nothing is ever replaced");
    let out = room.path().join("rows.md");
    stage.keys(&format!("2gvjjx<C-u>{}<enter>", out.display()));
    assert_eq!(std::fs::read_to_string(&out).unwrap().matches("```text").count(), 3);
    stage.keys("<esc>gy");
    assert!(
        matches!(stage.left.last(), Some(Effect::Copy(text)) if text.starts_with("samples/split-brain/nodes/k8s-node1/kubelet.log:1\n")),
        "{:?}",
        stage.left
    );
}

#[test]
fn a_key_right_after_esc_is_not_lost() {
    let mut stage = Stage::new(&shared(), (120, 40));
    stage.keys("2?<A-3>");
    assert_eq!((stage.model.page, stage.model.overlays.len()), (Page::Lanes, 0));
    stage.keys("2/err<A-x>or<enter>");
    assert!(stage.screen().contains("/error"), "what is being typed is not given up: {}", stage.screen());
}

#[test]
fn the_mouse_selects_scrolls_and_drags() {
    let mut stage = Stage::new(&shared(), (120, 40));
    let mouse = |stage: &mut Stage, what, column, row| stage.send(Message::Input(Input::Mouse(what, column, row)));
    let (_, at, _) = stage.model.tabs()[1];
    mouse(&mut stage, Mouse::Press, at + 1, 0);
    assert_eq!(stage.model.page, Page::Timeline);
    stage.keys("g");
    let list = stage.model.timeline_areas().list;
    mouse(&mut stage, Mouse::Press, 5, list.y + 1);
    assert_eq!(stage.model.timeline.selected, 1);
    mouse(&mut stage, Mouse::WheelDown, 5, list.y + 1);
    assert_eq!(stage.model.timeline.selected, 4);
    let detail = stage.model.timeline_areas().detail;
    mouse(&mut stage, Mouse::WheelDown, 5, detail.y + 1);
    assert_eq!((stage.model.timeline.selected, stage.model.timeline.detail_scroll > 0), (4, true), "the wheel turns what it is over");
    let area = stage.model.timeline_areas().histogram;
    let all = stage.model.timeline.list.len();
    mouse(&mut stage, Mouse::Press, 100, area.y + 1);
    mouse(&mut stage, Mouse::Drag, 110, area.y + 1);
    mouse(&mut stage, Mouse::Release, 110, area.y + 1);
    assert_eq!(stage.model.timeline.filters.len(), 1);
    assert!(stage.model.timeline.list.len() < all, "{}", stage.screen());
    let (from, to) = stage.model.shown_reach().unwrap();
    let drawn = &stage.model.timeline.histogram;
    assert_eq!((drawn.from, drawn.to), (from, to + 1), "the histogram shows the window");
    assert!(stage.screen().lines().nth(1).unwrap().starts_with(" 12-01 02:"), "{}", stage.screen());
    mouse(&mut stage, Mouse::Press, 10, area.y + 2);
    mouse(&mut stage, Mouse::Drag, 60, area.y + 2);
    mouse(&mut stage, Mouse::Release, 60, area.y + 2);
    assert_eq!(stage.model.timeline.filters.len(), 2, "a window in a window");
    let (start, end) = stage.model.shown_reach().unwrap();
    assert!(from <= start && end < to);
    stage.keys("-");
    assert_eq!(stage.model.shown_reach(), Some((from, to)), "and back");
}

#[test]
fn only_the_newest_answer_counts() {
    let mut stage = Stage::new(&shared(), (120, 40));
    stage.keys("2");
    let all = stage.model.timeline.list.len();
    let old = update(&mut stage.model, Message::Input(Input::Key(KeyEvent::new(KeyCode::Char('L'), KeyModifiers::NONE))));
    let new = update(&mut stage.model, Message::Input(Input::Key(KeyEvent::new(KeyCode::Char('-'), KeyModifiers::NONE))));
    let case = Arc::clone(stage.model.case.as_ref().unwrap());
    for effect in new.into_iter().chain(old) {
        if let Some(message) = answer(&case, effect, 0, &Arc::default()) {
            stage.send(message);
        }
    }
    assert_eq!(stage.model.timeline.list.len(), all, "the answer to the filter that is gone came last");
}

#[test]
fn a_case_that_cannot_be_opened_says_why() {
    let mut model = Model::new("x", false, Theme::Plain, (80, 24));
    let effects = update(&mut model, Message::Broken("no case\u{1b}[2J\nrun ingest".into()));
    assert!(effects.is_empty());
    let mut stage = Stage { model, left: Vec::new() };
    assert!(stage.screen().contains("\\u{1b}[2J"), "{}", stage.screen());
    for keys in ["2", "3", "4", "5", "6", "q"] {
        for letter in keys.chars() {
            stage.left.extend(update(&mut stage.model, Message::Input(Input::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)))));
        }
    }
    assert!(stage.left.contains(&Effect::Quit));
}

/// Anything that a person may do.
fn anything() -> impl Strategy<Value = Input> {
    let table: Vec<KeyEvent> = TABLE
        .iter()
        .flat_map(|row| row.keys)
        .map(|name| match *name {
            name if name.chars().count() == 1 => KeyEvent::new(KeyCode::Char(name.chars().next().unwrap()), KeyModifiers::NONE),
            "S-Tab" => KeyEvent::new(KeyCode::BackTab, KeyModifiers::NONE),
            "F1" => KeyEvent::new(KeyCode::F(1), KeyModifiers::NONE),
            "PgDn" => KeyEvent::new(KeyCode::PageDown, KeyModifiers::NONE),
            "PgUp" => KeyEvent::new(KeyCode::PageUp, KeyModifiers::NONE),
            "Home" => KeyEvent::new(KeyCode::Home, KeyModifiers::NONE),
            "End" => KeyEvent::new(KeyCode::End, KeyModifiers::NONE),
            name => named(&name.to_lowercase()),
        })
        .collect();
    let mice = [Mouse::Press, Mouse::Drag, Mouse::Release, Mouse::WheelUp, Mouse::WheelDown];
    prop_oneof![
        12 => proptest::sample::select(table).prop_map(Input::Key),
        3 => any::<char>().prop_map(|letter| Input::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE))),
        2 => (proptest::sample::select(mice.to_vec()), 0_u16..220, 0_u16..70).prop_map(|(what, column, row)| Input::Mouse(what, column, row)),
        1 => (0_u16..210, 0_u16..70).prop_map(|(width, height)| Input::Resize(width, height)),
        1 => ".{0,12}".prop_map(Input::Paste),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn no_keys_at_any_size_end_in_a_panic(size in (0_u16..210, 0_u16..70), inputs in proptest::collection::vec(anything(), 1..60)) {
        let mut stage = Stage::new(&shared(), size);
        for input in inputs {
            // Whoever types may not write files or notes here.
            if matches!(stage.model.overlays.last(), Some(Overlay::Prompt(prompt)) if !prompt.asking.is_query()) {
                stage.model.overlays.pop();
            }
            if matches!(input, Input::Key(key) if key.code == KeyCode::Char('b')) {
                continue;
            }
            stage.send(Message::Input(input));
            let mut terminal = Terminal::new(TestBackend::new(stage.model.width.max(1), stage.model.height.max(1))).unwrap();
            terminal.draw(|frame| _ = view(&stage.model, frame.buffer_mut())).unwrap();
        }
    }
}
