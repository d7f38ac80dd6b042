use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::decode::wrapper::Wrapper;
use crate::decode::wrapper::exported_json::ExportedJson;
use crate::decode::wrapper::journal_json::JournalJson;

/// The lines of an export, and what it was taken for.
fn read(text: &str) -> (&'static str, Vec<String>) {
    let export = Export::of(text.as_bytes()).unwrap_or_else(|| panic!("no export: {text}"));
    let name = export.names().last().unwrap_or_default();
    (name, lines(export, text.as_bytes()))
}

fn lines(export: Export, text: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    export.lines(Box::new(Cursor::new(text.to_vec()))).read_to_end(&mut out).unwrap();
    String::from_utf8_lossy(&out).split('\n').map(str::to_owned).collect()
}

/// What a reader of envelopes makes of a line: pod or host, program, text.
fn seen(line: &str) -> (String, String, String) {
    let unwrapped = ExportedJson.unwrap(line.as_bytes()).unwrap_or_else(|| panic!("no envelope: {line}"));
    assert!(unwrapped.envelope.time.is_some(), "{line}");
    let envelope = unwrapped.envelope;
    let whose = envelope.pod.or(envelope.host).unwrap_or_default().to_string();
    (whose, envelope.program.unwrap_or_default().to_string(), String::from_utf8_lossy(&unwrapped.text).into_owned())
}

fn owned((whose, program, text): (&str, &str, &str)) -> (String, String, String) {
    (whose.into(), program.into(), text.into())
}

#[test]
fn the_tenth_record_of_a_document_stands_on_the_tenth_line() {
    let gcloud = r#"[
  {
    "insertId": "1",
    "logName": "projects/shop/logs/stderr",
    "resource": {
      "labels": {"container_name": "pg", "namespace_name": "shop", "pod_name": "pg-0"},
      "type": "k8s_container"
    },
    "severity": "ERROR",
    "textPayload": "could not \"start\"",
    "timestamp": "2026-11-20T09:48:47.987Z"
  },
  {
    "insertId": "2",
    "jsonPayload": {"MESSAGE": "I1120 09:48:48.000000    1200 kubelet.go:1] ready", "_HOSTNAME": "node-1"},
    "logName": "projects/shop/logs/kubelet",
    "timestamp": "2026-11-20T09:48:48Z"
  }
]
"#;
    let (name, lines) = read(gcloud);
    assert_eq!((name, lines.len()), ("json-export", 3));
    assert_eq!(seen(&lines[0]), owned(("shop/pg-0", "pg", "could not \"start\"")));
    assert_eq!(seen(&lines[1]), owned(("node-1", "kubelet", "I1120 09:48:48.000000    1200 kubelet.go:1] ready")));
}

#[test]
fn platforms_are_known_by_their_members() {
    let cases = [
        (
            r#"{"events":[{"logStreamName":"kube-apiserver-0f3a0f3a0f3a0f3a0f3a0f3a","timestamp":1763632127987,"message":"E1120 09:48:47.987000       1 a.go:1] x\n","ingestionTime":1763632128000,"eventId":"3"}]}"#,
            ("", "kube-apiserver", "E1120 09:48:47.987000       1 a.go:1] x"),
        ),
        (
            r#"{"status":"success","data":{"resultType":"streams","result":[{"stream":{"namespace":"shop","pod":"pg-0","container":"pg"},"values":[["1763632127987000000","one"]]}],"stats":{"summary":{}}}}"#,
            ("shop/pg-0", "pg", "one"),
        ),
        (
            r#"{"labels":{"node_name":"node-1","unit":"kubelet.service"},"line":"one","timestamp":"2026-11-20T09:48:47.987Z"}"#,
            ("node-1", "kubelet", "one"),
        ),
        (
            r#"{"took":3,"hits":{"total":{"value":1},"hits":[{"_index":"logs","_id":"1","_source":{"@timestamp":"2026-11-20T09:48:47.987Z","message":"one","level":"x","kubernetes":{"pod":{"name":"pg-0"},"namespace":"shop","node":{"name":"node-1"}}}}]}}"#,
            ("shop/pg-0", "", "one"),
        ),
        (r#"{"preview":false,"offset":0,"result":{"_raw":"one","_time":"2026-11-20T09:48:47.987+00:00","host":"node-1"}}"#, ("node-1", "", "one")),
        (
            r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"k8s.pod.name","value":{"stringValue":"pg-0"}},{"key":"k8s.namespace.name","value":{"stringValue":"shop"}}]},"scopeLogs":[{"scope":{},"logRecords":[{"timeUnixNano":"1763632127987000000","body":{"stringValue":"one"}}]}]}]}"#,
            ("shop/pg-0", "", "one"),
        ),
    ];
    for (text, expected) in cases {
        // One record a line is a line already.
        let line = Export::of(text.as_bytes()).map_or(text.to_owned(), |export| lines(export, text.as_bytes()).swap_remove(0));
        assert_eq!(seen(&line), owned(expected), "{text}");
    }
}

