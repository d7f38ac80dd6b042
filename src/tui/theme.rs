//! Themes: what each role looks like.
//!
//! In: what is known of the terminal. Out: styles by [`Role`]. Must not know: panes.

use ratatui::style::{Color, Modifier, Style};

use crate::severity::Severity;

/// Colours of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// No colour: bold, dim, underlined and reversed only.
    Plain,
    /// The terminal's own 16 colours.
    #[default]
    Sixteen,
    /// Any colour, on a dark ground.
    Dark,
    /// Any colour, on a light ground.
    Light,
}

/// What something on the screen is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Text,
    Dim,
    Strong,
    /// Headings and names of panes.
    Title,
    /// The page that is open.
    Tab,
    /// Where the cursor is.
    Selected,
    /// Where the cursor would be if the pane had it.
    Faint,
    /// Cited by a finding.
    Evidence,
    /// Bookmarked, commented, tagged.
    Noted,
    /// What a search found.
    Hit,
    /// A stamp in doubt, a gap, a step that is missing.
    Doubt,
    Fatal,
    Error,
    Warn,
    Info,
    Debug,
    /// All is well.
    Good,
    /// A filter.
    Chip,
    /// A filter that is inverted.
    Against,
}

impl Theme {
    const ALL: [(Self, &'static str); 4] = [(Self::Plain, "plain"), (Self::Sixteen, "16"), (Self::Dark, "dark"), (Self::Light, "light")];

    /// What the environment asks for: `NO_COLOR`, `COLORTERM`, `COLORFGBG`, `TERM`, each as it is set.
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        if set("NO_COLOR").is_some() || set("TERM").as_deref() == Some("dumb") {
            return Self::Plain;
        }
        if !set("COLORTERM").is_some_and(|value| matches!(value.as_str(), "truecolor" | "24bit")) {
            return Self::Sixteen;
        }
        // The last of its numbers is the ground: 7 and 15 are white.
        let ground = set("COLORFGBG").and_then(|value| value.rsplit(';').next().map(str::to_owned));
        if ground.is_some_and(|ground| matches!(ground.as_str(), "7" | "15")) { Self::Light } else { Self::Dark }
    }

    /// The theme of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(theme, _)| *theme)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(theme, _)| *theme == self).map_or("", |(_, name)| name)
    }

    pub(super) fn next(self) -> Self {
        let at = Self::ALL.iter().position(|(theme, _)| *theme == self).unwrap_or(0);
        Self::ALL.get((at + 1) % Self::ALL.len()).map_or(self, |(theme, _)| *theme)
    }

