//! Recognising: whether one record is one signal, and what it says.
//!
//! In: a record's parts and a compiled signal. Out: attributes, entities and facts. Must not know: where hints were found, how the record is cited.

use std::borrow::Cow;
use std::ops::Deref;

use crate::component::Component;
use crate::decode::{Body, Envelope};
use crate::name::Name;
use crate::pattern::compile::{Recogniser, Wording};
use crate::pattern::template::Template;
use crate::severity::Severity;
use crate::source::Whereabouts;
use crate::time::parse_duration;

/// A record as signals see it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// What it says.
    pub body: &'a Body<'a>,
    /// How loudly.
    pub severity: Option<Severity>,
    /// Who says it.
    pub component: Option<Component>,
    /// What stands around it.
    pub envelope: Option<&'a Envelope>,
    /// Where its source lies.
    pub at: &'a Whereabouts,
    /// Path of its source.
    pub path: &'a str,
}

/// Names by kind, or values by name.
pub type Pairs = Vec<(Name, Box<str>)>;

/// What a wording captures, where it stands in the record.
pub(super) type Captures<'a> = Vec<(Name, Cow<'a, str>)>;

/// What a record says as one signal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recognised {
    /// Which wording fitted.
    pub wording: usize,
    /// Values that the definition sets, then captures.
    pub attributes: Pairs,
    /// Entities.
    pub entities: Pairs,
    /// Groups of names of one thing.
    pub same: Vec<Pairs>,
    /// How far back it reaches, nanoseconds.
    pub lasted_ns: i64,
    /// Product and version.
    pub version: Option<(Box<str>, Box<str>)>,
    /// Setting and value.
    pub setting: Option<(Box<str>, Box<str>)>,
}

