use std::fmt::Write as _;

use proptest::prelude::*;

use crate::decode::format::FORMATS;
use crate::decode::frame::{Carry, Framer};

/// Every entry of `text`: format, first physical line, severity, code, fields asked for, message (line ends as `/`).
fn entries(text: &str, fields: &[&str]) -> Vec<String> {
    let framer = Framer::detect(text.as_bytes());
    let piece = framer.piece(text.as_bytes(), 1, 0, Carry::default(), true);
    assert_eq!(piece.lines, text.lines().count() as u64);
    (0..piece.entries.len())
        .map(|at| {
            let entry = piece.entry(at);
            let body = entry.format.body(&entry);
            let mut out = format!("{}:{}", entry.format.name(), entry.line);
            if let Some(severity) = entry.head.severity {
                write!(out, " {}", severity.name()).unwrap();
            }
            if let Some(code) = &body.code {
                write!(out, " {code}").unwrap();
            }
            for field in fields {
                if let Some(value) = body.field(field) {
                    write!(out, " {field}={}", value.replace('\n', "/")).unwrap();
                }
            }
            write!(out, " | {}", body.message.replace('\n', "/")).unwrap();
            out
        })
        .collect()
}

fn check(text: &str, fields: &[&str], expected: &[&str]) {
    assert_eq!(entries(text, fields), expected);
}

#[test]
fn samples_come_out_as_they_say() {
    for format in FORMATS {
        for (text, message) in format.samples() {
            let framer = Framer::detect(text.as_bytes());
            let piece = framer.piece(text.as_bytes(), 1, 0, Carry::default(), true);
            assert_eq!(piece.entries.len(), 1, "{}: {text}", format.name());
            let entry = piece.entry(0);
            assert_eq!((entry.format.name(), entry.format.body(&entry).message.as_ref()), (format.name(), *message));
        }
    }
}

const TRAILER: &str = "InnoDB: We intentionally generate a memory trap.\nInnoDB: Submit a detailed bug report to http://bugs.mysql.com.\nInnoDB: about forcing recovery.\n";

#[test]
fn an_assertion_with_its_crash_is_one_entry() {
    let text = format!(
        "2026-11-20T09:14:37.347517Z 10 [ERROR] InnoDB: Your database may be corrupt\n\
         2026-11-20 09:14:37 0x7f5534b746c0  InnoDB: Assertion failure in thread 140003933374144 in file btr0pcur.cc line 463\n\
         InnoDB: Failing assertion: btr_page_get_prev(next_page, mtr) == x\n{TRAILER}\
         09:14:37 UTC - mysqld got signal 6 ;\n\
         This could be because you hit a bug. It is also possible that this binary\n\nThread pointer: 0x7f54b4000d80\n\
         /opt/mysql-5.7/bin/mysqld(handle_fatal_signal+0x479)[0x55a44a6c37b9]\n\
         /opt/mysql-5.7/bin/mysqld(_Z16row_search_mvccPh15page_cur_mode_tP14row_prebuilt_tmm+0x479)[0x55a44a6c37b9]\n\n\
         Trying to get some variables.\nQuery (7f54b4001b40): DELETE FROM orders WHERE cust=488\nConnection ID (thread ID): 5\nStatus: NOT_KILLED\n\n\
         The manual page at http://dev.mysql.com/doc/mysql/en/crashing.html contains\n\
         information that should help you find out what is causing the crash.\n\
         2026-11-20T09:14:42.461631Z 0 [Note] InnoDB: Database was not shutdown normally!\n"
    );
    check(
        &text,
        &[
            "subsystem",
            "thread",
            "assert_file",
            "assert_line",
            "assert_expression",
            "assert_thread",
            "signal",
            "crash_time",
            "query",
            "connection",
            "status",
            "frames",
        ],
        &[
            "mysqld:1 error subsystem=InnoDB thread=10 | Your database may be corrupt",
            "mysqld:2 fatal subsystem=InnoDB thread=0x7f5534b746c0 assert_file=btr0pcur.cc assert_line=463 \
             assert_expression=btr_page_get_prev(next_page, mtr) == x assert_thread=140003933374144 signal=6 crash_time=09:14:37 UTC \
             query=DELETE FROM orders WHERE cust=488 connection=5 status=NOT_KILLED frames=_Z16row_search_mvccPh15page_cur_mode_tP14row_prebuilt_tmm | \
             Assertion failure in thread 140003933374144 in file btr0pcur.cc line 463/Failing assertion: btr_page_get_prev(next_page, mtr) == x/\
             We intentionally generate a memory trap./Submit a detailed bug report to http://bugs.mysql.com./about forcing recovery./mysqld got signal 6 ;/\
             This could be because you hit a bug. It is also possible that this binary//Thread pointer: 0x7f54b4000d80/\
             /opt/mysql-5.7/bin/mysqld(handle_fatal_signal+0x479)[0x55a44a6c37b9]/\
             /opt/mysql-5.7/bin/mysqld(_Z16row_search_mvccPh15page_cur_mode_tP14row_prebuilt_tmm+0x479)[0x55a44a6c37b9]//\
             Trying to get some variables./Query (7f54b4001b40): /Connection ID (thread ID): 5/Status: NOT_KILLED//\
             The manual page at http://dev.mysql.com/doc/mysql/en/crashing.html contains/information that should help you find out what is causing the crash.",
            "mysqld:21 info subsystem=InnoDB thread=0 | Database was not shutdown normally!",
        ],
    );
}

