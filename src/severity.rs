//! Severity: the OpenTelemetry numbers, and how each world's own scale maps to them.
//!
//! In: a writer's label. Out: a [`Severity`]. Must not know: formats.

/// Severity number of OpenTelemetry's log data model: 1..4 trace, 5..8 debug, 9..12 info, 13..16 warn, 17..20 error, 21..24 fatal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Severity(u8);

impl Severity {
    /// Finest detail.
    pub const TRACE: Self = Self(1);
    /// For developers.
    pub const DEBUG: Self = Self(5);
    /// Ordinary.
    pub const INFO: Self = Self(9);
    /// Worth a look.
    pub const WARN: Self = Self(13);
    /// Something failed.
    pub const ERROR: Self = Self(17);
    /// The writer gives up.
    pub const FATAL: Self = Self(21);

    /// The severity of an OpenTelemetry number, 1..=24.
    pub const fn from_number(number: u8) -> Option<Self> {
        if number >= 1 && number <= 24 { Some(Self(number)) } else { None }
    }

    /// The OpenTelemetry number, 1..=24.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Short name of the band: `trace`, `debug`, `info`, `warn`, `error`, `fatal`.
    pub const fn name(self) -> &'static str {
        match self.0 {
            0..=4 => "trace",
            5..=8 => "debug",
            9..=12 => "info",
            13..=16 => "warn",
            17..=20 => "error",
            _ => "fatal",
        }
    }

    /// Severity of a label as the field's programs print it, upper or lower case; `None` for anything else.
    pub fn from_label(label: &[u8]) -> Option<Self> {
        const LABELS: &[(&str, Severity)] = &[
            ("trace", Severity::TRACE),
            ("debug", Severity::DEBUG),
            ("info", Severity::INFO),
            ("information", Severity::INFO),
            ("note", Severity::INFO),
            ("notice", Severity::INFO),
            ("system", Severity::INFO),
            ("normal", Severity::INFO),
            ("warn", Severity::WARN),
            ("warning", Severity::WARN),
            ("err", Severity::ERROR),
            ("error", Severity::ERROR),
            ("crit", Severity::FATAL),
            ("critical", Severity::FATAL),
            ("fatal", Severity::FATAL),
            ("panic", Severity::FATAL),
            ("dpanic", Severity::FATAL),
            ("alert", Severity::FATAL),
            ("emerg", Severity::FATAL),
        ];
        LABELS.iter().find(|(name, _)| label.eq_ignore_ascii_case(name.as_bytes())).map(|(_, severity)| *severity)
    }
}
