//! What is kept while nothing can be written down stands in a file in memory, too: it outlives the process, though not the
//! power.

use crate::in_memory;
use crate::model::without_store::Note;
use rustix::fs::OFlags;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

/// What the file's name ends in while it is written anew.
const NEW: &str = ".new";

/// The file; none where there is no folder in memory.
#[derive(Debug, Default)]
pub(super) struct Journal {
    path: Option<PathBuf>,
    /// Notes that stand in it.
    written: usize,
}

impl Journal {
    pub(super) fn at(path: Option<PathBuf>) -> Self {
        Self { path, written: 0 }
    }

    /// What an earlier process could not write down. A line that cannot be read is left out.
    pub(super) fn read(&mut self) -> Vec<Note> {
        let file = self.path.as_deref().and_then(|path| in_memory::ours(path, OFlags::RDONLY).ok());
        let Some(file) = file else { return Vec::new() };
        let lines = BufReader::new(file).lines().map_while(Result::ok);
        let notes: Vec<Note> = lines.filter_map(|line| serde_json::from_str(&line).ok()).collect();
        self.written = notes.len();
        notes
    }

    /// Adds those of `notes` that do not stand in it yet.
    pub(super) fn add(&mut self, notes: &[Note]) {
        let new = notes.get(self.written..).unwrap_or_default();
        let Some(path) = self.path.as_deref().filter(|_| !new.is_empty()) else { return };
        let how = OFlags::WRONLY | OFlags::CREATE | OFlags::APPEND;
        // Without it they are lost with the process and not only with the power.
        let _ = in_memory::ours(path, how)
            .and_then(|mut file| file.write_all(lines_of(new).as_bytes()));
        self.written = notes.len();
    }

    /// Only `notes` are left to be written down.
    pub(super) fn replace(&mut self, notes: &[Note]) {
        let Some(path) = self.path.as_deref() else { return };
        let mut new = path.as_os_str().to_owned();
        new.push(NEW);
        let new = Path::new(&new);
        let how = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC;
        let written = in_memory::ours(new, how)
            .and_then(|mut file| file.write_all(lines_of(notes).as_bytes()))
            .and_then(|()| std::fs::rename(new, path));
        // The old one has those that were written down, too, which are known when they come again.
        if written.is_ok() {
            self.written = notes.len();
        }
    }

    /// All of it was written down.
    pub(super) fn clear(&mut self) {
        if let Some(path) = &self.path {
            let _ = std::fs::remove_file(path);
        }
        self.written = 0;
    }
}

/// One a line.
fn lines_of(notes: &[Note]) -> String {
    let lines = notes.iter().filter_map(|note| serde_json::to_string(note).ok());
    lines.fold(String::new(), |text, line| text + &line + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::without_store::Noted;
    use jiff::Timestamp;

    #[test]
    fn the_next_process_reads_what_this_one_kept_and_no_more_once_it_is_written_down() {
        let folder = tempfile::tempdir().unwrap();
        let path = Some(folder.path().join("a.notes"));
        let note = |second| Note {
            at: Timestamp::from_second(second).unwrap(),
            what: Noted::Button { lane_id: "lane".into() },
        };
        let mut journal = Journal::at(path.clone());
        assert!(journal.read().is_empty());
        journal.add(&[note(1)]);
        journal.add(&[note(1), note(2)]);
        let mut next = Journal::at(path.clone());
        let moments: Vec<_> = next.read().iter().map(|note| note.at.as_second()).collect();
        assert_eq!(moments, [1, 2]);
        next.add(&[note(1), note(2), note(3)]);
        assert_eq!(Journal::at(path.clone()).read().len(), 3);
        next.replace(&[note(2), note(3)]);
        next.add(&[note(2), note(3), note(4)]);
        let left: Vec<_> = Journal::at(path.clone()).read().iter().map(|one| one.at).collect();
        assert_eq!(left, [note(2).at, note(3).at, note(4).at], "what was written down has gone");
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 1);
        next.clear();
        assert!(Journal::at(path).read().is_empty());
        let mut nowhere = Journal::default();
        nowhere.add(&[note(1)]);
        assert!(nowhere.read().is_empty());
    }
}
