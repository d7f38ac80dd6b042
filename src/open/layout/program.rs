//! Programs: files that quote what logs say, and are none.
//!
//! In: a path. Out: whether its name is one of a program's source or of what it can say. Must not know: contents.

use super::names::unpacked;

/// Ends of names of sources and scripts.
const ENDS: &[&str] = &[
    "bash", "c", "cc", "cpp", "cs", "css", "cxx", "go", "h", "hpp", "java", "js", "jsx", "kt", "lua", "php", "pl", "pm", "proto", "ps1", "py", "pyi",
    "rb", "rs", "scala", "sh", "sql", "swift", "tf", "toml", "ts", "tsx", "zsh",
];

/// Catalogues of all that MySQL and MariaDB can say, which every server has beside it.
const CATALOGUES: &[&str] = &["errmsg.sys", "errmsg.txt", "errmsg-utf8.txt", "messages_to_clients.txt", "messages_to_error_log.txt"];

/// Whether a file's name says that it is the source of a program, a script, or a catalogue of messages.
pub fn is_program(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    CATALOGUES.contains(&file)
        || unpacked(file).rsplit_once('.').is_some_and(|(stem, end)| !stem.is_empty() && ENDS.iter().any(|known| end.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_and_scripts_by_their_names() {
        for path in ["a/check.sh", "mysql/georgian/errmsg.sys", "bundle.zip!/collector/run.py", "x.GO", "y.rs.gz", "schema.sql"] {
            assert!(is_program(path), "{path}");
        }
        for path in ["a.sh/kubelet.log", "py", ".sh", "error.log", "db.err", "dump.json", "go", "web.go.log", "0.log.20250102-030405.gz"] {
            assert!(!is_program(path), "{path}");
        }
    }
}