#[test]
fn the_dialect_of_8_0_11() {
    let text = format!(
        "2026-11-20T09:08:00.000001Z 0 [ERROR] [MY-000000] [InnoDB] InnoDB: Assertion failure: log0write.cc:1799:time_elapsed >= 0\nInnoDB: thread 140221\n{TRAILER}\
         09:08:00 UTC - mysqld got signal 6 ;\nkey_buffer_size=8388608\n"
    );
    let found = entries(&text, &["assert_file", "assert_line", "assert_expression", "assert_thread", "signal"]);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with(
            "mysqld:1 error MY-000000 assert_file=log0write.cc assert_line=1799 assert_expression=time_elapsed >= 0 assert_thread=140221 signal=6 | \
             Assertion failure: log0write.cc:1799:time_elapsed >= 0/thread 140221/We"
        ),
        "{found:?}"
    );
}

#[test]
fn a_record_between_assertion_and_signal_parts_them() {
    check(
        "2026-11-20T09:08:00.000001Z 7 [ERROR] [MY-013183] [InnoDB] Assertion failure: ut0ut.cc:553 thread 3300\n\
         2026-11-20T09:08:00.000002Z 0 [Note] [MY-012617] [InnoDB] other\n\
         InnoDB: We intentionally generate a memory trap.\nInnoDB: about forcing recovery.\n\
         2026-11-20T09:08:00Z UTC - mysqld got signal 6 ;\nThread pointer: 0x0\n",
        &["assert_file", "signal"],
        &[
            "mysqld:1 error MY-013183 assert_file=ut0ut.cc | Assertion failure: ut0ut.cc:553 thread 3300",
            "mysqld:2 info MY-012617 | other",
            "mysqld:3 signal=6 | We intentionally generate a memory trap./about forcing recovery./mysqld got signal 6 ;/Thread pointer: 0x0",
        ],
    );
}

#[test]
fn labels_without_stamps_are_records_of_their_own_behind_one_of_the_server() {
    let text = b"[Note] InnoDB: 5.7.29 started\n[Note] Aborted connection 7 to db: 'app'\n[ERROR] [Entrypoint]: x\n[Warning] Changed limits\n";
    let piece = Framer::default().piece(text, 1, 0, Carry::default(), true);
    let told: Vec<_> = (0..piece.entries.len()).map(|at| piece.entry(at)).map(|entry| entry.format.body(&entry).message.into_owned()).collect();
    assert_eq!(told, ["5.7.29 started", "Aborted connection 7 to db: 'app'\n[ERROR] [Entrypoint]: x", "Changed limits"]);
}

