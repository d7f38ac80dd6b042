//! Observe: entries become signals.
//!
//! In: a [`Piece`](crate::decode::Piece) and a [`Pack`](crate::pattern::Pack). Out: [`Signal`](crate::signal::Signal)s with their citations. Must not
//! know: clocks, other sources, spans and causes.

pub mod prefilter;
