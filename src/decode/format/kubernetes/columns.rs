//! Columns: tables whose cells stand under the names of their header line.
//!
//! In: a header line and rows below it. Out: cells by column name. Must not know: what the columns mean.
//!
//! kubectl pads columns with blanks, at least two between them (up to 1.7 with tab stops of eight); positions count characters, not bytes.

/// The columns of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    names: Vec<String>,
    starts: Vec<usize>,
}

/// A row cut into cells, in the order of the columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    cells: Vec<String>,
    /// Every cell begins where its column does.
    pub(crate) aligned: bool,
}

const TAB: usize = 8;

/// Longest line that may be a header, bytes. Every row reads it again; the widest real ones are padded to a long message.
pub(crate) const MAX_HEADER_BYTES: usize = 1 << 14;

impl Columns {
    /// Reads a header line. Names are separated by tabs or by two blanks or more.
    pub(crate) fn read(header: &str) -> Self {
        let mut columns = Self::default();
        let (mut at, mut blanks, mut open) = (0, 2, false);
        for char in header.chars() {
            match char {
                '\t' => {
                    at += TAB - at % TAB;
                    blanks = 2;
                    continue;
                }
                ' ' => blanks += 1,
                char => {
                    if blanks >= 2 || !open {
                        columns.names.push(String::new());
                        columns.starts.push(at);
                        open = true;
                    }
                    if let Some(name) = columns.names.last_mut() {
                        if blanks == 1 && !name.is_empty() {
                            name.push(' ');
                        }
                        name.push(char);
                    }
                    blanks = 0;
                }
            }
            at += 1;
        }
        columns
    }

    /// The names, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Whether there is a column of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// Cuts a row at the columns. A row that does not keep to them (printed later, as `--watch` does) is cut where two blanks stand, if these tell which
    /// columns are empty, or if that gives as many cells.
    pub(crate) fn row(&self, line: &str) -> Row {
        let chars = expanded(line);
        let aligned = self.starts.iter().all(|start| *start == 0 || chars.get(start - 1).is_none_or(|before| *before == ' '));
        if !aligned {
            let between = || Some(cells(line)).filter(|cells| cells.len() == self.names.len());
            let cells = self.shifted(&chars).or_else(|| Some(between()?.into_iter().map(str::to_owned).collect()));
            if let Some(cells) = cells {
                return Row { cells, aligned };
            }
        }
        let ends = self.starts.iter().skip(1).copied().chain([chars.len()]);
        let cut = |(start, end): (&usize, usize)| {
            let cell: String = chars.get(*start..end.min(chars.len()).max(*start)).unwrap_or_default().iter().collect();
            cell.trim().to_owned()
        };
        Row { cells: self.starts.iter().zip(ends).map(cut).collect(), aligned }
    }

    /// The cells of a row in which names were made longer or shorter, as people do who want them unknown: what follows one moved with it, but the blanks
    /// between are as many as before. `None` where they fit no columns.
    fn shifted(&self, chars: &[char]) -> Option<Vec<String>> {
        let mut cells = vec![String::new(); self.names.len()];
        let start = |column: usize| self.starts.get(column).map(|start| *start as isize);
        let (mut column, mut moved) = (0, 0);
        // Where the cell before ended.
        let mut before: Option<isize> = None;
        let mut at = 0;
        while let Some(blanks) = chars.get(at..)?.iter().position(|char| *char != ' ') {
            at += blanks;
            let place = at as isize;
            if let Some(end) = before {
                let gap = place - end;
                let fits = |next: &usize| {
                    let was = start(*next)? - start(column)? - gap;
                    (was > 0 && was + 2 <= start(column + 1)? - start(column)?).then_some(())
                };
                let exact = (column + 1..self.names.len()).find(|next| start(*next).is_some_and(|start| start + moved == place));
                let kept = exact.filter(|_| start(column + 1).is_some_and(|next| end + 2 <= next + moved));
                column = kept.or_else(|| (column + 1..self.names.len()).find(|next| fits(next).is_some()))?;
                moved = place - start(column)?;
            } else {
                column = self.starts.iter().position(|start| *start == at)?;
            }
            let is_last = column + 1 == self.names.len();
            let rest = &chars[at..];
            let length = if is_last { rest.len() } else { rest.windows(2).position(|pair| pair == [' ', ' ']).unwrap_or(rest.len()) };
            let cell: String = rest[..length].iter().collect();
            cell.trim().clone_into(&mut cells[column]);
            at += length;
            before = Some(at as isize);
            if is_last {
                break;
            }
        }
        Some(cells)
    }

