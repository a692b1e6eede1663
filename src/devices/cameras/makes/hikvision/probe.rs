//! Finds out which route leads to a Hikvision barrier. Pure.

use super::barrier::{gate_status, looked, trigger};
use super::isapi::answered_number;
use crate::devices::cameras::makes::http::{
    CameraAnswer, Conversation, Ended, Learned, Question, TalkTurn,
};

/// What the camera can do: the first route whose state can be read; that another is there only a command shows. So the
/// outputs that a barrier may hang on are dropped in any case: a process before this one may have been stopped while one
/// was on.
pub(super) struct ProbeTalk {
    channel: u16,
    /// Those that are to be dropped yet.
    outputs: Vec<u8>,
    stage: Probed,
}

impl ProbeTalk {
    /// The probe of a camera's channel.
    pub(super) fn new(channel: u16, outputs: &[u8]) -> Self {
        Self { channel, outputs: outputs.to_vec(), stage: Probed::Begin }
    }

    fn drop_next(&mut self, learned: Learned) -> TalkTurn {
        let Some(output) = self.outputs.pop() else { return TalkTurn::Over(Ended::Done(learned)) };
        self.stage = Probed::Output(learned);
        TalkTurn::Ask(trigger(u16::from(output) + 1, "low"))
    }
}

enum Probed {
    Begin,
    Gate,
    Entrance(Learned),
    Output(Learned),
}

impl Conversation for ProbeTalk {
    fn next(&mut self, heard: Option<&CameraAnswer<'_>>) -> TalkTurn {
        let answer = match heard {
            Some(CameraAnswer::Http { status, body }) => Some((*status, *body)),
            _ => None,
        };
        match (std::mem::replace(&mut self.stage, Probed::Begin), answer) {
            (Probed::Begin, _) => {
                self.stage = Probed::Gate;
                TalkTurn::Ask(gate_status(self.channel))
            }
            (_, None) => TalkTurn::Over(Ended::Unanswered),
            (Probed::Gate, Some((status, body))) => {
                self.stage = Probed::Entrance(match looked(status, body) {
                    Ended::Done(learned) => learned,
                    _ => Learned::default(),
                });
                TalkTurn::Ask(Question::get("/ISAPI/ITC/Entrance/entranceParam"))
            }
            (Probed::Entrance(learned), Some((status, body))) => {
                // 0 the camera decides, 1 we do, 2 both.
                let decides = answered_number(body, &["ctrlMod"]).filter(|_| status == 200);
                let opens_itself = matches!(decides, Some(0 | 2));
                self.drop_next(Learned { opens_itself, ..learned })
            }
            (Probed::Output(learned), Some(_)) => self.drop_next(learned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::barrier::GATE;
    use super::super::held::{OK, done, gate, held};
    use super::*;
    use crate::devices::cameras::makes::http::CameraTask;

    const PROBE: CameraTask<'_> = CameraTask::Probe { outputs: &[1, 0] };

    #[test]
    fn a_probe_finds_the_barrier_and_whether_the_camera_opens_by_itself() {
        let decides = |who: i64| format!("<EntranceParam><ctrlMod>{who}</ctrlMod></EntranceParam>");
        let low = [(200, OK), (200, OK)];
        let answers = [(200, &*gate(1)), (200, &*decides(0)), low[0], low[1]];
        let (asked, ended) = held(PROBE, None, &answers);
        for (asked, output) in asked.iter().skip(2).zip([1, 2]) {
            let dropped = format!("outputs/{output}/trigger");
            assert!(asked.contains(&dropped) && asked.contains(">low<"), "{asked}");
        }
        assert_eq!(asked.len(), 4);
        let Ended::Done(learned) = ended else { panic!("{ended:?}") };
        assert_eq!(
            (learned.route, learned.arm_up, learned.opens_itself),
            (Some(GATE), Some(false), true)
        );
        let (asked, ended) = held(PROBE, None, &[(404, ""), (404, ""), low[0], low[1]]);
        assert!(asked[2].contains("outputs/1/trigger") && asked[2].contains(">low<"), "{asked:?}");
        assert_eq!(done(&ended), (None, None));
        // Without a state nobody knows the route yet, and the first one is tried.
        let unable = "<ResponseStatus><statusCode>4</statusCode></ResponseStatus>";
        for no_state in [(404, ""), (403, ""), (200, unable)] {
            let answers = [no_state, (200, decides(2).leak() as &str), low[0], low[1]];
            let (asked, ended) = held(PROBE, None, &answers);
            let Ended::Done(learned) = ended else { panic!("{ended:?}") };
            assert_eq!((asked.len(), learned.route, learned.opens_itself), (4, None, true));
        }
        assert_eq!(
            done(&held(CameraTask::Look, Some(GATE), &[(200, &gate(2))]).1),
            (Some(GATE), Some(true))
        );
        assert_eq!(done(&held(CameraTask::Look, None, &[(200, &gate(0))]).1), (Some(GATE), None));
    }
}
