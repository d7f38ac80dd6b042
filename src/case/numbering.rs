//! Numbering: which formats and components the numbers of two columns mean.
//!
//! In: the names that a manifest lists. Out: formats and components by number. Must not know: rows, how what is written today is numbered (`scan::record`).
//!
//! A row holds a format and a component as a small number. Programs that come later know more of both, in another order; a case therefore says which
//! names its numbers stand for, and is read by names.

use crate::component::Component;
use crate::decode::{FORMATS, Format, by_name};

/// What the numbers of a case mean.
#[derive(Debug)]
pub(super) struct Numbering {
    formats: Vec<Option<&'static dyn Format>>,
    components: Vec<Option<Component>>,
}

/// The names of all formats, in the order in which this program numbers them.
pub(super) fn formats() -> Vec<String> {
    FORMATS.iter().map(|format| format.name().to_owned()).collect()
}

/// The names of all components, in the order in which this program numbers them.
pub(super) fn components() -> Vec<String> {
    Component::ALL.iter().map(|component| component.name().to_owned()).collect()
}

impl Numbering {
    pub(super) fn new(formats: &[String], components: &[String]) -> Self {
        Self {
            formats: formats.iter().map(|name| by_name(name)).collect(),
            components: components.iter().map(|name| Component::from_name(name)).collect(),
        }
    }

    /// The format of a number; `None`: this program has none of that name.
    pub(super) fn format(&self, number: i64) -> Option<&'static dyn Format> {
        usize::try_from(number).ok().and_then(|at| self.formats.get(at)).copied().flatten()
    }

    /// The component of a number; `None`: as its source, or this program has none of that name.
    pub(super) fn component(&self, number: i64) -> Option<Component> {
        usize::try_from(number).ok()?.checked_sub(1).and_then(|at| self.components.get(at)).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::record::{number, number_of_format};

    #[test]
    fn numbers_are_read_by_name() {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let numbering = Numbering::new(&list(&["klog", "a-format-to-come", "text"]), &list(&["mysqld", "kubelet"]));
        let name = |number| numbering.format(number).map(Format::name);
        assert_eq!([name(0), name(1), name(2), name(3), name(-1)], [Some("klog"), None, Some("text"), None, None]);
        let component = |number| numbering.component(number);
        assert_eq!([component(0), component(1), component(2), component(3)], [None, Some(Component::Mysqld), Some(Component::Kubelet), None]);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let numbering = Numbering::new(&formats(), &components());
        for format in FORMATS {
            assert_eq!(numbering.format(number_of_format(format.name()).into()).map(Format::name), Some(format.name()));
        }
        for component in Component::ALL {
            assert_eq!(numbering.component(number(*component).into()), Some(*component));
        }
        assert_eq!(numbering.format(number_of_format("a-format-of-yore").into()).map(Format::name), Some("text"));
    }
}