#[test]
fn events_of_kubernetes_and_records_of_programs_stay_what_they_are() {
    let event = r#"{"insertId":"1","jsonPayload":{"apiVersion":"v1","involvedObject":{"kind":"Pod","name":"pg-0"},"kind":"Event","reason":"Evicted"},"logName":"projects/shop/logs/events","timestamp":"2026-11-20T09:48:47Z"}"#;
    let (_, _, text) = seen(event);
    assert!(text.starts_with(r#"{"apiVersion":"v1","involvedObject""#), "{text}");
    let zap = r#"{"insertId":"1","jsonPayload":{"level":"warn","ts":"2026-11-20T09:48:47.000Z","caller":"a.go:1","msg":"slow","took":"1s"},"logName":"projects/shop/logs/stderr","timestamp":"2026-11-20T09:48:47Z"}"#;
    let (_, _, text) = seen(zap);
    assert!(text.contains(r#""took":"1s""#) && text.starts_with('{'), "{text}");
}

#[test]
fn an_event_is_not_of_the_node_that_exports_it() {
    let event =
        r#""involvedObject":{"kind":"Pod","name":"pg-0"},"reason":"Evicted","message":"low","lastTimestamp":"2026-11-20T09:48:46Z","type":"Warning""#;
    let exporter = r#""@timestamp":"2026-11-20T09:48:47Z","host":{"name":"node-x"},"kubernetes":{"host":"node-x","pod_name":"exporter-0","node":{"name":"node-x"}}"#;
    let parts = r#""event":{"involved_object":{"kind":"Pod","name":"pg-0"},"reason":"Evicted","message":"low"}"#;
    for own in [format!("{event},{exporter}"), format!(r#""verb":"ADDED","event":{{{event}}},{exporter}"#), format!("{parts},{exporter}")] {
        let (whose, program, text) = seen(&format!(r#"{{"_index":"a","_source":{{{own}}}}}"#));
        assert!(text.contains(r#""reason":"Evicted""#) && !text.contains("node-x") && !text.contains("@timestamp"), "{text}");
        assert_eq!((whose.as_str(), program.as_str()), ("", ""), "{own}");
    }
}

#[test]
fn rows_stand_where_they_stood() {
    let csv = "\"@timestamp\",\"kubernetes.pod_name\",\"kubernetes.namespace_name\",message\r\n\
               \"Nov 20, 2026 @ 09:48:47.987\",pg-0,shop,\"one, and \"\"two\"\"\r\nthree\"\r\n\
               2026-11-20T09:48:48Z,pg-1,shop,four\r\n";
    let (name, lines) = read(csv);
    assert_eq!((name, lines.len()), ("csv-export", 5));
    assert_eq!(seen(&lines[1]), owned(("shop/pg-0", "", "one, and \"two\"\r\nthree")));
    assert_eq!(seen(&lines[3]), owned(("shop/pg-1", "", "four")));
    assert!(lines[1].contains("2026-11-20T09:48:47.987000\""), "{}", lines[1]);
    assert!(lines[0].is_empty() && lines[2].is_empty() && lines[4].is_empty());
    // A European spreadsheet, and the portal of Azure.
    let semicolons = "TimeGenerated [UTC];PodName;LogMessage\n\"11/20/2026, 9:48:47.987 AM\";pg-0;one\n";
    let lines = read(semicolons).1;
    assert!(lines[1].contains("2026-11-20T09:48:47.987000Z"), "{}", lines[1]);
}

#[test]
fn documents_of_yaml_stand_where_they_stood() {
    let yaml = "---\ninsertId: a1\nlabels:\n  compute.googleapis.com/resource_name: node-1\nlogName: projects/shop/logs/stderr\nresource:\n  labels:\n    \
                container_name: pg\n    namespace_name: shop\n    pod_name: pg-0\n  type: k8s_container\ntextPayload: |\n  one: 'and'\n  --- two\n\
                timestamp: '2026-11-20T09:48:47.987Z'\n---\ninsertId: a2\njsonPayload:\n  apiVersion: v1\n  involvedObject:\n    kind: Pod\n    name: pg-0\n  \
                kind: Event\n  message: 'The node was low on resource: memory.'\n  reason: Evicted\nlogName: projects/shop/logs/events\n\
                timestamp: '2026-11-20T09:48:48Z'\n---\nkind: Pod\n";
    let (name, lines) = read(yaml);
    assert_eq!(name, "yaml-export");
    assert_eq!(seen(&lines[0]), owned(("shop/pg-0", "pg", "one: 'and'\n--- two")));
    let second = yaml.split('\n').position(|line| line == "insertId: a2").expect("it stands there") - 1;
    let (_, _, event) = seen(&lines[second]);
    assert!(event.contains(r#""involvedObject":{"kind":"Pod","name":"pg-0"}"#), "{event}");
    assert_eq!(lines.len(), yaml.split('\n').count());
    assert_eq!(&lines[lines.len() - 3..], ["---", "kind: Pod", ""]);
    let warned = "---\ninsertId: a1\nlogName: projects/shop/logs/stderr\nWARNING (again): not all was read: again?\ntextPayload: one\n---\n";
    let (_, lines) = read(warned);
    assert!(lines.contains(&"WARNING (again): not all was read: again?".to_owned()), "{lines:?}");
}

#[test]
fn records_over_several_lines_need_no_list() {
    let record = |id: u32| {
        format!(
            "{{\n  \"insertId\": \"{id}\",\n  \"logName\": \"projects/shop/logs/stderr\",\n  \"resource\": {{\"labels\": {{\"pod_name\": \"pg-0\"}}}},\n  \
             \"textPayload\": \"number {id}\\n\",\n  \"timestamp\": \"2026-11-20T09:48:4{id}Z\"\n}}\n"
        )
    };
    let (name, lines) = read(&format!("{}\n{}", record(1), record(2)));
    assert_eq!(name, "json-export");
    assert_eq!(lines.iter().take(2).map(|line| seen(line).2).collect::<Vec<_>>(), ["number 1", "number 2"]);
    let (_, lines) = read(&format!("{}Listed 1 items.\n{{\"a\": 1}}\n", record(1)));
    assert_eq!(lines, [&lines[0], "Listed 1 items.", "{\"a\": 1}", ""]);
}

#[test]
fn lists_of_moments_and_texts_are_records() {
    let datadog = r#"{"data": [{"id": "x", "type": "log", "attributes": {"timestamp": "2026-11-20T09:48:47.987Z", "host": "node-1", "service": "pg",
        "tags": ["pod_name:pg-0", "kube_namespace:shop"], "message": "could not start"}}]}"#;
    assert_eq!(seen(&read(datadog).1[0]), owned(("shop/pg-0", "pg", "could not start")));
    let new_relic = r#"[{"timestamp": 1763632127987, "message": "could not start", "pod_name": "pg-0", "namespace_name": "shop"}]"#;
    assert_eq!(seen(&read(new_relic).1[0]), owned(("shop/pg-0", "", "could not start")));
    for other in [
        r#"{"items": [{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}, "time": "2026-11-20T09:48:47Z", "message": "x"}]}"#,
        r#"[{"time": "2026-11-20T09:48:47Z", "level": "error", "msg": "could not start", "err": "x"}]"#,
        r#"[{"name": "a", "body": "x"}]"#,
    ] {
        assert!(Export::of(other.as_bytes()).is_none(), "{other}");
    }
}

#[test]
fn what_platforms_keep_of_events_becomes_events() {
    let azure = "\"TimeGenerated [UTC]\",ObjectKind,Namespace,Name,Reason,Message,KubeEventType,Count,SourceComponent,\"LastSeen [UTC]\"\n\
                 \"11/20/2026, 9:48:47.987 AM\",Pod,shop,pg-0,Evicted,\"The node was low on resource: memory. \",Warning,1,kubelet,\"11/20/2026, 9:48:46.000 AM\"\n";
    let (whose, _, event) = seen(&read(azure).1[1]);
    assert!(event.contains(r#""kind":"Event""#) && event.contains(r#""lastTimestamp":"2026-11-20T09:48:46.000000Z""#) && whose.is_empty(), "{event}");
    // A zone that is not told: the moment stays where a clock can be settled.
    let kibana = "\"@timestamp\",reason,message,involvedObject.kind,involvedObject.name\n\"Nov 20, 2026 @ 09:48:47.987\",Evicted,low,Pod,pg-0\n";
    assert!(seen(&read(kibana).1[1]).2.contains(r#""reason":"Evicted""#));
    let metricbeat = r#"{"_index":"metricbeat","_source":{"@timestamp":"2026-11-20T09:48:48.000Z","kubernetes":{"event":{"count":1,"involved_object":{"kind":"Pod","name":"pg-0"},"message":"ready","reason":"Started","timestamp":{"last_occurrence":"2026-11-20T09:48:47Z"},"type":"Normal"}}}}"#;
    let (_, _, text) = seen(metricbeat);
    assert!(
        text.contains(r#""involvedObject":{"kind":"Pod","name":"pg-0"}"#) && text.contains(r#""lastTimestamp":"2026-11-20T09:48:47Z""#),
        "{text}"
    );
    let otel = r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"k8s.object.kind","value":{"stringValue":"Pod"}},{"key":"k8s.object.name","value":{"stringValue":"pg-0"}}]},
        "scopeLogs":[{"logRecords":[{"timeUnixNano":"1763632127000000000","body":{"stringValue":"ready"},"attributes":[{"key":"k8s.event.reason","value":{"stringValue":"Started"}},{"key":"k8s.namespace.name","value":{"stringValue":"shop"}}]}]}]}]}"#;
    let (_, _, event) = seen(&read(otel).1[0]);
    assert!(event.contains(r#""namespace":"shop""#) && event.contains(r#""lastTimestamp":"2025-11-20T09:48:47Z""#), "{event}");
}

#[test]
fn a_quote_without_an_end_costs_its_own_line_only() {
    let begin = "time,message\n2026-11-20T09:48:47Z,\"never closed\n".to_owned();
    let csv = (0..40_000).map(|at| format!("2026-11-20T09:48:48Z,line number {at} of many\n")).fold(begin, |all, line| all + &line);
    let lines = read(&csv).1;
    assert_eq!(lines.len(), csv.split('\n').count());
    assert_eq!(seen(&lines[40_001]).2, "line number 39999 of many");
}

#[test]
fn logs_are_no_exports() {
    for text in [
        "{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n",
        "{\"level\":\"warn\",\"ts\":\"2026-11-20T09:48:47Z\",\"msg\":\"message, timestamp\"}\n",
        "{\"timestamp\":\"2026-11-20T09:48:47Z\",\"level\":\"INFO\",\"fields\":{\"message\":\"x\"},\"target\":\"a\",\"line\":12}\n",
        "I1120 09:48:47.987000    1200 kubelet.go:1] time, message\n",
        "time and message, that is all\n",
        "{\"log\":\"x\\n\",\"stream\":\"stderr\",\"time\":\"2026-11-20T09:48:47Z\"}\n",
        "",
    ] {
        assert!(Export::of(text.as_bytes()).is_none(), "{text}");
    }
}

#[test]
fn what_begins_with_its_newest_record_is_put_in_order() {
    let line = |second: u32, text: &str| {
        format!("{{\"labels\":{{\"pod\":\"pg-0\"}},\"line\":\"{text}\",\"timestamp\":\"2026-11-20T09:48:{second:02}Z\"}}\n")
    };
    let texts = |lines: &[String]| -> Vec<String> { lines.iter().filter(|line| !line.is_empty()).map(|line| seen(line).2).collect() };
    let text = [line(9, "e"), line(8, "d"), line(7, "c"), line(7, "b"), line(1, "a")].concat();
    let (name, lines) = read(&text);
    assert_eq!((name, texts(&lines)), ("reordered", ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec()));
    // As it should be: the wrapper reads it where it stands.
    assert!(Export::of([line(1, "a"), line(2, "b")].concat().as_bytes()).is_none());
    let csv = "time,message\n2026-11-20T09:48:47Z,b\n2026-11-20T09:48:46Z,a\n";
    assert_eq!((read(csv).0, texts(&read(csv).1)), ("reordered", vec!["a".to_owned(), "b".to_owned()]));
    let loki = r#"{"status":"success","data":{"resultType":"streams","result":[
        {"stream":{"pod":"pg-0","level":"x"},"values":[["1763632127987000003","c"],["1763632127987000001","a"]]},
        {"stream":{"pod":"pg-0"},"values":[["1763632127987000002","b"]]}]}}"#;
    assert_eq!(texts(&read(loki).1), ["a", "b", "c"]);
}

#[test]
fn what_goes_a_little_to_and_fro_begins_with_its_newest_record_all_the_same() {
    let csv = |seconds: &[u32]| {
        let rows = seconds.iter().map(|second| format!("2026-11-20T09:48:{second:02}Z,text\n")).collect::<String>();
        Export::of(format!("time,message\n{rows}").as_bytes()).map(|export| export.names().any(|name| name == "reordered"))
    };
    let mut down: Vec<u32> = (10..40).rev().collect();
    down.swap(7, 8);
    assert_eq!(csv(&down), Some(true));
    down.swap(17, 18);
    assert_eq!(csv(&down), Some(false));
}

#[test]
fn what_all_records_repeat_cannot_fill_the_memory() {
    // Two megabytes of labels and a hundred thousand records that would each repeat them.
    let labels: Vec<String> = (0..20_000).map(|at| format!("\"label{at}\":\"{}\"", "x".repeat(80))).collect();
    let records = vec![r#"["1763632127987000000","a"]"#; 60_000].join(",");
    let text = format!(
        r#"{{"data":{{"resultType":"streams","result":[{{"stream":{{"pod":"{}",{}}},"values":[{records}]}}]}}}}"#,
        "p".repeat(1 << 20),
        labels.join(",")
    );
    let lines = read(&text).1;
    assert_eq!(lines.len(), 60_001);
    assert!(lines.iter().all(|line| line.len() < 100), "{}", lines[0]);
    // Names that go on without end.
    let name = "log.".repeat(200_000);
    let text = format!("{{\"_index\":\"a\",\"_source\":{{\"{name}\":\"x\",\"message\":\"one\"}}}}");
    assert_eq!(ExportedJson.unwrap(text.as_bytes()).unwrap().text.as_ref(), b"one");
}

#[test]
fn no_line_is_lost_for_words_that_exports_have_too() {
    // Records one a line, one of which speaks of what lists of records are called.
    let record = |at: u32, payload: &str| {
        format!(
            "{{\"insertId\":\"{at}\",\"jsonPayload\":{payload},\"logName\":\"projects/shop/logs/stderr\",\"timestamp\":\"2026-11-20T09:48:4{at}Z\"}}\n"
        )
    };
    let text = record(1, "{\"entries\":[{\"insertId\":\"a\",\"logName\":\"b\"}],\"message\":\"one\"}") + &record(2, "{\"message\":\"two\"}");
    assert!(Export::of(text.as_bytes()).is_none());
    // Records of a program, the words spread over its lines.
    let text = "{\"events\":3,\"level\":\"info\"}\n{\"ingestionTime\":1,\"message\":\"x\"}\n{\"resourceLogs\":\"y\"}\n";
    assert!(Export::of(text.as_bytes()).is_none());
    let text =
        "{\"level\":\"info\",\"result\":{\"code\":1},\"labels\":{},\"line\":\"a.go:1\",\"timestamp\":\"2026-11-20T09:48:41Z\",\"message\":\"x\"}\n";
    assert_eq!(ExportedJson.unwrap(text.trim_end().as_bytes()), None);
    // What stands behind a document, and texts where records should be.
    let document = "{\"events\":[{\"ingestionTime\":1,\"timestamp\":1763632127987,\"message\":\"one\"},\n\"a text\"],\n\"nextToken\":\"a\"}\n";
    let lines = read(&format!("{document}E1120 09:48:47.987000       1 a.go:1] behind it\n")).1;
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(lines[1..3], ["\"a text\"", "E1120 09:48:47.987000       1 a.go:1] behind it"]);
}

/// Fails after what it gives.
struct Damaged(Cursor<Vec<u8>>);

impl Read for Damaged {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::ErrorKind::InvalidData.into()),
            read => Ok(read),
        }
    }
}

#[test]
fn what_stands_before_damage_is_given() {
    let newest_first = "time,message\n2026-11-20T09:48:48Z,two\n2026-11-20T09:48:47Z,one\n2026-11-20T09:48:46Z,\"cut";
    for text in [
        "time,message\n2026-11-20T09:48:47Z,one\n2026-11-20T09:48:48Z,\"cut",
        "[{\"_index\":\"a\",\"_source\":{\"message\":\"one\"}},{\"cut",
        newest_first,
    ] {
        let mut out = Vec::new();
        let damaged = Damaged(Cursor::new(text.into()));
        let error = Export::of(text.as_bytes()).unwrap().lines(Box::new(damaged)).read_to_end(&mut out).unwrap_err();
        let out = String::from_utf8(out).unwrap();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(out.contains("one") && out.contains("cut"), "{out}");
    }
}

/// Gives a few bytes at a time.
struct Slow(Cursor<Vec<u8>>, usize);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let some = self.1.min(buffer.len());
        self.0.read(&mut buffer[..some])
    }
}

proptest! {
    /// Whatever follows, it does not depend on how it comes, and no row is lost.
    #[test]
    fn anything_may_follow(rest in "[\\[\\]{}\",:\\\\\n \\-a-cn=\0]{0,400}", some in 1_usize..40) {
        for head in [
            "time,message\n",
            "---\ninsertId: a\nlogName: b\n",
            "{\n\"insertId\":\"a\",\n\"logName\":\"b\"}\n",
            "[{\"_index\":\"a\",\"_source\":{\"message\":\"x\"}},",
            "{\"resourceLogs\":[{\"scopeLogs\":[]},",
            "__CURSOR=a\n__REALTIME_TIMESTAMP=1\nMESSAGE=x\n\n",
            "__CURSOR=a\n__REALTIME_TIMESTAMP=1\nMESSAGE\n\u{4}\0\0\0\0\0\0\0a\n\nb\n\n",
            "Fri 2026-11-20 09:07:16.340839 UTC [s=1]\n    MESSAGE=x\n",
            "{\"out\": \"1:M 20 Nov 2026 10:01:18.413 * a\\n1:M 20 Nov 2026 10:01:18.413 * b\\n1:M 20 Nov 2026 10:01:18.413 * c\\n",
        ] {
            // A text that is one string stands alone.
            let text = format!("{head}{}", if head.starts_with("{\"out") { rest.replace('\n', "") } else { rest.clone() });
            let given = read(&text).1;
            let mut slowly = Vec::new();
            let slow = Slow(Cursor::new(text.clone().into_bytes()), some);
            Export::of(text.as_bytes()).unwrap().lines(Box::new(slow)).read_to_end(&mut slowly).unwrap();
            prop_assert_eq!(&String::from_utf8_lossy(&slowly), &given.join("\n"));
            if head.starts_with("time") || head.starts_with("---") {
                prop_assert_eq!(given.len(), text.split('\n').count());
            }
        }
    }
}

/// What a stream becomes where so many bytes are put in order at once.
fn turned(text: &str, stretch: usize) -> String {
    let mut out = String::new();
    order::Turned::new(Box::new(Cursor::new(text.as_bytes().to_vec())), stretch).read_to_string(&mut out).unwrap();
    out
}

proptest! {
    /// In stretches or at once: the same order, continued lines behind the record they continue.
    #[test]
    fn stretches_are_merged_into_the_order_of_all(seconds in prop::collection::vec((0..60_u32, 0..3_usize), 1..60), stretch in 300..2000_usize) {
        let record = |(at, (second, more)): (usize, &(u32, usize))| {
            let head = format!("{{\"labels\":{{\"pod\":\"pg-0\"}},\"line\":\"{at}\",\"timestamp\":\"2026-11-20T09:48:{second:02}Z\"}}\n");
            head + &"  goes on\n".repeat(*more)
        };
        let text: String = seconds.iter().enumerate().map(record).collect();
        prop_assert_eq!(turned(&text, stretch), turned(&text, 1 << 20));
    }
}

#[test]
fn a_stretch_of_one_line_is_cut() {
    let text = "x".repeat(1000);
    assert_eq!(turned(&text, 300).replace('\n', ""), text);
    assert_eq!(turned(&"a\nb\n".repeat(100), 300), "a\nb\n".repeat(100));
    assert_eq!(turned("", 300), "");
}

#[test]
fn the_tenth_entry_of_a_journal_stands_on_the_tenth_line() {
    let export = "__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1795165636340839\n_HOSTNAME=node-1\nSYSLOG_IDENTIFIER=kubelet\n_PID=812\nMESSAGE=it is = ready\n\n\
                  __CURSOR=s=1;i=3\n__REALTIME_TIMESTAMP=1795165637340839\n_HOSTNAME=node-1\n_COMM=mysqld\nMESSAGE\n\u{8}\0\0\0\0\0\0\0one\n\ntwo\n_PID=9\n\n";
    let (name, lines) = read(export);
    assert_eq!((name, lines.len()), ("journal-export", 3));
    let entry = |at: usize| JournalJson.unwrap(lines[at].as_bytes()).unwrap_or_else(|| panic!("{}", lines[at]));
    let (first, second) = (entry(0), entry(1));
    assert_eq!((&*first.text, first.envelope.program.as_deref(), first.envelope.pid), (&b"it is = ready"[..], Some("kubelet"), Some(812)));
    assert_eq!((&*second.text, second.envelope.host.as_deref(), second.envelope.pid), (&b"one\n\ntwo"[..], Some("node-1"), Some(9)));

    let verbose = "-- Journal begins at Fri 2026-11-20 09:00:00 CET. --\nFri 2026-11-20 09:07:16.340839 CET [s=1;i=2;b=3;m=4;t=5;x=6]\n    _TRANSPORT=stdout\n    \
                   SYSLOG_IDENTIFIER=kubelet\n    _PID=812\n    _HOSTNAME=node-1\n    MESSAGE=ready\n              = or not\nFri 2026-11-20 09:07:17.340839 CET [s=1;i=3;b=3;m=4;t=5;x=6]\n    \
                   MESSAGE=nobody's\n";
    let (name, lines) = read(verbose);
    assert_eq!(name, "journal-export");
    assert_eq!(
        lines,
        [
            "-- Journal begins at Fri 2026-11-20 09:00:00 CET. --",
            "Fri 2026-11-20 09:07:16.340839 CET node-1 kubelet[812]: ready",
            "Fri 2026-11-20 09:07:16.340839 CET node-1 kubelet[812]:   = or not",
            "Fri 2026-11-20 09:07:17.340839 CET localhost unknown: nobody's",
            "",
        ]
    );
}

#[test]
fn entries_of_a_journal_may_be_set_out_as_objects() {
    let entry = |second: u32| {
        format!(
            "{{\n\t\"MESSAGE\" : \"ready {second}\",\n\t\"_HOSTNAME\" : \"node-1\",\n\t\"__REALTIME_TIMESTAMP\" : \"17951656{second}340839\"\n}}\n"
        )
    };
    let (name, lines) = read(&[entry(36), entry(37)].concat());
    assert_eq!((name, lines.len()), ("json-export", 3));
    assert_eq!(&*JournalJson.unwrap(lines[1].as_bytes()).unwrap().text, b"ready 37");
}

#[test]
fn a_text_kept_as_one_string_has_its_lines_again() {
    let record = "1:M 20 Nov 2026 10:01:18.413 * \"Ready\"";
    let text = format!("{record}\n  further\twords\n{record}\n{record}\n");
    let wanted: Vec<String> = text.lines().map(str::to_owned).collect();
    for kept in [
        format!("{{\"stdout\": {}, \"rc\": 0}}\n", serde_json::to_string(&text).unwrap()),
        format!("stderr: b'{}'", text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t")),
    ] {
        let (name, lines) = read(&kept);
        assert_eq!((name, &lines[..4]), ("escaped-text", &wanted[..]), "{kept}");
    }
    // Records that quote one text, and lines of a log that is none.
    let shipped = format!(r#"{{"log":{},"file":"/var/log/x.log"}}"#, serde_json::to_string(&text).unwrap());
    for text in [
        shipped,
        format!("x: {record}\\n{record}\\n{record}\nanother line\n"),
        format!("{record}\\nmore\\n{record}\\n{record}\n"),
        "a\\nb\\nc\\nd\n".to_owned(),
    ] {
        assert!(Export::of(text.as_bytes()).is_none(), "{text}");
    }
}

#[test]
fn what_is_left_of_an_entry_is_kept() {
    let head = "__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1795165636340839\n";
    let text = |line: &str| JournalJson.unwrap(line.as_bytes()).map(|inside| String::from_utf8_lossy(&inside.text).into_owned());
    let cut = read(&format!("{head}MESSAGE\n\u{20}\0\0\0\0\0\0\0one\ntwo")).1;
    assert_eq!(text(&cut[0]).as_deref(), Some("one\ntwo"));
    let torn = read(&format!("{head}MESSAGE=one\nno field at all\n\n{head}\n")).1;
    assert_eq!((text(&torn[0]).as_deref(), torn[1].as_str()), (Some("one"), "no field at all"));
    assert!(torn[2].contains("1795165636340839"), "an entry without a message is one: {torn:?}");
    // Only the first bytes are looked at: behind the string other lines may stand.
    let string = serde_json::to_string(&"1:M 20 Nov 2026 10:01:18.413 * x\n".repeat(100)).unwrap();
    let text = format!("{{\"out\": {string}}}\nthen\nthis\n");
    let export = Export::of(&text.as_bytes()[..1000]).expect("a string with records");
    let more = lines(export, text.as_bytes());
    assert_eq!(more[more.len() - 3..], ["then", "this", ""]);
}
