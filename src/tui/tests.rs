//! Screens, driven by keys.
