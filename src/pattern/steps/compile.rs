//! Compiling: an expression becomes steps, the last one first.
//!
//! In: the text of an expression. Out: [`Steps`], or nothing where it needs more than they can do. Must not know: texts that are matched.

use memchr::memmem::{Finder, FinderRev};
use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

use super::set::Set;
use super::{Ends, Guard, MAX_GROUPS, Node, NodeId, Run, Start, Steps};

/// Most nodes of an expression, and with that the depth of a search.
const MAX_NODES: usize = 256;
/// Groups of steps that are repeated at most so often are written out.
const MAX_WRITTEN_OUT: u32 = 4;

/// Makes steps of an expression on bytes with ASCII classes, and tells the names of its groups from 1 on. `None`: it needs an automaton.
pub(in crate::pattern) fn compile(text: &str) -> Option<(Steps, Vec<Option<Box<str>>>)> {
    let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).nest_limit(64).build().parse(text).ok()?;
    if hir.properties().explicit_captures_len() + 1 > MAX_GROUPS {
        return None;
    }
    let mut compiler = Compiler { nodes: vec![Node::Found] };
    let (first, follow) = compiler.add(&hir, (0, Follow::end()))?;
    let start = if hir.properties().look_set_prefix().contains(Look::Start) {
        Start::Anchored
    } else if let Some(literal) = &follow.literal {
        Start::Literal(Box::new(Finder::new(literal).into_owned()))
    } else {
        Start::Any(follow.guard.clone())
    };
    let mut longest: &[u8] = &[];
    needed(&hir, &mut longest);
    let needs = (!longest.is_empty() && !matches!(start, Start::Literal(_))).then(|| Finder::new(longest).into_owned());
    let mut names = Vec::new();
    named(&hir, &mut names);
    Some((Steps { nodes: compiler.nodes, first, start, needs }, names))
}

/// What the text goes on with from some step.
#[derive(Clone)]
struct Follow {
    guard: Guard,
    /// It begins with this, always.
    literal: Option<Box<[u8]>>,
}

type Tail = (NodeId, Follow);

impl Guard {
    pub(super) fn of_literal(literal: &[u8]) -> Self {
        Self { set: Set::of(literal.first().map(|byte| (*byte, *byte))), end: literal.is_empty() }
    }
}

impl Follow {
    /// Anything may follow.
    fn end() -> Self {
        Self { guard: Guard { set: Set::of([(0, u8::MAX)]), end: true }, literal: None }
    }
}

struct Compiler {
    nodes: Vec<Node>,
}

impl Compiler {
    fn push(&mut self, node: Node) -> Option<NodeId> {
        self.nodes.push(node);
        (self.nodes.len() <= MAX_NODES).then(|| self.nodes.len() - 1)
    }

    /// Adds the steps of `hir` before `tail`.
    fn add(&mut self, hir: &Hir, tail: Tail) -> Option<Tail> {
        let (next, follow) = tail;
        match hir.kind() {
            HirKind::Empty => Some((next, follow)),
            HirKind::Literal(literal) => {
                let node = self.push(Node::Literal(literal.0.clone(), next))?;
                Some((node, Follow { guard: Guard::of_literal(&literal.0), literal: Some(literal.0.clone()) }))
            }
            HirKind::Class(_) => self.run(bytes(hir)?, (1, Some(1)), true, (next, follow)),
            HirKind::Look(look) => self.look(*look, (next, follow)),
            HirKind::Repetition(repetition) => self.repetition(repetition, (next, follow)),
            HirKind::Capture(capture) => {
                let slot = 2 * usize::try_from(capture.index).ok()?;
                let end = self.push(Node::Slot(slot + 1, next))?;
                let (inner, follow) = self.add(&capture.sub, (end, follow))?;
                Some((self.push(Node::Slot(slot, inner))?, follow))
            }
            HirKind::Concat(parts) => parts.iter().rev().try_fold((next, follow), |tail, part| self.add(part, tail)),
            HirKind::Alternation(parts) => {
                let choices = parts.iter().map(|part| self.add(part, (next, follow.clone()))).collect::<Option<Vec<Tail>>>()?;
                self.choice(choices)
            }
        }
    }

    fn choice(&mut self, choices: Vec<Tail>) -> Option<Tail> {
        let guards = choices.iter().map(|(_, follow)| &follow.guard);
        let guard = guards.fold(Guard { set: Set::of([]), end: false }, |all, one| Guard { set: all.set.with(&one.set), end: all.end || one.end });
        let node = self.push(Node::Choice(choices.into_iter().map(|(node, follow)| (follow.guard, node)).collect()))?;
        Some((node, Follow { guard, literal: None }))
    }

