//! The prompt: one line that is typed, with history and completion.
//!
//! In: keys, what was typed before, names to complete. Out: the line. Must not know: what it is for.

use super::effect::Exported;
use super::input::{KeyCode, KeyEvent, KeyModifiers};

/// Longest line.
const MAX_TYPED: usize = 4096;

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asking {
    Search,
    Include,
    Exclude,
    GoTo,
    /// A remark on `f1` or `SOURCE@OFFSET`.
    Comment(String),
    Tag(String),
    Palette,
    Export(Exported),
    /// A directory for a temporary case; whether to leave then.
    Keep(bool),
}

impl Asking {
    pub(super) const fn title(&self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Include => "only",
            Self::Exclude => "not",
            Self::GoTo => "go to",
            Self::Comment(_) => "comment",
            Self::Tag(_) => "tag",
            Self::Palette => ":",
            Self::Export(_) => "write to",
            Self::Keep(false) => "keep the case in",
            Self::Keep(true) => "there are notes: keep the case in (empty: drop it)",
        }
    }

    /// Whether a query is typed.
    pub(super) const fn is_query(&self) -> bool {
        matches!(self, Self::Search | Self::Include | Self::Exclude)
    }
}

/// A line that is being typed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Prompt {
    pub(super) asking: Asking,
    pub(super) text: String,
    /// Characters before the cursor.
    pub(super) at: usize,
    /// How many entries fit so far, or what is wrong.
    pub(super) live: Option<Result<u64, String>>,
    /// What it may be completed to, and which of them it is.
    pub(super) offers: Vec<String>,
    pub(super) offer: Option<usize>,
    /// Place in the history, and what was typed before it was looked at.
    past: Option<(usize, String)>,
}

/// What a key did to the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    Nothing,
    Changed,
    Done,
    Left,
}

impl Prompt {
    pub(super) fn new(asking: Asking, text: &str) -> Self {
        let at = text.chars().count();
        Self { asking, text: text.to_owned(), at, live: None, offers: Vec::new(), offer: None, past: None }
    }

    fn byte(&self, at: usize) -> usize {
        self.text.char_indices().nth(at).map_or(self.text.len(), |(byte, _)| byte)
    }

    /// The line up to the cursor.
    pub(super) fn before(&self) -> &str {
        self.text.get(..self.byte(self.at)).unwrap_or_default()
    }

    pub(super) fn insert(&mut self, text: &str) {
        let room = MAX_TYPED.saturating_sub(self.text.chars().count());
        let text: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(room).collect();
        self.text.insert_str(self.byte(self.at), &text);
        self.at += text.chars().count();
        self.edited();
    }

    fn edited(&mut self) {
        self.offers.clear();
        self.offer = None;
        self.past = None;
    }

    fn cut(&mut self, from: usize, to: usize) {
        let range = self.byte(from)..self.byte(to);
        self.text.replace_range(range, "");
        self.at = from;
        self.edited();
    }

    fn set(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        self.at = text.chars().count();
    }

    /// Types a key. `history`: the latest last. `complete`: what the line up to the cursor may become.
    pub(super) fn key(&mut self, key: KeyEvent, history: &[String], complete: impl Fn(&str) -> Vec<String>) -> Typed {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let end = self.text.chars().count();
        match key.code {
            KeyCode::Esc => return Typed::Left,
            KeyCode::Char('c' | 'g') if control => return Typed::Left,
            KeyCode::Enter => return Typed::Done,
            KeyCode::Char('a') if control => self.at = 0,
            KeyCode::Char('e') if control => self.at = end,
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = end,
            KeyCode::Left => self.at = self.at.saturating_sub(1),
            KeyCode::Right => self.at = (self.at + 1).min(end),
            KeyCode::Char('u') if control => {
                self.cut(0, self.at);
                return Typed::Changed;
            }
            KeyCode::Char('k') if control => {
                self.cut(self.at, end);
                return Typed::Changed;
            }
            KeyCode::Char('w') if control => {
                let before: Vec<char> = self.before().chars().collect();
                let word = before.iter().rev().skip_while(|letter| letter.is_whitespace()).skip_while(|letter| !letter.is_whitespace()).count();
                self.cut(word, self.at);
                return Typed::Changed;
            }
            KeyCode::Backspace if self.text.is_empty() => return Typed::Left,
            KeyCode::Char('h') if control && self.text.is_empty() => return Typed::Left,
            KeyCode::Backspace if self.at > 0 => {
                self.cut(self.at - 1, self.at);
                return Typed::Changed;
            }
            KeyCode::Delete if self.at < end => {
                self.cut(self.at, self.at + 1);
                return Typed::Changed;
            }
            KeyCode::Up => return self.older(history),
            KeyCode::Down => return self.newer(history),
            KeyCode::Char('p') if control => return self.older(history),
            KeyCode::Char('n') if control => return self.newer(history),
            KeyCode::Tab => return self.complete(true, complete),
            KeyCode::BackTab => return self.complete(false, complete),
            KeyCode::Char(letter) if !control && !key.modifiers.contains(KeyModifiers::ALT) => {
                self.insert(letter.encode_utf8(&mut [0; 4]));
                return Typed::Changed;
            }
            _ => {}
        }
        Typed::Nothing
    }

