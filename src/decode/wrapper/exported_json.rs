//! Records of log platforms, one a line: Elasticsearch, logcli, Google Cloud Logging's sinks, Splunk's search.
//!
//! In: objects in which a platform keeps a line beside what it knows of it. Out: the line, and stamp and speaker as the envelope. Must not know: the
//! formats inside, names of platforms' members (`exported`).

use super::{Unwrapped, Wrapper};
use crate::decode::exported;

/// Exported records.
#[derive(Debug)]
pub struct ExportedJson;

impl Wrapper for ExportedJson {
    fn name(&self) -> &'static str {
        "exported-json"
    }

    fn about(&self) -> &'static str {
        "Dumps of Elasticsearch (_source), logcli -o jsonl, LogEntry of Google Cloud Logging, events of CloudWatch Logs, Splunk's search/jobs/export, and \
         Grafana's download of a panel's logs."
    }

    fn samples(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                r#"{"_index":"logs","_id":"1","_source":{"@timestamp":"2026-11-20T09:48:47.987Z","message":"ready","kubernetes":{"pod_name":"pg-0"}}}"#,
                "ready",
            ),
            (r#"{"labels":{"pod":"pg-0","namespace":"shop"},"line":"ready","timestamp":"2026-11-20T09:48:47.987Z"}"#, "ready"),
            (
                r#"{"insertId":"1","logName":"projects/shop/logs/stderr","resource":{"labels":{"pod_name":"pg-0"}},"textPayload":"ready\n","timestamp":"2026-11-20T09:48:47.987Z"}"#,
                "ready",
            ),
            (r#"{"logStreamName":"kube-apiserver-0","timestamp":1763632127987,"message":"ready","ingestionTime":1763632128000}"#, "ready"),
            (r#"{"preview":false,"offset":0,"result":{"_raw":"ready","_time":"2026-11-20T09:48:47.987+00:00","host":"node-1"}}"#, "ready"),
        ]
    }

    fn unwrap<'a>(&self, line: &'a [u8]) -> Option<Unwrapped<'a>> {
        exported::unwrapped(line)
    }
}