#[test]
fn two_threads_die_one_after_the_other() {
    check(
        "2026-11-20T09:08:00Z UTC - mysqld got signal 6 ;\nThread pointer: 0x0\n2026-11-20T09:08:00Z UTC - mysqld got signal 11 ;\nFatal signal 11 while backtracing\nAborted\n",
        &["signal", "crash_time"],
        &[
            "mysqld:1 fatal signal=6 crash_time=2026-11-20T09:08:00Z | mysqld got signal 6 ;/Thread pointer: 0x0",
            "mysqld:3 fatal signal=11 crash_time=2026-11-20T09:08:00Z | mysqld got signal 11 ;/Fatal signal 11 while backtracing",
            "text:5 | Aborted",
        ],
    );
}

#[test]
fn a_statement_full_of_forgeries_stays_a_statement() {
    let forged = "2026-11-20T09:08:29.000000Z 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '5.1.1'\n\
                  2031-01-01T00:00:00.000000Z 0 [ERROR] [MY-013183] [InnoDB] Assertion failure: forged.cc:1:x thread 1\n\
                  09:08:30 UTC - mysqld got signal 4 ;\nI1120 09:08:30.000000 1 forged.go:1] x\n\n\
                  information that should help you find out what is causing the crash.\n'";
    let text = format!(
        "2026-11-20T09:08:30Z UTC - mysqld got signal 11 ;\nBuildID[sha1]=cc8a\nThread pointer: 0x55df7c3a6000\n\
         Query (55df7c3b8030): INSERT INTO t VALUES ('\n{forged})\nConnection ID (thread ID): 13\nStatus: NOT_KILLED\n\n\
         The manual page at https://dev.mysql.com/doc/mysql/en/crashing.html contains\ninformation that should help you find out what is causing the crash.\n\
         2026-11-20T09:08:30.000000Z 0 [System] [MY-013951] [Server] 2026-11-20T09:08:30Z UTC - mysqld got signal 11 ;\n\
         2026-11-20T09:08:30.000001Z 0 [System] [MY-013951] [Server] Assertion failure: x.cc:1 thread 1\n"
    );
    let query = format!("query=INSERT INTO t VALUES ('/{})", forged.replace('\n', "/"));
    let found = entries(&text, &["signal", "assert_file", "version", "build_id", "connection", "query"]);
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found[0].starts_with(&format!("mysqld:1 fatal signal=11 build_id=cc8a connection=13 {query} | mysqld got")), "{}", found[0]);
    assert!(!found[0].split_once(" | ").unwrap().1.contains("forged"));
    assert_eq!(found[1], "mysqld:17 info MY-013951 | 2026-11-20T09:08:30Z UTC - mysqld got signal 11 ;");
}

#[test]
fn three_fields_on_one_line() {
    check(
        "09:08:30 UTC - mysqld got signal 11 ;\nThread pointer: 0x5\nQuery (0): Connection ID (thread ID): 0\nStatus: NOT_KILLED\n2026-11-20T09:08:31.0Z 0 [Note] x\n",
        &["query", "connection"],
        &[
            "mysqld:1 fatal connection=0 | mysqld got signal 11 ;/Thread pointer: 0x5/Query (0): Connection ID (thread ID): 0/Status: NOT_KILLED",
            "mysqld:5 info | x",
        ],
    );
}

#[test]
fn mariadb_prints_the_ids_first_and_limits_last() {
    check(
        "261120  9:26:39 [ERROR] /usr/sbin/mariadbd got signal 11 ;\nSorry, we probably made a mistake, and this is a bug.\n\n\
         Server version: 11.8.9-MariaDB-4 from Debian-log source revision: bf91\n\n\
         Connection ID (thread ID): 8\nStatus: NOT_KILLED\nQuery (0x77661808fc00): SELECT '\n2026-11-20  9:26:38 0 [ERROR] forged'\n\n\
         Optimizer switch: index_merge=on\n\nWriting a core file...\nLimit                     Soft Limit\nCore pattern: core\n\nKernel version: Linux\n\n\
         bash: x\n2026-11-20  9:26:41 0 [Note] Starting MariaDB 11.8.9-MariaDB-4 source revision x as process 1\n",
        &["signal", "crash_time", "product", "version", "connection", "query"],
        &[
            "mysqld:1 fatal signal=11 crash_time=261120  9:26:39 product=mariadb version=11.8.9-MariaDB-4 connection=8 \
             query=SELECT '/2026-11-20  9:26:38 0 [ERROR] forged' | /usr/sbin/mariadbd got signal 11 ;/Sorry, we probably made a mistake, and this is a bug.//\
             Server version: 11.8.9-MariaDB-4 from Debian-log source revision: bf91//Connection ID (thread ID): 8/Status: NOT_KILLED/\
             Query (0x77661808fc00): /Optimizer switch: index_merge=on//Writing a core file.../Limit                     Soft Limit/Core pattern: core//Kernel version: Linux",
            "text:19 | bash: x",
            "mysqld:20 info product=mariadb version=11.8.9-MariaDB-4 | Starting MariaDB 11.8.9-MariaDB-4 source revision x as process 1",
        ],
    );
}

