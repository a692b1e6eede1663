//! Hikvision ITC and ANPR cameras, over ISAPI: what they can do, their keys, and which conversation does what. Pure.
//!
//! They push multipart bodies with an XML document and JPEGs, or that document alone, or an older private form with
//! the event in the query (`event.rs`). The barrier is moved by a PUT; which of three there is differs by model
//! (`barrier.rs`).

mod barrier;
mod event;
#[cfg(test)]
mod held;
mod isapi;
mod list;
mod listing;
mod probe;

use super::codec::{CodecError, Now};
use super::http::{
    CameraTask, CommandWay, Conversation, OneQuestion, PushAnswer, PushCodec, Question, Talk,
    by_status, picture,
};
use super::push::{Push, Pushed};
use super::{Ability, Make, ReadKeys};
use crate::config::reader::Section;
use crate::model::event::Heading;
use barrier::{BarrierTalk, GATE, gate_status, looked};
use isapi::{judge, put};
use jiff::SignedDuration;
use list::HikvisionListTalk;
use probe::ProbeTalk;
use serde_json::Value;
use std::sync::Arc;

/// The make.
pub static MAKES: &[Make] = &[Make {
    name: "hikvision-isapi",
    abilities: &[
        Ability::Outputs,
        Ability::Inputs,
        Ability::Clock,
        Ability::List,
        Ability::LogsIn,
        Ability::IsCalled,
    ],
    offline_after: SignedDuration::from_secs(90),
    read: ReadKeys::Http(|section| Arc::new(Hikvision::read(section))),
}];

/// One camera's language.
#[derive(Debug, Clone, PartialEq)]
pub struct Hikvision {
    channel: u16,
    forward: Option<Heading>,
}

impl Hikvision {
    /// The camera of that channel; `forward` is which way cars drive that it says drive forward.
    pub fn new(channel: u16, forward: Option<Heading>) -> Self {
        Self { channel, forward }
    }

    fn read(section: &Section<'_>) -> Self {
        let channel = section.int("channel", 1, 64).unwrap_or(1);
        let headings = [("approaching", Heading::Approaching), ("receding", Heading::Receding)];
        Self::new(u16::try_from(channel).unwrap_or(1), section.choice("forward", &headings))
    }
}

impl PushCodec for Hikvision {
    fn decode(&self, push: &Push, now: Now<'_>) -> Result<Pushed, CodecError> {
        self.pushed(push, now.time_zone)
    }

    fn answer(&self, _push: &Push, _carried: &[Value]) -> PushAnswer {
        PushAnswer::empty()
    }

    fn way(&self) -> CommandWay {
        CommandWay::Called
    }

    fn conversation(&self, task: CameraTask<'_>, talk: &Talk<'_>) -> Option<Box<dyn Conversation>> {
        let channel = self.channel;
        let route = talk.known.unwrap_or(GATE);
        Some(match task {
            CameraTask::Barrier(act) => {
                Box::new(BarrierTalk::new(channel, act, route, talk.up_within))
            }
            CameraTask::Snapshot => {
                let target = format!("/ISAPI/Streaming/channels/{channel}/picture");
                Box::new(OneQuestion::new(Question::get(target), picture))
            }
            CameraTask::SetTime => Box::new(OneQuestion::new(clock(talk.now), |status, body| {
                judge(status, body).unwrap_or_else(|| by_status(status, body))
            })),
            CameraTask::Probe { outputs } => Box::new(ProbeTalk::new(channel, outputs)),
            CameraTask::Look if route == GATE => {
                Box::new(OneQuestion::new(gate_status(channel), looked))
            }
            CameraTask::Look => {
                Box::new(OneQuestion::new(Question::get("/ISAPI/System/deviceInfo"), by_status))
            }
            CameraTask::List(task) => {
                Box::new(HikvisionListTalk::new(channel, task, talk.now.moment))
            }
            CameraTask::Serial { .. } => return None,
        })
    }
}

/// Its zone has the sign of POSIX: minus is east.
fn clock(now: Now<'_>) -> Question {
    let local = now.time_zone.to_datetime(now.moment);
    let seconds = now.time_zone.to_offset(now.moment).seconds();
    let (sign, posix) = (if seconds < 0 { '-' } else { '+' }, if seconds < 0 { '+' } else { '-' });
    let (hours, minutes) = (seconds.abs() / 3600, seconds.abs() / 60 % 60);
    let written = local.strftime("%Y-%m-%dT%H:%M:%S");
    put(
        "/ISAPI/System/time".to_owned(),
        &format!(
            "<Time><timeMode>manual</timeMode><localTime>{written}{sign}{hours:02}:{minutes:02}</localTime>\
             <timeZone>CST{posix}{hours}:{minutes:02}:00</timeZone></Time>"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::held::{OK, held};
    use super::*;
    use crate::devices::cameras::makes::http::Ended;

    #[test]
    fn its_clock_is_set_with_the_sign_that_posix_gives_the_zone() {
        let (asked, ended) = held(CameraTask::SetTime, None, &[(200, OK)]);
        assert!(asked[0].starts_with("PUT /ISAPI/System/time "), "{asked:?}");
        assert!(asked[0].contains("<localTime>2026-07-15T10:00:00+08:00</localTime>"), "{asked:?}");
        assert!(asked[0].contains("<timeZone>CST-8:00:00</timeZone>"), "{asked:?}");
        assert!(matches!(ended, Ended::Done(_)));
        let (_, ended) = held(CameraTask::Snapshot, None, &[(200, "no picture")]);
        assert_eq!(ended, Ended::Unable);
    }
}
