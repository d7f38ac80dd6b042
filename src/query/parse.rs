//! Parsing: tokens become a [`Query`].
//!
//! In: a query as typed. Out: what it means, or its first fault. Must not know: cases.
//!
//! ```text
//! query  = either { either }
//! either = all { OR all }        all = one { [AND] one }
//! one    = NOT one | ( query ) | * | word[*] | "phrase" | field op value | moment .. moment
//! ```

use super::lex::{Kind, Token, lex};
use super::words::typed;
use super::{FIELDS, Fault, Field, Pattern, Query, moment, severity};
use crate::time::parse_duration;

/// Brackets in brackets that are followed.
const MAX_DEPTH: usize = 64;

/// Reads a query.
///
/// # Errors
///
/// The first fault, with its place.
pub fn parse(query: &str) -> Result<Query, Fault> {
    let fault = |at, what: &str, help: &str| Fault { query: query.to_owned(), at, what: what.to_owned(), help: help.to_owned() };
    let tokens = lex(query)
        .map_err(|at| fault(at, "this quotation mark is not closed", "write \"words that follow one another\"; \\\" stands for a quotation mark"))?;
    if tokens.is_empty() {
        return Err(fault(0, "the query is empty", "* asks for every entry"));
    }
    let mut parser = Parser { query, tokens: &tokens, at: 0 };
    let found = parser.either(0)?;
    match parser.peek() {
        None => Ok(found),
        Some(token) => Err(fault(token.at, "this bracket was not opened", "leave it out, or quote it")),
    }
}

struct Parser<'q> {
    query: &'q str,
    tokens: &'q [Token],
    at: usize,
}

