//! What is believed of the time and why: what the machine's clocks, a time server, the platform and cameras say, weighed.
//! For the keeper, which asks them; pure, and it knows neither the store nor any rule.
//!
//! The lot's time is the moment the box was started, as it is believed, and the time since, which no step of a clock
//! touches. While nobody vouches for a clock it runs from the newest moment that was written before, so that it is never
//! later than the true time and no stay seems longer than it was.

use super::machine::{BothClocks, after, before};
use crate::model::moment::{Boot, KnownTime, LotMoment, Voucher};
use crate::standard::id::Id;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// A wall clock that moves no further than this is followed at once; any other step wants somebody who vouches for it.
const STEP: SignedDuration = SignedDuration::from_secs(2);
/// A clock that went wrong may have been this far ahead when it was set back.
const SET_BACK_AT_MOST: SignedDuration = SignedDuration::from_hours(24 * 366);
/// Clocks that differ no more than this agree.
const AGREE: SignedDuration = SignedDuration::from_secs(30);
/// Where we remember a moment, a hardware clock or a camera that shows one so much later has gone wrong.
const SILENT_AT_MOST: SignedDuration = SignedDuration::from_hours(24 * 90);
/// The same where all we know is when the program was built.
const UNUSED_AT_MOST: SignedDuration = SignedDuration::from_hours(24 * 3650);
/// A platform that vouched for a moment and now says one so far from it has perhaps itself a clock that went wrong:
const FAR: SignedDuration = SignedDuration::from_hours(12);
/// it is believed once it has said so for so long.
const LASTING: SignedDuration = SignedDuration::from_mins(10);
/// The seconds from 1970 to the year 2200: nobody who vouches shows a later moment.
const YEAR_2200: i64 = 7_258_118_400;

/// What is believed.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is asked by itself")]
pub(super) struct Belief {
    boot: String,
    knows_boot: bool,
    built: Timestamp,
    starts: Timestamp,
    /// Whether the wall clock is followed, small steps and all.
    follows: bool,
    voucher: Option<Voucher>,
    lower_bound: Timestamp,
    /// Whether the bound is a moment that this box has written.
    remembers: bool,
    /// Whether what the store knew was taken up.
    taken_up: bool,
    /// When the wall clock has left what is believed, in the time since the start.
    left: SignedDuration,
    /// When the machine was started, by a platform that says something far from what it said, and since when it does.
    far: Option<(Timestamp, SignedDuration)>,
    /// When the machine was started, by each camera.
    cameras: BTreeMap<Id, Timestamp>,
}

impl Belief {
    /// What is believed of a start of which nothing is known yet, by a program built then.
    pub(super) fn new(boot: &str, knows_boot: bool, built: Timestamp, glance: BothClocks) -> Self {
        let mut belief = Self {
            boot: boot.to_owned(),
            knows_boot,
            built,
            starts: glance.starts(),
            follows: true,
            voucher: None,
            lower_bound: built,
            remembers: false,
            taken_up: false,
            left: SignedDuration::ZERO,
            far: None,
            cameras: BTreeMap::new(),
        };
        belief.begin(glance, UNUSED_AT_MOST);
        belief
    }

    /// The wall clock where it can be right, else the lower bound.
    fn begin(&mut self, glance: BothClocks, within: SignedDuration) {
        let latest = after(self.lower_bound, within);
        self.follows = self.lower_bound <= glance.wall && glance.wall <= latest;
        let now = if self.follows { glance.wall } else { self.lower_bound };
        self.starts = before(now, glance.up);
    }

