//! Compiling: a signal's definition becomes what matching works with.
//!
//! In: checked definitions. Out: [`Recogniser`]s: conditions with lazily compiled expressions, and templates. Must not know: entries.

use memchr::memmem;

use super::ast;
use super::expression::Expression;
use super::template::Template;
use crate::component::Component;
use crate::name::{Name, name};
use crate::severity::Severity;

/// A signal, ready to be looked for.
#[derive(Debug)]
pub struct Recogniser {
    /// The definition it was made from.
    pub definition: ast::Signal,
    /// Components whose records can carry it.
    pub components: Vec<Component>,
    /// Least severity of the record.
    pub severity: Option<Severity>,
    /// Wordings, in order.
    pub wordings: Vec<Wording>,
    /// Entity kinds, each with a template; in order of the definition's kinds.
    pub entities: Vec<(Name, Template)>,
    /// Attributes beyond the captures.
    pub set: Vec<(Name, Template)>,
    /// How far back the record reaches.
    pub lasted: Option<Template>,
    /// Names of one thing.
    pub same: Vec<Vec<(Name, Template)>>,
    /// Product and version.
    pub version: Option<(Template, Template)>,
    /// Setting and value.
    pub setting: Option<(Template, Template)>,
}

/// One wording of a signal.
#[derive(Debug)]
pub struct Wording {
    /// Looked for in the message.
    pub message: Option<Expression>,
    /// Must not be found in the message.
    pub not_message: Option<Expression>,
    /// Codes, one of which the record carries; empty: any or none.
    pub code: Vec<Box<str>>,
    /// Fields that must be there and fit.
    pub fields: Vec<(Box<str>, Expression)>,
    /// Fields that must not be there, or not fit.
    pub not_fields: Vec<(Box<str>, Expression)>,
    /// Other programs say it as well.
    pub anybody: bool,
}

impl Recogniser {
    /// Compiles a definition. Checks have been made: what still does not compile is left out.
    pub fn new(definition: ast::Signal) -> Self {
        let entities = definition.entity.iter().flat_map(|(kind, templates)| templates.as_slice().iter().filter_map(|text| named(kind, text)));
        let same =
            definition.same.iter().map(|group| group.iter().filter_map(|text| text.split_once(':')).filter_map(|(k, t)| named(k, t)).collect());
        Self {
            components: definition.component.iter().filter_map(|name| Component::from_name(name)).collect(),
            severity: definition.severity.as_ref().and_then(|label| Severity::from_label(label.as_bytes())),
            wordings: definition.matches.iter().map(Wording::new).collect(),
            entities: entities.collect(),
            set: definition.set.iter().filter_map(|(name, text)| named(name, text)).collect(),
            lasted: definition.lasted.as_deref().and_then(template),
            same: same.collect(),
            version: definition.version.as_ref().and_then(|fact| Some((template(&fact.product)?, template(&fact.version)?))),
            setting: definition.setting.as_ref().and_then(|fact| Some((template(&fact.name)?, template(&fact.value)?))),
            definition,
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.definition.id
    }

    /// Whether records of a component can carry it. A component that is not known, or only as some container's, may.
    pub fn may_come_from(&self, component: Option<Component>) -> bool {
        match component {
            None | Some(Component::Container) => true,
            Some(component) => self.components.contains(&component),
        }
    }

    /// Whether that is certain: of a component that is known, or by what the record calls the program.
    pub fn speaks(&self, component: Option<Component>, message: &str) -> bool {
        let is_known = component.is_some_and(|component| component.is_program() && self.components.contains(&component));
        is_known || self.components.iter().flat_map(|component| component.calls_itself()).any(|name| is_word_of(name, message))
    }
}

/// Whether a text has a word: `mysqldump` is not `mysqld`.
fn is_word_of(word: &str, text: &str) -> bool {
    let text = text.as_bytes();
    let is_end = |at: usize| !text.get(at + word.len()).is_some_and(u8::is_ascii_alphanumeric);
    memmem::find_iter(text, word).any(is_end)
}

impl Wording {
    fn new(definition: &ast::Match) -> Self {
        let fields = |map: &std::collections::BTreeMap<String, String>| {
            map.iter().map(|(name, text)| (Box::from(name.as_str()), Expression::whole(text))).collect()
        };
        Self {
            message: definition.message.as_deref().map(Expression::anywhere),
            not_message: definition.not_message.as_deref().map(Expression::anywhere),
            code: definition.code.iter().map(|code| Box::from(code.as_str())).collect(),
            fields: fields(&definition.field),
            not_fields: fields(&definition.not_field),
            anybody: definition.anybody,
        }
    }
}

fn template(text: &str) -> Option<Template> {
    Template::parse(text).ok()
}

fn named(text: &str, value: &str) -> Option<(Name, Template)> {
    Some((name(text), template(value)?))
}
