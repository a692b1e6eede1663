//! A damaged database is put together anew on a thread of its own, while the engine goes on without it. It is looked at
//! first: a medium that answers now and then makes a sound one seem damaged, and what cannot be read just now would be lost.

use super::lost_page::LostPage;
use crate::store::{Copies, FaultKind, StoreFault, look_again, mend};
use jiff::Timestamp;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A medium that damages what it holds again and again is not worth more than so many databases put together...
const MENDED_AT_MOST: usize = 3;
/// ... in this time. And a look that finds it sound is not believed more often.
const BELIEVED_AT_MOST: usize = 3;
const WITHIN: Duration = Duration::from_secs(3600);
/// Putting it together wears the medium: where it fails more often than that in a row, it is tried less often, ...
const FAILED_AT_ONCE: u32 = 3;
/// ... after a time that doubles from this to that.
const REST: Duration = Duration::from_secs(20);
const REST_AT_MOST: Duration = Duration::from_secs(300);

/// What looks and mends, and what came of it before.
#[derive(Default)]
pub(super) struct Mender {
    working: Option<JoinHandle<Ended>>,
    mended: Vec<Instant>,
    believed: Vec<Instant>,
    failed: u32,
    rests_until: Option<Instant>,
    unreadable: LostPage,
}

/// How it ended.
enum Ended {
    Sound,
    Mended,
    /// The look did; the same words again may be the same page.
    NotSound(StoreFault),
    /// The mending did.
    NotMended(String),
}

/// What it may do.
#[derive(Clone, Copy)]
struct May {
    believe: bool,
    mend: bool,
    give_up_page: bool,
}

/// What is there to be opened.
pub(super) enum Cured {
    /// There was nothing to mend.
    Sound,
    /// What that has come to stands in it.
    Mended,
}

impl Mender {
    /// Begins.
    pub(super) fn begin(&mut self, copies: &Copies, now: Timestamp) -> std::io::Result<()> {
        self.mended.retain(|then| then.elapsed() < WITHIN);
        self.believed.retain(|then| then.elapsed() < WITHIN);
        let may = May {
            believe: self.believed.len() < BELIEVED_AT_MOST,
            mend: self.mended.len() < MENDED_AT_MOST
                && self.rests_until.is_none_or(|until| until <= Instant::now()),
            give_up_page: self.unreadable.is_lost(),
        };
        let copies = copies.clone();
        let begin = std::thread::Builder::new().name("mend".to_owned());
        self.working = Some(begin.spawn(move || work(&copies, may, now))?);
        Ok(())
    }

    /// What came of it; none while it works. Damage stays to be mended, of anything else opening tells.
    pub(super) fn ended(&mut self) -> Option<Result<Cured, StoreFault>> {
        let damaged = |words: String| StoreFault { kind: FaultKind::Damaged, words };
        let Some(working) = self.working.take_if(|thread| thread.is_finished()) else {
            // Nothing to wait for is an end, too.
            let none = || Err(damaged("nothing mends the database".to_owned()));
            return self.working.is_none().then(none);
        };
        let ended = working.join().unwrap_or_else(|_| {
            Ended::NotMended("mending the database ended unexpectedly".to_owned())
        });
        Some(self.note(ended))
    }

    fn forget(&mut self) {
        (self.failed, self.rests_until) = (0, None);
        self.unreadable.forget();
    }

    fn note(&mut self, ended: Ended) -> Result<Cured, StoreFault> {
        match ended {
            Ended::Sound => {
                self.believed.push(Instant::now());
                self.forget();
                Ok(Cured::Sound)
            }
            Ended::Mended => {
                self.mended.push(Instant::now());
                self.believed.clear();
                self.forget();
                Ok(Cured::Mended)
            }
            Ended::NotSound(fault) => {
                if fault.kind != FaultKind::Damaged {
                    (self.failed, self.rests_until) = (0, None);
                    self.unreadable.note(&fault);
                }
                Err(fault)
            }
            Ended::NotMended(words) => {
                self.failed += 1;
                let doubled = 1 << self.failed.saturating_sub(FAILED_AT_ONCE).min(4);
                let rest = (REST * doubled).min(REST_AT_MOST);
                self.rests_until = (self.failed >= FAILED_AT_ONCE).then(|| Instant::now() + rest);
                Err(StoreFault { kind: FaultKind::Damaged, words })
            }
        }
    }
}

