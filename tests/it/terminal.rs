//! The terminal UI as people use it: the real program in a real terminal, which tmux plays.
//!
//! Where there is no tmux these tests say so and pass; `.ci/run` installs it if it can.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::kit::root;

/// How long a screen is waited for; a busy machine is slow, a broken program is never in time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal with a shell in it.
struct Terminal {
    room: TempDir,
}

impl Terminal {
    /// A shell at the project's root, on a screen of this size; `None`: there is no tmux.
    #[expect(clippy::print_stderr, reason = "a test that does nothing says so")]
    fn new(width: u16, height: u16) -> Option<Self> {
        let found = Command::new("tmux").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        if !found {
            eprintln!("skipped: there is no tmux to play a terminal");
            return None;
        }
        let terminal = Self { room: tempfile::tempdir().unwrap() };
        std::fs::create_dir(terminal.tmp()).unwrap();
        let (width, height) = (width.to_string(), height.to_string());
        let mut command = terminal.command(&["-f", "/dev/null", "new-session", "-d", "-x", &width, "-y", &height, "PS1='shell> ' exec sh"]);
        command.current_dir(root()).env("TMPDIR", terminal.tmp()).env("NO_COLOR", "1").env_remove("COLORTERM").env_remove("ENV");
        assert!(command.status().unwrap().success());
        terminal.shows("shell>");
        Some(terminal)
    }

    /// Where the program puts temporary cases.
    fn tmp(&self) -> std::path::PathBuf {
        self.room.path().join("tmp")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        // A socket of its own: no other session is touched.
        command.arg("-S").arg(self.room.path().join("socket")).args(args).env_remove("TMUX");
        command
    }

    fn tmux(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Presses keys by their names in tmux.
    fn keys(&self, keys: &[&str]) -> &Self {
        let mut args = vec!["send-keys"];
        args.extend(keys);
        self.tmux(&args);
        self
    }

    /// Types a command.
    fn types(&self, text: &str) -> &Self {
        self.tmux(&["send-keys", "-l", text]);
        self.keys(&["Enter"])
    }

    fn opens(&self, what: &Path) -> &Self {
        self.types(&format!("{} open {}", env!("CARGO_BIN_EXE_necropsy"), what.display()))
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Waits until the screen shows this.
    #[track_caller]
    fn shows(&self, text: &str) -> &Self {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if screen.contains(text) {
                return self;
            }
            assert!(start.elapsed() < PATIENCE, "`{text}` never came:\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the shell asks for the next command.
    #[track_caller]
    fn is_left(&self) -> &Self {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if screen.lines().rfind(|line| !line.trim().is_empty()).is_some_and(|line| line.trim() == "shell>") {
                return self;
            }
            assert!(start.elapsed() < PATIENCE, "it never left:\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Files that the program left behind.
    fn leftovers(&self) -> usize {
        std::fs::read_dir(self.tmp()).unwrap().count()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        drop(self.command(&["kill-server"]).status());
    }
}

#[test]
fn from_open_to_the_proof_in_two_keys() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.opens(Path::new("samples/split-brain")).shows("Split brain: k8s-node3 never died").shows("Enter story");
    terminal.keys(&["Enter"]).shows("is alive");
    terminal.keys(&["Enter"]).shows("Aborted connection 2241");
    // The index of words is built behind the page; what is searched for is found at any time.
    terminal.keys(&["g", "/"]).types("FLAG").shows("/FLAG").shows("/6");
    terminal.tmux(&["resize-window", "-x", "120", "-y", "40"]);
    terminal.shows("record");
    // A click on the name of a page, as a terminal tells it.
    terminal.tmux(&["send-keys", "-l", "\u{1b}[<0;25;1M\u{1b}[<0;25;1m"]);
    terminal.shows("states over time");
    terminal.keys(&["?"]).shows("a shorter time, wider").keys(&["Escape"]).shows("states over time");
    terminal.keys(&["C-z"]).is_left().types("fg").shows("states over time");
    assert_eq!(terminal.leftovers(), 1, "the temporary case");
    terminal.keys(&["q"]).is_left().types("echo left with $?").shows("left with 0");
    assert_eq!(terminal.leftovers(), 0, "the temporary case is gone");
}

#[test]
fn a_case_is_where_it_was_left() {
    let Some(terminal) = Terminal::new(100, 30) else { return };
    let case = terminal.room.path().join("case");
    let made = Command::new(env!("CARGO_BIN_EXE_necropsy"))
        .args(["ingest", "samples/split-brain", "--case"])
        .arg(&case)
        .current_dir(root())
        .stdout(Stdio::null())
        .status();
    assert!(made.unwrap().success());
    terminal.opens(&case).shows("Enter story").keys(&["2", "m"]).shows("comment").types("look here").shows("noted");
    terminal.keys(&["f"]).types("severity>=error").shows("severity>=error").keys(&["q"]).is_left();
    terminal.opens(&case).shows("Enter story").keys(&["6"]).shows("look here").keys(&["2"]).shows("severity>=error");
    terminal.keys(&["q"]).is_left();
}

#[test]
fn a_program_that_is_ended_puts_the_terminal_back() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.opens(Path::new("samples/split-brain")).shows("Enter story");
    let pid = terminal.tmux(&["display-message", "-p", "#{pane_pid}"]);
    let children = Command::new("ps").args(["-o", "pid=", "--ppid", pid.trim()]).output();
    let Ok(children) = children.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()) else { return };
    assert!(Command::new("kill").args(["-TERM", &children]).status().unwrap().success());
    terminal.is_left().types("stty -a | tr ' ' '\\n' | grep -c '^icanon'").shows("\n1\n");
    assert_eq!(terminal.leftovers(), 0, "the temporary case is gone");
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_puts_the_terminal_back() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.types("export NECROPSY_PANIC_IN_SEARCH=1 RUST_BACKTRACE=0");
    terminal.opens(Path::new("samples/split-brain")).shows("Enter story");
    terminal.keys(&["2", "/"]).types("FLAG").shows("a panic on purpose").is_left();
    terminal.types("stty -a | tr ' ' '\\n' | grep -c '^icanon'").shows("\n1\n");
    assert_eq!(terminal.leftovers(), 0, "the temporary case is gone");
}

#[test]
fn a_terminal_that_goes_away_ends_the_program() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.opens(Path::new("samples/split-brain")).shows("Enter story");
    assert_eq!(terminal.leftovers(), 1);
    terminal.tmux(&["kill-server"]);
    let start = Instant::now();
    while terminal.leftovers() > 0 {
        assert!(start.elapsed() < PATIENCE, "it goes on without a terminal");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn without_a_terminal_it_says_what_else_there_is() {
    let output = Command::new(env!("CARGO_BIN_EXE_necropsy")).args(["open", "samples"]).current_dir(root()).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(err.contains("no terminal") && err.contains("necropsy scan"), "{err}");
    let output = Command::new(env!("CARGO_BIN_EXE_necropsy")).args(["open", "--keys"]).stdin(Stdio::null()).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("next-evidence"));
}