impl Record<'_> {
    /// What the record says as this signal; `None` if it is not one.
    pub fn recognise(&self, signal: &Recogniser) -> Option<Recognised> {
        let (wording, captures) = self.matched(signal, 0)?;
        Some(self.said(signal, wording, &captures))
    }

    /// Which wording of a signal fits, and what it captures. Those before `from` are known not to fit.
    pub(super) fn matched(&self, signal: &Recogniser, from: usize) -> Option<(usize, Captures<'_>)> {
        let loud = signal.severity.is_none_or(|least| self.severity.is_none_or(|severity| severity >= least));
        if !loud || !signal.may_come_from(self.component) {
            return None;
        }
        let mut captures = Captures::new();
        let (wording, _) = signal.wordings.iter().enumerate().skip(from).find(|(_, wording)| {
            captures.clear();
            self.fits(wording, &mut captures) && (!wording.anybody || signal.speaks(self.component, &self.body.message))
        })?;
        Some((wording, captures))
    }

    /// What a derived signal says that has these attributes.
    pub fn derived(&self, signal: &Recogniser, attributes: Pairs) -> Recognised {
        let captures: Captures<'_> = attributes.into_iter().map(|(name, value)| (name, Cow::Owned(value.into()))).collect();
        self.said(signal, 0, &captures)
    }

    /// Hands the attributes and entities that a fitting wording gives to `take`, without a copy where none is needed.
    pub(super) fn with_names<R>(
        &self,
        signal: &Recogniser,
        captures: &Captures<'_>,
        take: impl FnOnce(&[(Name, &str)], &[(Name, Cow<'_, str>)]) -> R,
    ) -> R {
        let set: Vec<(Name, Cow<'_, str>)> =
            signal.set.iter().filter_map(|(name, template)| Some((*name, self.expand(template, captures)?))).collect();
        let mut attributes: Vec<(Name, &str)> = Vec::with_capacity(set.len() + captures.len());
        attributes.extend(set.iter().map(|(name, value)| (*name, &**value)));
        // What the definition sets counts more than a capture of the same name.
        for (name, value) in captures {
            if !attributes.iter().any(|(known, _)| is_same(known, name)) {
                attributes.push((*name, &**value));
            }
        }
        let mut entities = self.named(&signal.entities, &attributes);
        dedup(&mut entities);
        take(&attributes, &entities)
    }

    pub(super) fn said(&self, signal: &Recogniser, wording: usize, captures: &Captures<'_>) -> Recognised {
        let (attributes, entities) = self.with_names(signal, captures, |attributes, entities| {
            let attributes: Pairs = attributes.iter().map(|(name, value)| (*name, (*value).into())).collect();
            (attributes, owned(entities))
        });
        let pair = |fact: &(Template, Template)| Some((boxed(self.expand(&fact.0, &attributes)?), boxed(self.expand(&fact.1, &attributes)?)));
        let lasted = signal.lasted.as_ref().and_then(|template| self.expand(template, &attributes)).and_then(|text| parse_duration(&text));
        Recognised {
            wording,
            entities,
            same: signal.same.iter().map(|group| owned(&self.named(group, &attributes))).filter(|group| group.len() > 1).collect(),
            lasted_ns: lasted.map_or(0, i64::saturating_abs),
            // A program may write its own name with a capital.
            version: signal.version.as_ref().and_then(pair).map(|(product, version)| (product.to_ascii_lowercase().into_boxed_str(), version)),
            setting: signal.setting.as_ref().and_then(pair),
            attributes,
        }
    }

    /// Whether a wording fits, and what it captures.
    fn fits<'s>(&'s self, wording: &Wording, captures: &mut Captures<'s>) -> bool {
        let body = self.body;
        // Cheap conditions first.
        if !wording.code.is_empty() && !body.code.as_deref().is_some_and(|code| wording.code.iter().any(|wanted| wanted.eq_ignore_ascii_case(code))) {
            return false;
        }
        let mut take = |name: Name, value: Cow<'s, str>| {
            if !captures.iter().any(|(known, _)| is_same(known, name)) {
                captures.push((name, value));
            }
        };
        for (name, expression) in &wording.fields {
            if !body.field(name).is_some_and(|value| expression.groups(value, &mut take)) {
                return false;
            }
        }
        if wording.message.as_ref().is_some_and(|expression| !expression.groups(&body.message, &mut take)) {
            return false;
        }
        if wording.not_message.as_ref().is_some_and(|expression| expression.fits(&body.message)) {
            return false;
        }
        !wording.not_fields.iter().any(|(name, expression)| body.field(name).is_some_and(|value| expression.fits(value)))
    }

    fn expand<'s, V: Deref<Target = str>>(&'s self, template: &'s Template, attributes: &'s [(Name, V)]) -> Option<Cow<'s, str>> {
        template.expanded(|name| self.lookup(name, attributes))
    }

    /// Names by kind. A name must say something.
    fn named<'s, V: Deref<Target = str>>(&'s self, members: &'s [(Name, Template)], attributes: &'s [(Name, V)]) -> Vec<(Name, Cow<'s, str>)> {
        let mut named = Vec::with_capacity(members.len());
        for (kind, template) in members {
            let name = match self.expand(template, attributes) {
                Some(Cow::Borrowed(name)) => Cow::Borrowed(name.trim()),
                Some(Cow::Owned(name)) if name.trim().len() < name.len() => Cow::Owned(name.trim().to_owned()),
                Some(name) => name,
                None => continue,
            };
            if !name.is_empty() {
                named.push((*kind, name));
            }
        }
        named
    }

    fn lookup<'s, V: Deref<Target = str>>(&'s self, name: &str, attributes: &'s [(Name, V)]) -> Option<Cow<'s, str>> {
        if name.as_bytes().first() == Some(&b'$') {
            return self.place(name.get(1..).unwrap_or_default());
        }
        let attribute = attributes.iter().find(|(known, _)| is_same(known, name)).map(|(_, value)| &**value);
        attribute.or_else(|| self.body.field(name)).map(Cow::Borrowed)
    }

    /// A variable that comes from where the record was found.
    fn place(&self, name: &str) -> Option<Cow<'_, str>> {
        let (at, envelope) = (self.at, self.envelope);
        let host = envelope.and_then(|envelope| envelope.host.as_deref());
        let pod = envelope.and_then(|envelope| envelope.pod.as_deref());
        let container = envelope.and_then(|envelope| envelope.container.as_deref());
        match name {
            "node" => at.node.as_deref().or(host),
            "pod" => pod.or(at.pod.as_deref()),
            "uid" => at.uid.as_deref(),
            "container" => at.container.as_deref().or(container),
            "host" => host.or(at.node.as_deref()),
            "program" => envelope.and_then(|envelope| envelope.program.as_deref()),
            "source" => Some(self.path),
            "instance" => {
                // One log is one instance, unless several pods, hosts or containers speak in it.
                let speaker = pod.filter(|_| at.pod.is_none()).or(host.filter(|_| at.node.is_none()));
                let speaker = speaker.or(container.filter(|_| at.container.is_none()));
                return Some(speaker.map_or(Cow::Borrowed(self.path), |speaker| Cow::Owned(format!("{}#{speaker}", self.path))));
            }
            _ => None,
        }
        .map(Cow::Borrowed)
    }
}

