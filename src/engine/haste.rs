//! How long what an input has come to may wait for its commit, so that more stand in one. It is judged by what came of the
//! input, never by what it was, and only where whoever brought it does not wait for it. For the writer; pure.

use crate::model::input::Answer;
use crate::model::outcome::{Haste, Outcome};
use std::time::Duration;

/// How long what may wait for its commit does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joining {
    /// What moves no barrier, no display and nobody who waits joins the next commit, or has its own after so long.
    pub within: Duration,
    /// The same of what would come again by itself if it were lost: that the platform has a report, which it knows by its
    /// id.
    pub noted_within: Duration,
}

impl Default for Joining {
    fn default() -> Self {
        Self { within: Duration::from_millis(250), noted_within: Duration::from_secs(2) }
    }
}

/// How long it may wait; none where it may not.
pub(super) fn may_wait(joining: Joining, answer: &Answer, outcome: &Outcome) -> Option<Duration> {
    // Taken apart whole, so that no kind of effect can be forgotten here.
    let Outcome {
        actuations,
        withdrawn,
        shows,
        snapshots,
        triggers,
        list_orders,
        jobs,
        publications,
        // Asked in the background, and while a car waits pressing.
        questions: _,
        happenings,
        unwanted,
        reported,
        settles,
        haste,
    } = outcome;
    let moves = !(actuations.is_empty()
        && withdrawn.is_empty()
        && shows.is_empty()
        && snapshots.is_empty()
        && triggers.is_empty()
        && list_orders.is_empty()
        && jobs.is_empty()
        && publications.is_empty()
        && unwanted.is_empty());
    if moves || *settles || *haste == Haste::Pressing || !matches!(answer, Answer::Done) {
        return None;
    }
    let only_noted = *haste == Haste::OnlyNoted && !reported && happenings.is_empty();
    Some(if only_noted { joining.noted_within } else { joining.within })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::happening::Happening;
    use crate::model::outcome::{Scene, Show};

    fn wait(outcome: &Outcome) -> Option<u128> {
        may_wait(Joining::default(), &Answer::Done, outcome).map(|wait| wait.as_millis())
    }

    #[test]
    fn what_moves_something_or_somebody_waits_for_is_committed_at_once() {
        let quiet = Outcome::default();
        assert_eq!(wait(&quiet), Some(250));
        assert_eq!(may_wait(Joining::default(), &Answer::Queue(1), &quiet), None);
        let show = Show { device_id: "d".into(), scene: Scene::Idle { unused: 1 } };
        for outcome in [
            Outcome { shows: vec![show], ..Outcome::default() },
            Outcome { triggers: vec!["d".into()], ..Outcome::default() },
            Outcome { unwanted: vec!["x.jpg".into()], ..Outcome::default() },
            Outcome { settles: true, ..Outcome::default() },
            Outcome { haste: Haste::Pressing, ..Outcome::default() },
        ] {
            assert_eq!(wait(&outcome), None, "{outcome:?}");
        }
    }

    #[test]
    fn only_a_note_of_what_others_have_waits_longer() {
        let noted = || Outcome { haste: Haste::OnlyNoted, ..Outcome::default() };
        assert_eq!(wait(&noted()), Some(2000));
        let told = Happening::PlatformUp;
        for outcome in
            [Outcome { reported: true, ..noted() }, Outcome { happenings: vec![told], ..noted() }]
        {
            assert_eq!(wait(&outcome), Some(250), "{outcome:?}");
        }
    }
}