    /// Takes up what the store knows from before: the same start goes on as it was believed; after another one all that
    /// is sure is that it is later than what was written last, by the time since this one.
    pub(super) fn take_up(&mut self, known: &KnownTime, glance: BothClocks) {
        if std::mem::replace(&mut self.taken_up, true) {
            // It comes back late, or as a copy: what is believed meanwhile is newer.
            return;
        }
        let last = known.last.map_or(self.built, |last| last.max(self.built));
        self.remembers = known.last.is_some();
        self.lower_bound = last;
        let Some(boot) = &known.boot else {
            return self
                .begin(glance, if self.remembers { SILENT_AT_MOST } else { UNUSED_AT_MOST });
        };
        if self.knows_boot && boot.id == self.boot && goes_on(boot.starts, last, glance) {
            self.starts = boot.starts;
            self.voucher = known.voucher;
            self.lower_bound = known.lower_bound.unwrap_or(last).max(self.built);
            self.follows = near(glance.starts(), boot.starts, STEP);
            self.left = glance.up;
            return;
        }
        if known.voucher.is_none() {
            self.lower_bound = known.lower_bound.unwrap_or(last).max(self.built);
        }
        self.follows = false;
        let since = if self.knows_boot { glance.up } else { SignedDuration::ZERO };
        let now = after(known.last.unwrap_or(self.built), since).max(self.built);
        self.starts = before(now, glance.up);
    }

    /// What time it is.
    pub(super) fn moment(&mut self, glance: BothClocks) -> LotMoment {
        self.follow(glance);
        let now = after(self.starts, glance.up);
        LotMoment {
            now,
            boot: Some(Boot { id: self.boot.clone(), starts: self.starts }),
            voucher: self.voucher,
            lower_bound: if self.voucher.is_some() { now } else { self.lower_bound },
        }
    }

    /// Goes with the wall clock where it moves a little, and stays where it is when that steps away.
    fn follow(&mut self, glance: BothClocks) {
        let is_near = near(glance.starts(), self.starts, STEP);
        if self.follows && is_near {
            self.starts = glance.starts();
        } else if self.follows {
            self.follows = false;
            self.left = glance.up;
        } else if is_near && self.voucher.is_some() {
            self.follows = true;
        }
    }

    /// How far the wall clock is ahead of what is believed, where it is not followed.
    pub(super) fn wall_is_off(&self, glance: BothClocks) -> Option<SignedDuration> {
        (!self.follows).then(|| glance.starts().duration_since(self.starts))
    }

    /// Since when the wall clock is as it is, in the time since the start.
    pub(super) fn left(&self) -> SignedDuration {
        self.left
    }

    /// Who vouches.
    pub(super) fn voucher(&self) -> Option<Voucher> {
        self.voucher
    }

    /// Somebody says what time it is.
    pub(super) fn hear(&mut self, glance: BothClocks, voucher: Voucher, now: Timestamp) {
        self.follow(glance);
        if self.voucher.is_some_and(|better| better > voucher)
            || !self.is_in_reason(glance, voucher, now)
        {
            return;
        }
        let says = before(now, glance.up);
        if voucher == Voucher::Platform && !self.is_lasting(glance, says) {
            return;
        }
        let tolerance = match voucher {
            Voucher::TimeServer => SignedDuration::from_secs(1),
            _ => AGREE,
        };
        if near(says, glance.starts(), tolerance) {
            // It is finer than who vouches for it.
            self.follows = true;
            self.starts = glance.starts();
        } else if self.voucher == Some(voucher) && voucher <= Voucher::Cameras {
            // What told us the time once tells of no step alone.
            return;
        } else if self.voucher.is_none() || !near(says, self.starts, fine(voucher)) {
            self.follows = false;
            self.left = glance.up;
            self.starts = says;
        }
        self.voucher = Some(voucher);
    }

    /// Whether what the platform says is near what it said, or what the wall clock shows, or has been said for long.
    fn is_lasting(&mut self, glance: BothClocks, says: Timestamp) -> bool {
        if self.voucher != Some(Voucher::Platform)
            || near(says, self.starts, FAR)
            || near(says, glance.starts(), AGREE)
        {
            self.far = None;
            return true;
        }
        let since = match self.far {
            Some((said, since)) if near(said, says, AGREE) => since,
            _ => glance.up,
        };
        self.far = Some((says, since));
        glance.up.saturating_sub(since) >= LASTING
    }

    /// A camera says what time it is: two that agree vouch for each other, one that agrees with the wall clock for that.
    pub(super) fn hear_camera(&mut self, glance: BothClocks, camera: &Id, now: Timestamp) {
        if !self.is_in_reason(glance, Voucher::Cameras, now) {
            self.cameras.remove(camera);
            return;
        }
        let says = before(now, glance.up);
        let mut others = self.cameras.iter().filter(|(other, _)| *other != camera);
        let agrees = others.any(|(_, other)| near(*other, says, AGREE))
            || near(glance.starts(), says, AGREE)
                && self.is_in_reason(glance, Voucher::Cameras, glance.wall);
        self.cameras.insert(camera.clone(), says);
        if agrees {
            self.hear(glance, Voucher::Cameras, now);
        }
    }

