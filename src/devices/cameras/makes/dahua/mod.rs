//! Dahua ITC cameras: they push JSON (ITSAPI, `event.rs`) and are called by CGI, or by RPC2 where they have no CGI
//! (`strobe.rs`). Pure.
//!
//! An event that is not answered with a true result comes again. Nothing marks one that comes late; its own time
//! tells.

mod cgi;
mod event;
mod list;
mod strobe;

use super::codec::{self, CameraMessage, CodecError, Now, word};
use super::http::{
    CameraTask, CommandWay, Conversation, OneQuestion, PushAnswer, PushCodec, Question, Talk,
    picture,
};
use super::push::{Answering, Claim, PartKind, Push, Pushed, unreadable};
use super::{Ability, Make, ReadKeys};
use crate::config::reader::Section;
use crate::model::barrier::Act;
use cgi::by_words;
use event::event;
use jiff::SignedDuration;
use list::DahuaListTalk;
use serde_json::{Value, json};
use std::sync::Arc;
use strobe::StrobeTalk;

/// The make.
pub static MAKES: &[Make] = &[Make {
    name: "dahua-itc",
    abilities: &[Ability::Outputs, Ability::Clock, Ability::List, Ability::IsCalled],
    offline_after: SignedDuration::from_secs(180),
    read: ReadKeys::Http(|section| Arc::new(Dahua::read(section))),
}];

/// One camera's language.
#[derive(Debug, Clone, PartialEq)]
pub struct Dahua {
    channel: u16,
}

impl Dahua {
    /// The camera of that channel.
    pub fn new(channel: u16) -> Self {
        Self { channel }
    }

    fn read(section: &Section<'_>) -> Self {
        let channel = section.int("channel", 1, 64).unwrap_or(1);
        Self::new(u16::try_from(channel).unwrap_or(1))
    }

    fn cgi(&self, target: &str) -> Question {
        Question::get(format!("/cgi-bin/{target}&channel={}", self.channel))
    }
}

impl PushCodec for Dahua {
    fn decode(&self, push: &Push, now: Now<'_>) -> Result<Pushed, CodecError> {
        let parts = push.parts();
        let document = parts.iter().find(|part| part.kind == PartKind::Json);
        let document = document.ok_or_else(|| unreadable("no JSON"))?.bytes;
        let message: Value = codec::json(document)?;
        let serials = ["/DeviceID", "/Picture/SnapInfo/DeviceID"];
        let serials = serials.iter().filter_map(|pointer| message.pointer(pointer)).map(word);
        let claims: Vec<_> = serials.filter(|one| !one.is_empty()).map(Claim::Serial).collect();
        let message = if message.get("Picture").is_some() {
            event(&message, document, now.time_zone)
        } else {
            CameraMessage::KeepAlive(None)
        };
        Ok(Pushed { message, claims, answering: Answering::Receipt })
    }

    fn answer(&self, _push: &Push, _carried: &[Value]) -> PushAnswer {
        // Firmware differs in which of the two it reads.
        PushAnswer::json(&json!({ "Result": true, "result": "true", "Message": "Success" }))
    }

    fn marks_late(&self) -> bool {
        false
    }

    fn way(&self) -> CommandWay {
        CommandWay::Called
    }

    fn conversation(&self, task: CameraTask<'_>, talk: &Talk<'_>) -> Option<Box<dyn Conversation>> {
        Some(match task {
            CameraTask::Barrier(act) => {
                let action = match act {
                    Act::Open { .. } => "openStrobe",
                    Act::Close { .. } => "closeStrobe",
                    Act::Stop { .. } | Act::Hold { .. } | Act::Release { .. } => return None,
                };
                Box::new(StrobeTalk::new(self.clone(), action, talk))
            }
            CameraTask::Snapshot => {
                let target = format!("/cgi-bin/snapshot.cgi?channel={}", self.channel);
                Box::new(OneQuestion::new(Question::get(target), picture))
            }
            CameraTask::SetTime => {
                let local = talk.now.time_zone.to_datetime(talk.now.moment);
                let time = local.strftime("%Y-%m-%d%%20%H:%M:%S");
                let target = format!("/cgi-bin/global.cgi?action=setCurrentTime&time={time}");
                Box::new(OneQuestion::new(Question::get(target), by_words))
            }
            CameraTask::Look => {
                let target = "/cgi-bin/magicBox.cgi?action=getDeviceType";
                Box::new(OneQuestion::new(Question::get(target), by_words))
            }
            CameraTask::List(task) => Box::new(DahuaListTalk::new(task)),
            CameraTask::Probe { .. } | CameraTask::Serial { .. } => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{Timestamp, tz::TimeZone};

    fn decode(body: &[u8]) -> Result<Pushed, CodecError> {
        let push = Push { body: body.to_vec(), ..Push::default() };
        let now = Now { moment: Timestamp::UNIX_EPOCH, time_zone: &TimeZone::UTC };
        Dahua::new(1).decode(&push, now)
    }

    #[test]
    fn keepalives_and_starts_show_that_it_lives_and_every_answer_is_a_true_result() {
        for body in [r#"{"Active":true,"DeviceID":"D1"}"#, r#"{"DeviceName":"x","DeviceID":"D1"}"#]
        {
            let pushed = decode(body.as_bytes()).unwrap();
            assert_eq!(pushed.message, CameraMessage::KeepAlive(None));
            assert_eq!(pushed.claims, [Claim::Serial("D1".to_owned())]);
        }
        let answer: Value =
            serde_json::from_str(&Dahua::new(1).answer(&Push::default(), &[]).body).unwrap();
        assert_eq!((&answer["Result"], &answer["result"]), (&json!(true), &json!("true")));
        assert!(decode(b"<xml/>").is_err() && decode(b"{").is_err());
    }
}