/// Whether two names are the same. Most are not, and differ in their first byte or are one text.
fn is_same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.as_bytes().first() == b.as_bytes().first() && (std::ptr::eq(a, b) || a == b)
}

/// The text as it is kept: in as much memory as it needs.
fn boxed(text: Cow<'_, str>) -> Box<str> {
    match text {
        Cow::Borrowed(text) => text.into(),
        Cow::Owned(text) => text.into_boxed_str(),
    }
}

fn owned(pairs: &[(Name, Cow<'_, str>)]) -> Pairs {
    pairs.iter().map(|(name, value)| (*name, (&**value).into())).collect()
}

/// Two templates of a kind may give one name.
fn dedup(pairs: &mut Vec<(Name, Cow<'_, str>)>) {
    let mut at = 0;
    while at < pairs.len() {
        if pairs[..at].contains(&pairs[at]) {
            pairs.remove(at);
        } else {
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Pack;

    const HEAD: &str = "schema='necropsy.patterns/1'\n[[signal]]\nid='a.b'\ntitle='t'\nfrom='f'\nhint=['something']\n";

    fn recognise(signal: &str, body: &Body<'_>) -> Option<Recognised> {
        with(signal, body, &Whereabouts::default(), None, None, None)
    }

    fn with(
        signal: &str,
        body: &Body<'_>,
        at: &Whereabouts,
        envelope: Option<&Envelope>,
        severity: Option<Severity>,
        component: Option<Component>,
    ) -> Option<Recognised> {
        let text = format!("{HEAD}{signal}");
        let pack = Pack::of_texts([("a.toml", text.as_str())]).unwrap_or_else(|error| panic!("{error}"));
        Record { body, severity, component, envelope, at, path: "x/y.log" }.recognise(&pack.signals()[0])
    }

    fn flat(pairs: &Pairs) -> Vec<String> {
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn captures_sets_and_entities() {
        let mut body = Body::message("node n1 silent for 1m25.5s");
        body.push("pod", "default/web-0");
        let found = recognise(
            "component=['kubelet']\nentity={node='{node}', pod=['{pod}','{pod}','{gone}'], address='{ip}'}\nset={kind='silence', node='{node}!'}\n\
             lasted='{for}'\nsame=[['node:{node}','address:{ip}'],['node:{node}','pod:{pod}']]\n\
             version={product='kubernetes',version='{v}'}\nsetting={name='grace',value='{for}'}\n\
             [[signal.match]]\nmessage='node (?P<node>\\S+) silent for (?P<for>\\S+)(?P<v>x)?'\n",
            &body,
        )
        .unwrap();
        assert_eq!(flat(&found.attributes), ["kind=silence", "node=n1!", "for=1m25.5s"]);
        assert_eq!(flat(&found.entities), ["node=n1!", "pod=default/web-0"]);
        assert_eq!(found.same.iter().map(flat).collect::<Vec<_>>(), [["node=n1!", "pod=default/web-0"]]);
        assert_eq!(found.lasted_ns, 85_500_000_000);
        assert_eq!(found.version, None);
        assert_eq!(found.setting.map(|(_, value)| value.to_string()), Some("1m25.5s".into()));
    }

    #[test]
    fn every_condition_of_a_wording_holds() {
        let wording = "component=['mysqld']\n[[signal.match]]\ncode=['MY-013183']\nfield={subsystem='Inno(?P<which>DB|X)'}\nmessage='^Assertion'\n\
                       not_message='thread 0'\nnot_field={plugin='group_.*'}\n";
        let body = |change: &dyn Fn(&mut Body<'_>)| {
            let mut body = Body::message("Assertion failure");
            body.code = Some("MY-013183".into());
            body.push("subsystem", "InnoDB");
            change(&mut body);
            recognise(wording, &body).map(|found| flat(&found.attributes).join(" "))
        };
        assert_eq!(body(&|_| {}), Some("which=DB".into()));
        assert_eq!(body(&|body| body.code = None), None);
        assert_eq!(body(&|body| body.code = Some("MY-000001".into())), None);
        assert_eq!(body(&|body| body.fields.clear()), None);
        assert_eq!(body(&|body| body.fields[0].1 = "InnoDBs".into()), None);
        assert_eq!(body(&|body| body.message = "No assertion".into()), None);
        assert_eq!(body(&|body| body.message = "Assertion in thread 0".into()), None);
        assert_eq!(body(&|body| body.push("plugin", "group_replication")), None);
        assert_eq!(body(&|body| body.push("plugin", "clone")), Some("which=DB".into()));
    }

    #[test]
    fn the_first_wording_that_fits_counts() {
        let wordings = "component=['kubelet']\n[[signal.match]]\nmessage='old'\n[[signal.match]]\nmessage='new'\n";
        assert_eq!(recognise(wordings, &Body::message("the new one")).unwrap().wording, 1);
        assert_eq!(recognise(wordings, &Body::message("neither")), None);
    }

    #[test]
    fn component_and_severity_where_they_are_known() {
        let signal = "component=['kubelet']\nseverity='error'\n[[signal.match]]\nmessage='x'\n";
        let body = Body::message("x");
        let ask = |severity, component| with(signal, &body, &Whereabouts::default(), None, severity, component).is_some();
        assert!(ask(None, None) && ask(Some(Severity::FATAL), Some(Component::Kubelet)) && ask(None, Some(Component::Container)));
        assert!(!ask(Some(Severity::WARN), None) && !ask(None, Some(Component::Mysqld)) && !ask(None, Some(Component::Other)));
    }

    #[test]
    fn what_anybody_says_counts_only_where_it_is_known_who_speaks() {
        let signal =
            "component=['mysqld']\n[[signal.match]]\nmessage='No space left'\nanybody=true\n[[signal.match]]\nmessage='Disk is full writing'\n";
        let ask = |text: &'static str, component| {
            with(signal, &Body::message(text), &Whereabouts::default(), None, None, component).map(|found| found.wording)
        };
        assert_eq!(ask("write: No space left on device", Some(Component::Mysqld)), Some(0));
        assert_eq!(ask("write: No space left on device", None), None);
        assert_eq!(ask("write: No space left on device", Some(Component::Container)), None);
        assert_eq!(ask("InnoDB: write: No space left on device", None), Some(0));
        assert_eq!(ask("Disk is full writing 'x' (No space left)", None), Some(1));
    }

    #[test]
    fn places_come_from_source_and_envelope() {
        let signal = "component=['mysqld']\nset={a='{$node}',b='{$pod}',c='{$instance}',d='{$host}',e='{$program}',f='{$source}'}\n[[signal.match]]\nmessage='x'\n";
        let body = Body::message("x");
        let at = Whereabouts { node: Some("n1".into()), ..Whereabouts::default() };
        let found = with(signal, &body, &at, None, None, None).unwrap();
        assert_eq!(flat(&found.attributes), ["a=n1", "c=x/y.log", "d=n1", "f=x/y.log"]);
        let envelope = Envelope { host: Some("n2".into()), pod: Some("ns/p".into()), program: Some("mysqld".into()), ..Envelope::default() };
        let found = with(signal, &body, &Whereabouts::default(), Some(&envelope), None, None).unwrap();
        assert_eq!(flat(&found.attributes), ["a=n2", "b=ns/p", "c=x/y.log#ns/p", "d=n2", "e=mysqld", "f=x/y.log"]);
    }
}