    pub(super) fn style(self, role: Role) -> Style {
        let (bold, dim, reversed) = (Modifier::BOLD, Modifier::DIM, Modifier::REVERSED);
        let shaped = match role {
            Role::Text | Role::Info => Style::new(),
            Role::Dim | Role::Debug => Style::new().add_modifier(dim),
            Role::Strong | Role::Title | Role::Error | Role::Good | Role::Evidence | Role::Noted | Role::Warn => Style::new().add_modifier(bold),
            Role::Tab | Role::Selected | Role::Chip => Style::new().add_modifier(reversed),
            Role::Faint | Role::Hit => Style::new().add_modifier(Modifier::UNDERLINED),
            Role::Doubt => Style::new().add_modifier(Modifier::ITALIC),
            Role::Fatal => Style::new().add_modifier(bold | Modifier::UNDERLINED),
            Role::Against => Style::new().add_modifier(reversed | dim),
        };
        let rgb = |value: u32| Color::from_u32(value);
        let ground = |value: u32| Style::new().bg(rgb(value));
        match (self, role) {
            (Self::Plain, _) => shaped,
            (Self::Sixteen, role) => match role {
                Role::Text | Role::Info | Role::Strong | Role::Selected | Role::Tab => shaped,
                Role::Dim | Role::Debug => Style::new().fg(Color::DarkGray),
                Role::Title => shaped.fg(Color::Cyan),
                Role::Faint => Style::new().add_modifier(bold),
                Role::Hit => Style::new().fg(Color::Black).bg(Color::Yellow),
                Role::Evidence => shaped.fg(Color::Magenta),
                Role::Noted => shaped.fg(Color::Yellow),
                Role::Doubt => Style::new().fg(Color::Magenta),
                Role::Fatal => Style::new().fg(Color::White).bg(Color::Red).add_modifier(bold),
                Role::Error => Style::new().fg(Color::Red),
                Role::Warn => Style::new().fg(Color::Yellow),
                Role::Good => Style::new().fg(Color::Green),
                Role::Chip => Style::new().fg(Color::Black).bg(Color::Cyan),
                Role::Against => Style::new().fg(Color::Black).bg(Color::Red),
            },
            (Self::Dark, role) => match role {
                Role::Text | Role::Info => Style::new().fg(rgb(0x00d8_dee9)),
                Role::Dim | Role::Debug => Style::new().fg(rgb(0x007d_8699)),
                Role::Strong => shaped.fg(rgb(0x00ff_ffff)),
                Role::Title => shaped.fg(rgb(0x0088_c0d0)),
                Role::Tab => Style::new().fg(rgb(0x001b_1f27)).bg(rgb(0x0088_c0d0)).add_modifier(bold),
                Role::Selected => ground(0x003b_4b63).add_modifier(bold),
                Role::Faint => ground(0x0029_303c),
                Role::Hit => ground(0x006b_5310),
                Role::Evidence => shaped.fg(rgb(0x00d0_8ee0)),
                Role::Noted => shaped.fg(rgb(0x00eb_cb8b)),
                Role::Doubt => shaped.fg(rgb(0x00b4_8ead)),
                Role::Fatal => Style::new().fg(rgb(0x00ff_ffff)).bg(rgb(0x00a8_3242)).add_modifier(bold),
                Role::Error => Style::new().fg(rgb(0x00f0_7080)),
                Role::Warn => Style::new().fg(rgb(0x00eb_cb8b)),
                Role::Good => Style::new().fg(rgb(0x00a3_be8c)),
                Role::Chip => Style::new().fg(rgb(0x001b_1f27)).bg(rgb(0x0088_c0d0)),
                Role::Against => Style::new().fg(rgb(0x001b_1f27)).bg(rgb(0x00f0_7080)),
            },
            (Self::Light, role) => match role {
                Role::Text | Role::Info => Style::new().fg(rgb(0x0022_2833)),
                Role::Dim | Role::Debug => Style::new().fg(rgb(0x006b_7280)),
                Role::Strong => shaped.fg(rgb(0x0000_0000)),
                Role::Title => shaped.fg(rgb(0x0000_5f87)),
                Role::Tab => Style::new().fg(rgb(0x00ff_ffff)).bg(rgb(0x0000_5f87)).add_modifier(bold),
                Role::Selected => ground(0x00c5_d9ee).add_modifier(bold),
                Role::Faint => ground(0x00e6_ecf2),
                Role::Hit => ground(0x00ff_e08a),
                Role::Evidence => shaped.fg(rgb(0x0087_00af)),
                Role::Noted => shaped.fg(rgb(0x009a_6700)),
                Role::Doubt => shaped.fg(rgb(0x0087_5f87)),
                Role::Fatal => Style::new().fg(rgb(0x00ff_ffff)).bg(rgb(0x00b0_1030)).add_modifier(bold),
                Role::Error => Style::new().fg(rgb(0x00b0_1030)),
                Role::Warn => Style::new().fg(rgb(0x009a_6700)),
                Role::Good => Style::new().fg(rgb(0x0000_6b3c)),
                Role::Chip => Style::new().fg(rgb(0x00ff_ffff)).bg(rgb(0x0000_5f87)),
                Role::Against => Style::new().fg(rgb(0x00ff_ffff)).bg(rgb(0x00b0_1030)),
            },
        }
    }
}

impl Role {
    /// The role of a severity of an entry.
    pub(super) fn of_severity(severity: Option<Severity>) -> Self {
        match severity {
            Some(severity) if severity >= Severity::FATAL => Self::Fatal,
            Some(severity) if severity >= Severity::ERROR => Self::Error,
            Some(severity) if severity >= Severity::WARN => Self::Warn,
            Some(severity) if severity >= Severity::INFO => Self::Info,
            Some(_) => Self::Debug,
            None => Self::Text,
        }
    }

    /// The role of a level of a finding, as reports name it.
    pub(super) fn of_level(level: &str) -> Self {
        match level {
            "critical" => Self::Fatal,
            "high" => Self::Error,
            "medium" => Self::Warn,
            _ => Self::Title,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(set: &[(&str, &str)]) -> Theme {
        Theme::of_environment(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_environment_chooses() {
        assert_eq!(of(&[]), Theme::Sixteen);
        assert_eq!(of(&[("COLORTERM", "truecolor")]), Theme::Dark);
        assert_eq!(of(&[("COLORTERM", "truecolor"), ("COLORFGBG", "0;15")]), Theme::Light);
        assert_eq!(of(&[("COLORTERM", "truecolor"), ("NO_COLOR", "1")]), Theme::Plain);
        assert_eq!(of(&[("NO_COLOR", "")]), Theme::Sixteen);
    }

    #[test]
    fn plain_has_no_colour() {
        for role in [Role::Fatal, Role::Selected, Role::Chip, Role::Hit, Role::Evidence, Role::Warn] {
            let style = Theme::Plain.style(role);
            assert!(style.fg.is_none() && style.bg.is_none(), "{role:?}");
        }
    }
}
