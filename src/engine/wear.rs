//! What this process has written to its medium, pictures and copies of the database too, as the kernel counts it: noted
//! now and then, so that the doctor can say how long the medium lasts.

use std::path::PathBuf;
use std::time::{Duration, Instant};

/// It is noted so often.
const EVERY: Duration = Duration::from_secs(600);
const COUNTED_IN: &str = "/proc/self/io";

/// What was noted last.
pub(super) struct Wear {
    counted_in: PathBuf,
    bytes: u64,
    at: Instant,
}

impl Default for Wear {
    fn default() -> Self {
        Self { counted_in: PathBuf::from(COUNTED_IN), bytes: 0, at: Instant::now() }
    }
}

/// What is to be noted: bytes, in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Writes {
    pub(super) bytes: u64,
    pub(super) seconds: u64,
    counted: u64,
    at: Instant,
}

impl Wear {
    /// What was written since it was noted last, when it is time.
    pub(super) fn due(&self, now: Instant) -> Option<Writes> {
        let passed = now.saturating_duration_since(self.at);
        if passed < EVERY {
            return None;
        }
        let counted = counted(&std::fs::read_to_string(&self.counted_in).ok()?)?;
        let bytes = counted.saturating_sub(self.bytes);
        Some(Writes { bytes, seconds: passed.as_secs(), counted, at: now })
    }

    /// It is noted.
    pub(super) fn noted(&mut self, writes: Writes) {
        self.bytes = writes.counted;
        self.at = writes.at;
    }
}

/// Bytes that went, or will go, to a medium.
fn counted(text: &str) -> Option<u64> {
    let number = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().parse::<u64>().ok()
    };
    // What was deleted before it was written.
    let cancelled = number("cancelled_write_bytes:").unwrap_or(0);
    Some(number("write_bytes:")?.saturating_sub(cancelled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_noted_every_ten_minutes_and_each_byte_once() {
        let folder = tempfile::tempdir().unwrap();
        let counted_in = folder.path().join("io");
        let write = |bytes: u64| {
            let text = format!(
                "rchar: 9\nwchar: 9\nread_bytes: 9\nwrite_bytes: {bytes}\ncancelled_write_bytes: 4096\n"
            );
            std::fs::write(&counted_in, text).unwrap();
        };
        let start = Instant::now();
        let mut wear = Wear { counted_in: counted_in.clone(), bytes: 0, at: start };
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(wear.due(after(601)), None, "where the kernel does not count, nothing is said");
        write(12_288);
        assert_eq!(wear.due(after(599)), None);
        let first = wear.due(after(600)).unwrap();
        assert_eq!((first.bytes, first.seconds), (8192, 600));
        // It could not be written down: it is told with the next.
        write(20_480);
        let both = wear.due(after(610)).unwrap();
        assert_eq!((both.bytes, both.seconds), (16_384, 610));
        wear.noted(both);
        assert_eq!(wear.due(after(1209)), None);
        write(24_576);
        assert_eq!(wear.due(after(1210)).unwrap().bytes, 4096);
    }

    #[test]
    fn the_kernel_counts_for_this_process() {
        let text = std::fs::read_to_string(COUNTED_IN);
        // Not every kernel does.
        assert!(text.is_err() || counted(&text.unwrap()).is_some());
    }
}
