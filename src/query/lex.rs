//! Lexing: a query as typed falls into tokens with their places.
//!
//! In: text. Out: [`Token`]s. Must not know: what fields there are, what tokens mean together.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, multispace0};
use nom::combinator::{map, value};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser as _};

/// A token of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `..`
    To,
    /// `:`, `=`, `>=`, `>`, `<=`, `<`
    Compare(&'static str),
    /// Bare text.
    Word(String),
    /// Text in quotation marks.
    Quoted(String),
}

/// A token and where it stands, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: usize,
    pub(super) end: usize,
}

type Found<'a, T> = IResult<&'a str, T>;

/// The tokens of a query; an error is the place of a quotation mark that is not closed.
pub(super) fn lex(query: &str) -> Result<Vec<Token>, usize> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = query;
    loop {
        rest = multispace0::<_, nom::error::Error<&str>>(rest).map_or(rest, |(rest, _)| rest);
        if rest.is_empty() {
            return Ok(tokens);
        }
        let at = query.len() - rest.len();
        // A value may hold what parts tokens elsewhere: `source:a/b:c`, `>` in a word is rare enough to be quoted.
        let after_compare = tokens.last().is_some_and(|last| matches!(last.kind, Kind::Compare(_)) && last.end == at);
        let found =
            if after_compare { alt((open, quoted, value_word)).parse(rest) } else { alt((open, close, to, compare, quoted, word)).parse(rest) };
        let Ok((after, kind)) = found else { return Err(at) };
        rest = after;
        tokens.push(Token { kind, at, end: query.len() - rest.len() });
    }
}

fn open(text: &str) -> Found<'_, Kind> {
    value(Kind::Open, char('(')).parse(text)
}

fn close(text: &str) -> Found<'_, Kind> {
    value(Kind::Close, char(')')).parse(text)
}

fn to(text: &str) -> Found<'_, Kind> {
    value(Kind::To, tag("..")).parse(text)
}

fn compare(text: &str) -> Found<'_, Kind> {
    let one = |sign: &'static str| value(Kind::Compare(sign), tag(sign));
    alt((one(":"), one(">="), one("<="), one(">"), one("<"), one("="))).parse(text)
}

/// Text in quotation marks; `\"` and `\\` stand for themselves.
fn quoted(text: &str) -> Found<'_, Kind> {
    let (mut rest, _) = char('"').parse(text)?;
    let mut said = String::new();
    loop {
        let (after, plain) = take_while(|letter| letter != '"' && letter != '\\').parse(rest)?;
        said.push_str(plain);
        let escape = |rest| preceded(char('\\'), alt((value('"', char('"')), value('\\', char('\\'))))).parse(rest);
        if let Ok((after, ())) = value((), char::<_, nom::error::Error<&str>>('"')).parse(after) {
            return Ok((after, Kind::Quoted(said)));
        }
        rest = if let Ok((after, letter)) = escape(after) as Found<'_, char> {
            said.push(letter);
            after
        } else {
            said.push('\\');
            char('\\').parse(after)?.0
        };
    }
}

/// Bare text, up to what parts tokens.
fn word(text: &str) -> Found<'_, Kind> {
    let mut end = text.len();
    for (at, letter) in text.char_indices() {
        let after = text.get(at..).unwrap_or_default();
        if letter.is_whitespace() || matches!(letter, '(' | ')' | '"' | '<' | '>' | '=') || after.starts_with("..") {
            end = at;
            break;
        }
        // `10:18` is a word, `node:x` a field.
        if letter == ':' && text.chars().next().is_some_and(|first| first.is_ascii_alphabetic()) {
            end = at;
            break;
        }
    }
    let plain = |text| map(take_while1(|_| true), |word: &str| Kind::Word(word.to_owned())).parse(text);
    let (rest, kind) = plain(text.get(..end).unwrap_or_default())?;
    debug_assert!(rest.is_empty(), "all letters were taken");
    Ok((text.get(end..).unwrap_or_default(), kind))
}

/// A value after a comparison: up to space, bracket, quotation mark or `..`.
fn value_word(text: &str) -> Found<'_, Kind> {
    let end = text.char_indices().find(|(at, letter)| {
        letter.is_whitespace() || matches!(letter, '(' | ')' | '"') || text.get(*at..).is_some_and(|after| after.starts_with(".."))
    });
    let (word, rest) = text.split_at_checked(end.map_or(text.len(), |(at, _)| at)).unwrap_or((text, ""));
    map(delimited(multispace0, take_while1(|_| true), multispace0), |word: &str| Kind::Word(word.to_owned()))
        .parse(word)
        .map(|(_, kind)| (rest, kind))
}
