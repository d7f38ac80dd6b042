//! Steps: an expression as a short walk over the text, literal by literal and run by run.
//!
//! In: an expression that a log's wording makes, such as `^Container (\S+) failed`. Out: where it fits and where its groups lie, as the `regex` crate
//! says, many times faster than an automaton that keeps track of groups. Must not know: what is matched.
//!
//! What comes next says nearly always how far a run goes, so there is hardly a choice to make. Where there is one, choices are tried in the order in
//! which a regex prefers them, as long as the work stays in proportion to the text: a search that passes its bound gives up, and the regex takes
//! over. Nothing is ever tried without end.

mod compile;
mod set;

use memchr::memmem;

pub(super) use self::compile::compile;
use self::set::Set;

/// Groups that can be told, the whole match included.
pub(super) const MAX_GROUPS: usize = 16;
/// Units of work for each byte of the text, and besides.
const WORK_PER_BYTE: usize = 8;
const WORK: usize = 1024;

/// Where groups begin and end, [`NOWHERE`] for those that took no part.
pub(super) type Slots = [usize; 2 * MAX_GROUPS];
/// The place of a group that took no part.
pub(super) const NOWHERE: usize = usize::MAX;

type NodeId = usize;

/// A compiled expression.
#[derive(Debug)]
pub(super) struct Steps {
    nodes: Vec<Node>,
    first: NodeId,
    start: Start,
    /// Must stand somewhere in the text.
    needs: Option<memmem::Finder<'static>>,
}

/// Where a match may begin.
#[derive(Debug)]
enum Start {
    /// At the start of the text.
    Anchored,
    /// Where this stands.
    Literal(Box<memmem::Finder<'static>>),
    /// Where this holds.
    Any(Guard),
}

/// What the text must go on with for a step to be worth trying: one of these bytes, or its end.
#[derive(Clone, Debug)]
struct Guard {
    set: Set,
    end: bool,
}

#[derive(Debug)]
enum Node {
    Literal(Box<[u8]>, NodeId),
    Run(Box<Run>),
    /// The first that fits counts.
    Choice(Box<[(Guard, NodeId)]>),
    /// Notes the place in a slot.
    Slot(usize, NodeId),
    Start(NodeId),
    End(NodeId),
    LineStart(NodeId),
    LineEnd(NodeId),
    /// A word begins or ends here, or neither.
    WordEdge(bool, NodeId),
    Found,
}

/// Bytes of one kind.
#[derive(Debug)]
struct Run {
    set: Set,
    min: usize,
    max: usize,
    greedy: bool,
    ends: Ends,
    next: NodeId,
}

/// Where a run may end.
#[derive(Debug)]
enum Ends {
    /// With its last byte: what follows cannot begin inside it.
    Last,
    /// Where this stands.
    Before(Box<(memmem::Finder<'static>, memmem::FinderRev<'static>)>),
    /// Where this holds.
    At(Guard),
}

impl Guard {
    fn holds(&self, text: &[u8], at: usize) -> bool {
        text.get(at).map_or(self.end, |byte| self.set.has(*byte))
    }
}

/// The search has done as much work as it may.
struct Spent;

struct Search<'t> {
    steps: &'t Steps,
    text: &'t [u8],
    slots: &'t mut Slots,
    work: usize,
}

impl Steps {
    /// Whether the expression fits somewhere in `text`; the slots are those of the first place. `None`: that would be too much work.
    pub(super) fn search(&self, text: &[u8], slots: &mut Slots) -> Option<bool> {
        if matches!(self.start, Start::Anchored) && self.begins_otherwise(text) {
            return Some(false);
        }
        if self.needs.as_ref().is_some_and(|needs| needs.find(text).is_none()) {
            return Some(false);
        }
        slots.fill(NOWHERE);
        let mut search = Search { steps: self, text, slots, work: text.len().saturating_mul(WORK_PER_BYTE).saturating_add(WORK) };
        search.start().ok()
    }

    /// Whether the first step is a literal that the text does not begin with.
    fn begins_otherwise(&self, text: &[u8]) -> bool {
        let first = match self.nodes.get(self.first) {
            Some(Node::Start(next)) => self.nodes.get(*next),
            first => first,
        };
        matches!(first, Some(Node::Literal(literal, _)) if !text.starts_with(literal))
    }
}

