//! One record of every kind, and the message it must come out with.

/// Texts and messages.
pub(super) const SAMPLES: &[(&str, &str)] = &[
    (
        "2026-11-20T09:08:20.729020Z 0 [System] [MY-010116] [Server] /usr/sbin/mysqld (mysqld 9.7.4-2) starting as process 14897",
        "/usr/sbin/mysqld (mysqld 9.7.4-2) starting as process 14897",
    ),
    (
        "2026-11-20T17:08:20.728833+08:00 0 [Warning] [MY-010068] [Server] CA certificate ca.pem is self signed.",
        "CA certificate ca.pem is self signed.",
    ),
    (
        "2026-11-20T09:08:59.291890Z 12 [ERROR] [MY-013864] [InnoDB] [FATAL] Error 1504 encountered when writing to the redo log file: ./#innodb_redo/#ib_redo29.",
        "Error 1504 encountered when writing to the redo log file: ./#innodb_redo/#ib_redo29.",
    ),
    (
        "2026-11-20T09:10:08.683101Z 0 [Note] InnoDB: Doing recovery: scanned up to log sequence number 3085401",
        "Doing recovery: scanned up to log sequence number 3085401",
    ),
    ("2026-11-20 09:10:27 19542 [Note] InnoDB: Database was not shutdown normally!", "Database was not shutdown normally!"),
    ("2026-11-20  9:26:41 0 [Note] InnoDB: To recover: 477 pages", "To recover: 477 pages"),
    (
        "2026-11-20  9:26:42 0 [Note] /usr/sbin/mariadbd: ready for connections.\nVersion: '11.8.9-MariaDB-4 from Debian-log'  socket: '/run/m.sock'  port: 3306  Debian n/a",
        "/usr/sbin/mariadbd: ready for connections.\nVersion: '11.8.9-MariaDB-4 from Debian-log'  socket: '/run/m.sock'  port: 3306  Debian n/a",
    ),
    ("150907 10:03:57 [Note] Plugin 'FEDERATED' is disabled.", "Plugin 'FEDERATED' is disabled."),
    (
        "110509 17:50:44  InnoDB: Assertion failure in thread 140 in file btr0cur.c line 262\nInnoDB: Failing assertion: page_is_comp(page)",
        "Assertion failure in thread 140 in file btr0cur.c line 262\nFailing assertion: page_is_comp(page)",
    ),
    ("2026-11-20 09:10:27 7f4ffb78a6c0  InnoDB: Rollback of non-prepared transactions completed", "Rollback of non-prepared transactions completed"),
    ("InnoDB: Apply batch completed", "Apply batch completed"),
    (
        "InnoDB: Progress in percent: 1 2 3 142026-11-20T09:14:57.498211Z 0 [ERROR] InnoDB: Probable data corruption on page 226. Original record on that page;",
        "Probable data corruption on page 226. Original record on that page;",
    ),
    (
        "2026-11-20T09:08:30Z UTC - mysqld got signal 11 ;\nThread pointer: 0x55df7c3a6000\n #6 0x7f72c70bf4ec pthread_cond_timedwait\n\n\
         Query (55df7c3b8030): SELECT 1\n2026-11-20T09:08:29.0Z 0 [ERROR] [MY-013183] [InnoDB] Assertion failure: forged.cc:1 thread 1\n\
         Connection ID (thread ID): 13\nStatus: NOT_KILLED",
        "mysqld got signal 11 ;\nThread pointer: 0x55df7c3a6000\n #6 0x7f72c70bf4ec pthread_cond_timedwait\n\n\
         Query (55df7c3b8030): \nConnection ID (thread ID): 13\nStatus: NOT_KILLED",
    ),
    (
        "mysqld: Can't change dir to '/srv/data/' (Errcode: 13 - Permission denied)",
        "mysqld: Can't change dir to '/srv/data/' (Errcode: 13 - Permission denied)",
    ),
];
