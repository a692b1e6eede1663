//! Whether somebody else logs in as we do: the platform ends our link again and again soon after the login. Pure; it stops
//! nothing.

use std::time::Duration;

/// So many such ends in a row are no chance.
const TIMES: u32 = 5;
/// A link that lasted so long was nobody else's.
const KEPT: Duration = Duration::from_secs(600);

/// What is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkOwner {
    /// The link was taken over so often.
    Another(u32),
    /// It lasts again.
    UsAgain,
}

/// How often the platform has ended our link.
#[derive(Debug, Default)]
pub(super) struct TakenOver {
    times: u32,
}

impl TakenOver {
    /// After which a link that stands is ours alone.
    pub(super) const KEPT: Duration = KEPT;

    /// Whether anything is held against whoever may log in as we do.
    pub(super) fn is_suspected(&self) -> bool {
        self.times > 0
    }

    /// The platform has ended a link that was logged in for so long.
    pub(super) fn ended(&mut self, after: Duration) -> Option<LinkOwner> {
        if after >= KEPT {
            return self.lasts();
        }
        self.times = self.times.saturating_add(1);
        (self.times == TIMES).then_some(LinkOwner::Another(self.times))
    }

    /// A link has stood so long that it is ours alone.
    pub(super) fn lasts(&mut self) -> Option<LinkOwner> {
        let times = std::mem::take(&mut self.times);
        (times >= TIMES).then_some(LinkOwner::UsAgain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_is_ended_five_times_is_taken_over_until_one_lasts() {
        let (mut taken, soon) = (TakenOver::default(), Duration::from_secs(40));
        let told: Vec<_> = (0..7).map(|_| taken.ended(soon)).collect();
        let once = Some(LinkOwner::Another(5));
        assert_eq!(told, [None, None, None, None, once, None, None]);
        assert_eq!(taken.lasts(), Some(LinkOwner::UsAgain));
        assert_eq!(taken.lasts(), None);
        assert_eq!(taken.ended(soon), None);
        assert_eq!(taken.ended(KEPT), None);
        assert!((0..4).all(|_| taken.ended(soon).is_none()));
        assert_eq!(taken.ended(soon), once);
    }
}