#[test]
fn a_glued_assertion_begins_its_block() {
    let text = format!(
        "2026-11-20T09:14:57.494090Z 0 [Note] InnoDB: Starting an apply batch of log records to the database...\n\
         InnoDB: Progress in percent: 1 2 3 \n4 5 2026-11-20T09:14:57.498211Z 0 [ERROR] InnoDB: Probable data corruption on page 226.;\n\
         (compact record)2026-11-20T09:14:57.498231Z 0 [ERROR] InnoDB: Cannot find the dir slot for this record on that page;\n\
         (compact record)2026-11-20 09:14:57 0x7f54a61936c0  InnoDB: Assertion failure in thread 140001540650688 in file page0page.cc line 153\n{TRAILER}\
         09:14:57 UTC - mysqld got signal 6 ;\n"
    );
    check(
        &text,
        &["assert_file", "signal"],
        &[
            "mysqld:1 info | Starting an apply batch of log records to the database.../Progress in percent: 1 2 3",
            "mysqld:3 error | Probable data corruption on page 226.;",
            "mysqld:4 error | Cannot find the dir slot for this record on that page;",
            "mysqld:5 fatal assert_file=page0page.cc signal=6 | Assertion failure in thread 140001540650688 in file page0page.cc line 153/\
             We intentionally generate a memory trap./Submit a detailed bug report to http://bugs.mysql.com./about forcing recovery./mysqld got signal 6 ;",
        ],
    );
}

#[test]
fn a_header_cut_by_another_thread() {
    check(
        "2026-11-20 10:53:48 0x7fc9357fa6c02026-11-20T10:53:48.719387Z 0 [Note] InnoDB: 5.7.29 started; log sequence number 60091321\n\
         2026-11-20T10:53:48.719617Z 0 [ERROR] InnoDB: Your database may be corrupt\n\x20 InnoDB: Assertion failure in thread 14 in file fut0lst.ic line 93\n\
         InnoDB: Failing assertion: x\n10:53:48 UTC - mysqld got signal 6 ;\n",
        &["assert_file", "assert_expression", "signal"],
        &[
            "mysqld:1 info | 5.7.29 started; log sequence number 60091321",
            "mysqld:2 error | Your database may be corrupt",
            "mysqld:3 fatal assert_file=fut0lst.ic assert_expression=x signal=6 | Assertion failure in thread 14 in file fut0lst.ic line 93/\
             Failing assertion: x/mysqld got signal 6 ;",
        ],
    );
}

#[test]
fn a_record_cut_off_by_death_is_two() {
    let text = b"2024-10-03 18:06:30 0 [Warning] InnoDB: comple2024-10-03 18:06:33 0 [Note] Starting MariaDB 10.4.32-MariaDB source revision c as process 1\n";
    let piece = Framer::detect(text).piece(text, 1, 0, Carry::default(), true);
    let entry = piece.entry(0);
    let parts = entry.format.parts(&entry);
    let shown: Vec<_> = parts
        .into_iter()
        .map(|(range, head)| {
            let part = crate::decode::Entry { head, text: &entry.text[range], ..entry };
            (head.severity.unwrap().name(), entry.format.body(&part).message.into_owned())
        })
        .collect();
    assert_eq!(shown, [("warn", "comple".to_owned()), ("info", "Starting MariaDB 10.4.32-MariaDB source revision c as process 1".to_owned())]);
}

