//! What is tried next while there is no store. Whatever comes of a try is a store or another try with its moment: none of
//! the states is without one, so nobody has to remember to try again.

use crate::store::{FaultKind, StoreFault};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// A medium that takes nothing is tried again so often, ...
const AGAIN: Duration = Duration::from_secs(10);
/// ... and sooner at first: what failed once may have been a moment's.
const SOON: Duration = Duration::from_secs(3);

/// What is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NextTry {
    /// The database is opened then, and what was kept is written down.
    Open(Instant),
    /// It is looked at then, and mended where it is damaged.
    Mend(Instant),
    /// That is being done.
    Mending,
}

/// Whoever tries.
pub(super) trait Tries {
    /// What there is to be had.
    type Store;

    /// Opens it and writes down what was kept.
    fn open(&mut self) -> Result<Self::Store, StoreFault>;

    /// Begins to look and mend.
    fn begin_to_mend(&mut self) -> std::io::Result<()>;

    /// What came of that; none while it is being done.
    fn mended(&mut self) -> Option<Result<(), StoreFault>>;

    /// Told why a try has failed.
    fn failed(&mut self, words: String);
}

impl NextTry {
    /// After a store was lost.
    pub(super) fn after_loss(kind: FaultKind, now: Instant) -> Self {
        match kind {
            FaultKind::Damaged => Self::Mend(now),
            FaultKind::Left => Self::Open(now),
            FaultKind::Full | FaultKind::Medium => Self::Open(now + SOON),
        }
    }

    fn after(fault: StoreFault, now: Instant, tries: &mut impl Tries) -> Self {
        let kind = fault.kind;
        tries.failed(fault.words);
        let again = now + AGAIN;
        if kind == FaultKind::Damaged { Self::Mend(again) } else { Self::Open(again) }
    }

    /// Tries what is due.
    pub(super) fn go<T: Tries>(self, now: Instant, tries: &mut T) -> ControlFlow<T::Store, Self> {
        let next = match self {
            Self::Open(at) | Self::Mend(at) if now < at => self,
            Self::Open(_) => match tries.open() {
                Ok(store) => return ControlFlow::Break(store),
                Err(fault) if fault.kind == FaultKind::Damaged => {
                    tries.failed(fault.words);
                    return Self::Mend(now).go(now, tries);
                }
                Err(fault) => Self::after(fault, now, tries),
            },
            Self::Mend(_) => match tries.begin_to_mend() {
                Ok(()) => Self::Mending,
                Err(error) => {
                    tries.failed(error.to_string());
                    Self::Mend(now + AGAIN)
                }
            },
            Self::Mending => match tries.mended() {
                None => Self::Mending,
                Some(Ok(())) => match tries.open() {
                    Ok(store) => return ControlFlow::Break(store),
                    // What does not last is not done again and again without a rest.
                    Err(fault) => Self::after(fault, now, tries),
                },
                Some(Err(fault)) => Self::after(fault, now, tries),
            },
        };
        ControlFlow::Continue(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that can go wrong with a try.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Ill {
        Medium,
        Damaged,
        Full,
        Left,
        /// There is no thread to be had.
        NoThread,
        /// It takes long.
        Slow,
    }

    const ALL: [Ill; 6] =
        [Ill::Medium, Ill::Damaged, Ill::Full, Ill::Left, Ill::NoThread, Ill::Slow];

    /// A medium on which tries fail as listed, and no longer.
    struct Medium {
        ills: Vec<Ill>,
        failed: usize,
    }

    impl Medium {
        fn fault(&mut self) -> Result<(), StoreFault> {
            let kind = match self.ills.pop() {
                None | Some(Ill::NoThread | Ill::Slow) => return Ok(()),
                Some(Ill::Medium) => FaultKind::Medium,
                Some(Ill::Damaged) => FaultKind::Damaged,
                Some(Ill::Full) => FaultKind::Full,
                Some(Ill::Left) => FaultKind::Left,
            };
            Err(StoreFault { kind, words: String::new() })
        }
    }

    impl Tries for Medium {
        type Store = ();

        fn open(&mut self) -> Result<(), StoreFault> {
            self.fault()
        }

        fn begin_to_mend(&mut self) -> std::io::Result<()> {
            match self.ills.pop_if(|ill| *ill == Ill::NoThread) {
                Some(_) => Err(std::io::ErrorKind::OutOfMemory.into()),
                None => Ok(()),
            }
        }

        fn mended(&mut self) -> Option<Result<(), StoreFault>> {
            if self.ills.pop_if(|ill| *ill == Ill::Slow).is_some() {
                return None;
            }
            Some(self.fault())
        }

        fn failed(&mut self, _: String) {
            self.failed += 1;
        }
    }

    /// Every order of so many of them.
    fn orders(length: usize) -> Vec<Vec<Ill>> {
        let mut all = vec![Vec::new()];
        for _ in 0..length {
            let longer = |order: &Vec<Ill>| ALL.map(|ill| [order.as_slice(), &[ill]].concat());
            all = all.iter().flat_map(longer).collect();
        }
        all
    }

    #[test]
    fn whatever_fails_in_whatever_order_there_is_a_store_again_soon_after_the_medium_is_well() {
        let begun = Instant::now();
        let kinds = [FaultKind::Medium, FaultKind::Damaged, FaultKind::Full, FaultKind::Left];
        for (kind, ills) in
            kinds.iter().flat_map(|kind| orders(5).into_iter().map(move |o| (kind, o)))
        {
            let mut medium = Medium { ills: ills.clone(), failed: 0 };
            let mut next = NextTry::after_loss(*kind, begun);
            let (mut now, mut well) = (begun, None);
            loop {
                if medium.ills.is_empty() {
                    well.get_or_insert(now);
                }
                let since = well.map(|well| now - well);
                assert!(
                    since.is_none_or(|since| since <= AGAIN + Duration::from_secs(2)),
                    "{ills:?}"
                );
                assert!(now - begun < Duration::from_secs(120), "{ills:?}: {next:?}");
                match next.go(now, &mut medium) {
                    ControlFlow::Break(()) => break,
                    ControlFlow::Continue(then) => next = then,
                }
                now += Duration::from_secs(1);
            }
        }
    }

    #[test]
    fn a_try_that_fails_is_told_and_the_next_comes_ten_seconds_later_but_damage_is_mended_at_once()
    {
        let now = Instant::now();
        let ills = vec![Ill::Damaged, Ill::Slow, Ill::Damaged, Ill::Medium];
        let mut medium = Medium { ills, failed: 0 };
        let next = NextTry::Open(now).go(now, &mut medium);
        assert_eq!(next, ControlFlow::Continue(NextTry::Open(now + AGAIN)));
        let next = NextTry::Open(now).go(now, &mut medium);
        assert_eq!(next, ControlFlow::Continue(NextTry::Mending));
        let next = NextTry::Mending.go(now, &mut medium);
        assert_eq!(next, ControlFlow::Continue(NextTry::Mending));
        // What is mended does not open.
        medium.ills = vec![Ill::Damaged, Ill::NoThread];
        let next = NextTry::Mending.go(now, &mut medium);
        assert_eq!(next, ControlFlow::Continue(NextTry::Mend(now + AGAIN)));
        assert_eq!(medium.failed, 3);
        let early = NextTry::Mend(now + AGAIN).go(now, &mut medium);
        assert_eq!(early, ControlFlow::Continue(NextTry::Mend(now + AGAIN)));
    }
}