    /// The cell of a row under the name, if it holds something.
    pub(crate) fn cell<'r>(&self, row: &'r Row, name: &str) -> Option<&'r str> {
        let index = self.names.iter().position(|known| known == name)?;
        row.cells.get(index).map(String::as_str).filter(|cell| !cell.is_empty())
    }
}

impl Row {
    /// Cells that were cut otherwise.
    pub(crate) fn of(cells: &[&str]) -> Self {
        Self { cells: cells.iter().map(|cell| (*cell).to_owned()).collect(), aligned: true }
    }

    /// The cell at that place.
    pub(crate) fn at(&self, index: usize) -> &str {
        self.cells.get(index).map_or("", String::as_str)
    }

    /// How many cells hold something.
    pub(crate) fn filled(&self) -> usize {
        self.cells.iter().filter(|cell| !cell.is_empty()).count()
    }
}

/// The cells of a line without a header: what stands between tabs or two blanks and more.
pub(crate) fn cells(line: &str) -> Vec<&str> {
    line.split('\t').flat_map(|part| part.split("  ")).map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

fn expanded(line: &str) -> Vec<char> {
    let mut chars = Vec::with_capacity(line.len());
    for char in line.chars() {
        if char == '\t' {
            let stop = chars.len() + TAB - chars.len() % TAB;
            chars.resize(stop, ' ');
        } else {
            chars.push(char);
        }
    }
    chars
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(header: &str, row: &str) -> Vec<String> {
        Columns::read(header).row(row).cells
    }

    #[test]
    fn names_may_hold_one_blank_and_cells_may_be_empty() {
        let columns = Columns::read("NAME   LAST SEEN   SUBOBJECT   MESSAGE");
        assert_eq!(columns.names().collect::<Vec<_>>(), ["NAME", "LAST SEEN", "SUBOBJECT", "MESSAGE"]);
        assert_eq!(shown("NAME   LAST SEEN   SUBOBJECT   MESSAGE", "a      5m                      two  words"), ["a", "5m", "", "two  words"]);
        assert_eq!(shown("NAME   AGE", "a"), ["a", ""]);
    }

    #[test]
    fn tabs_stop_at_every_eighth_column() {
        let header = "  FirstSeen\tLastSeen\tCount\tFrom";
        assert_eq!(shown(header, "  12s\t\t3s\t\t4\tdefault-scheduler"), ["12s", "3s", "4", "default-scheduler"]);
    }

    #[test]
    fn characters_count_not_bytes() {
        assert_eq!(shown("MESSAGE   COUNT", "größe     12"), ["größe", "12"]);
    }

    #[test]
    fn cells_move_with_a_name_that_was_made_longer_or_shorter() {
        let header = "LAST SEEN   OBJECT          SUBOBJECT   SOURCE      MESSAGE";
        let cells = |row: &str| shown(header, row);
        assert_eq!(cells("5m          node/shop-1                 kubelet     it is   ready"), ["5m", "node/shop-1", "", "kubelet", "it is   ready"]);
        for name in ["node/one", "node/shop-pool-1.example.org", "node/a-name-wider-than-its-column"] {
            let row = format!("5m          {name}                 kubelet     {name} is   ready");
            assert_eq!(cells(&row), ["5m", name, "", "kubelet", &format!("{name} is   ready")], "{name}");
            let row = format!("5m          {name}     a {{x}}       kubelet     ready");
            assert_eq!(cells(&row), ["5m", name, "a {x}", "kubelet", "ready"], "{name}");
        }
    }

    #[test]
    fn a_row_wider_than_its_header_is_cut_at_its_blanks() {
        assert_eq!(shown("NAME   STATUS    AGE", "long-name   Running   5m"), ["long-name", "Running", "5m"]);
    }
}
