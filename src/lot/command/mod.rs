//! The platform's commands: decoded by their tables, carried out once, answered the same each time.
//!
//! One file a command: what it reads, its rule, its reply. A command may hold several elements; one bad
//! element does not spoil the others.

mod book;
mod confirm_booking;
mod contract;
mod control_list;
mod extend_lease;
mod guidance;
mod lock;
mod mission;
mod paid;
mod query_fee;
mod query_lease;
mod query_vehicles;
mod share;

pub use guidance::republish;

use super::{Context, LotError, Outcome};
use crate::happening::Happening;
use crate::standard::canonical::canonical;
use crate::standard::codes::ErrorCode;
use crate::standard::datetime::DateTime;
use crate::standard::envelope::Reply;
use crate::standard::interface::{Direction, Interface};
use crate::standard::lenient;
use crate::standard::sign::hex;
use crate::standard::tables::Table;
use crate::standard::verify::Violation;
use crate::store::{JournalEntry, Transaction};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha1::{Digest, Sha1};

/// A command as it came through either door, its sign already checked.
#[derive(Debug, Clone)]
pub struct Command {
    /// Interface code.
    pub code: u16,
    /// The envelope's timestamp, by which an exact repetition is known.
    pub timestamp: i64,
    /// Its elements.
    pub data: Vec<Value>,
}

/// How one element was answered.
struct Answer {
    /// Its reply elements; none where the interface's reply has no elements.
    replies: Vec<Value>,
    /// Whether it was refused.
    refused: bool,
    /// What to write into the journal; none when nothing changed, so that a repetition is tried anew.
    journal: Option<Journal>,
}

/// What makes an element the same as one carried out before.
struct Journal {
    /// The thing it is about.
    identity: String,
    /// What was done to it.
    action: &'static str,
}

impl Answer {
    /// Carried out, and to be remembered under what it was about.
    fn done(identity: impl Into<String>, action: &'static str, reply: Option<Value>) -> Self {
        let journal = Some(Journal { identity: identity.into(), action });
        Self { replies: reply.into_iter().collect(), refused: false, journal }
    }

    /// Answered without changing anything.
    fn told(replies: Vec<Value>) -> Self {
        Self { replies, refused: false, journal: None }
    }
}

/// What a command works with while it is carried out.
struct Step<'a, 'tx> {
    tx: &'a Transaction<'tx>,
    context: Context<'a>,
    interface: &'static Interface,
    /// The command it is part of.
    command: &'a Command,
    /// The element as it was received.
    element: &'a Value,
}

/// What a command does with one element in its table's form.
type Handler = fn(&Step<'_, '_>, Map<String, Value>, &mut Outcome) -> Result<Answer, LotError>;

/// The one place that says which commands there are.
fn handler(code: u16) -> Option<Handler> {
    Some(match code {
        4001 => |step, element, out| step.read(element, out, control_list::carry_out),
        6001 => |step, element, out| step.read(element, out, book::carry_out),
        6002 => |step, element, out| step.read(element, out, confirm_booking::carry_out),
        6003 => |step, element, out| step.read(element, out, lock::carry_out),
        6004 => |step, element, out| step.read(element, out, share::carry_out),
        6005 => |step, element, out| step.read(element, out, query_vehicles::carry_out),
        6006 => |step, element, out| step.read(element, out, query_fee::carry_out),
        6007 => |step, element, out| step.read(element, out, paid::carry_out),
        6008 => |step, element, out| step.read(element, out, contract::carry_out),
        6009 => |step, element, out| step.read(element, out, query_lease::carry_out),
        6010 => |step, element, out| step.read(element, out, extend_lease::carry_out),
        8004 => |step, element, out| step.read(element, out, mission::store),
        8005 => |step, element, out| step.read(element, out, mission::retrieve),
        9001 => |step, element, out| step.read(element, out, guidance::carry_out),
        _ => return None,
    })
}

/// The table an element is read by, and the element in a form that table can read.
fn adapt(interface: &Interface, element: &Value) -> Option<(&'static Table, Value)> {
    match interface.code {
        4001 => Some(control_list::adapt(element)),
        6001 => Some((interface.request?, book::adapt(element))),
        _ => Some((interface.request?, element.clone())),
    }
}

impl Step<'_, '_> {
    fn read<C: DeserializeOwned>(
        &self,
        element: Map<String, Value>,
        out: &mut Outcome,
        carry_out: impl FnOnce(&Self, &C, &mut Outcome) -> Result<Answer, LotError>,
    ) -> Result<Answer, LotError> {
        match serde_json::from_value(element.into()) {
            Ok(command) => carry_out(self, &command, out),
            Err(error) => Ok(self.refuse(ErrorCode::NAMING, &error.to_string())),
        }
    }

    /// Refused with a code of table A.2, its meaning, and what exactly it is about.
    fn refuse(&self, code: ErrorCode, detail: &str) -> Answer {
        let reply = error_element(self.interface, self.element, code, detail);
        Answer { replies: vec![reply], refused: true, journal: None }
    }

