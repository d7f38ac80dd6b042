//! Strangers: what programs say that no cause is about, in words that databases and Kubernetes use too. Nobody may be accused of it.

use necropsy::finding::Finding;

use crate::case::scanned;

/// What lies in a bundle beside the logs that matter: programs that necropsy does not know, manuals, sources. By name, as such programs print it.
const STRANGERS: &[(&str, &str)] = &[
    (
        "python",
        "\
2025-03-01 10:00:01,123 ERROR cache.write failed to write /var/cache/x
Traceback (most recent call last):
  File \"/app/cache.py\", line 12, in write
    handle.flush()
OSError: [Errno 28] No space left on device
2025-03-01 10:00:02,001 ERROR worker OSError: [Errno 30] Read-only file system: '/data/x'
2025-03-01 10:00:03,004 ERROR worker OSError: [Errno 5] Input/output error
2025-03-01 10:00:03,104 ERROR worker OSError: [Errno 116] Stale file handle: '/mnt/nfs'
2025-03-01 10:00:04,500 WARNING pool Too many connections, waiting
2025-03-01 10:00:05,000 ERROR pool could not connect: errno: 12
2025-03-01 10:00:06,000 CRITICAL worker Out of memory; giving up
",
    ),
    (
        "java",
        "\
01-Mar-2025 10:00:00.123 INFO [main] org.apache.catalina.startup.Catalina.start Server startup in [1234] milliseconds
2025-03-01 10:00:00.500  INFO 1 --- [main] o.s.b.w.e.tomcat.TomcatWebServer : Tomcat started on port 8080
java.io.IOException: No space left on device
\tat java.base/java.io.FileOutputStream.writeBytes(Native Method)
java.io.IOException: Read-only file system
com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure
Caused by: java.net.ConnectException: Connection refused (Connection refused)
2025-03-01 10:00:07.000 ERROR 1 --- [nio-1] c.s.Orders : Data source rejected establishment of connection, message from server: \"Too many connections\"
Aborting.
Shutdown complete
2025-03-01 10:00:09.000  INFO 1 --- [main] org.quartz.core.QuartzScheduler : Scheduler QuartzScheduler_$_NON_CLUSTERED : Shutdown complete
",
    ),
    (
        "postgres",
        "\
2025-03-01 09:59:58.000 UTC [1] LOG:  starting PostgreSQL 16.2 on x86_64-pc-linux-gnu
2025-03-01 09:59:59.000 UTC [1] LOG:  database system was interrupted; last known up at 2025-03-01 09:40:12 UTC
2025-03-01 09:59:59.500 UTC [27] LOG:  database system was not properly shut down; automatic recovery in progress
2025-03-01 10:00:00.000 UTC [1] LOG:  database system is ready to accept connections
2025-03-01 10:02:00.000 UTC [90] FATAL:  sorry, too many clients already
2025-03-01 10:03:00.000 UTC [91] ERROR:  could not extend file \"base/16384/16397\": No space left on device
2025-03-01 10:03:01.000 UTC [91] PANIC:  could not write to file \"pg_wal/xlogtemp.91\": No space left on device
2025-03-01 10:04:00.000 UTC [92] ERROR:  deadlock detected
2025-03-01 10:05:00.000 UTC [1] LOG:  received fast shutdown request
",
    ),
    (
        "nginx",
        "\
2025/03/01 10:00:00 [crit] 31#31: *17 pwrite() \"/var/lib/nginx/tmp/proxy/1\" failed (28: No space left on device) while reading upstream
2025/03/01 10:00:01 [crit] 31#31: *18 open() \"/var/log/nginx/x\" failed (30: Read-only file system)
2025/03/01 10:00:02 [alert] 31#31: *19 socket() failed (24: Too many open files) while connecting to upstream
2025/03/01 10:00:03 [error] 31#31: *20 connect() failed (111: Connection refused) while connecting to upstream, upstream: \"http://10.0.0.7:8080/api/v1/users\"
",
    ),
    (
        "go",
        "\
{\"level\":\"info\",\"ts\":\"2025-03-01T10:00:00Z\",\"msg\":\"Starting\",\"version\":\"v2.3.1\"}
{\"level\":\"error\",\"ts\":\"2025-03-01T10:00:01Z\",\"msg\":\"write failed\",\"error\":\"write /data/x: no space left on device\"}
{\"level\":\"error\",\"ts\":\"2025-03-01T10:00:02Z\",\"msg\":\"call failed\",\"err\":\"Get \\\"http://billing.shop.svc:8080/api/v1/invoices?limit=10\\\": dial tcp 10.96.8.8:8080: connect: connection refused\"}
{\"level\":\"info\",\"ts\":\"2025-03-01T10:00:03Z\",\"msg\":\"received signal; shutting down\"}
2025/03/01 10:00:04 Get \"http://billing.shop.svc/api/v2/invoices\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)
2025/03/01 10:00:05 received terminated signal, shutting down gracefully
Version: v2.3.1
FLAG: --node=\"x\"
",
    ),
    (
        "cockroach",
        "\
F250301 10:00:00.000000 153 vendor/go.etcd.io/etcd/raft/log.go:203 [n1,s1,r12/1:/Table/13] tocommit(58) is out of range [lastIndex(57)]. Was the raft log corrupted, truncated, or lost?
F250301 10:00:01.000000 154 go.etcd.io/raft/v3/log.go:322  [T1,n2,s2,r7/3:/System] 231  tocommit(9) is out of range [lastIndex(7)]. Was the raft log corrupted, truncated, or lost?
",
    ),
    (
        "swarm",
        "\
time=\"2025-03-01T10:00:00.123456789Z\" level=fatal msg=\"tocommit(88) is out of range [lastIndex(87)]\" module=raft node=2yp3
",
    ),
    (
        "fortran",
        "\
************************ FATAL ERROR ***************************
*           Some molecules name missing. Check your            *
****************************************************************
 **** FATAL ERROR! No. Atoms in coordinate does not equal to NATOMS ****
--- STACK TRACE
--- CURRENT CLIENT INFO
",
    ),
    (
        "copies",
        "\
xtrabackup: Error writing file '/backup/ibdata1' (OS errno 27 - File too large)
cp: error writing '/backup/ibdata1': File too large
rsync: [receiver] write failed on \"/backup/x\": File too large (27)
Error writing file '/backup/x' (errno: 27 - File too large)
Last_Errno: 0
Last_SQL_Errno: 0
Last_IO_Errno: 0
",
    ),
    (
        "memberlist",
        "\
2025/03/01 10:00:00 [INFO] memberlist: Suspect app-2 has failed, no acks received
2025/03/01 10:00:01 [WARN] suspecting node: app-2
2025/03/01 10:00:02 [ERR] Unrecoverable. Need to abort
crashed by signal 11
=== ASSERTION FAILED ===
",
    ),
    (
        "tools",
        "\
grep: write error: No space left on device
rsync: write failed on \"/backup/x\": No space left on device (28)
cp: error writing 'x': Input/output error
tar: option '--foo' is ambiguous; possibilities: '--format' '--force-local'
ls: option '--sort' requires an argument
mysqldump: [ERROR] unknown option '--foo'
mysqldump: Got errno 28 on write
mysql: [ERROR] unknown variable 'default-charset=utf8'
npm ERR! nospc ENOSPC: no space left on device, write
#8 ERROR: failed to solve: write /var/lib/x: no space left on device
",
    ),
    (
        "xtrabackup",
        "\
2025-03-01T10:00:00.112233-00:00 0 [Note] [MY-011825] [Xtrabackup] recognized client arguments: --backup=1 --target-dir=/backup/
xtrabackup version 8.0.31-24 based on MySQL server 8.0.31 Linux (x86_64) (revision id: f0754edb)
2025-03-01T10:00:01.112233-00:00 0 [Note] [MY-011825] [Xtrabackup] Copying ./shop/orders.ibd to /backup/shop/orders.ibd
2025-03-01T10:00:02.112233-00:00 0 [ERROR] [MY-011825] [Xtrabackup] write() failed: No space left on device
2025-03-01T10:00:02.212233-00:00 0 [ERROR] [MY-011825] [Xtrabackup] failed to copy datafile.
",
    ),
    (
        "web",
        "\
2025-03-01 10:05:00 WARN Too many requests, please try again later.
2025-03-01 10:05:01 WARN Too many requests, please try again later.
2025-03-01 10:05:02 WARN Too many requests, please try again later.
2025-03-01 10:05:03 WARN Too many requests, please try again later.
2025-03-01 10:05:04 WARN Too many requests, please try again later.
2025-03-01 10:05:05 WARN Too many requests, please try again later.
2025-03-01 10:05:06 WARN Too many requests, please try again later.
2025-03-01 10:05:07 WARN Too many requests, please try again later.
2025-03-01 10:05:08 WARN Too many requests, please try again later.
2025-03-01 10:05:09 WARN Too many requests, please try again later.
2025-03-01 10:05:10 WARN Too many requests, please try again later.
2025-03-01 10:05:11 WARN Too many requests, please try again later.
2025-03-01 10:05:12 WARN Too many requests, please try again later.
2025-03-01 10:05:13 WARN Too many requests, please try again later.
2025-03-01 10:05:14 WARN Too many requests, please try again later.
2025-03-01 10:05:15 WARN Too many requests, please try again later.
2025-03-01 10:05:16 WARN Too many requests, please try again later.
2025-03-01 10:05:17 WARN Too many requests, please try again later.
2025-03-01 10:05:18 WARN Too many requests, please try again later.
2025-03-01 10:05:19 WARN Too many requests, please try again later.
2025-03-01 10:05:20 WARN Too many requests, please try again later.
2025-03-01 10:05:21 WARN Too many requests, please try again later.
2025-03-01 10:05:22 WARN Too many requests, please try again later.
2025-03-01 10:05:23 WARN Too many requests, please try again later.
2025-03-01 10:05:24 WARN Too many requests, please try again later.
2025-03-01 10:05:25 WARN Too many requests, please try again later.
2025-03-01 10:05:26 WARN Too many requests, please try again later.
2025-03-01 10:05:27 WARN Too many requests, please try again later.
2025-03-01 10:05:28 WARN Too many requests, please try again later.
2025-03-01 10:05:29 WARN Too many requests, please try again later.
",
    ),
    (
        "signals",
        "\
{\"level\":\"info\",\"ts\":\"2025-03-01T10:00:00Z\",\"msg\":\"started\"}
{\"level\":\"info\",\"ts\":\"2025-03-01T10:00:03Z\",\"msg\":\"got signal\",\"signal\":\"terminated\"}
{\"level\":\"error\",\"ts\":\"2025-03-01T10:00:03Z\",\"msg\":\"command failed\",\"err\":\"context deadline exceeded\"}
{\"level\":\"warn\",\"ts\":\"2025-03-01T10:00:03Z\",\"msg\":\"retrying of unary invoker failed\",\"target\":\"etcd-endpoints\",\"error\":\"rpc error: code = Unavailable desc = connection refused\"}
{\"level\":\"fatal\",\"ts\":\"2025-03-01T10:00:04Z\",\"msg\":\"failed to open database\",\"path\":\"/data/x.db\",\"error\":\"invalid database\"}
time=\"2025-03-01T10:00:00Z\" level=info msg=\"got signal\" signal=terminated
time=\"2025-03-01T10:00:01Z\" level=info msg=\"got signal SIGTERM, exiting\"
time=\"2025-03-01T10:00:02Z\" level=fatal msg=\"Segmentation fault: got signal 11\"
time=\"2025-03-01T10:00:03Z\" level=fatal msg=\"child got signal 9\"
time=\"2025-03-01T10:00:03Z\" level=fatal msg=\"Assertion failure: x > 3\"
time=\"2025-03-01T10:00:03Z\" level=fatal msg=\"program: /src/x.c:33: main: Assertion `x' failed.\"
2025-03-01 10:00:00 app[12]: got signal 11 ;
app: got signal 15
nginx got signal 11
postgres: got signal 6 ;
Assertion failure in file foo.c line 33
app: foo.c:33: int main(): Assertion `x > 3' failed.
Fatal signal 11 while backtracing
Segmentation fault (core dumped)
*** stack smashing detected ***: terminated
",
    ),
    (
        "agents",
        "\
level=error ts=2025-03-01T10:00:00.000Z caller=refresh.go:90 msg=\"Unable to refresh target groups\" err=\"error while listing containers: Cannot connect to the Docker daemon: dial unix /var/run/docker.sock: connect: no such file or directory\"
2025-03-01 10:00:01 UTC | CORE | WARN | (pkg/util/docker.go:55) | Docker init error: dial unix /var/run/docker.sock: connect: no such file or directory
level=error ts=2025-03-01T10:01:00.000Z caller=refresh.go:90 msg=\"Unable to refresh target groups\" err=\"error while listing containers: Cannot connect to the Docker daemon: dial unix /var/run/docker.sock: connect: no such file or directory\"
2025-03-01 10:01:01 UTC | CORE | WARN | (pkg/util/docker.go:55) | Docker init error: dial unix /var/run/docker.sock: connect: no such file or directory
level=error ts=2025-03-01T10:02:00.000Z caller=refresh.go:90 msg=\"Unable to refresh target groups\" err=\"error while listing containers: Cannot connect to the Docker daemon: dial unix /var/run/docker.sock: connect: no such file or directory\"
2025-03-01 10:02:01 UTC | CORE | WARN | (pkg/util/docker.go:55) | Docker init error: dial unix /var/run/docker.sock: connect: no such file or directory
2025-03-01T10:00:02.000000Z	warn	Envoy proxy is NOT ready: config not received from XDS server
2025-03-01T10:00:03.000000Z	error	rpc error: code = Unavailable desc = transport is closing
2025-03-01T10:00:04.000000Z	error	failed: rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial tcp 10.0.0.1:50051: connect: connection refused\"
{\"level\":\"error\",\"ts\":\"2025-03-01T10:00:05Z\",\"msg\":\"export failed\",\"error\":\"rpc error: code = Unavailable desc = transport: Error while dialing dial tcp 10.0.0.2:4317: connect: connection refused\"}
{\"level\":\"error\",\"ts\":\"2025-03-01T10:00:05Z\",\"msg\":\"export failed\",\"err\":\"rpc error: code = DeadlineExceeded desc = context deadline exceeded\"}
2025-03-01T10:00:06.000000Z	error	Unable to lock database, error 11
mysqldump: Fatal error in defaults handling. Program aborted
mysql: Found option without preceding group in config file: /etc/my.cnf at line: 1
WARNING: [pool www] server reached pm.max_children setting (5), consider raising it
traefik: level=error msg=\"Failed to retrieve information of the docker client and server host: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\"
node-exporter: msg=\"collector failed\" name=filesystem err=\"stat /host/x: input/output error\"
2025/03/01 10:00:07 [DEBUG] raft: votes needed: 2
2025/03/01 10:00:07 [WARN] raft: Heartbeat timeout from \"10.0.0.1:8300\" reached, starting election
2025-03-01T10:00:08Z INFO consul: cluster leadership lost
2025-03-01T10:00:09Z ERROR agent: No cluster leader
",
    ),
    (
        "ci",
        "\
$ docker build -t shop/web .
ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?
ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?
ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?
Cannot connect to the Docker daemon at tcp://docker:2375. Is the docker daemon running?
Cannot connect to the Docker daemon at tcp://docker:2375. Is the docker daemon running?
Cannot connect to the Docker daemon at tcp://docker:2375. Is the docker daemon running?
rpc error: code = Unavailable desc = all SubConns are in TransientFailure
rpc error: code = Unavailable desc = grpc: the connection is unavailable
rpc error: code = Unavailable desc = all SubConns are in TransientFailure
npm ERR! code CERT_HAS_EXPIRED
fatal: unable to access 'https://git.example.com/shop.git/': SSL certificate problem: certificate has expired
Get \"https://registry.example.com/v2/\": dial tcp: lookup registry.example.com: no such host
There was an issue in the external service: status 500
error: the server doesn't have a resource type \"foo\"
> quoted text of a mail, connection refused
> another line of it, OOMKilled, evicted
The node was low on resource, said the manual: memory and disk have thresholds.
Ready            False   maybe
DiskPressure     True
web-1            1/1     Running
Waiting for node-1 to be drained before the weekend.
error when evicting the tenant: contract pending (will retry after 5s)
",
    ),
    (
        "server",
        "\
Failed listening on port 8080
Fatal error, can't open config file '/etc/app.conf'
rsync not in path: /usr/bin
",
    ),
    (
        "errno.h",
        "\
#define EIO              5      /* Input/output error */
#define ENOSPC          28      /* No space left on device */
#define EROFS           30      /* Read-only file system */
#define ESTALE         116      /* Stale file handle */
    EROFS => \"Read-only file system\",
",
    ),
    (
        "manual",
        "\
If the disk is full, programs tell you with \"No space left on device\". A server that answers \"Too many connections\" needs a larger limit.
Where a file system has errors, it becomes a Read-only file system, and the kernel prints Input/output error.
File 'x' is corrupted. Could not open log file. Writing a core file. Crash recovery failed.
Downgrade is not supported. Upgrade after a crash needs care.
",
    ),
];

/// As a container runtime writes it.
fn wrapped(text: &str) -> String {
    text.lines().enumerate().map(|(at, line)| format!("2025-03-01T10:00:{:02}.000000000Z stderr F {line}\n", at % 60)).collect::<Vec<_>>().concat()
}

/// What was found, with the lines that prove it.
fn found(path: &str, text: &str) -> Vec<String> {
    let told = |finding: Finding| {
        let lines: Vec<_> = finding.steps.iter().flat_map(|step| &step.evidence).map(|line| line.citation.text.to_string()).collect();
        format!("{path}: {} ({:?}): {}", finding.cause, finding.verdict, lines.join(" | "))
    };
    scanned(&[(path.into(), text.as_bytes().to_vec())]).findings.into_iter().map(told).collect()
}

#[test]
fn what_other_programs_say_accuses_nobody() {
    let plain = STRANGERS.iter().flat_map(|(name, text)| found(&format!("bundle/{name}.log"), text));
    let in_pods = STRANGERS.iter().flat_map(|(name, text)| {
        let path = format!("var/log/pods/shop_{name}-6d4cf56db6-x2x9k_1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed/app/0.log");
        found(&path, &wrapped(text))
    });
    let all: Vec<String> = plain.chain(in_pods).collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn what_a_database_says_of_the_same_counts() {
    let full = "2025-03-01T10:00:00.000000Z 8 [ERROR] [MY-010865] [Server] Could not write: No space left on device\n";
    assert_eq!(found("mysql/error.log", full).len(), 1);
    let refused = "/usr/sbin/mysqld: unknown variable 'foo=1'\n";
    assert_eq!(found("out.txt", refused).len(), 1, "it names itself");
    assert_eq!(found("out.txt", "mysqldump: unknown variable 'foo=1'\n"), Vec::<String>::new());
}

#[test]
fn a_program_quotes_what_a_log_says() {
    let crash = "2025-03-01T10:00:00.000000Z 0 [ERROR] [MY-012872] [InnoDB] [FATAL] Semaphore wait has lasted > 600 seconds.\n";
    let script = format!("#!/bin/sh\n# told by the server:\ncat <<END\n{crash}END\ngrep 'mysqld got signal 11' /var/log/mysqld.log\n");
    assert_eq!(found("collector/check.sh", &script), Vec::<String>::new());
    assert_eq!(found("collector/check.txt", &script).len(), 1);
    assert_eq!(found("collector/quotes.c", &format!("\n\n// the server says\n{crash}")), Vec::<String>::new(), "blank lines say nothing");
    assert_eq!(found("collector/renamed.sh", &crash.repeat(5)).len(), 1, "a log after all");
}