    fn older(&mut self, history: &[String]) -> Typed {
        let (at, draft) = self.past.take().unwrap_or_else(|| (history.len(), self.text.clone()));
        let next = at.checked_sub(1).filter(|next| history.get(*next).is_some());
        if let Some(text) = next.and_then(|next| history.get(next)) {
            self.set(text);
        }
        self.past = Some((next.unwrap_or(at), draft));
        Typed::Changed
    }

    fn newer(&mut self, history: &[String]) -> Typed {
        let Some((at, draft)) = self.past.take() else { return Typed::Nothing };
        match history.get(at + 1) {
            Some(text) => {
                self.set(text);
                self.past = Some((at + 1, draft));
            }
            None => self.set(&draft),
        }
        Typed::Changed
    }

    fn complete(&mut self, forward: bool, complete: impl Fn(&str) -> Vec<String>) -> Typed {
        if self.offers.is_empty() {
            self.offers = complete(self.before());
            self.offer = None;
        }
        let Some(last) = self.offers.len().checked_sub(1) else { return Typed::Nothing };
        let next = match (self.offer, forward) {
            (None, true) => 0,
            (None, false) => last,
            (Some(at), true) => {
                if at == last {
                    0
                } else {
                    at + 1
                }
            }
            (Some(at), false) => at.checked_sub(1).unwrap_or(last),
        };
        self.offer = Some(next);
        if let Some(offer) = self.offers.get(next).cloned() {
            let rest = self.text.get(self.byte(self.at)..).unwrap_or_default().to_owned();
            self.at = offer.chars().count();
            self.text = format!("{offer}{rest}");
        }
        Typed::Changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(prompt: &mut Prompt, keys: &[KeyCode]) {
        let history = ["one".to_owned(), "two".to_owned()];
        for key in keys {
            prompt.key(KeyEvent::new(*key, KeyModifiers::NONE), &history, |before| vec![format!("{before}a"), format!("{before}b")]);
        }
    }

    #[test]
    fn typing_history_and_completion() {
        let mut prompt = Prompt::new(Asking::Search, "");
        typed(&mut prompt, &[KeyCode::Char('x'), KeyCode::Char('数'), KeyCode::Left, KeyCode::Char('y')]);
        assert_eq!((prompt.text.as_str(), prompt.at), ("xy数", 2));
        typed(&mut prompt, &[KeyCode::Up]);
        assert_eq!(prompt.text, "two");
        typed(&mut prompt, &[KeyCode::Up, KeyCode::Up]);
        assert_eq!(prompt.text, "one");
        typed(&mut prompt, &[KeyCode::Down, KeyCode::Down]);
        assert_eq!(prompt.text, "xy数", "what was typed comes back");
        typed(&mut prompt, &[KeyCode::End, KeyCode::Tab]);
        assert_eq!(prompt.text, "xy数a");
        typed(&mut prompt, &[KeyCode::Tab]);
        assert_eq!(prompt.text, "xy数b");
        typed(&mut prompt, &[KeyCode::Backspace, KeyCode::Backspace]);
        assert_eq!(prompt.text, "xy");
    }
}