#[test]
fn a_monitor_joins_the_record_that_announces_it() {
    let monitor = "=====================================\n2026-11-20 09:16:31 0x7fed26ffd6c0 INNODB MONITOR OUTPUT\n=====================================\n\
                   LATEST DETECTED DEADLOCK\n2026-11-20 09:14:30 0x7f54b5e166c0\n*** (1) TRANSACTION:\nEND OF INNODB MONITOR OUTPUT\n============================\n";
    let text = format!(
        "2026-11-20T09:16:20.119123Z 0 [Warning] InnoDB: A long semaphore wait:\n\
         --Thread 140656958297792 has waited at log0log.cc line 1251 for 241  seconds the semaphore:\n\n\
         InnoDB: ###### Starts InnoDB Monitor for 30 secs to print diagnostic info:\nInnoDB: Pending preads 0, pwrites 1\n\n{monitor}\
         InnoDB: ###### Diagnostic info printed to the standard error stream\n\
         2026-11-20T09:17:20.119123Z 0 [Note] unrelated\n\n{monitor}"
    );
    let found = entries(&text, &["subsystem"]);
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(
        found[0].ends_with("END OF INNODB MONITOR OUTPUT/============================/###### Diagnostic info printed to the standard error stream"),
        "{}",
        found[0]
    );
    assert_eq!(found[1], "mysqld:16 info | unrelated");
    assert!(found[2].starts_with("mysqld:19 subsystem=InnoDB | INNODB MONITOR OUTPUT/====="), "{}", found[2]);
}

#[test]
fn records_of_several_lines_and_their_neighbours() {
    check(
        "150907 10:03:56 mysqld_safe Starting mysqld daemon with databases from /var/lib/mysql\n\
         150907 10:03:57 [ERROR] Aborting\n\n\
         150907 10:03:57 InnoDB: Database was not shut down normally!\nInnoDB: Starting crash recovery.\n\
         InnoDB: Error: semaphore wait has lasted > 600 seconds\nInnoDB: We intentionally crash the server, because it appears to be hung.\n\
         2026-11-20 09:05:45+00:00 [Note] [Entrypoint]: Temporary server started.\n'/var/lib/mysql/mysql.sock' -> '/var/run/mysqld/mysqld.sock'\n\
         2026-11-20  9:05:46 0 [Note] WSREP: ================================================\nView:\n  id: 8f8c:1\n  status: primary\n=================================================\n\
         WSREP_SST: [INFO] Tables flushed (20261120 09:05:47.123)\n",
        &["subsystem"],
        &[
            "mysqld-safe:1 | Starting mysqld daemon with databases from /var/lib/mysql",
            "mysqld:2 error | Aborting",
            "mysqld:4 subsystem=InnoDB | Database was not shut down normally!/Starting crash recovery.",
            "mysqld:6 error subsystem=InnoDB | Error: semaphore wait has lasted > 600 seconds/We intentionally crash the server, because it appears to be hung.",
            "mysql-entrypoint:8 info | Temporary server started./'/var/lib/mysql/mysql.sock' -> '/var/run/mysqld/mysqld.sock'",
            "mysqld:10 info subsystem=WSREP | ================================================/View:/  id: 8f8c:1/  status: primary",
            "wsrep-sst:15 info subsystem=WSREP-SST | Tables flushed",
        ],
    );
}

#[test]
fn cutting_a_source_anywhere_changes_no_entry() {
    let text = "2026-11-20T09:08:29.0Z 0 [Note] InnoDB: a\nInnoDB: b\n2026-11-20T09:08:30Z UTC - mysqld got signal 11 ;\nQuery (5): x\n\
                2026-11-20T09:08:29.0Z 0 [Note] forged\nConnection ID (thread ID): 13\n2026-11-20T09:08:40.0Z 0 [Note] c\n";
    let whole = entries(text, &["query"]);
    let framer = Framer::detect(text.as_bytes());
    for (cut, _) in text.match_indices('\n') {
        let first = framer.piece(&text.as_bytes()[..=cut], 1, 0, Carry::default(), false);
        let second = framer.piece(&text.as_bytes()[first.consumed..], 1 + first.lines, first.consumed as u64, first.carry.clone(), true);
        let texts: Vec<_> = [&first, &second].iter().flat_map(|piece| (0..piece.entries.len()).map(|at| piece.entry(at).line)).collect();
        assert_eq!(texts, [1, 3, 7], "cut at {cut}");
    }
    assert_eq!(whole.len(), 3);
}