fn work(copies: &Copies, may: May, now: Timestamp) -> Ended {
    let words = match look_again(copies.database()) {
        Ok(()) if may.believe => return Ended::Sound,
        Ok(()) => "what works with it finds damage again and again".to_owned(),
        Err(fault) => {
            let lost = fault.kind == FaultKind::Damaged || may.give_up_page;
            if !(lost && may.mend) {
                return Ended::NotSound(fault);
            }
            fault.words
        }
    };
    match mend(copies, &words, now) {
        Ok(_) => Ended::Mended,
        Err(error) => Ended::NotMended(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use std::path::Path;

    fn lot(folder: &Path) -> Copies {
        let path = folder.join("lotgate.db");
        drop(Store::open(&path, Timestamp::UNIX_EPOCH).unwrap());
        Copies::new(&path, &folder.join("copies"), None, 0)
    }

    fn worked(mender: &mut Mender, copies: &Copies) -> Result<Cured, StoreFault> {
        mender.begin(copies, Timestamp::UNIX_EPOCH).unwrap();
        loop {
            if let Some(ended) = mender.ended() {
                return ended;
            }
            std::thread::yield_now();
        }
    }

    fn damage(copies: &Copies) {
        let mut bytes = std::fs::read(copies.database()).unwrap();
        bytes[8192..].fill(0x5a);
        std::fs::write(copies.database(), bytes).unwrap();
    }

    #[test]
    fn a_sound_database_that_seemed_damaged_is_left_as_it_is_and_not_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let copies = lot(folder.path());
        let before = std::fs::read(copies.database()).unwrap();
        let mut mender = Mender::default();
        for _ in 0..BELIEVED_AT_MOST {
            assert!(matches!(worked(&mut mender, &copies), Ok(Cured::Sound)));
            assert_eq!(std::fs::read(copies.database()).unwrap(), before);
        }
        // Whoever works with it finds damage that no look does.
        assert!(matches!(worked(&mut mender, &copies), Ok(Cured::Mended)));
    }

    #[test]
    fn a_mending_that_fails_is_tried_again_and_a_database_is_looked_at_even_where_it_is_mended_no_more()
     {
        let folder = tempfile::tempdir().unwrap();
        let copies = lot(folder.path());
        damage(&copies);
        // Where it has to be put together there is something else.
        let obstacle = folder.path().join("lotgate.db.mended");
        std::fs::create_dir(&obstacle).unwrap();
        std::fs::write(obstacle.join("x"), b"x").unwrap();
        let mut mender = Mender::default();
        for _ in 0..FAILED_AT_ONCE {
            let fault = worked(&mut mender, &copies).err().unwrap();
            assert_eq!(fault.kind, FaultKind::Damaged);
        }
        let rest = mender.rests_until.unwrap().saturating_duration_since(Instant::now());
        assert!(rest <= REST && !rest.is_zero());
        assert!(worked(&mut mender, &copies).is_err(), "it rests");
        assert_eq!(mender.failed, FAILED_AT_ONCE);
        std::fs::remove_dir_all(&obstacle).unwrap();
        mender.rests_until = Some(Instant::now());
        for mended in 1..=MENDED_AT_MOST {
            assert!(matches!(worked(&mut mender, &copies), Ok(Cured::Mended)));
            assert_eq!(mender.mended.len(), mended);
            damage(&copies);
        }
        assert_eq!(worked(&mut mender, &copies).err().unwrap().kind, FaultKind::Damaged);
        std::fs::remove_file(copies.database()).unwrap();
        drop(lot(folder.path()));
        assert!(matches!(worked(&mut mender, &copies), Ok(Cured::Sound)), "it is looked at still");
    }

    #[test]
    fn what_is_given_up_is_put_together_anew_though_it_cannot_be_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let copies = lot(folder.path());
        let may = May { believe: true, mend: true, give_up_page: true };
        std::fs::remove_file(copies.database()).unwrap();
        std::fs::create_dir(copies.database()).unwrap();
        let waits = May { give_up_page: false, ..may };
        assert!(matches!(work(&copies, waits, Timestamp::UNIX_EPOCH), Ended::NotSound(_)));
        assert!(matches!(work(&copies, may, Timestamp::UNIX_EPOCH), Ended::Mended));
    }

    #[test]
    fn a_thread_that_comes_to_a_bad_end_is_an_end() {
        let mut mender = Mender::default();
        assert!(mender.ended().is_some_and(|ended| ended.is_err()), "none was begun");
        mender.working = Some(std::thread::spawn(|| panic!("as a test has it")));
        let ended = loop {
            if let Some(ended) = mender.ended() {
                break ended;
            }
            std::thread::yield_now();
        };
        assert!(ended.is_err());
    }
}