    /// A local time as a moment.
    fn moment(&self, time: DateTime, name: &str) -> Result<jiff::Timestamp, Answer> {
        time.moment(&self.context.rules.time_zone)
            .ok_or_else(|| self.refuse(ErrorCode::OUT_OF_RANGE, name))
    }
}

/// Carries a command out, or answers it from the journal.
pub fn carry_out(
    tx: &Transaction<'_>,
    context: Context<'_>,
    command: &Command,
) -> Result<(Reply, Outcome), LotError> {
    let mut out = Outcome::default();
    let reply = reply_to(tx, context, command, &mut out)?;
    // What is not settled yet is told when it is.
    if !out.unsettled {
        out.tell(Happening::Commanded {
            code: command.code,
            result_code: reply.result_code,
            message: reply.result_msg.clone(),
        });
    }
    Ok((reply, out))
}

fn reply_to(
    tx: &Transaction<'_>,
    context: Context<'_>,
    command: &Command,
    out: &mut Outcome,
) -> Result<Reply, LotError> {
    let known = Interface::find(command.code).filter(|known| known.direction == Direction::Down);
    let Some(interface) = known else {
        return Ok(Reply::failed(&format!("{} 不是下发接口", command.code)));
    };
    let Some(handler) = handler(command.code) else {
        let name = interface.name_zh;
        return Ok(Reply::failed(&format!("{} {name}：本停车场暂不支持", command.code)));
    };
    if command.data.is_empty() {
        return Ok(Reply::failed("data 为空"));
    }
    let (mut replies, mut refused) = (Vec::new(), 0);
    for element in &command.data {
        let step = Step { tx, context, interface, command, element };
        let answer = step.answer(handler, out)?;
        refused += usize::from(answer.refused);
        replies.extend(answer.replies);
    }
    Ok(compose(replies, refused == command.data.len()))
}

impl Step<'_, '_> {
    fn answer(&self, handler: Handler, out: &mut Outcome) -> Result<Answer, LotError> {
        let command = self.command;
        let digest = digest(command, self.element);
        if let Some(entry) = self.tx.journal_entry(&digest)? {
            return Ok(Answer::told(replies_of(&entry)));
        }
        let Some((table, element)) = adapt(self.interface, self.element) else {
            return Ok(self.refuse(ErrorCode::NAMING, ""));
        };
        let normal = match lenient::normalise(table, &element) {
            Ok(normal) => normal,
            Err(violations) => return Ok(self.refuse_violations(&violations)),
        };
        if self.is_for_another_lot(&normal) {
            return Ok(self.refuse(ErrorCode::NO_PARK, ""));
        }
        let answer = handler(self, normal, out)?;
        if let Some(Journal { identity, action }) = &answer.journal {
            let reply = canonical(&answer.replies.clone().into());
            let entry = JournalEntry { action: (*action).to_owned(), reply };
            let now = self.context.now;
            self.tx.add_journal_entry(command.code, &digest, identity, &entry, now)?;
        }
        Ok(answer)
    }

    fn refuse_violations(&self, violations: &[Violation]) -> Answer {
        let code = violations.first().map_or(ErrorCode::NAMING, |violation| violation.code);
        let words: Vec<_> = violations.iter().map(ToString::to_string).collect();
        self.refuse(code, &words.join("; "))
    }

    /// Guidance (9001) is about other lots by its nature.
    fn is_for_another_lot(&self, normal: &Map<String, Value>) -> bool {
        let park_code = lenient::find_nested(normal, "parkCode").and_then(Value::as_str);
        self.interface.code != 9001
            && park_code.is_some_and(|park_code| park_code != self.context.rules.park_code)
    }
}

fn replies_of(entry: &JournalEntry) -> Vec<Value> {
    serde_json::from_str(&entry.reply).unwrap_or_default()
}

/// All refused: the whole failed. Some refused: the whole succeeded and those elements carry their codes.
fn compose(replies: Vec<Value>, all_refused: bool) -> Reply {
    if !all_refused {
        return Reply::ok(replies);
    }
    let message = replies.iter().find_map(|reply| reply.get("message")?.as_str());
    let message = message.unwrap_or("失败").to_owned();
    Reply { data: replies, ..Reply::failed(&message) }
}

fn digest(command: &Command, element: &Value) -> String {
    let text = format!("{}\n{}\n{}", command.code, command.timestamp, canonical(element));
    hex(&Sha1::digest(text.as_bytes()))
}

/// A reply element that names the request element as well as it can and says what is wrong with it.
fn error_element(interface: &Interface, element: &Value, code: ErrorCode, detail: &str) -> Value {
    let meaning = code.meaning().map_or("", |(zh, _)| zh);
    let message =
        if detail.is_empty() { meaning.to_owned() } else { format!("{meaning}：{detail}") };
    let message: String = message.chars().take(255).collect();
    let mut reply = Map::new();
    reply.insert("code".to_owned(), code.0.into());
    reply.insert("message".to_owned(), message.into());
    for key in interface.reply_key {
        let value = element
            .as_object()
            .and_then(|map| lenient::find_nested(map, key))
            .and_then(lenient::text);
        if let Some(value) = value {
            reply.insert((*key).to_owned(), value.into());
        }
    }
    reply.into()
}