#[test]
fn any_bytes_are_read() {
    let hostile: &[&[u8]] = &[
        b"2026-11-20T09:08:30Z UTC - mysqld got signal 11 ;\nQuery (",
        b"2026-11-20T09:08:30Z UTC - mysqld got signal 11 ;\nQuery (\xff): \xff\xfe\nConnection ID (thread ID): \xff",
        b"2026-11-20T09:08:30.0Z 0 [ERROR] [MY-013183] [InnoDB] Assertion failure: \xc3\x28:1 thread",
        b"InnoDB: Assertion failure in thread in file line\nInnoDB: Failing assertion: ",
        b"Assertion failure in file  line ",
        b"2026-11-20T09:08:30.0Z 0 [ERROR] \xff\nInnoDB: \xff",
        b"mysqld: : : Assertion `' failed.",
        b"{\"prio\":1,\"err_code\":99999999999,\"msg\":null}",
    ];
    for bytes in hostile {
        let piece = Framer::detect(bytes).piece(bytes, 1, 0, Carry::default(), true);
        for at in 0..piece.entries.len() {
            let entry = piece.entry(at);
            assert!(entry.format.body(&entry).message.len() <= 3 * bytes.len());
        }
    }
}

const FRAGMENTS: &[&str] = &[
    "2026-11-20T09:08:29.0Z 0 [Note] [MY-010000] [Server] x",
    "2026-11-20T09:08:29.0Z 0 [ERROR] [MY-013183] [InnoDB] Assertion failure: a.cc:1:b thread 1",
    "2026-11-20 09:08:29 0x7f  InnoDB: Assertion failure in thread 1 in file a.cc line 1",
    "2026-11-20T09:08:30Z UTC - mysqld got signal 11 ;",
    "09:08:30 UTC - mysqld got signal 6 ;",
    "261120  9:08:30 [ERROR] mariadbd got signal 6 ;",
    "InnoDB: We intentionally generate a memory trap.",
    "InnoDB: Progress in percent: 1 2 32026-11-20T09:08:29.0Z 0 [Note] y",
    "Query (0x5): SELECT",
    "Connection ID (thread ID): 5",
    "Optimizer switch: a=on",
    "information that should help you find out what is causing the crash.",
    "Kernel version: Linux",
    "Fatal signal 11 while backtracing",
    "=====================================",
    "2026-11-20 09:16:31 0x7fed26ffd6c0 INNODB MONITOR OUTPUT",
    "190810 05:34:46 mysqld_safe x",
    "mysqld: Can't",
    "",
    "prose",
];

proptest! {
    #[test]
    fn any_mixture_keeps_its_lines_wherever_it_is_cut(picks in prop::collection::vec(0..FRAGMENTS.len(), 1..24), cut in 0_usize..24) {
        let lines: Vec<&str> = picks.iter().map(|pick| FRAGMENTS[*pick]).collect();
        let text = lines.join("\n") + "\n";
        let framer = Framer::detect(text.as_bytes());
        let shown = |piece: &crate::decode::Piece<'_>| -> Vec<(u64, &'static str, usize)> {
            piece.entries.iter().map(|entry| (entry.line, entry.format.name(), entry.end - entry.start)).collect()
        };
        let whole = framer.piece(text.as_bytes(), 1, 0, Carry::default(), true);
        let covered: usize = (0..whole.entries.len()).map(|at| whole.entry(at).text.split(|byte| *byte == b'\n').count()).sum();
        prop_assert_eq!(covered, lines.len());
        let cut: usize = lines.iter().take(cut).map(|line| line.len() + 1).sum();
        let first = framer.piece(&text.as_bytes()[..cut], 1, 0, Carry::default(), false);
        let second = framer.piece(&text.as_bytes()[first.consumed..], 1 + first.lines, first.consumed as u64, first.carry.clone(), true);
        let both: Vec<_> = shown(&first).into_iter().chain(shown(&second)).collect();
        prop_assert_eq!(both, shown(&whole));
        for at in 0..whole.entries.len() {
            let entry = whole.entry(at);
            let body = entry.format.body(&entry);
            prop_assert!(body.field("query").is_none() || body.field("crash_time").is_some());
        }
    }
}
