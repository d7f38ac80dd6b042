//! Command lines in, streams and exit codes out.

use std::fs;
use std::io;

use super::*;

/// What a command line printed, and its exit code.
fn ran(args: &[&str]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let words = std::iter::once("necropsy").chain(args.iter().copied()).map(OsString::from);
    let code = run(words, Terminal::default(), &mut out, &mut err);
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

#[test]
fn help_tells_what_can_be_done() {
    for (name, args) in [
        ("necropsy", &["--help"][..]),
        ("scan", &["scan", "--help"]),
        ("sources", &["sources", "--help"]),
        ("ingest", &["ingest", "--help"]),
        ("case", &["case", "--help"]),
        ("search", &["search", "--help"]),
        ("timeline", &["timeline", "--help"]),
        ("entity", &["entity", "--help"]),
        ("open", &["open", "--help"]),
        ("note", &["note", "--help"]),
        ("explain", &["explain", "--help"]),
        ("patterns", &["patterns", "--help"]),
    ] {
        let (code, out, err) = ran(args);
        assert_eq!((code, err.as_str()), (DONE, ""), "{name}");
        insta::assert_snapshot!(format!("help_{name}"), out);
    }
    assert_eq!(ran(&["--version"]).1, format!("necropsy {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn slips_are_told_with_what_would_be_right() {
    for (args, told) in [
        (&["scna", "x"][..], "similar subcommand exists: 'scan'"),
        (&["scan", "x", "--formt", "json"], "--format"),
        (&["scan", "x", "--format", "xml"], "[possible values: text, json, jsonl]"),
        (&["scan", "x", "--tz", "Asia/Shanghai"], "write it as +08:00"),
        (&["scan", "x", "--collected-at", "yesterday"], "2017-12-01T03:00:00Z"),
        (&["scan", "x", "--year", "17"], "1970..=9999"),
        (&["scan", "x", "--node", "node-1"], "GLOB=NAME"),
        (&["scan", "x", "--include", "[a"], "--include `[a`"),
        (&["scan", "x", "--patterns", "/nowhere"], "`/nowhere`: not a directory"),
        (&["explain", "no-such-cause"], "`necropsy patterns list` lists them"),
        (&[], "Usage: necropsy"),
    ] {
        let (code, out, err) = ran(args);
        assert_eq!((code, out.as_str()), (UNUSABLE, ""), "{args:?}");
        assert!(err.contains(told), "{args:?}: {err}");
    }
}

#[test]
fn what_can_be_read_is_reported_even_if_something_is_missing() {
    let room = tempfile::tempdir().unwrap();
    let (there, gone) = (room.path().join("a.log"), room.path().join("gone\u{1b}[2J"));
    fs::write(&there, "one\ntwo\n").unwrap();
    let (code, out, err) = ran(&["scan", "--format", "json", there.to_str().unwrap(), gone.to_str().unwrap()]);
    assert_eq!(code, UNUSABLE);
    assert!(err.contains("gone\\u{1b}[2J`: not found"), "{err}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((report["sources"][0]["lines"].as_u64(), report["sources"][1]["problems"][0]["what"].as_str()), (Some(2), Some("not found")));

    let (code, out, err) = ran(&["scan", there.to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (DONE, ""));
    assert!(out.starts_with("No known cause of trouble found. 1 source, 8 B, 2 records\n"), "{out}");
}

#[test]
fn an_empty_directory_is_nothing_to_read() {
    let room = tempfile::tempdir().unwrap();
    let (code, _, err) = ran(&["scan", room.path().to_str().unwrap()]);
    assert_eq!(code, UNUSABLE);
    assert!(err.contains("nothing could be read"), "{err}");
}

#[test]
fn sources_tell_what_was_detected() {
    let room = tempfile::tempdir().unwrap();
    let folder = room.path().join("nodes/node-1");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("kubelet.log"), "one\n").unwrap();
    let (code, out, _) = ran(&["sources", room.path().to_str().unwrap()]);
    assert_eq!(code, DONE);
    for told in ["nodes/node-1/kubelet.log", "component  kubelet", "node       node-1", "holds      4 B, 1 line, 1 record", "1 source, 4 B, 1 record"]
    {
        assert!(out.contains(told), "{told}: {out}");
    }
    let (_, out, _) = ran(&["sources", "--node", "node-1/**=atlas", "--format", "json", room.path().to_str().unwrap()]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&out).unwrap()[0]["node"], "atlas");
}

#[test]
fn formats_and_patterns_are_listed() {
    let (code, out, _) = ran(&["formats"]);
    assert_eq!(code, DONE);
    assert!(out.contains("kube-controller-manager") && out.contains("text"), "{out}");
    for action in ["list", "check", "test"] {
        assert_eq!(ran(&["patterns", action]).0, DONE, "{action}");
    }
}

#[test]
fn a_closed_pipe_is_no_failure() {
    struct Closed(io::ErrorKind);
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for (kind, code) in [(io::ErrorKind::BrokenPipe, DONE), (io::ErrorKind::StorageFull, UNUSABLE)] {
        let mut err = Vec::new();
        let words = ["necropsy", "formats"].map(OsString::from);
        assert_eq!(run(words, Terminal::default(), &mut Closed(kind), &mut err), code);
        assert_eq!(err.is_empty(), code == DONE);
    }
}
