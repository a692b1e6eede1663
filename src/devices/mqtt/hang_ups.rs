//! On what a broker may have hung up: not every one says what it forbids, and one that is killed or restarted hangs up, too.
//! For a connection and for whoever makes the next one.

use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;

/// A broker that forbids a topic hangs up within this time.
const WITHIN: Duration = Duration::from_secs(1);
/// One that so often in a row hangs up on the same topic forbids it.
const TIMES: u32 = 3;

/// What was said on a connection of which the broker does not say whether it takes it.
#[derive(Debug, Default)]
pub(super) struct Unsure {
    last: Option<(String, Instant)>,
    /// Topics on which the broker did not hang up.
    outlived: BTreeSet<String>,
}

impl Unsure {
    /// Something is said.
    pub fn say(&mut self, topic: String, now: Instant) {
        let before = self.last.replace((topic, now));
        let outlived = before.filter(|(_, at)| now.duration_since(*at) >= WITHIN);
        self.outlived.extend(outlived.map(|(topic, _)| topic));
    }

    /// What was said came back: it was taken.
    pub fn came_back(&mut self, topic: &str) {
        let back = self.last.take_if(|(said, _)| said == topic);
        self.outlived.extend(back.map(|(topic, _)| topic));
    }

    /// Where something was said just now.
    pub fn last(&self, now: Instant) -> Option<&str> {
        let just_now = |(_, at): &&(String, Instant)| now.duration_since(*at) < WITHIN;
        let last = self.last.as_ref().filter(just_now).map(|(topic, _)| topic.as_str());
        last.filter(|topic| !self.outlived.contains(*topic))
    }

    /// Whether something was said there that the broker did not hang up on.
    pub fn has_outlived(&self, topic: &str, now: Instant) -> bool {
        let outlived =
            |(said, at): &(String, Instant)| said == topic && now.duration_since(*at) >= WITHIN;
        self.outlived.contains(topic) || self.last.as_ref().is_some_and(outlived)
    }
}

/// Hang-ups in a row on the same topic.
#[derive(Debug, Default)]
pub(super) struct HangUps(Option<(String, u32)>);

impl HangUps {
    /// The broker has hung up; `last` is what was said there just before, and `has_taken` whether it took something on a
    /// topic in the connection that has ended. Returns the topic that it forbids by all one can know.
    pub fn again(
        &mut self,
        last: Option<String>,
        has_taken: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let before = self.0.take().filter(|(topic, _)| !has_taken(topic));
        let topic = last.filter(|topic| !has_taken(topic))?;
        let times = before.filter(|(before, _)| *before == topic).map_or(1, |(_, times)| times + 1);
        if times >= TIMES {
            return Some(topic);
        }
        self.0 = Some((topic, times));
        None
    }

    /// It said why.
    pub fn forget(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> String {
        "gate".to_owned()
    }

    #[test]
    fn a_broker_that_hangs_up_three_times_in_a_row_on_a_topic_forbids_it() {
        let mut hang_ups = HangUps::default();
        assert_eq!(hang_ups.again(Some(gate()), |_| false), None);
        assert_eq!(hang_ups.again(Some(gate()), |_| false), None);
        assert_eq!(hang_ups.again(Some(gate()), |_| false), Some(gate()));
        // Another in between, or nothing.
        for between in [None, Some("sign".to_owned())] {
            let mut hang_ups = HangUps::default();
            for _ in 0..9 {
                assert_eq!(hang_ups.again(Some(gate()), |_| false), None);
                assert_eq!(hang_ups.again(Some(gate()), |_| false), None);
                assert_eq!(hang_ups.again(between.clone(), |_| false), None);
            }
        }
    }

    #[test]
    fn a_broker_that_is_killed_often_right_behind_a_command_does_not_forbid_it_where_it_took_one_meanwhile()
     {
        let mut hang_ups = HangUps::default();
        for _ in 0..9 {
            assert_eq!(hang_ups.again(Some(gate()), |_| false), None);
            assert_eq!(hang_ups.again(Some(gate()), |topic| topic == "gate"), None);
            assert_eq!(hang_ups.again(Some(gate()), |_| false), None);
            assert_eq!(hang_ups.again(None, |topic| topic == "gate"), None);
        }
    }

    #[test]
    fn what_a_broker_did_not_hang_up_on_within_a_second_or_sent_back_it_has_taken() {
        let begun = Instant::now();
        let at = |millis| begun + Duration::from_millis(millis);
        let mut unsure = Unsure::default();
        unsure.say("gate".to_owned(), at(0));
        assert_eq!(
            (unsure.last(at(999)), unsure.has_outlived("gate", at(999))),
            (Some("gate"), false)
        );
        assert_eq!((unsure.last(at(1000)), unsure.has_outlived("gate", at(1000))), (None, true));
        unsure.say("sign".to_owned(), at(1000));
        unsure.say("gate".to_owned(), at(1500));
        assert_eq!(unsure.last(at(1500)), None, "it took something there");
        assert!(!unsure.has_outlived("sign", at(5000)), "nobody knows");
        unsure.say("marker".to_owned(), at(1600));
        unsure.came_back("marker");
        assert!(unsure.has_outlived("marker", at(1600)));
        assert_eq!(unsure.last(at(1600)), None);
    }
}
