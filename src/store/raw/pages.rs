//! The pages of a database as they stand in its file and the log beside it, one at a time. For whoever reads past SQLite.

use super::log::Log;
use super::page::{Payload, TreePage, long};
use crate::store::files::beside;
use std::fs::{File, Metadata};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

const HEADER: usize = 100;
const MAGIC: &[u8] = b"SQLite format 3\0";
/// What databases of earlier versions have, and those of this one.
const SIZES: [u64; 2] = [4096, 1024];
/// So many places are looked at to tell which.
const LOOKED_AT: u64 = 512;
/// No file system makes a database smaller than this part of it,
const PACKED_AT_MOST: u64 = 16;
/// and so many pages take no time.
const ALWAYS_LOOKED_AT: u64 = 1 << 16;
/// Where a byte is that is locked: its page holds nothing.
const LOCKED: u64 = 0x4000_0000;
/// Nothing in a row is longer than this.
const ROW_AT_MOST: u64 = 64 << 20;

/// What the first page says of the whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileHeader {
    page_size: usize,
    reserved: usize,
    /// The first page of the list of free ones.
    free: u32,
    /// How many are free.
    free_pages: u32,
    /// How many there should be; none where that is not said.
    pages: Option<u32>,
    /// The schema's version.
    version: u32,
}

impl FileHeader {
    /// None where it is not one, or one of a kind that is not read here.
    fn of(bytes: &[u8]) -> Option<Self> {
        let page_size = match bytes.get(16..18)? {
            [0, 1] => 65_536,
            [high, low] => usize::from(u16::from_be_bytes([*high, *low])),
            _ => return None,
        };
        let reserved = usize::from(*bytes.get(20)?);
        let (moving, encoding) = (long(bytes, 52)?, long(bytes, 56)?);
        let known = bytes.starts_with(MAGIC)
            && super::is_page_size(page_size)
            && reserved <= 32
            && bytes.get(21..24)? == [64, 32, 32]
            && moving == 0
            && encoding == 1;
        known.then_some(Self {
            page_size,
            reserved,
            free: long(bytes, 32)?,
            free_pages: long(bytes, 36)?,
            // A program that does not keep it changes the one and not the other.
            pages: (long(bytes, 24)? == long(bytes, 92)?).then_some(long(bytes, 28)?),
            version: long(bytes, 60)?,
        })
    }
}

/// How large the pages are of a file whose first is lost: small where pages of trees begin between large ones, too.
fn likely_size(file: &File) -> usize {
    let [large, small] = SIZES;
    let begins_a_tree = |at: u64| {
        let mut head = [0; 8];
        file.read_exact_at(&mut head, at).ok()?;
        let [kind, _, _, high, low, from_high, from_low, _] = head;
        let [cells, from] = [[high, low], [from_high, from_low]].map(u16::from_be_bytes);
        let (cells, from) = (u64::from(cells), u64::from(from));
        let is_tree = matches!(kind, 2 | 5 | 10 | 13);
        Some(is_tree && from <= small && from >= cells * 2 + 8 && cells > 0)
    };
    let between = (0..LOOKED_AT).map(|place| place * small).filter(|at| at % large != 0);
    let (mut places, mut trees) = (0, 0);
    for begins in between.map_while(begins_a_tree) {
        places += 1;
        trees += usize::from(begins);
    }
    let size = if trees * 10 > places { small } else { large };
    usize::try_from(size).unwrap_or(0)
}

/// How many pages of a file are looked at: all, but where one write far out has made it almost nothing but a hole. A file system
/// may pack what it holds.
fn pages_in(file: &Metadata, page_size: u64) -> Option<u32> {
    let held = file.blocks().checked_mul(512)? / page_size;
    let most = held.saturating_mul(PACKED_AT_MOST).max(ALWAYS_LOOKED_AT);
    u32::try_from((file.len() / page_size).min(most)).ok()
}

/// A database's pages.
#[derive(Debug)]
pub struct Pages {
    file: File,
    log: Option<Log>,
    page_size: usize,
    usable: usize,
    /// How many there are.
    pub(super) count: u32,
    /// What the first says; none where it cannot be read.
    header: Option<FileHeader>,
}

impl Pages {
    /// Opens a database that may be damaged; where its first page is, pages are as large as those of another of its kind.
    pub fn open(path: &Path, alike: Option<&Self>) -> Option<Self> {
        let file = File::open(path).ok()?;
        let log = Log::open(&beside(path, "-wal"));
        let mut bytes = vec![0; log.as_ref().map_or(HEADER, |log| log.page_size)];
        if log.as_ref().and_then(|log| log.page(1, &mut bytes)) != Some(true) {
            bytes = vec![0; HEADER];
            if file.read_exact_at(&mut bytes, 0).is_err() {
                bytes.clear();
            }
        }
        let header = FileHeader::of(&bytes);
        let (page_size, reserved) = match (&header, alike) {
            (Some(header), _) => (header.page_size, header.reserved),
            (None, Some(alike)) => (alike.page_size, alike.page_size.checked_sub(alike.usable)?),
            (None, None) => (likely_size(&file), 0),
        };
        let log = log.filter(|log| log.page_size == page_size);
        let in_file = pages_in(&file.metadata().ok()?, u64::try_from(page_size).ok()?)?;
        let count = match &log {
            // What it says there are may be any number: each stands in the file or in the log.
            Some(log) => log.pages.min(in_file.saturating_add(log.distinct())),
            None => in_file,
        };
        let usable = page_size.checked_sub(reserved)?;
        Some(Self { file, log, page_size, usable, count, header })
    }