impl<'q> Parser<'q> {
    fn peek(&self) -> Option<&'q Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<&'q Token> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    fn fault<T>(&self, at: usize, what: impl Into<String>, help: impl Into<String>) -> Result<T, Fault> {
        Err(Fault { query: self.query.to_owned(), at, what: what.into(), help: help.into() })
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self.peek(), Some(Token { kind: Kind::Word(word), .. }) if word == keyword) && !self.compares_at(self.at + 1)
    }

    fn compares_at(&self, at: usize) -> bool {
        let touches = self.tokens.get(at.wrapping_sub(1)).zip(self.tokens.get(at)).is_some_and(|(word, sign)| word.end == sign.at);
        touches && matches!(self.tokens.get(at), Some(Token { kind: Kind::Compare(_), .. }))
    }

    fn either(&mut self, depth: usize) -> Result<Query, Fault> {
        let mut any = vec![self.all(depth)?];
        while self.is_keyword("OR") {
            self.at += 1;
            any.push(self.all(depth)?);
        }
        Ok(if any.len() == 1 { any.remove(0) } else { Query::Or(any) })
    }

    fn all(&mut self, depth: usize) -> Result<Query, Fault> {
        let mut all = vec![self.one(depth)?];
        loop {
            match self.peek() {
                None | Some(Token { kind: Kind::Close, .. }) => break,
                _ if self.is_keyword("OR") => break,
                _ if self.is_keyword("AND") => self.at += 1,
                _ => {}
            }
            all.push(self.one(depth)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Query::And(all) })
    }

    fn one(&mut self, depth: usize) -> Result<Query, Fault> {
        if depth > MAX_DEPTH {
            return self.fault(self.peek().map_or(self.query.len(), |token| token.at), "too many brackets in each other", "write it flatter");
        }
        if self.is_keyword("NOT") {
            self.at += 1;
            return Ok(Query::Not(Box::new(self.one(depth + 1)?)));
        }
        let Some(token) = self.next() else {
            return self.fault(self.query.len(), "something is missing at the end", "AND, OR and NOT take a word, a phrase, a field or a bracket");
        };
        match &token.kind {
            Kind::Open => {
                let inner = self.either(depth + 1)?;
                match self.next() {
                    Some(Token { kind: Kind::Close, .. }) => Ok(inner),
                    _ => self.fault(token.at, "this bracket is not closed", "add `)`"),
                }
            }
            Kind::Close => self.fault(token.at, "nothing stands in front of this bracket", "leave it out, or quote it"),
            Kind::Compare(sign) => self.fault(
                token.at,
                format!("no field stands before `{sign}`"),
                "write field:value, as in node:k8s-node3; quote text that holds such signs",
            ),
            Kind::To => self.fault(token.at, "no moment stands before `..`", "write \"2017-12-01 10:18\"..\"10:20\""),
            Kind::Word(word) | Kind::Quoted(word) if matches!(self.peek(), Some(Token { kind: Kind::To, .. })) => {
                let word = word.clone();
                self.range(&word, token)
            }
            Kind::Word(word) if self.compares_at(self.at) => {
                let word = word.clone();
                self.field(&word, token, depth)
            }
            Kind::Word(word) if word == "*" => Ok(Query::All),
            Kind::Word(word) if matches!(word.as_str(), "AND" | "OR") => {
                self.fault(token.at, format!("nothing stands before `{word}`"), "quote it to search for the word")
            }
            Kind::Word(word) => self.words(word.trim_end_matches('*'), word.ends_with('*'), token),
            Kind::Quoted(text) => {
                // `"failed to mou"*`: the star may stand behind.
                let star = matches!(self.peek(), Some(Token { kind: Kind::Word(star), at, .. }) if star == "*" && *at == token.end);
                self.at += usize::from(star);
                self.words(text, star, token)
            }
        }
    }

    fn words(&self, text: &str, prefix: bool, token: &Token) -> Result<Query, Fault> {
        if text.contains('*') {
            return self.fault(token.at, "`*` may only end a word", "write crash* for words that begin so; fields take * anywhere: node:*-3");
        }
        let words = typed(text);
        if words.is_empty() {
            return self.fault(token.at, "there is no word in this", "words are letters and digits; what stands between them is not searched for");
        }
        Ok(Query::Words { words, prefix })
    }

    /// What stands after a comparison: a word, a quotation, or a quotation with something right behind it.
    fn value(&mut self, after: &Token) -> Result<(String, usize), Fault> {
        match self.next() {
            Some(Token { kind: Kind::Word(text), at, .. }) => Ok((text.clone(), *at)),
            Some(Token { kind: Kind::Quoted(text), at, end }) => {
                let mut text = text.clone();
                if let Some(Token { kind: Kind::Word(more), at, .. }) = self.peek()
                    && at == end
                {
                    text.push_str(more);
                    self.at += 1;
                }
                Ok((text, *at))
            }
            _ => self.fault(after.end, "a value is missing", "write field:value, or field:\"some value\""),
        }
    }

    fn field(&mut self, name: &str, token: &Token, depth: usize) -> Result<Query, Fault> {
        let Some(sign) = self.next() else { return self.fault(token.end, "a value is missing", "write field:value") };
        let Kind::Compare(compare) = sign.kind else { return self.fault(sign.at, "`:` is missing", "write field:value") };
        let name = name.to_ascii_lowercase();
        let is_severity = matches!(name.as_str(), "severity" | "level");
        let is_time = matches!(name.as_str(), "since" | "until" | "around");
        let field = Field::named(&name);
        if field.is_none() && !is_severity && !is_time {
            let near = FIELDS.iter().map(|(known, _)| *known).filter(|known| close(known, &name)).collect::<Vec<_>>().join(" or ");
            let known = FIELDS.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(", ");
            let help = if near.is_empty() {
                format!("there are {known}; to search for the text, quote it")
            } else {
                format!("did you mean {near}? To search for the text, quote it")
            };
            return self.fault(token.at, format!("there is no field `{name}`"), help);
        }
        if !is_severity && !matches!(compare, ":" | "=") {
            return self.fault(sign.at, format!("`{compare}` is for severity only"), format!("write {name}:value; since: and until: bound the time"));
        }
        // `component:(kubelet OR mysqld)`.
        if matches!(self.peek(), Some(Token { kind: Kind::Open, .. })) {
            self.at += 1;
            if depth >= MAX_DEPTH {
                return self.fault(token.at, "too many brackets in each other", "write it flatter");
            }
            return self.any_of(&name, token);
        }
        let (value, at) = self.value(sign)?;
        self.compared(&name, compare, &value, at)
    }

    fn any_of(&mut self, name: &str, token: &Token) -> Result<Query, Fault> {
        let mut any = Vec::new();
        loop {
            match self.next() {
                Some(Token { kind: Kind::Close, .. }) if !any.is_empty() => return Ok(if any.len() == 1 { any.remove(0) } else { Query::Or(any) }),
                Some(Token { kind: Kind::Word(word), .. }) if word == "OR" => {}
                Some(Token { kind: Kind::Word(text) | Kind::Quoted(text), at, .. }) => any.push(self.compared(name, ":", text, *at)?),
                other => {
                    let at = other.map_or(self.query.len(), |other| other.at).max(token.at);
                    return self.fault(at, "the list of values is not closed", format!("write {name}:(one OR other)"));
                }
            }
        }
    }

    fn compared(&self, name: &str, compare: &str, value: &str, at: usize) -> Result<Query, Fault> {
        match name {
            "severity" | "level" => self.severity(compare, value, at),
            "since" => Ok(Query::Time(self.moment(value, None, at)?.0, i64::MAX)),
            "until" => {
                let (from, lasts) = self.moment(value, None, at)?;
                Ok(Query::Time(i64::MIN, from.saturating_add(lasts - 1)))
            }
            "around" => self.around(value, at),
            name => match Field::named(name) {
                Some(Field::Finding) if value.trim().is_empty() => self.fault(at, "a finding is missing", "write finding:f1, or finding:* for all"),
                Some(field) => Ok(Query::Field(field, Pattern::new(value))),
                None => self.fault(at, format!("there is no field `{name}`"), "quote it to search for the text"),
            },
        }
    }

    fn severity(&self, compare: &str, value: &str, at: usize) -> Result<Query, Fault> {
        let Some((least, most)) = severity(value) else {
            return self.fault(at, format!("`{value}` is no severity"), "there are trace, debug, info, warning, error and fatal");
        };
        Ok(match compare {
            ">=" => Query::Severity(least, 24),
            ">" => Query::Severity(most + 1, 24),
            "<=" => Query::Severity(1, most),
            "<" => Query::Severity(1, least - 1),
            _ => Query::Severity(least, most),
        })
    }

    fn moment(&self, value: &str, day: Option<i64>, at: usize) -> Result<(i64, i64), Fault> {
        match moment(value, day) {
            Some(moment) => Ok(moment),
            None => self.fault(at, format!("`{value}` is no moment"), "write it as 2017-12-01T03:00:00Z, \"2017-12-01 03:00\" (UTC), or 2017-12-01"),
        }
    }

    fn range(&mut self, from: &str, token: &Token) -> Result<Query, Fault> {
        self.at += 1;
        let (start, _) = self.moment(from, None, token.at)?;
        match self.next() {
            Some(Token { kind: Kind::Word(to) | Kind::Quoted(to), at, .. }) => {
                let (end, lasts) = self.moment(to, Some(start), *at)?;
                // `23:50..00:10` ends on the next day.
                let next_day = end < start && !to.contains('-');
                let end = if next_day { end.saturating_add(crate::time::DAY) } else { end };
                let end = end.saturating_add(lasts - 1);
                if end < start {
                    return self.fault(*at, "this ends before it begins", "the earlier moment stands first");
                }
                Ok(Query::Time(start, end))
            }
            _ => self.fault(token.end, "the second moment is missing", "write \"2017-12-01 10:18\"..\"10:20\""),
        }
    }

    fn around(&self, value: &str, at: usize) -> Result<Query, Fault> {
        let help = "write around:f1±2m, around:f1+-2m or around:\"2017-12-01 10:18\"±30s";
        let (what, width) = value.split_once('±').or_else(|| value.split_once("+-")).unwrap_or((value, "1m"));
        let Some(width) = parse_duration(width).filter(|width| *width >= 0) else {
            return self.fault(at, format!("`{width}` is no length of time"), help);
        };
        let what = what.trim();
        if what.starts_with(|letter: char| letter.is_ascii_digit()) {
            let (from, lasts) = self.moment(what, None, at)?;
            return Ok(Query::Time(from.saturating_sub(width), from.saturating_add(lasts - 1).saturating_add(width)));
        }
        if what.is_empty() { self.fault(at, "a finding or a moment is missing", help) } else { Ok(Query::Around(what.to_lowercase(), width)) }
    }
}

/// Whether two names differ by a slip: one letter more, less or other, or the same beginning.
fn close(known: &str, typed: &str) -> bool {
    let (known, typed) = (known.as_bytes(), typed.as_bytes());
    let head = known.iter().zip(typed).take_while(|(a, b)| a == b).count();
    let tail = known.iter().rev().zip(typed.iter().rev()).take_while(|(a, b)| a == b).count();
    let most = known.len().max(typed.len());
    most > 2 && (head >= 4 || head + tail + 1 >= most)
}
