//! Who is at work, in a file in memory: what is about to be decided is written down before, unsynced, and struck out when
//! that is over. A process that finds names there knows at whose work the one before it ended. For the guard; it
//! judges nothing.

use super::name::Name;
use crate::in_memory::ours;
use rustix::fs::OFlags;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// Ends the names: without it nothing had begun.
const END: &str = ".";

/// The file, and what stands in it.
#[derive(Default)]
pub(super) struct AtWork {
    file: Option<File>,
    serial: u64,
    names: String,
}

/// How a process ended that was at work.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct EndOfProcess {
    /// Of which commit, so that it is counted once.
    pub serial: u64,
    /// Whose work it was.
    pub names: Vec<Name>,
    /// At which row of the lot's own it was, where that was noted.
    pub row: Option<String>,
    /// Whether it ended by itself, and was not killed.
    pub by_itself: bool,
}

impl AtWork {
    /// Opens the file, and tells how the process before this one ended. Without a file nothing is known.
    pub fn open(path: &Path) -> (Self, Option<EndOfProcess>) {
        let how = OFlags::RDWR | OFlags::CREATE;
        let Ok(file) = ours(path, how) else { return (Self::default(), None) };
        let ended = std::io::read_to_string(&file).ok().and_then(|text| parse(&text));
        (Self { file: Some(file), serial: fastrand::u64(..), names: String::new() }, ended)
    }

    /// These are about to be decided.
    pub fn begin(&mut self, names: &[Name]) {
        let Some(file) = &self.file else { return };
        self.serial = self.serial.wrapping_add(1);
        self.names.clear();
        // Writing into a text does not fail; a file that cannot be written guards nothing and stops nobody.
        let _ = writeln!(self.names, "{:016x}", self.serial);
        for name in names {
            let _ = writeln!(self.names, "{name}");
        }
        let _ = writeln!(self.names, "{END}");
        let _ = file.write_all_at(self.names.as_bytes(), 0);
    }

    /// They have come to this row of the lot's own.
    pub fn come_to(&self, row: &str) {
        let Some(file) = &self.file else { return };
        let behind = self.names.len() as u64;
        let line = format!("{}\n", row.replace('\n', " "));
        let _ = file.write_all_at(line.as_bytes(), behind);
        let _ = file.set_len(behind.saturating_add(line.len() as u64));
    }

    /// It is over, well or not.
    pub fn end(&self) {
        if let Some(file) = &self.file {
            let _ = file.set_len(0);
        }
    }
}

fn parse(text: &str) -> Option<EndOfProcess> {
    let mut lines = text.split_inclusive('\n').map_while(|line| line.strip_suffix('\n'));
    let serial = u64::from_str_radix(lines.next()?, 16).ok()?;
    let mut names = Vec::new();
    loop {
        match lines.next()? {
            END => break,
            name => names.push(name.parse().ok()?),
        }
    }
    let row = lines.next().map(str::to_owned);
    Some(EndOfProcess { serial, names, row, by_itself: false })
}

impl fmt::Debug for AtWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtWork").field("serial", &self.serial).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: u64) -> Name {
        format!("{number:016x}").parse().unwrap()
    }

    #[test]
    fn the_next_process_knows_who_was_at_work_and_at_which_row_and_nothing_when_it_was_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let (mut first, ended) = AtWork::open(&path);
        assert_eq!(ended, None);
        first.begin(&[name(1), name(2)]);
        let (_, ended) = AtWork::open(&path);
        let ended = ended.unwrap();
        assert_eq!((ended.names, ended.row), (vec![name(1), name(2)], None));
        first.come_to("a row with a long name");
        first.come_to("a row");
        assert_eq!(AtWork::open(&path).1.unwrap().row.as_deref(), Some("a row"));
        first.end();
        assert_eq!(AtWork::open(&path).1, None);
        first.begin(&[name(3)]);
        let third = AtWork::open(&path).1.unwrap();
        assert_eq!((third.names, third.row), (vec![name(3)], None));
        assert_ne!(third.serial, ended.serial, "each commit is another");
    }

    #[test]
    fn what_was_not_written_whole_had_not_begun() {
        for text in ["", "1", "1\n", "1\n0000000000000002\n", "x\n.\n", "1\nname\n.\n", "1\n."] {
            assert_eq!(parse(text), None, "{text:?}");
        }
        let cut = parse("1\n0000000000000002\n.\nhalf a ro").unwrap();
        assert_eq!((cut.names, cut.row), (vec![name(2)], None));
    }
}