    /// Whether a moment can be the true one, as far as that voucher may say: the platform and time servers may say that
    /// what we have written was wrong.
    fn is_in_reason(&self, glance: BothClocks, voucher: Voucher, now: Timestamp) -> bool {
        let (earliest, latest) = match voucher {
            Voucher::Platform | Voucher::TimeServer => {
                (self.built, Timestamp::from_second(YEAR_2200).unwrap_or(Timestamp::MAX))
            }
            Voucher::HardwareClock | Voucher::Cameras => {
                let within = if self.remembers { SILENT_AT_MOST } else { UNUSED_AT_MOST };
                let floor = self.lower_bound.max(self.built);
                let believed = self.voucher.map(|_| after(self.starts, glance.up));
                (floor, after(believed.unwrap_or(floor).max(floor), within))
            }
        };
        before(earliest, AGREE) <= now && now <= latest
    }
}

/// Whether what is kept of this start leads to a moment near the last that was written, which may itself have been set back:
/// else it is damaged.
fn goes_on(starts: Timestamp, last: Timestamp, glance: BothClocks) -> bool {
    let now = after(starts, glance.up);
    let latest = Timestamp::from_second(YEAR_2200).unwrap_or(Timestamp::MAX);
    (before(last, SET_BACK_AT_MOST)..latest).contains(&now)
}

/// How finely who vouches tells the time.
fn fine(voucher: Voucher) -> SignedDuration {
    match voucher {
        Voucher::TimeServer => SignedDuration::from_secs(1),
        Voucher::Platform => SignedDuration::from_secs(3),
        Voucher::Cameras | Voucher::HardwareClock => AGREE,
    }
}

