//! Names: what kinds of entities and attributes are called, each text once for the whole run.
//!
//! In: texts of patterns. Out: the same text for as long as the program runs. Must not know: what is named.
//!
//! There are as many names as patterns define, while millions of records carry them: a name is copied as a number is.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

/// A name, as a pattern spells it.
pub type Name = &'static str;

/// The name spelled so. For what patterns define, never for what logs say: a name is kept for good.
pub fn name(text: &str) -> Name {
    static NAMES: LazyLock<Mutex<HashSet<Name>>> = LazyLock::new(Mutex::default);
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(text) {
        return known;
    }
    let name: Name = Box::leak(Box::from(text));
    names.insert(name);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_name() {
        assert_eq!(name(&["po", "d"].concat()).as_ptr(), name("pod").as_ptr());
        assert_ne!(name("pod"), name("node"));
    }
}