    fn look(&mut self, look: Look, (next, follow): Tail) -> Option<Tail> {
        let (node, follow) = match look {
            Look::Start => (Node::Start(next), follow),
            Look::End => (Node::End(next), Follow { guard: Guard { set: Set::of([]), end: true }, literal: None }),
            Look::StartLF => (Node::LineStart(next), follow),
            Look::EndLF => (Node::LineEnd(next), Follow { guard: Guard { set: Set::of([(b'\n', b'\n')]), end: true }, literal: None }),
            Look::WordAscii => (Node::WordEdge(true, next), follow),
            Look::WordAsciiNegate => (Node::WordEdge(false, next), follow),
            _ => return None,
        };
        Some((self.push(node)?, follow))
    }

    fn repetition(&mut self, repetition: &Repetition, (next, follow): Tail) -> Option<Tail> {
        let &Repetition { min, max, greedy, ref sub } = repetition;
        if let Some(set) = bytes(sub) {
            return self.run(set, (min, max), greedy, (next, follow));
        }
        // A part that may be empty ends its own repetition, by rules that are the automaton's business.
        let max = max.filter(|max| *max <= MAX_WRITTEN_OUT && sub.properties().minimum_len().is_some_and(|least| least > 0))?;
        let mut tail = (next, follow.clone());
        for count in (0..max).rev() {
            let (node, then) = self.add(sub, tail)?;
            tail = if count < min {
                (node, then)
            } else {
                let (own, skip) = ((node, then), (next, follow.clone()));
                self.choice(if greedy { vec![own, skip] } else { vec![skip, own] })?
            };
        }
        Some(tail)
    }

    fn run(&mut self, set: Set, (min, max): (u32, Option<u32>), greedy: bool, (next, follow): Tail) -> Option<Tail> {
        let ends = if set.is_apart_from(&follow.guard.set) {
            Ends::Last
        } else if let Some(literal) = &follow.literal {
            Ends::Before(Box::new((Finder::new(literal).into_owned(), FinderRev::new(literal).into_owned())))
        } else {
            Ends::At(follow.guard.clone())
        };
        let guard = if min > 0 { Guard { set: set.clone(), end: false } } else { Guard { set: set.clone().with(&follow.guard.set), ..follow.guard } };
        let run = Run { set, min: min as usize, max: max.map_or(usize::MAX, |max| max as usize), greedy, ends, next };
        Some((self.push(Node::Run(Box::new(run)))?, Follow { guard, literal: None }))
    }
}

/// The bytes that `hir` takes one of.
fn bytes(hir: &Hir) -> Option<Set> {
    match hir.kind() {
        HirKind::Class(Class::Bytes(class)) => Some(Set::of(class.ranges().iter().map(|range| (range.start(), range.end())))),
        HirKind::Class(Class::Unicode(class)) if class.is_ascii() => {
            let ranges = class.ranges().iter().map(|range| Some((u8::try_from(range.start()).ok()?, u8::try_from(range.end()).ok()?)));
            ranges.collect::<Option<Vec<_>>>().map(Set::of)
        }
        HirKind::Literal(literal) => match literal.0[..] {
            [byte] => Some(Set::of([(byte, byte)])),
            _ => None,
        },
        _ => None,
    }
}

/// The longest literal that every match holds.
fn needed<'h>(hir: &'h Hir, longest: &mut &'h [u8]) {
    match hir.kind() {
        HirKind::Literal(literal) if literal.0.len() > longest.len() => *longest = &literal.0,
        HirKind::Concat(parts) => parts.iter().for_each(|part| needed(part, longest)),
        HirKind::Capture(capture) => needed(&capture.sub, longest),
        _ => {}
    }
}

/// The names of groups, by number.
fn named(hir: &Hir, names: &mut Vec<Option<Box<str>>>) {
    match hir.kind() {
        HirKind::Capture(capture) => {
            let index = capture.index as usize;
            names.resize(names.len().max(index), None);
            if let Some(name) = index.checked_sub(1).and_then(|at| names.get_mut(at)) {
                name.clone_from(&capture.name);
            }
            named(&capture.sub, names);
        }
        HirKind::Repetition(repetition) => named(&repetition.sub, names),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().for_each(|part| named(part, names)),
        _ => {}
    }
}