fn near(one: Timestamp, other: Timestamp, by: SignedDuration) -> bool {
    one.duration_since(other).abs() <= by
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT: i64 = 1_790_000_000;
    const NOW: i64 = 1_795_000_000;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// The wall clock shows `wall`, the machine has run for `up` seconds.
    fn glance(wall: i64, up: i64) -> BothClocks {
        BothClocks { wall: second(wall), up: SignedDuration::from_secs(up) }
    }

    fn belief(glance: BothClocks) -> Belief {
        Belief::new("here", true, second(BUILT), glance)
    }

    /// Written at `last` in that boot, which was started at `starts`.
    fn known(boot: &str, starts: i64, voucher: Option<Voucher>, last: i64) -> KnownTime {
        KnownTime {
            boot: Some(Boot { id: boot.to_owned(), starts: second(starts) }),
            voucher,
            lower_bound: Some(second(last)),
            last: Some(second(last)),
        }
    }

    fn now(belief: &mut Belief, wall: i64, up: i64) -> i64 {
        belief.moment(glance(wall, up)).now.as_second()
    }

    #[test]
    fn a_box_that_wakes_in_1970_goes_on_from_what_it_wrote_last_and_never_faster_than_time() {
        let mut belief = belief(glance(20, 20));
        belief.take_up(&known("before", NOW - 5000, Some(Voucher::Platform), NOW), glance(20, 20));
        let moment = belief.moment(glance(80, 80));
        assert_eq!((moment.now, moment.lower_bound), (second(NOW + 80), second(NOW)));
        assert!(!moment.is_trusted());
        // Once more: it is counted on, and the bound stays what was written while somebody vouched.
        let again = known("second", NOW, None, NOW + 80);
        let again = KnownTime { lower_bound: Some(second(NOW)), ..again };
        belief.taken_up = false;
        belief.take_up(&again, glance(5, 5));
        let moment = belief.moment(glance(5, 5));
        assert_eq!((moment.now, moment.lower_bound), (second(NOW + 85), second(NOW)));
    }

    #[test]
    fn a_start_that_is_kept_in_another_age_is_damaged_and_believed_by_nobody() {
        let voucher = Some(Voucher::Platform);
        let mut right = belief(glance(NOW, 50));
        right.take_up(&known("here", NOW - 50, voucher, NOW - 1), glance(NOW, 50));
        assert!(right.moment(glance(NOW, 50)).is_trusted());
        for starts in [20, 1_000_000_000, 7_300_000_000] {
            let mut belief = belief(glance(NOW, 50));
            belief.take_up(&known("here", starts, voucher, NOW - 1), glance(NOW, 50));
            let moment = belief.moment(glance(NOW, 50));
            assert!(!moment.is_trusted() && moment.lower_bound >= second(NOW - 1), "{starts}");
            belief.hear(glance(NOW + 1, 51), Voucher::Platform, second(NOW + 1));
            assert_eq!(now(&mut belief, NOW + 2, 52), NOW + 2, "{starts}");
        }
    }

    #[test]
    fn a_new_box_begins_with_its_wall_clock_where_that_can_be_right_and_else_when_it_was_built() {
        assert_eq!(now(&mut belief(glance(NOW, 50)), NOW + 1, 51), NOW + 1);
        assert_eq!(now(&mut belief(glance(20, 20)), 21, 21), BUILT + 1);
        let far = BUILT + 20 * 365 * 86_400;
        assert_eq!(now(&mut belief(glance(far, 20)), far + 5, 25), BUILT + 5);
    }

    #[test]
    fn each_who_vouches_sets_the_clock_and_a_weaker_one_never_sets_it_back() {
        let mut belief = belief(glance(20, 20));
        for (voucher, ahead) in
            Voucher::ALL.into_iter().zip([0, 100, 300, -50]).chain([(Voucher::Platform, 900)])
        {
            belief.hear(glance(30, 30), voucher, second(NOW + ahead));
            let wanted = if ahead == 900 { -50 } else { ahead };
            assert_eq!(now(&mut belief, 31, 31), NOW + wanted + 1, "{voucher:?}");
        }
        assert_eq!(belief.voucher(), Some(Voucher::TimeServer));
    }

    #[test]
    fn a_platform_whose_clock_goes_wrong_for_a_moment_moves_nothing_and_one_that_stays_there_is_followed()
     {
        let mut belief = belief(glance(20, 20));
        let mut hears = |up: i64, says: i64| {
            belief.hear(glance(up, up), Voucher::Platform, second(says + up));
            now(&mut belief, up, up) - up
        };
        assert_eq!(hears(30, NOW), NOW);
        let far = NOW + 400 * 86_400;
        for up in (40..600).step_by(10) {
            assert_eq!(hears(up, far), NOW, "{up}");
        }
        assert_eq!(hears(610, NOW), NOW, "right again");
        for up in (620..1220).step_by(10) {
            assert_eq!(hears(up, far), NOW, "{up}");
        }
        assert_eq!(hears(1220, far), far, "said for ten minutes");
        assert_eq!(hears(1230, NOW - 3600), far);
        assert_eq!(hears(1840, NOW - 3600), NOW - 3600);
        assert_eq!(hears(1850, NOW), NOW, "an hour is followed at once");
    }

    #[test]
    fn a_moment_that_cannot_be_vouches_for_nothing() {
        let mut belief = belief(glance(20, 20));
        belief.take_up(&known("before", 0, Some(Voucher::TimeServer), NOW), glance(20, 20));
        for (voucher, wrong) in [
            (Voucher::HardwareClock, 946_684_800),
            (Voucher::HardwareClock, NOW - 3600),
            (Voucher::HardwareClock, NOW + 100 * 86_400),
            (Voucher::Cameras, NOW + 100 * 86_400),
            (Voucher::Platform, 0),
            (Voucher::Platform, YEAR_2200 + 1),
            (Voucher::TimeServer, BUILT - 3600),
        ] {
            belief.hear(glance(30, 30), voucher, second(wrong));
            assert_eq!(belief.voucher(), None, "{voucher:?} {wrong}");
        }
        // Who is sure may say that what was written was wrong.
        belief.hear(glance(30, 30), Voucher::Platform, second(NOW - 3600));
        assert_eq!(now(&mut belief, 30, 30), NOW - 3600);
    }

    #[test]
    fn a_step_of_any_size_that_nobody_vouches_for_is_none() {
        let mut belief = belief(glance(NOW, 100));
        belief.hear(glance(NOW, 100), Voucher::HardwareClock, second(NOW));
        for step in [3600, -3600, 86_400, 50 * 365 * 86_400, -50 * 365 * 86_400] {
            assert_eq!(now(&mut belief, NOW + step + 10, 110), NOW + 10, "{step}");
            assert!(belief.moment(glance(NOW + step + 10, 110)).is_trusted());
            assert_eq!(
                belief.wall_is_off(glance(NOW + step + 10, 110)),
                Some(SignedDuration::from_secs(step))
            );
        }
        // The wall clock is right again, and goes on a little otherwise.
        assert_eq!(now(&mut belief, NOW + 20, 120), NOW + 20);
        assert_eq!(now(&mut belief, NOW + 31, 130), NOW + 31);
    }

    #[test]
    fn a_step_that_somebody_vouches_for_is_followed() {
        let mut belief = belief(glance(NOW, 100));
        belief.hear(glance(NOW, 100), Voucher::HardwareClock, second(NOW));
        // Somebody has set both clocks by hand.
        belief.hear(glance(NOW + 3610, 110), Voucher::HardwareClock, second(NOW + 3610));
        assert_eq!(now(&mut belief, NOW + 3611, 111), NOW + 3611);
        belief.hear(glance(NOW + 3620, 120), Voucher::TimeServer, second(NOW + 20));
        assert_eq!(now(&mut belief, NOW + 3630, 130), NOW + 30);
        // A hardware clock alone tells of no step.
        belief.hear(glance(NOW + 3640, 140), Voucher::HardwareClock, second(NOW + 3640));
        assert_eq!(now(&mut belief, NOW + 3640, 140), NOW + 40);
    }

    #[test]
    fn cameras_vouch_where_two_agree_or_one_agrees_with_the_wall_clock() {
        let (one, two) = (Id::from("1"), Id::from("2"));
        let mut belief = belief(glance(20, 20));
        belief.hear_camera(glance(30, 30), &one, second(NOW));
        belief.hear_camera(glance(35, 35), &one, second(NOW + 5));
        belief.hear_camera(glance(40, 40), &two, second(NOW + 300));
        assert_eq!(belief.voucher(), None);
        belief.hear_camera(glance(50, 50), &two, second(NOW + 25));
        assert_eq!(belief.voucher(), Some(Voucher::Cameras));
        assert_eq!(now(&mut belief, 60, 60), NOW + 35);
        let mut alone = self::belief(glance(NOW, 20));
        alone.hear_camera(glance(NOW + 10, 30), &one, second(NOW + 100));
        assert_eq!(alone.voucher(), None);
        alone.hear_camera(glance(NOW + 20, 40), &one, second(NOW + 30));
        assert_eq!(alone.voucher(), Some(Voucher::Cameras));
        // Two that have both forgotten the time agree on nothing.
        let mut forgetful = self::belief(glance(20, 20));
        for camera in [&one, &two] {
            forgetful.hear_camera(glance(30, 30), camera, second(40));
        }
        assert_eq!(forgetful.voucher(), None);
    }

    #[test]
    fn the_same_start_goes_on_as_it_was_believed_whatever_its_wall_clock_did_meanwhile() {
        let mut belief = belief(glance(NOW + 500_000, 500));
        let before = known("here", NOW, Some(Voucher::Platform), NOW + 300);
        belief.take_up(&before, glance(NOW + 500_000, 500));
        assert_eq!(now(&mut belief, NOW + 500_001, 501), NOW + 501);
        assert_eq!(belief.voucher(), Some(Voucher::Platform));
        assert_eq!(belief.left(), SignedDuration::from_secs(500));
        // Where nobody knows which start this is, it may be any.
        let mut unknown = Belief::new("here", false, second(BUILT), glance(20, 20));
        unknown.take_up(&before, glance(20, 20));
        assert_eq!(unknown.moment(glance(20, 20)).now, second(NOW + 300));
        assert_eq!(unknown.voucher(), None);
    }
}
