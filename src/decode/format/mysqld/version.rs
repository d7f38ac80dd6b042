//! Versions: which server a record says is running.
//!
//! In: a message. Out: product and version text. Must not know: headers.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// Parts of marks, one of which every text with a version holds: most messages have none.
static PARTS: LazyLock<[Finder<'static>; 5]> =
    LazyLock::new(|| ["ersion: ", "(mysqld ", "(mariadbd ", "(server ", "tarting MariaDB "].map(Finder::new));

/// Marks before a version, and what ends it.
const MARKS: &[(&str, &str)] = &[
    ("Version: '", "'"),
    ("(mysqld ", ")"),
    ("(mariadbd ", ")"),
    ("(server ", ")"),
    ("(Version: ", ")"),
    ("Starting MariaDB ", " "),
    ("Server version: ", "\n"),
    ("Server Version: ", "\n"),
];

/// Product (`mysql`, `percona`, `mariadb`) and version (kept whole: `8.0.23`, `5.7.29-log`, `10.11.18-MariaDB-0+deb12u1-log`) that a message
/// of mysqld states: `ready for connections`, `starting as process`, `Shutdown complete`, a crash block's own line.
pub fn stated_version(message: &str) -> Option<(&'static str, &str)> {
    PARTS.iter().find(|part| part.find(message.as_bytes()).is_some())?;
    let version = MARKS.iter().find_map(|(mark, end)| {
        let (_, after) = message.split_once(mark)?;
        let version = after.split_once(end).map_or(after, |(version, _)| version);
        let version = version.split_once(" source revision").map_or(version, |(version, _)| version);
        let version = version.split_once(' ').map_or(version, |(version, _)| version);
        let plausible = version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.') && version.len() <= 128;
        plausible.then_some(version)
    })?;
    let product = if message.contains("MariaDB") {
        "mariadb"
    } else if message.contains("Percona") {
        "percona"
    } else {
        "mysql"
    };
    Some((product, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_as_servers_state_them() {
        for (message, expected) in [
            ("/usr/sbin/mysqld: ready for connections. Version: '9.7.4-2'  socket: '/x'  port: 3340  (Debian).", Some(("mysql", "9.7.4-2"))),
            ("/opt/mysql-5.7/bin/mysqld (mysqld 5.7.29-log) starting as process 18932 ...", Some(("mysql", "5.7.29-log"))),
            (
                "/usr/sbin/mysqld: ready for connections.\nVersion: '8.0.26-17'  socket: '/x'  port: 3306  Percona Server (GPL), Release 17",
                Some(("percona", "8.0.26-17")),
            ),
            (
                "Starting MariaDB 10.11.18-MariaDB-0+deb12u1-log source revision 197f92be as process 31197",
                Some(("mariadb", "10.11.18-MariaDB-0+deb12u1-log")),
            ),
            ("mysqld (mysqld 10.4.12-MariaDB) starting as process 15413 ...", Some(("mariadb", "10.4.12-MariaDB"))),
            ("mariadbd (server 10.6.8-MariaDB) starting as process 1 ...", Some(("mariadb", "10.6.8-MariaDB"))),
            ("Received SHUTDOWN from user <via user signal>. Shutting down mysqld (Version: 8.0.29).", Some(("mysql", "8.0.29"))),
            ("Server version: 11.8.9-MariaDB-4 from Debian-log source revision: bf9193a9\n", Some(("mariadb", "11.8.9-MariaDB-4"))),
            ("Server upgrade from '80030' to '80034' started.", None),
            ("(mysqld x) is no version", None),
        ] {
            assert_eq!(stated_version(message), expected, "{message}");
        }
    }
}
