//! Whether all that was ever committed into the log beside a database can still be read of it. SQLite takes the first frame
//! that is not right for the log's end; here each is judged by itself: its sum goes on from the one in the frame before it.
//! It knows nothing of what pages mean.
//!
//! A power cut leaves any part of the last transaction behind what was synced, and a commit that failed any of its own: their
//! only commit is the last frame. A commit that a right frame follows was made durable before that frame was written.

use super::page::long;
use super::sum::{Halves, Sum, apart, turn};
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

pub(super) const HEADER: usize = 32;
pub(super) const FRAME_HEADER: usize = 24;
/// Where the page begins in what is summed up, in bits.
const PAGE: usize = 64;
/// What a log begins with; the last bit says in which order its sums take bytes.
const MAGIC: u32 = 0x377f_0682;
/// What databases of earlier versions have, and those of this one.
const SIZES: [usize; 2] = [4096, 1024];

/// What a log begins with.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogHeader {
    pub(super) page_size: usize,
    salts: Halves,
    /// The sum that goes on from here.
    pub(super) sum: Sum,
}

impl LogHeader {
    /// The one that stands there; none where it is not right.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let magic = long(bytes, 0)?;
        let mut sum = Sum { big: magic & 1 == 1, halves: (0, 0) };
        sum.add(bytes.get(..24)?);
        let page_size = usize::try_from(long(bytes, 8)?).ok()?;
        let is_right = magic & !1 == MAGIC
            && super::is_page_size(page_size)
            && Sum::stored(bytes, 24)? == sum.halves;
        is_right.then_some(Self { page_size, salts: Sum::stored(bytes, 16)?, sum })
    }

    /// What it was before a bit was turned over, of a log whose first frame has these salts.
    fn put_right(bytes: &[u8], salts: Option<Halves>) -> Option<Self> {
        let (summed, stored) = (bytes.get(..24)?, Sum::stored(bytes, 24)?);
        for big in [false, true] {
            let start = Sum { big, halves: (0, 0) };
            let mut sum = start;
            sum.add(summed);
            let mut may_be = Vec::new();
            if apart(sum.halves, stored) == 1 {
                let halves = [sum.halves.0, sum.halves.1].map(u32::to_be_bytes).concat();
                may_be.push([summed, &halves].concat());
            }
            may_be.extend(start.turned(summed, stored).into_iter().map(|bit| {
                let mut right = bytes.to_vec();
                turn(&mut right, bit);
                right
            }));
            let mut headers = may_be.iter().filter_map(|bytes| Self::of(bytes));
            let right = headers.find(|header| salts.is_none_or(|salts| header.salts == salts));
            if right.is_some() {
                return right;
            }
        }
        None
    }
}

/// How right a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rightness {
    Right,
    /// It is once this bit is turned over, where that is in the page.
    PutRight(Option<usize>),
    /// One bit is wrong, nobody knows which; where it may be one of the page's number, what that would be.
    OneBit {
        or: Option<u32>,
    },
    /// Nobody knows: the sum it goes on from cannot be read.
    Unproven,
    /// It is wrong, and is or is not of this log by its salts.
    Wrong {
        is_of_log: bool,
    },
}

/// One frame.
#[derive(Debug)]
struct Frame {
    /// Of which page.
    number: u32,
    /// Pages of the database after a commit; 0 where it is none.
    pages: u32,
    rightness: Rightness,
}

impl Frame {
    /// Whether it is the one that was written behind that before it: it was whole once.
    fn is_next(&self) -> bool {
        use Rightness::{OneBit, PutRight, Right};
        matches!(self.rightness, Right | PutRight(_) | OneBit { .. })
    }

    fn is_commit(&self) -> bool {
        self.pages > 0 && self.rightness != Rightness::Wrong { is_of_log: false }
    }
}

/// What was committed into a log.
#[derive(Debug)]
pub struct LogFrames {
    file: File,
    page_size: usize,
    /// None where its beginning is lost.
    salts: Option<Halves>,
    /// Up to the last commit.
    frames: Vec<Frame>,
    /// Whether its beginning is right.
    begins_right: bool,
    /// So many frames were committed into it, as its index tells.
    pub committed: u32,
}

