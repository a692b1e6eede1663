//! The language of cameras that push over HTTP: how what they push is read and answered, and how they are asked
//! to do something, as conversations that somebody else carries out. Pure.

use super::Keys;
use super::codec::{CodecError, Now};
use super::push::{Push, Pushed};
use crate::model::barrier::Act;
use crate::model::camera_list::ListChange;
use jiff::civil::DateTime;
use jiff::{SignedDuration, tz::TimeZone};
use serde_json::Value;
use std::time::Duration;

/// The language of a camera that pushes.
pub trait PushCodec: Keys {
    /// Reads what it pushed.
    fn decode(&self, push: &Push, now: Now<'_>) -> Result<Pushed, CodecError>;
    /// The answer after which it lets go of what it pushed; `carried` is what it is told to do besides.
    fn answer(&self, push: &Push, carried: &[Value]) -> PushAnswer;
    /// How it is told to do something.
    fn way(&self) -> CommandWay;
    /// Whether it marks what it saw while it could not be heard; else the read's own moment tells.
    fn marks_late(&self) -> bool {
        true
    }
    /// What an answer carries so that it does something; none when it cannot.
    fn carried(&self, _command: CameraTask<'_>) -> Option<Value> {
        None
    }
    /// The conversation in which it does something; none when it cannot.
    fn conversation(
        &self,
        _task: CameraTask<'_>,
        _talk: &Talk<'_>,
    ) -> Option<Box<dyn Conversation>> {
        None
    }
}

/// How a camera that pushes is told to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandWay {
    /// It is called.
    Called,
    /// By the answer to what it asks for now and then; that it asks again at once shows that it was heard.
    Polled,
    /// By the answer to its next sign of life; nothing shows that it was heard but that it took the answer.
    Beat,
    /// By the answer to the very read that it is about.
    Answered,
    /// Not at all.
    Never,
}

/// What a camera can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraTask<'t> {
    /// Move the barrier.
    Barrier(Act),
    /// Take a picture now.
    Snapshot,
    /// Set its clock.
    SetTime,
    /// Say what it can do, and let go of the outputs that barriers hang on: a process before this one may have ended while
    /// one was pressed. At the first contact.
    Probe {
        /// Their numbers, from 0 on.
        outputs: &'t [u8],
    },
    /// Say that it lives and how the barrier stands. Now and then.
    Look,
    /// Put a plate on its own list, or take one off.
    List(ListTask<'t>),
    /// Send bytes through its RS-485 port.
    Serial {
        /// Which port.
        channel: u8,
        /// The bytes.
        bytes: &'t [u8],
    },
}

/// A change of a camera's own list, with times as the lot's clocks show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListTask<'t> {
    /// The plate.
    pub plate_no: &'t str,
    /// The first and the last second in which it opens for it; none where it is taken off.
    pub put: Option<(DateTime, DateTime)>,
}

impl<'t> ListTask<'t> {
    /// Of a change; none where nothing is changed.
    pub fn of(change: &'t ListChange, zone: &TimeZone) -> Option<Self> {
        match change {
            ListChange::Put(plate) => {
                let second = SignedDuration::from_secs(1);
                let last = plate.until.checked_sub(second).unwrap_or(plate.until);
                let put = Some((zone.to_datetime(plate.from), zone.to_datetime(last)));
                Some(Self { plate_no: &plate.plate_no, put })
            }
            ListChange::Remove { plate_no } => Some(Self { plate_no, put: None }),
            ListChange::AskMode => None,
        }
    }
}

/// What a conversation is begun with.
#[derive(Clone, Copy)]
pub struct Talk<'t> {
    /// The present moment.
    pub now: Now<'t>,
    /// The way that worked for this camera last.
    pub known: Option<u8>,
    /// Its user and password, where it has any.
    pub login: Option<(&'t str, &'t str)>,
    /// How long its arm may take to come up.
    pub up_within: Duration,
}

