//! One page of a b-tree: its cells, and what they say of other pages. Pure; a page that is not as the file format says is
//! none.

use super::record::varint;
use std::ops::Range;

/// The bytes before the first page's own.
const FILE_HEADER: usize = 100;
/// More bytes lie loose in no page.
const LOOSE_AT_MOST: u8 = 60;

/// A page of a table or an index.
#[derive(Debug)]
pub(super) struct TreePage<'b> {
    bytes: &'b [u8],
    /// Where its cells' places stand, and how many.
    places: usize,
    cells: usize,
    /// Where what they hold begins.
    content: usize,
    /// The last of the pages below it, where there are any.
    last_child: Option<u32>,
    /// Whether it is an index's, or a table's that is kept in its key's order.
    pub(super) by_key: bool,
}

/// A cell.
#[derive(Debug)]
pub(super) struct Cell {
    /// The page below it.
    child: Option<u32>,
    /// The row's number, where it has one.
    pub(super) number: i64,
    /// What it holds; nothing in inner pages of tables with numbers.
    pub(super) payload: Option<Payload>,
}

/// Where what a cell holds is.
#[derive(Debug)]
pub(super) struct Payload {
    /// Bytes in all.
    pub(super) length: u64,
    /// Those in the page itself.
    pub(super) local: Range<usize>,
    /// The page with the next of them.
    pub(super) overflow: Option<u32>,
}

fn short(bytes: &[u8], at: usize) -> Option<usize> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(usize::from(u16::from_be_bytes(two.try_into().ok()?)))
}

/// Four bytes as a number.
pub(super) fn long(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}

impl<'b> TreePage<'b> {
    /// A page by its number and the bytes of it that are used.
    pub(super) fn of(number: u32, bytes: &'b [u8]) -> Option<Self> {
        let start = if number == 1 { FILE_HEADER } else { 0 };
        let (by_key, inner) = match bytes.get(start)? {
            2 => (true, true),
            5 => (false, true),
            10 => (true, false),
            13 => (false, false),
            _ => return None,
        };
        let cells = short(bytes, start.checked_add(3)?)?;
        let content = match short(bytes, start.checked_add(5)?)? {
            0 => 65_536,
            content => content,
        };
        let loose = *bytes.get(start.checked_add(7)?)?;
        let places = start.checked_add(if inner { 12 } else { 8 })?;
        let end = places.checked_add(cells.checked_mul(2)?)?;
        if loose > LOOSE_AT_MOST || content < end || content > bytes.len() {
            return None;
        }
        let last_child = if inner { Some(long(bytes, start.checked_add(8)?)?) } else { None };
        Some(Self { bytes, places, cells, content, last_child, by_key })
    }

    pub(super) fn is_leaf(&self) -> bool {
        self.last_child.is_none()
    }

    /// Its cells in order; none for each that is malformed.
    pub(super) fn cells(&self) -> impl Iterator<Item = Option<Cell>> + '_ {
        (0..self.cells).map(|index| self.cell(index))
    }

    /// The pages below it; none where a cell is malformed.
    pub(super) fn children(&self) -> Option<Vec<u32>> {
        let Some(last) = self.last_child else { return Some(Vec::new()) };
        let children: Option<Vec<u32>> = self.cells().map(|cell| cell?.child).collect();
        let mut children = children?;
        children.push(last);
        Some(children)
    }

    /// The bytes of a cell that stand in the page itself.
    pub(super) fn local(&self, payload: &Payload) -> &'b [u8] {
        self.bytes.get(payload.local.clone()).unwrap_or_default()
    }

    fn cell(&self, index: usize) -> Option<Cell> {
        let mut at = short(self.bytes, self.places.checked_add(index.checked_mul(2)?)?)?;
        if at < self.content {
            return None;
        }
        let mut child = None;
        if !self.is_leaf() {
            child = Some(long(self.bytes, at)?);
            at = at.checked_add(4)?;
        }
        let mut next = || {
            let (value, used) = varint(self.bytes.get(at..)?)?;
            at = at.checked_add(used)?;
            Some(value)
        };
        if !self.is_leaf() && !self.by_key {
            let number = next()?.cast_signed();
            return Some(Cell { child, number, payload: None });
        }
        let length = next()?;
        let number = if self.by_key { 0 } else { next()?.cast_signed() };
        let payload = self.payload(at, length)?;
        Some(Cell { child, number, payload: Some(payload) })
    }

    fn payload(&self, at: usize, length: u64) -> Option<Payload> {
        let usable = self.bytes.len();
        let least = share(usable, 32)?;
        let most = if self.by_key { share(usable, 64)? } else { usable.checked_sub(35)? };
        let whole = usize::try_from(length).ok()?;
        let here = if whole <= most {
            whole
        } else {
            let behind = whole.checked_sub(least)?.checked_rem(usable.checked_sub(4)?)?;
            Some(least.checked_add(behind)?).filter(|here| *here <= most).unwrap_or(least)
        };
        let end = at.checked_add(here)?;
        let overflow = if here < whole { Some(long(self.bytes, end)?) } else { None };
        (here > 0 && end <= usable).then_some(Payload { length, local: at..end, overflow })
    }
}

/// So many 255th of a page, as the file format reckons it.
fn share(usable: usize, of: usize) -> Option<usize> {
    (usable.checked_sub(12)?.checked_mul(of)? / 255).checked_sub(23)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_a_page_holds_it_is_read_or_none(
            number in 1..3_u32,
            kind in prop::sample::select(vec![2_u8, 5, 10, 13]),
            mut bytes in prop::collection::vec(any::<u8>(), 0..700),
        ) {
            let start = if number == 1 { FILE_HEADER } else { 0 };
            for (at, byte) in [(start, kind), (start + 3, 0), (start + 5, 0), (start + 7, 0)] {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            if let Some(page) = TreePage::of(number, &bytes) {
                let _ = page.children();
                for cell in page.cells().flatten() {
                    if let Some(payload) = cell.payload {
                        prop_assert!(payload.local.end <= bytes.len());
                        prop_assert_eq!(page.local(&payload).len(), payload.local.len());
                    }
                }
            }
        }
    }
}