/// A page that was committed into a log.
#[derive(Debug)]
pub enum Logged<'p> {
    /// As it was written.
    Page(u32, &'p [u8]),
    /// It was written, and is gone. Where there is another number what stands here may be that page, whole.
    Gone { number: u32, or: Option<(u32, &'p [u8])> },
    /// Some page was written, nobody knows which.
    Unknown,
}

impl LogFrames {
    /// Looks through a log; none where there is nothing in it.
    pub(super) fn of(file: File) -> io::Result<Option<Self>> {
        let mut bytes = [0; HEADER];
        if !read_whole(&file, &mut bytes, 0)? {
            return Ok(None);
        }
        let right = LogHeader::of(&bytes);
        let mut first = [0; FRAME_HEADER];
        let is_there = read_whole(&file, &mut first, HEADER as u64)?;
        let salts = Some(first).filter(|_| is_there).and_then(|first| Sum::stored(&first, 8));
        let header = right.or_else(|| LogHeader::put_right(&bytes, salts));
        let page_size = match header {
            Some(header) => header.page_size,
            None => likely_size(&file, salts)?,
        };
        let mut frames = frames(&file, header.as_ref(), page_size)?;
        if header.is_none() && frames.iter().all(|frame| frame.number == 0) {
            return Ok(None);
        }
        frames.truncate(committed(&frames));
        let (salts, begins_right) = (header.map(|header| header.salts), right.is_some());
        Ok(Some(Self { file, page_size, salts, frames, begins_right, committed: 0 }))
    }

    /// Whether SQLite reads all that was committed and is there yet.
    pub fn is_right(&self) -> bool {
        let wrong = |frame: &Frame| frame.rightness != Rightness::Right;
        self.begins_right && !self.frames.iter().any(wrong)
    }

    pub(super) fn salts(&self) -> Option<Halves> {
        self.salts
    }

    /// Whether all pages that were committed are in it, as far as it tells.
    pub fn is_whole(&self) -> bool {
        self.salts.is_some() && self.committed <= self.count()
    }

    /// What is wrong, in the words of whoever looks at a medium.
    pub fn words(&self) -> String {
        if !self.begins_right {
            return "the beginning of its log (-wal) is damaged".to_owned();
        }
        let wrong = |frame: &&Frame| frame.rightness != Rightness::Right;
        let (count, all) = (self.frames.iter().filter(wrong).count(), self.frames.len());
        format!("its log (-wal) is damaged in {count} of {all} places")
    }

    /// How many frames were committed into it, as far as it tells.
    pub fn count(&self) -> u32 {
        u32::try_from(self.frames.len()).unwrap_or(u32::MAX)
    }

    /// The pages that there are after its last commit, and their size.
    pub fn pages(&self) -> (Option<u32>, usize) {
        (self.frames.last().map(|frame| frame.pages), self.page_size)
    }

    /// The frames that SQLite reads, in the order of time: of which page each is, and how many pages there are after a commit.
    pub(super) fn read_by_sqlite(&self) -> impl Iterator<Item = (u32, u32)> {
        let is_right = |frame: &&Frame| frame.rightness == Rightness::Right;
        let frames = if self.begins_right { self.frames.as_slice() } else { &[] };
        frames.iter().take_while(is_right).map(|frame| (frame.number, frame.pages))
    }

    /// Reads the page of the frame of that number; false where it cannot be read.
    pub(super) fn page_of(&self, index: usize, into: &mut [u8]) -> bool {
        let at = place(self.page_size, index).saturating_add(FRAME_HEADER as u64);
        self.file.read_exact_at(into, at).is_ok()
    }

    /// Whether each page of the database is in it.
    pub fn has_all_pages(&self) -> bool {
        let there: BTreeSet<u32> = self.frames.iter().map(|frame| frame.number).collect();
        let (pages, _) = self.pages();
        pages.is_some_and(|pages| (1..=pages).all(|number| there.contains(&number)))
    }

    /// Each page as it was committed, in the order of time.
    pub fn each<E>(&self, mut each: impl FnMut(Logged<'_>) -> Result<(), E>) -> Result<(), E> {
        let mut bytes = Vec::new();
        for (index, frame) in self.frames.iter().enumerate() {
            let read = read_frame(&self.file, self.page_size, index, &mut bytes);
            let is_read = matches!(read, Ok(true));
            let page = bytes.get_mut(FRAME_HEADER..).filter(|_| is_read);
            each(page.map_or(Logged::Unknown, |page| frame.logged(page)))?;
        }
        Ok(())
    }
}

impl Frame {
    fn logged<'p>(&self, page: &'p mut [u8]) -> Logged<'p> {
        let number = self.number;
        match self.rightness {
            Rightness::Right | Rightness::Unproven | Rightness::PutRight(None) => {
                Logged::Page(number, page)
            }
            Rightness::PutRight(Some(bit)) => {
                turn(page, bit);
                Logged::Page(number, page)
            }
            Rightness::OneBit { or } => Logged::Gone { number, or: or.map(|or| (or, &*page)) },
            Rightness::Wrong { is_of_log: true } => Logged::Gone { number, or: None },
            Rightness::Wrong { is_of_log: false } => Logged::Unknown,
        }
    }
}

/// So many frames were committed: up to the last commit that a right frame follows, and all whole transactions behind it.
fn committed(frames: &[Frame]) -> usize {
    let followed = frames.windows(2).rposition(|two| match two {
        [frame, next] => frame.is_commit() && next.is_next(),
        _ => false,
    });
    let durable = followed.map_or(0, |at| at.saturating_add(1));
    let behind = frames.get(durable..).unwrap_or_default();
    let right = behind.iter().take_while(|frame| frame.is_next()).collect::<Vec<_>>();
    let last = right.iter().rposition(|frame| frame.is_commit());
    last.map_or(durable, |at| durable.saturating_add(at).saturating_add(1))
}

/// Reads a frame; false behind the last.
fn read_frame(
    file: &File,
    page_size: usize,
    index: usize,
    bytes: &mut Vec<u8>,
) -> io::Result<bool> {
    bytes.resize(page_size.saturating_add(FRAME_HEADER), 0);
    read_whole(file, bytes, place(page_size, index))
}

/// Where a frame begins.
fn place(page_size: usize, index: usize) -> u64 {
    let step = page_size.saturating_add(FRAME_HEADER);
    let at = index.saturating_mul(step).saturating_add(HEADER);
    u64::try_from(at).unwrap_or(u64::MAX)
}

/// How large the pages are in a log whose beginning is lost: behind the first stands another frame of the same salts.
fn likely_size(file: &File, salts: Option<Halves>) -> io::Result<usize> {
    let [usual, ..] = SIZES;
    for size in SIZES {
        let mut head = [0; FRAME_HEADER];
        let is_there = read_whole(file, &mut head, place(size, 1))?;
        if is_there && salts.is_some() && Sum::stored(&head, 8) == salts {
            return Ok(size);
        }
    }
    Ok(usual)
}

/// Reads all of it; false where the file ends before.
fn read_whole(file: &File, bytes: &mut [u8], at: u64) -> io::Result<bool> {
    match file.read_exact_at(bytes, at) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// All frames of a log, of which the beginning may be unknown.
fn frames(file: &File, header: Option<&LogHeader>, page_size: usize) -> io::Result<Vec<Frame>> {
    let (mut frames, mut bytes) = (Vec::<Frame>::new(), Vec::new());
    let mut judge = Judge::of(header);
    while read_frame(file, page_size, frames.len(), &mut bytes)? {
        let goes_on = |sum| goes_on(file, page_size, frames.len().saturating_add(1), sum);
        let Some(frame) = judge.frame(&bytes, goes_on) else { break };
        frames.push(frame);
    }
    Ok(frames)
}

/// Says of one frame after the other how right it is.
struct Judge {
    salts: Option<Halves>,
    /// What the next frame's sum goes on from.
    sum: Sum,
    is_sum_known: bool,
    /// Of the last commit.
    pages: Option<u32>,
}

impl Judge {
    fn of(header: Option<&LogHeader>) -> Self {
        let big = cfg!(target_endian = "big");
        let sum = header.map_or(Sum { big, halves: (0, 0) }, |header| header.sum);
        let salts = header.map(|header| header.salts);
        Self { salts, sum, is_sum_known: header.is_some(), pages: None }
    }

    /// The next frame; `goes_on` says whether the one behind it is right where the sum before that is this.
    fn frame(&mut self, bytes: &[u8], goes_on: impl Fn(Sum) -> bool) -> Option<Frame> {
        let (head, page) = bytes.split_at_checked(FRAME_HEADER)?;
        let ours = *self.salts.get_or_insert(Sum::stored(head, 8)?);
        let summed = [head.get(..8)?, page].concat();
        let stored = Sum::stored(head, 16)?;
        let salt_bits = apart(Sum::stored(head, 8)?, ours);
        let mut reckoned = self.sum;
        reckoned.add(&summed);
        let (mut number, mut pages) = (long(head, 0)?, long(head, 4)?);
        let mut next = stored;
        let rightness = match apart(reckoned.halves, stored) {
            0 if salt_bits == 0 => Rightness::Right,
            // A turned bit of what is not summed up.
            0 if salt_bits == 1 => Rightness::PutRight(None),
            _ if salt_bits > 0 => Rightness::Wrong { is_of_log: false },
            _ if !self.is_sum_known => Rightness::Unproven,
            apart => match self.sum.turned(&summed, stored).as_slice() {
                // The sum's own bit, where nothing else may be it or the next frame goes on from what it was.
                bits if apart == 1 && (bits.is_empty() || goes_on(reckoned)) => {
                    next = reckoned.halves;
                    Rightness::PutRight(None)
                }
                // Behind the last frame nothing tells.
                bits if apart == 1 && !goes_on(Sum { halves: stored, ..self.sum }) => {
                    Rightness::OneBit { or: other_head(&summed, bits).map(|(number, _)| number) }
                }
                [] => Rightness::Wrong { is_of_log: true },
                bits => {
                    let right = one_bit(&summed, bits, self.pages)?;
                    (number, pages) = (right.number, right.pages);
                    right.rightness
                }
            },
        };
        let rightness = if number == 0 { Rightness::Wrong { is_of_log: false } } else { rightness };
        self.is_sum_known = rightness != Rightness::Wrong { is_of_log: false };
        self.sum.halves = next;
        self.pages = Some(pages).filter(|pages| *pages > 0).or(self.pages);
        Some(Frame { number, pages, rightness })
    }
}

/// Whether the frame of that number is right where the sum before it is this.
fn goes_on(file: &File, page_size: usize, index: usize, mut sum: Sum) -> bool {
    let mut bytes = Vec::new();
    if !matches!(read_frame(file, page_size, index, &mut bytes), Ok(true)) {
        return false;
    }
    let Some((head, page)) = bytes.split_at_checked(FRAME_HEADER) else { return false };
    sum.add(head.get(..8).unwrap_or_default());
    sum.add(page);
    Sum::stored(head, 16) == Some(sum.halves)
}

/// The page and how many of them there are, where one of these bits is wrong and is of those.
fn other_head(summed: &[u8], bits: &[usize]) -> Option<(u32, u32)> {
    let bit = bits.iter().find(|bit| **bit < PAGE)?;
    let mut head = summed.get(..8)?.to_vec();
    turn(&mut head, *bit);
    Some((long(&head, 0)?, long(&head, 4)?))
}

/// A frame of which one of these bits is wrong; the last commit had so many pages.
fn one_bit(summed: &[u8], bits: &[usize], pages_before: Option<u32>) -> Option<Frame> {
    let (mut number, mut pages) = (long(summed, 0)?, long(summed, 4)?);
    let otherwise = other_head(summed, bits);
    let rightness = match (bits, otherwise) {
        ([bit], None) => Rightness::PutRight(bit.checked_sub(PAGE)),
        ([_], Some(right)) => {
            (number, pages) = right;
            Rightness::PutRight(None)
        }
        // How many pages there are seldom changes.
        (_, Some((same, other))) if same == number => {
            let is_likely = |pages: u32| pages == 0 || Some(pages) == pages_before;
            if !is_likely(pages) && is_likely(other) {
                pages = other;
                Rightness::PutRight(None)
            } else {
                Rightness::OneBit { or: None }
            }
        }
        // There is no such page.
        (_, Some((other, _))) if number == 0 => {
            number = other;
            Rightness::PutRight(None)
        }
        (_, otherwise) => Rightness::OneBit { or: otherwise.map(|(number, _)| number) },
    };
    Some(Frame { number, pages, rightness })
}