/// One conversation: what is asked next, by what was answered last.
pub trait Conversation: Send {
    /// The next turn; nothing was answered yet at the first one.
    fn next(&mut self, heard: Option<&CameraAnswer<'_>>) -> TalkTurn;
}

/// What a camera answered.
#[derive(Debug, Clone, Copy)]
pub enum CameraAnswer<'a> {
    /// This.
    Http {
        /// The status.
        status: u16,
        /// The body.
        body: &'a [u8],
    },
    /// Nothing in time.
    Nothing,
    /// It was waited, as the turn before wanted.
    Waited,
}

/// A turn of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub enum TalkTurn {
    /// Ask this.
    Ask(Question),
    /// Wait so long.
    Wait(Duration),
    /// It is over.
    Over(Ended),
}

/// A request to a camera.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// `GET`, `PUT`, `POST`.
    pub method: &'static str,
    /// Path and query, as they go over the wire.
    pub target: String,
    /// The body's type.
    pub kind: &'static str,
    /// The body.
    pub body: String,
    /// More headers.
    pub headers: Vec<(&'static str, String)>,
}

impl Question {
    /// A `GET`.
    pub fn get(target: impl Into<String>) -> Self {
        Self { method: "GET", target: target.into(), ..Self::default() }
    }
}

/// How a conversation ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    /// It was done.
    Done(Learned),
    /// The camera refused, with its code.
    Refused(i64),
    /// It does something else just now.
    Busy,
    /// It said yes, and the arm stays down.
    StaysDown,
    /// It cannot.
    Unable,
    /// User or password are wrong.
    WrongLogin,
    /// It did not answer.
    Unanswered,
}

/// What a conversation told besides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learned {
    /// The way that worked.
    pub route: Option<u8>,
    /// Whether the arm is up, where the camera knows.
    pub arm_up: Option<bool>,
    /// The picture that was asked for.
    pub picture: Option<Vec<u8>>,
    /// Whether the camera opens the barrier by its own list, too.
    pub opens_itself: bool,
}

/// The answer to a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushAnswer {
    /// The status.
    pub status: u16,
    /// The body's type.
    pub kind: &'static str,
    /// The body.
    pub body: String,
}

impl PushAnswer {
    /// 200 without a body.
    pub fn empty() -> Self {
        Self { status: 200, kind: "text/plain", body: String::new() }
    }

    /// 200 with JSON.
    pub fn json(body: &Value) -> Self {
        Self { status: 200, kind: "application/json; charset=utf-8", body: body.to_string() }
    }

    /// What was pushed could not be stored: the camera is to send it again.
    pub fn not_stored() -> Self {
        Self { status: 503, kind: "text/plain", body: String::new() }
    }
}

/// A conversation of one question.
pub struct OneQuestion<R> {
    question: Option<Question>,
    read: R,
}

impl<R: Fn(u16, &[u8]) -> Ended + Send> OneQuestion<R> {
    /// Asks `question`; `read` says what the answer means.
    pub fn new(question: Question, read: R) -> Self {
        Self { question: Some(question), read }
    }
}

impl<R: Fn(u16, &[u8]) -> Ended + Send> Conversation for OneQuestion<R> {
    fn next(&mut self, heard: Option<&CameraAnswer<'_>>) -> TalkTurn {
        match (self.question.take(), heard) {
            (Some(question), _) => TalkTurn::Ask(question),
            (None, Some(CameraAnswer::Http { status, body })) => {
                TalkTurn::Over((self.read)(*status, body))
            }
            (None, _) => TalkTurn::Over(Ended::Unanswered),
        }
    }
}

/// Whether it was done, by the status alone.
pub fn by_status(status: u16, _body: &[u8]) -> Ended {
    match status {
        200..=299 => Ended::Done(Learned::default()),
        404 | 405 | 501 => Ended::Unable,
        status => Ended::Refused(i64::from(status)),
    }
}

/// The picture that was asked for.
pub fn picture(status: u16, body: &[u8]) -> Ended {
    match status {
        200 if body.starts_with(b"\xff\xd8\xff") => {
            Ended::Done(Learned { picture: Some(body.to_vec()), ..Learned::default() })
        }
        200 => Ended::Unable,
        status => by_status(status, body),
    }
}
