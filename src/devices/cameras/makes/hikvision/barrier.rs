//! Moves a Hikvision barrier by whichever of three routes its camera has, and watches its arm. Pure.

use super::isapi::{answered_number, judge, put};
use crate::devices::cameras::makes::http::{
    CameraAnswer, Conversation, Ended, Learned, Question, TalkTurn, by_status,
};
use crate::model::barrier::Act;
use std::time::Duration;

/// The routes to a barrier, in the order they are tried.
pub(super) const GATE: u8 = 0;
const ENTRANCE: u8 = 1;
const OUTPUT: u8 = 2;
const ROUTES: u8 = 3;
/// How long an output is on to press a barrier's button.
const PRESS: Duration = Duration::from_secs(3);
/// The arm is looked at so far apart, and so often at most, until its lane's time is over.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
const MOST_LOOKS: u32 = 24;
/// A dropped output is tried again so often: it must not stay on.
const DROPS: u32 = 5;

pub(super) fn gate_status(channel: u16) -> Question {
    Question::get(format!("/ISAPI/Parking/channels/{channel}/barrierGate/barrierGateStatus"))
}

/// How the barrier stands: whether its arm is up, where it knows.
fn arm(body: &[u8]) -> Option<bool> {
    match answered_number(body, &["barrierGateStatus", "gateStatus", "status"])? {
        1 => Some(false),
        2 => Some(true),
        // No signal.
        _ => None,
    }
}

/// The state of the barrier, where it has one on the first route.
pub(super) fn looked(status: u16, body: &[u8]) -> Ended {
    match judge(status, body).unwrap_or_else(|| by_status(status, body)) {
        Ended::Done(_) => {
            Ended::Done(Learned { route: Some(GATE), arm_up: arm(body), ..Learned::default() })
        }
        ended => ended,
    }
}

/// One movement of the barrier.
pub(super) struct BarrierTalk {
    channel: u16,
    act: Act,
    route: u8,
    /// Routes that have turned out to be none.
    tried: u8,
    stage: Stage,
    /// Looks, or attempts to drop an output, that are left.
    left: u32,
    /// How long the arm may take.
    up_within: Duration,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Begin,
    /// The word of that number was sent.
    Commanded(usize),
    /// The arm is waited for, or was asked for.
    Watching,
    /// The output is on.
    Pressed,
    Released,
}

impl BarrierTalk {
    /// A movement, by the route that worked last; its arm may take so long.
    pub(super) fn new(channel: u16, act: Act, route: u8, up_within: Duration) -> Self {
        Self { channel, act, route, tried: 0, stage: Stage::Begin, left: 0, up_within }
    }

    /// The words of this movement on this route; none where it has none.
    fn words(&self) -> &'static [&'static str] {
        match (self.route, self.act) {
            (GATE, Act::Open { .. }) => &["open"],
            (GATE, Act::Close { .. }) => &["close"],
            // Locked, it obeys no other word until it is unlocked: so it stays as it is, open.
            (GATE, Act::Hold { .. }) => &["open", "lock"],
            (GATE, Act::Release { .. }) => &["unlock"],
            (ENTRANCE, Act::Open { .. }) => &["on"],
            (ENTRANCE, Act::Close { .. }) => &["off"],
            (ENTRANCE, Act::Stop { .. }) => &["stop"],
            (OUTPUT, Act::Open { .. } | Act::Close { .. } | Act::Stop { .. }) => &["high"],
            _ => &[],
        }
    }

    fn output(&self) -> u16 {
        match self.act {
            Act::Open { output } | Act::Close { output } | Act::Stop { output } => {
                u16::from(output) + 1
            }
            Act::Hold { .. } | Act::Release { .. } => 1,
        }
    }

    fn question(&self, word: &str) -> Question {
        let channel = self.channel;
        match self.route {
            GATE => put(
                format!("/ISAPI/Parking/channels/{channel}/barrierGate"),
                &format!("<BarrierGate><ctrlMode>{word}</ctrlMode></BarrierGate>"),
            ),
            ENTRANCE => put(
                "/ISAPI/ITC/Entrance/barrierGateCtrl".to_owned(),
                &format!(
                    "<BarrierGateCtrl version=\"2.0\"><barrietGateNum>{channel}</barrietGateNum>\
                     <BarrierGateCtrlList><barrietGateOper>{word}</barrietGateOper></BarrierGateCtrlList>\
                     </BarrierGateCtrl>"
                ),
            ),
            _ => trigger(self.output(), word),
        }
    }

    /// The next route, or the end where there is none.
    fn next_route(&mut self) -> TalkTurn {
        self.tried += 1;
        if self.tried >= ROUTES {
            return TalkTurn::Over(Ended::Unable);
        }
        self.route = (self.route + 1) % ROUTES;
        self.begin()
    }

    fn begin(&mut self) -> TalkTurn {
        match self.words().first() {
            Some(word) => {
                self.stage = Stage::Commanded(0);
                TalkTurn::Ask(self.question(word))
            }
            None => self.next_route(),
        }
    }

    fn done(&self, arm_up: Option<bool>) -> TalkTurn {
        let route = Some(self.route);
        TalkTurn::Over(Ended::Done(Learned { route, arm_up, ..Learned::default() }))
    }

    /// A word was carried out.
    fn obeyed(&mut self, number: usize) -> TalkTurn {
        if let Some(word) = self.words().get(number + 1) {
            self.stage = Stage::Commanded(number + 1);
            return TalkTurn::Ask(self.question(word));
        }
        match (self.route, self.act) {
            (OUTPUT, _) => {
                self.stage = Stage::Pressed;
                self.left = DROPS;
                TalkTurn::Wait(PRESS)
            }
            (GATE, Act::Open { .. } | Act::Hold { .. }) => {
                self.stage = Stage::Watching;
                let looks = self.up_within.as_millis().div_ceil(self.look_again().as_millis());
                // The first look is at once, the last when the time is over.
                self.left = u32::try_from(looks).unwrap_or(MOST_LOOKS) + 1;
                TalkTurn::Ask(gate_status(self.channel))
            }
            _ => self.done(None),
        }
    }

    /// The arm was looked at: locked, a barrier says yes to everything and stays where it is.
    fn watched(&mut self, status: u16, body: &[u8]) -> TalkTurn {
        match arm(body).filter(|_| status == 200) {
            Some(false) if self.left <= 1 => TalkTurn::Over(Ended::StaysDown),
            Some(false) => {
                self.left -= 1;
                TalkTurn::Wait(self.look_again())
            }
            up => self.done(up),
        }
    }

    /// A conversation has an end: an arm that may take long is looked at less often.
    fn look_again(&self) -> Duration {
        LOOK_AGAIN.max(self.up_within / MOST_LOOKS)
    }
}

