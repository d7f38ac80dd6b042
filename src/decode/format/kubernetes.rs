//! Kubernetes objects, whatever way they were printed.
//!
//! In: the scalars of an object with their paths, or the cells of a table. Out: the [`Body`](crate::decode::Body) of an Event or of another
//! object, the same for the same facts however they were printed. Must not know: how lines become entries.

pub(crate) mod age;
pub(crate) mod columns;
pub(crate) mod date;
pub(crate) mod description;
pub(crate) mod event;
pub(crate) mod json;
pub(crate) mod kinds;
pub(crate) mod leaves;
pub(crate) mod loose;
pub(crate) mod object;
pub(crate) mod unnamed;
pub(crate) mod yaml;

#[cfg(test)]
pub(crate) mod check;