    /// The schema's version; none where it cannot be read.
    pub fn version(&self) -> Option<u32> {
        self.header.map(|header| header.version)
    }

    /// How many pages are cut off, as far as the first says.
    pub(super) fn cut_off(&self) -> u32 {
        let pages = self.header.and_then(|header| header.pages);
        // The log knows better.
        pages.filter(|_| self.log.is_none()).map_or(0, |pages| pages.saturating_sub(self.count))
    }

    /// The used bytes of a page; false where it cannot be read.
    pub(super) fn read(&self, number: u32, into: &mut Vec<u8>) -> bool {
        if !(1..=self.count).contains(&number) {
            return false;
        }
        into.clear();
        into.resize(self.page_size, 0);
        let in_file = |into: &mut Vec<u8>| {
            let size = u64::try_from(self.page_size).unwrap_or(u64::MAX);
            let at = u64::from(number).saturating_sub(1).saturating_mul(size);
            self.file.read_exact_at(into, at).is_ok()
        };
        let read = match self.log.as_ref().and_then(|log| log.page(number, into)) {
            Some(read) => read,
            None => in_file(into),
        };
        into.truncate(self.usable);
        read
    }

    /// Whether a page holds nothing by design.
    pub(super) fn is_locked(&self, number: u32) -> bool {
        let size = u64::try_from(self.page_size).unwrap_or(u64::MAX);
        u64::from(number).saturating_sub(1) == LOCKED / size
    }

    /// So many rows of so many columns may be in a page of which nothing else is known.
    pub(super) fn rows_of_a_page(&self, columns: usize) -> u64 {
        let row = columns.saturating_mul(8).saturating_add(8);
        u64::try_from(self.usable / row.max(1)).unwrap_or(1).max(1)
    }

    /// The free pages, and whether those are all; others that are named are not to be relied on.
    pub(super) fn free(&self) -> (Vec<u32>, bool) {
        let Some(header) = self.header else { return (Vec::new(), false) };
        let wanted = usize::try_from(header.free_pages).unwrap_or(usize::MAX);
        let (mut free, mut next, mut bytes) = (Vec::new(), header.free, Vec::new());
        // A page that leads back to itself leads no further than there are pages.
        let most = wanted.min(usize::try_from(self.count).unwrap_or(usize::MAX));
        while next != 0 && free.len() < most {
            let Some((behind, leaves)) = self.free_behind(next, &mut bytes) else {
                return (free, false);
            };
            free.push(next);
            free.extend(leaves);
            next = behind;
        }
        let all = free.len() == wanted && next == 0;
        (free, all)
    }

    /// What a page of the list of free ones says: the next of those, and which are free.
    fn free_behind(&self, number: u32, bytes: &mut Vec<u8>) -> Option<(u32, Vec<u32>)> {
        if !self.read(number, bytes) {
            return None;
        }
        let (next, count) = (long(bytes, 0)?, usize::try_from(long(bytes, 4)?).ok()?);
        if count > self.usable / 4 || next > self.count {
            return None;
        }
        let at = |index: usize| long(bytes, index.checked_mul(4)?.checked_add(8)?);
        let named = (0..count).map(|index| at(index).filter(|one| (2..=self.count).contains(one)));
        Some((next, named.collect::<Option<Vec<_>>>()?))
    }

    /// The pages that what a cell holds goes on in; none where they are not as it says.
    pub(super) fn overflow(&self, payload: &Payload) -> Option<Vec<u32>> {
        let mut pages = Vec::new();
        self.along(payload, |number, _| pages.push(number))?;
        Some(pages)
    }

    /// All that a cell holds.
    pub(super) fn whole(&self, page: &TreePage<'_>, payload: &Payload) -> Option<Vec<u8>> {
        let mut whole = page.local(payload).to_vec();
        self.along(payload, |_, bytes| whole.extend_from_slice(bytes))?;
        Some(whole)
    }

    fn along(&self, payload: &Payload, mut each: impl FnMut(u32, &[u8])) -> Option<()> {
        let length = payload.length;
        let mut left = length.checked_sub(u64::try_from(payload.local.len()).ok()?)?;
        let in_all = u64::from(self.count).checked_mul(u64::try_from(self.usable).ok()?)?;
        if length > ROW_AT_MOST.min(in_all) {
            return None;
        }
        let (mut next, mut bytes) = (payload.overflow.unwrap_or(0), Vec::new());
        while left > 0 {
            if !self.read(next, &mut bytes) {
                return None;
            }
            let (head, content) = bytes.split_at_checked(4)?;
            let used = usize::try_from(left).unwrap_or(usize::MAX).min(content.len());
            each(next, content.get(..used)?);
            left = left.checked_sub(u64::try_from(used).ok()?)?;
            next = long(head, 0)?;
        }
        (next == 0).then_some(())
    }
}
