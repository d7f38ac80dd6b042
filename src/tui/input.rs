//! Input: what a person does, told without a terminal.
//!
//! In: events. Out: the same as data. Must not know: what they mean.

pub(super) use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Something a person did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// A key.
    Key(KeyEvent),
    /// Text that was pasted.
    Paste(String),
    /// The mouse, at a column and a row.
    Mouse(Mouse, u16, u16),
    /// The screen has another size: columns and rows.
    Resize(u16, u16),
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mouse {
    Press,
    Drag,
    Release,
    WheelUp,
    WheelDown,
}

impl Input {
    /// An event of the terminal, if it is one that matters.
    pub(super) fn of(event: crossterm::event::Event) -> Option<Self> {
        use crossterm::event::{Event, KeyEventKind, MouseButton, MouseEventKind};
        Some(match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => Self::Key(key),
            Event::Paste(text) => Self::Paste(text),
            Event::Resize(width, height) => Self::Resize(width, height),
            Event::Mouse(mouse) => {
                let kind = match mouse.kind {
                    MouseEventKind::Down(MouseButton::Left) => Mouse::Press,
                    MouseEventKind::Drag(MouseButton::Left) => Mouse::Drag,
                    MouseEventKind::Up(MouseButton::Left) => Mouse::Release,
                    MouseEventKind::ScrollUp => Mouse::WheelUp,
                    MouseEventKind::ScrollDown => Mouse::WheelDown,
                    _ => return None,
                };
                Self::Mouse(kind, mouse.column, mouse.row)
            }
            _ => return None,
        })
    }
}
