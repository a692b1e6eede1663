//! Conversations with a Hikvision camera that answers by a script, for the tests of each.

use super::Hikvision;
use crate::devices::cameras::makes::codec::Now;
use crate::devices::cameras::makes::http::{
    CameraAnswer, CameraTask, Ended, PushCodec, Talk, TalkTurn,
};
use jiff::{Timestamp, tz::TimeZone};
use std::time::Duration;

pub fn zone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap()
}

/// Holds a conversation with a camera that answers so; what it was asked, and how it ended.
pub fn held(
    task: CameraTask<'_>,
    known: Option<u8>,
    answers: &[(u16, &str)],
) -> (Vec<String>, Ended) {
    let (asked, _, ended) = watched(task, known, Duration::from_secs(2), answers);
    (asked, ended)
}

/// The same with how long the arm may take, and how long was waited.
pub fn watched(
    task: CameraTask<'_>,
    known: Option<u8>,
    up_within: Duration,
    answers: &[(u16, &str)],
) -> (Vec<String>, Duration, Ended) {
    let zone = zone();
    let now = Now { moment: Timestamp::from_second(1_784_080_800).unwrap(), time_zone: &zone };
    let talk = Talk { now, known, login: None, up_within };
    let mut conversation = Hikvision::new(1, None).conversation(task, &talk).unwrap();
    let (mut asked, mut answers) = (Vec::new(), answers.iter());
    let (mut turn, mut waited) = (conversation.next(None), Duration::ZERO);
    for _ in 0..64 {
        let heard = match turn {
            TalkTurn::Over(ended) => return (asked, waited, ended),
            TalkTurn::Wait(so_long) => {
                waited += so_long;
                CameraAnswer::Waited
            }
            TalkTurn::Ask(question) => {
                asked.push(format!("{} {} {}", question.method, question.target, question.body));
                match answers.next() {
                    Some((status, body)) => {
                        CameraAnswer::Http { status: *status, body: body.as_bytes() }
                    }
                    None => CameraAnswer::Nothing,
                }
            }
        };
        turn = conversation.next(Some(&heard));
    }
    panic!("no end: {asked:?}");
}

pub const OK: &str = "<ResponseStatus xmlns=\"http://www.std-cgi.com/ver20/XMLSchema\"><statusCode>1</statusCode>\
    <statusString>OK</statusString><subStatusCode>ok</subStatusCode></ResponseStatus>";

pub fn status(code: i64) -> String {
    format!("<ResponseStatus><statusCode>{code}</statusCode></ResponseStatus>")
}

pub fn gate(state: i64) -> String {
    format!("<BarrierGate><barrierGateStatus>{state}</barrierGateStatus></BarrierGate>")
}

pub fn done(ended: &Ended) -> (Option<u8>, Option<bool>) {
    match ended {
        Ended::Done(learned) => (learned.route, learned.arm_up),
        other => panic!("{other:?}"),
    }
}