pub(super) fn trigger(output: u16, state: &str) -> Question {
    put(
        format!("/ISAPI/System/IO/outputs/{output}/trigger"),
        &format!("<IOPortData><outputState>{state}</outputState></IOPortData>"),
    )
}

impl Conversation for BarrierTalk {
    fn next(&mut self, heard: Option<&CameraAnswer<'_>>) -> TalkTurn {
        match (self.stage, heard) {
            (Stage::Begin, _) => self.begin(),
            (Stage::Commanded(number), Some(CameraAnswer::Http { status, body })) => {
                match judge(*status, body).unwrap_or_else(|| by_status(*status, body)) {
                    Ended::Done(_) => self.obeyed(number),
                    Ended::Unable => self.next_route(),
                    ended => TalkTurn::Over(ended),
                }
            }
            (Stage::Watching, Some(CameraAnswer::Http { status, body })) => {
                self.watched(*status, body)
            }
            (Stage::Watching, Some(CameraAnswer::Waited)) => {
                TalkTurn::Ask(gate_status(self.channel))
            }
            // It took the command; how the arm stands it does not say.
            (Stage::Watching, _) => self.done(None),
            (Stage::Pressed, _) => {
                self.stage = Stage::Released;
                TalkTurn::Ask(trigger(self.output(), "low"))
            }
            (Stage::Released, Some(CameraAnswer::Http { status: 200..=299, .. })) => {
                self.done(None)
            }
            (Stage::Released, _) if self.left > 0 => {
                self.left -= 1;
                self.stage = Stage::Pressed;
                TalkTurn::Wait(LOOK_AGAIN)
            }
            (Stage::Released, _) => self.done(None),
            (Stage::Commanded(_), _) => TalkTurn::Over(Ended::Unanswered),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::held::{OK, done, gate, held, status, watched};
    use super::*;
    use crate::devices::cameras::makes::http::CameraTask;
    use proptest::prelude::*;

    const OPEN: CameraTask<'static> = CameraTask::Barrier(Act::Open { output: 0 });

    #[test]
    fn the_barrier_is_opened_and_its_arm_watched() {
        let (asked, ended) = held(OPEN, None, &[(200, OK), (200, &gate(1)), (200, &gate(2))]);
        assert_eq!(done(&ended), (Some(GATE), Some(true)));
        assert_eq!(
            asked[0],
            "PUT /ISAPI/Parking/channels/1/barrierGate <?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <BarrierGate><ctrlMode>open</ctrlMode></BarrierGate>"
        );
        let (_, ended) = held(OPEN, None, &[(200, OK), (404, "")]);
        assert_eq!(done(&ended), (Some(GATE), None));
        let (asked, ended) = held(OPEN, None, &[(200, OK)]);
        assert_eq!(
            (asked.len(), done(&ended)),
            (2, (Some(GATE), None)),
            "a silent state is no fault"
        );
    }

    #[test]
    fn a_barrier_that_was_locked_says_yes_and_stays_down_which_is_a_fault() {
        let mut answers = vec![(200, OK.to_owned())];
        answers.extend((0..20).map(|_| (200, gate(1))));
        let answers: Vec<_> = answers.iter().map(|(code, body)| (*code, body.as_str())).collect();
        let (asked, ended) = held(OPEN, None, &answers);
        assert_eq!(ended, Ended::StaysDown);
        assert_eq!(asked.iter().filter(|one| one.contains("ctrlMode>open")).count(), 1);
    }

    #[test]
    fn an_arm_may_take_as_long_as_its_lane_says() {
        let down = gate(1);
        let mut answers = vec![(200, OK)];
        answers.extend((0..60).map(|_| (200, down.as_str())));
        for seconds in [1, 2, 8, 20, 60] {
            let within = Duration::from_secs(seconds);
            let (_, waited, ended) = watched(OPEN, None, within, &answers);
            assert_eq!(ended, Ended::StaysDown);
            assert!(
                (within..within + LOOK_AGAIN * 2).contains(&waited),
                "{waited:?} of {within:?}"
            );
        }
        let up = gate(2);
        let slow: Vec<_> = answers.iter().copied().take(13).chain([(200, up.as_str())]).collect();
        let (_, waited, ended) = watched(OPEN, None, Duration::from_secs(8), &slow);
        assert_eq!((waited, done(&ended)), (Duration::from_secs(6), (Some(GATE), Some(true))));
    }

    #[test]
    fn each_movement_has_its_words() {
        let words = |act| {
            let answers = [(200, OK), (200, OK), (404, "")];
            let (asked, _) = held(CameraTask::Barrier(act), None, &answers);
            let word =
                |one: &String| Some(one.split_once("<ctrlMode>")?.1.split('<').next()?.to_owned());
            asked.iter().filter_map(word).collect::<Vec<_>>()
        };
        assert_eq!(words(Act::Close { output: 0 }), ["close"]);
        assert_eq!(words(Act::Hold { output: 0 }), ["open", "lock"]);
        assert_eq!(words(Act::Release { output: 0 }), ["unlock"]);
        let (asked, ended) = held(CameraTask::Barrier(Act::Stop { output: 0 }), None, &[(200, OK)]);
        assert!(
            asked[0].contains("barrierGateCtrl") && asked[0].contains("<barrietGateOper>stop<")
        );
        assert_eq!(done(&ended), (Some(ENTRANCE), None));
    }

    #[test]
    fn the_next_route_is_tried_where_one_is_not_supported_and_the_one_that_worked_is_known() {
        let unable = "<ResponseStatus><statusCode>4</statusCode><subStatusCode>notSupport</subStatusCode></ResponseStatus>";
        let (asked, ended) = held(OPEN, None, &[(403, unable), (200, OK)]);
        assert!(
            asked[1].contains("/ISAPI/ITC/Entrance/barrierGateCtrl") && asked[1].contains(">on<")
        );
        assert_eq!(done(&ended), (Some(ENTRANCE), None));
        let (asked, ended) =
            held(OPEN, None, &[(404, ""), (200, unable), (200, OK), (500, ""), (200, OK)]);
        let outputs: Vec<_> = asked
            .iter()
            .skip(2)
            .map(|one| (one.contains("/outputs/1/trigger"), one.contains(">low<")))
            .collect();
        assert_eq!(
            outputs,
            [(true, false), (true, true), (true, true)],
            "it is dropped, and again"
        );
        assert_eq!(done(&ended), (Some(OUTPUT), None));
        let (asked, _) = held(OPEN, Some(OUTPUT), &[(200, OK), (200, OK)]);
        assert_eq!(asked.len(), 2);
        let (asked, ended) = held(OPEN, None, &[(404, ""), (404, ""), (501, "")]);
        assert_eq!((asked.len(), ended), (3, Ended::Unable));
        // One that is known and no longer there leads round to those before it.
        let (asked, ended) =
            held(OPEN, Some(ENTRANCE), &[(404, ""), (404, ""), (200, OK), (404, "")]);
        assert!(asked[1].contains("/outputs/1/trigger"), "{asked:?}");
        assert!(asked[2].contains("/barrierGate <?xml"), "{asked:?}");
        assert_eq!(done(&ended), (Some(GATE), None));
    }

    #[test]
    fn a_refused_or_unanswered_command_is_not_repeated() {
        for code in [3, 5, 6, 7] {
            let (asked, ended) = held(OPEN, None, &[(200, &status(code)), (200, OK)]);
            assert_eq!((asked.len(), ended), (1, Ended::Refused(code)));
        }
        // Whether it is told again the lot decides, which knows who stands there.
        let (asked, ended) = held(OPEN, None, &[(200, &status(2)), (200, OK)]);
        assert_eq!((asked.len(), ended), (1, Ended::Busy));
        assert_eq!(held(OPEN, None, &[(403, "")]).1, Ended::Refused(403));
        let (asked, ended) = held(OPEN, None, &[]);
        assert_eq!((asked.len(), ended), (1, Ended::Unanswered));
    }

    proptest! {
        #[test]
        fn whatever_a_camera_answers_a_conversation_ends(status in 100_u16..600, body in "\\PC{0,60}") {
            let answers = vec![(status, body.as_str()); 60];
            for task in [OPEN, CameraTask::Probe { outputs: &[0] }, CameraTask::Look, CameraTask::SetTime, CameraTask::Snapshot] {
                let _ = held(task, None, &answers);
            }
        }
    }
}
