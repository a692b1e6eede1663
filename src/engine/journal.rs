//! What is kept while nothing can be written down stands in a file in memory, too: it outlives the process, though not the
//! power.

use crate::in_memory;
use crate::model::without_store::Note;
use rustix::fs::OFlags;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;

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
        let lines = new.iter().filter_map(|note| serde_json::to_string(note).ok());
        let text = lines.fold(String::new(), |text, line| text + &line + "\n");
        // Without it they are lost with the process and not only with the power.
        let _ = in_memory::ours(path, how).and_then(|mut file| file.write_all(text.as_bytes()));
        self.written = notes.len();
    }

    /// All of it was written down.
    pub(super) fn clear(&mut self) {
        if let Some(path) = &self.path {
            let _ = std::fs::remove_file(path);
        }
        self.written = 0;
    }
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
        next.clear();
        assert!(Journal::at(path).read().is_empty());
        let mut nowhere = Journal::default();
        nowhere.add(&[note(1)]);
        assert!(nowhere.read().is_empty());
    }
}
