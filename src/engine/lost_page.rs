//! A page of the database that its medium does not give: now and then that is the medium's affair, and waited for; the same
//! page each time is lost, as if it were damaged.

use crate::store::{FaultKind, StoreFault};

/// So many times in a row.
const TIMES: u32 = 3;

/// What could not be read last.
#[derive(Debug, Default)]
pub(super) struct LostPage {
    /// In the words of the check, which name the page; and how many times in a row.
    last: Option<(String, u32)>,
}

impl LostPage {
    /// All was read, or something else is wrong.
    pub(super) fn forget(&mut self) {
        self.last = None;
    }

    /// Notes what a look has failed with.
    pub(super) fn note(&mut self, fault: &StoreFault) {
        let before = self.last.take().filter(|(words, _)| *words == fault.words);
        // A medium that is gone says the same for ever, and names no page.
        let is_page = fault.kind == FaultKind::Medium && fault.words.contains("page");
        let times = before.map_or(0, |(_, times)| times).saturating_add(1);
        self.last = is_page.then(|| (fault.words.clone(), times));
    }

    /// Whether it is to be given up.
    pub(super) fn is_lost(&self) -> bool {
        self.last.as_ref().is_some_and(|(_, times)| *times >= TIMES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_page_each_time_is_lost_and_a_medium_that_is_gone_is_waited_for() {
        let unreadable =
            |words: &str| StoreFault { kind: FaultKind::Medium, words: words.to_owned() };
        let mut page = LostPage::default();
        for _ in 0..2 * TIMES {
            page.note(&unreadable("the database refuses: disk I/O error"));
        }
        assert!(!page.is_lost());
        for number in 0..2 * TIMES {
            page.note(&unreadable(&format!("page {number}: error code=266")));
        }
        assert!(!page.is_lost(), "each time another");
        for _ in 0..TIMES {
            assert!(!page.is_lost());
            page.note(&unreadable("page 99: error code=266"));
        }
        assert!(page.is_lost());
        page.forget();
        assert!(!page.is_lost());
    }
}