impl Search<'_> {
    fn start(&mut self) -> Result<bool, Spent> {
        let (steps, text) = (self.steps, self.text);
        match &steps.start {
            Start::Anchored => self.fits(steps.first, 0),
            Start::Literal(finder) => {
                // Occurrences may lie in each other.
                let mut from = 0;
                while let Some(at) = text.get(from..).and_then(|rest| finder.find(rest)).map(|at| from + at) {
                    if self.fits(steps.first, at)? {
                        return Ok(true);
                    }
                    from = at + 1;
                }
                Ok(false)
            }
            Start::Any(guard) => self.everywhere(guard),
        }
    }

    fn everywhere(&mut self, guard: &Guard) -> Result<bool, Spent> {
        for at in 0..=self.text.len() {
            if guard.holds(self.text, at) && self.fits(self.steps.first, at)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn spend(&mut self, work: usize) -> Result<(), Spent> {
        self.work = self.work.checked_sub(work).ok_or(Spent)?;
        Ok(())
    }

    /// Whether the steps from `node` on fit at `at`. Depth is bounded by the number of nodes: no step leads back.
    fn fits(&mut self, mut node: NodeId, mut at: usize) -> Result<bool, Spent> {
        let (steps, text) = (self.steps, self.text);
        loop {
            self.spend(1)?;
            let Some(step) = steps.nodes.get(node) else { return Ok(false) };
            let (holds, next) = match step {
                Node::Found => return Ok(true),
                Node::Literal(literal, next) => {
                    let holds = text.get(at..).is_some_and(|rest| rest.starts_with(literal));
                    at += literal.len();
                    (holds, *next)
                }
                Node::Run(run) => {
                    let length = run.length(text.get(at..).unwrap_or_default());
                    self.spend(length / 8)?;
                    if length < run.min {
                        return Ok(false);
                    }
                    if !matches!(run.ends, Ends::Last) && length > run.min {
                        return self.ends(run, at, length);
                    }
                    at += length;
                    (true, run.next)
                }
                Node::Choice(choices) => {
                    for (guard, choice) in choices {
                        if guard.holds(text, at) && self.fits(*choice, at)? {
                            return Ok(true);
                        }
                    }
                    return Ok(false);
                }
                Node::Slot(slot, next) => {
                    let Some(place) = self.slots.get_mut(*slot) else { return Ok(false) };
                    let before = std::mem::replace(place, at);
                    if self.fits(*next, at)? {
                        return Ok(true);
                    }
                    if let Some(place) = self.slots.get_mut(*slot) {
                        *place = before;
                    }
                    return Ok(false);
                }
                Node::Start(next) => (at == 0, *next),
                Node::End(next) => (at == text.len(), *next),
                Node::LineStart(next) => (at == 0 || text.get(at - 1) == Some(&b'\n'), *next),
                Node::LineEnd(next) => (text.get(at).is_none_or(|byte| *byte == b'\n'), *next),
                Node::WordEdge(wanted, next) => {
                    let word = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
                    ((word(at.checked_sub(1)) != word(Some(at))) == *wanted, *next)
                }
            };
            if !holds {
                return Ok(false);
            }
            node = next;
        }
    }

    /// Tries the ends of a run that has more than one, in the order in which a regex prefers them.
    fn ends(&mut self, run: &Run, at: usize, length: usize) -> Result<bool, Spent> {
        let text = self.text;
        let (least, most) = (at + run.min, at + length);
        match &run.ends {
            Ends::Last => self.fits(run.next, most),
            Ends::Before(finders) => {
                let (forward, backward) = &**finders;
                let reach = (most + forward.needle().len()).min(text.len());
                let (mut least, mut reach) = (least, reach);
                if run.greedy {
                    // Forward is much faster, and mostly there is only one.
                    let mut final_one = None;
                    while let Some(found) = text.get(least..reach).and_then(|window| forward.find(window)) {
                        final_one = Some(least + found);
                        least += found + 1;
                    }
                    least = at + run.min;
                    self.spend((reach - least) / 8)?;
                    let Some(end) = final_one else { return Ok(false) };
                    if self.fits(run.next, end)? {
                        return Ok(true);
                    }
                    reach = end + forward.needle().len() - 1;
                }
                loop {
                    let window = text.get(least..reach).unwrap_or_default();
                    let found = if run.greedy { backward.rfind(window) } else { forward.find(window) };
                    self.spend(found.map_or(window.len(), |found| if run.greedy { window.len() - found } else { found }) / 8)?;
                    let Some(end) = found.map(|found| least + found) else { return Ok(false) };
                    if self.fits(run.next, end)? {
                        return Ok(true);
                    }
                    if run.greedy {
                        reach = end + forward.needle().len() - 1;
                    } else {
                        least = end + 1;
                    }
                }
            }
            Ends::At(guard) => {
                let one = |search: &mut Self, end: usize| {
                    search.spend(1)?;
                    Ok(guard.holds(text, end) && search.fits(run.next, end)?)
                };
                if run.greedy {
                    for end in (least..=most).rev() {
                        if one(self, end)? {
                            return Ok(true);
                        }
                    }
                } else {
                    for end in least..=most {
                        if one(self, end)? {
                            return Ok(true);
                        }
                    }
                }
                Ok(false)
            }
        }
    }
}

impl Run {
    /// How far it goes at most.
    fn length(&self, rest: &[u8]) -> usize {
        self.set.length(rest.get(..self.max).unwrap_or(rest))
    }
}

#[cfg(test)]
mod tests;
