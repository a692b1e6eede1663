//! The platform's commands: decoded by their tables, carried out once, answered the same each time.
//!
//! One file a command: what it reads, its rule, its reply. A command may hold several elements; one bad
//! element does not spoil the others. Which command is whose stands in [`handler`] and nowhere else; what
//! it changes is done by the rooms below.

mod book;
mod confirm_booking;
mod contract;
mod control_list;
mod extend_lease;
mod guidance;
mod lock;
mod mission;
mod off_time;
mod paid;
mod query_fee;
mod query_lease;
mod query_vehicles;
mod share;

use super::case::{Case, Stop};
use crate::foreign::json::canonical;
use crate::model::happening::Happening;
use crate::model::input::{Answer, Command};
use crate::model::remark::{Reproach, message};
use crate::standard::codes::ErrorCode;
use crate::standard::datetime::DateTime;
use crate::standard::envelope::Reply;
use crate::standard::interface::{Direction, Interface};
use crate::standard::lengths::Lengths;
use crate::standard::lenient::{self, Usage};
use crate::standard::sign::hex;
use crate::standard::tables::Table;
use crate::standard::years::{self, OutsideYears};
use crate::store::{JournalEntry, StoreError};
use jiff::Timestamp;
use off_time::OffTime;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha1::{Digest, Sha1};
use std::borrow::Cow;

/// How one element was answered.
struct Answered {
    /// Its reply elements; none where the interface's reply has no elements.
    replies: Vec<Value>,
    /// What to write into the journal; none when nothing changed, so that a repetition is tried anew.
    journal: Option<Journal>,
    /// Whether that is final; else something it depends on is still to come.
    settled: bool,
}

/// What makes an element the same as one carried out before.
struct Journal {
    /// The thing it is about.
    identity: String,
    /// What was done to it.
    action: Cow<'static, str>,
}

/// Why an element is not carried out.
struct Refused {
    /// Table A.2's code.
    code: ErrorCode,
    /// What exactly it is about, beyond what the code says.
    detail: String,
    /// What the reply's table demands besides.
    also: Option<(&'static str, Value)>,
}

/// An element carried out, or why not.
type Done = Result<Answered, Stop<Refused>>;

impl Answered {
    /// Carried out, and to be remembered under what it was about.
    fn done(
        identity: impl Into<String>,
        action: impl Into<Cow<'static, str>>,
        reply: Option<Value>,
    ) -> Self {
        let journal = Some(Journal { identity: identity.into(), action: action.into() });
        Self { replies: reply.into_iter().collect(), journal, settled: true }
    }

    /// Answered without changing anything.
    fn told(replies: Vec<Value>) -> Self {
        Self { replies, journal: None, settled: true }
    }
}

impl From<Refused> for Stop<Refused> {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Refused with a code of table A.2 and what exactly it is about.
fn refuse(code: ErrorCode, detail: impl Into<String>) -> Refused {
    Refused { code, detail: detail.into(), also: None }
}

/// A local time as a moment.
fn moment(case: &Case<'_>, time: DateTime, name: &str) -> Result<Timestamp, Refused> {
    within_years(name, years::time(time)).and_then(|time| as_moment(case, time, name))
}

/// The local time at which something ends, as a moment.
fn end(case: &Case<'_>, end: DateTime, name: &str) -> Result<Timestamp, Refused> {
    within_years(name, years::end(end)).and_then(|end| as_moment(case, end, name))
}

fn as_moment(case: &Case<'_>, time: DateTime, name: &str) -> Result<Timestamp, Refused> {
    time.moment(&case.rules.time_zone).ok_or_else(|| refuse(ErrorCode::OUT_OF_RANGE, name))
}

/// What lies in the years that mean anything.
fn within_years<T>(name: &str, time: Result<T, OutsideYears>) -> Result<T, Refused> {
    time.map_err(|years| refuse(ErrorCode::OUT_OF_RANGE, format!("{name}: {years}")))
}

/// An element in its table's form as the type of its command.
fn read<C: DeserializeOwned>(element: Map<String, Value>) -> Result<C, Refused> {
    serde_json::from_value(element.into())
        .map_err(|error| refuse(ErrorCode::NAMING, error.to_string()))
}

/// What a command does with one element in its table's form; `digest` is what makes the element itself.
type Handler = fn(&mut Case<'_>, element: Map<String, Value>, digest: &str) -> Done;

/// The one place that says which commands there are.
fn handler(code: u16) -> Option<Handler> {
    Some(match code {
        4001 => |case, element, _| control_list::carry_out(case, &read(element)?),
        6001 => |case, element, _| book::carry_out(case, &read(element)?),
        6002 => |case, element, _| confirm_booking::carry_out(case, &read(element)?),
        6003 => |case, element, _| lock::carry_out(case, &read(element)?),
        6004 => |case, element, _| share::carry_out(case, &read(element)?),
        6005 => |case, element, _| query_vehicles::carry_out(case, &read(element)?),
        6006 => |case, element, _| query_fee::carry_out(case, &read(element)?),
        6007 => |case, element, _| paid::carry_out(case, &read(element)?),
        6008 => |case, element, _| contract::carry_out(case, &read(element)?),
        6009 => |case, element, _| query_lease::carry_out(case, &read(element)?),
        6010 => |case, element, _| extend_lease::carry_out(case, &read(element)?),
        8004 => |case, element, digest| mission::store(case, &read(element)?, digest),
        8005 => |case, element, digest| mission::retrieve(case, &read(element)?, digest),
        9001 => |case, element, _| guidance::carry_out(case, &element),
        _ => return None,
    })
}

/// The table an element is read by, and the element in a form that table can read.
fn adapt(
    interface: &Interface,
    element: &Value,
    lengths: &Lengths,
) -> Option<(&'static Table, Value)> {
    match interface.code {
        4001 => Some(control_list::adapt(element)),
        6001 => Some((interface.request?, book::adapt(element))),
        6007 => Some((interface.request?, paid::adapt(element, lengths))),
        _ => Some((interface.request?, element.clone())),
    }
}

/// Carries a command out, or answers it from the journal.
pub fn carry_out(case: &mut Case<'_>, command: &Command) -> Result<Answer, StoreError> {
    let (reply, settled) = reply_to(case, command)?;
    if !settled {
        return Ok(Answer::Unsettled(reply));
    }
    // What is not settled yet is told when it is.
    case.tell(Happening::Commanded {
        code: command.code,
        result_code: reply.result_code,
        message: reply.result_msg.clone(),
    });
    Ok(Answer::Reply(reply))
}

/// The reply to a command, and whether it is final.
fn reply_to(case: &mut Case<'_>, command: &Command) -> Result<(Reply, bool), StoreError> {
    let failed = |why: Reproach<'_>| Ok((Reply::failed(&why.text()), true));
    let code = command.code;
    let known = Interface::find(code).filter(|known| known.direction == Direction::Down);
    let Some(interface) = known else { return failed(Reproach::NotDownward { code }) };
    let Some(handler) = handler(code) else {
        return failed(Reproach::NotOffered { code, name: interface.name_zh });
    };
    if command.data.is_empty() {
        return failed(Reproach::NoElements);
    }
    let (mut replies, mut refused, mut settled) = (Vec::new(), 0_usize, true);
    let off = off_time::of(case, command);
    let mut first_seen = false;
    for element in &command.data {
        let written = case.tx.writes();
        let normal = normal_form(case, interface, element);
        let (known, digest) = seen_before(case, command, element, &normal)?;
        let done = match known {
            Known::Answered(replies) => Ok(Answered::told(replies)),
            Known::UnderWay => one(case, interface, handler, normal, &digest),
            Known::Not => {
                first_seen = true;
                if off.as_ref().is_some_and(OffTime::is_refused) {
                    Err(refuse(ErrorCode::NO_LONGER_VALID, "timestamp").into())
                } else {
                    one(case, interface, handler, normal, &digest)
                }
            }
        };
        match done {
            Ok(answered) => {
                settled &= answered.settled;
                replies.extend(answered.replies);
            }
            Err(Stop::Refused(why)) => {
                debug_assert_eq!(case.tx.writes(), written, "{code} was refused and wrote");
                refused = refused.saturating_add(1);
                replies.push(error_element(interface, element, why));
            }
            Err(Stop::Store(error)) => return Err(error),
        }
    }
    if let Some(off) = off.filter(|_| first_seen) {
        off.count(case, code)?;
    }
    Ok((compose(replies, refused == command.data.len()), settled))
}

/// Whether an element came before.
enum Known {
    /// It stands in the journal with its reply, however long ago it came.
    Answered(Vec<Value>),
    /// A garage is told to, and has not done it yet.
    UnderWay,
    Not,
}

/// Whether an element came before, and the digest by which it is known from now on.
fn seen_before(
    case: &Case<'_>,
    command: &Command,
    element: &Value,
    normal: &Result<Map<String, Value>, Refused>,
) -> Result<(Known, String), StoreError> {
    let of = |text: &str| digest(command, text);
    let by_meaning = normal.as_ref().ok().map(|normal| of(&canonical(&normal.clone().into())));
    // Earlier programs knew an element by its print; what they carried out stands in the journal under that.
    let by_print = of(&canonical(element));
    for digest in by_meaning.iter().chain([&by_print]) {
        if let Some(entry) = case.tx.journal_entry(digest)? {
            return Ok((Known::Answered(entry.reply), digest.clone()));
        }
        if case.tx.mission_by_digest(digest)?.is_some() {
            return Ok((Known::UnderWay, digest.clone()));
        }
    }
    Ok((Known::Not, by_meaning.unwrap_or(by_print)))
}

/// An element by its table.
fn normal_form(
    case: &Case<'_>,
    interface: &Interface,
    element: &Value,
) -> Result<Map<String, Value>, Refused> {
    let Some((table, adapted)) = adapt(interface, element, &case.rules.lengths) else {
        return Err(refuse(ErrorCode::NAMING, ""));
    };
    let usage = Usage { lengths: &case.rules.lengths, zone: &case.rules.time_zone };
    lenient::normalise(table, &adapted, usage).map_err(|violations| {
        let code = violations.first().map_or(ErrorCode::NAMING, |violation| violation.code);
        let words: Vec<_> = violations.iter().map(ToString::to_string).collect();
        refuse(code, words.join("; "))
    })
}

/// One element that is not answered from the journal, carried out.
fn one(
    case: &mut Case<'_>,
    interface: &Interface,
    handler: Handler,
    normal: Result<Map<String, Value>, Refused>,
    digest: &str,
) -> Done {
    let normal = normal?;
    if is_for_another_lot(case, interface, &normal) {
        return Err(refuse(ErrorCode::NO_PARK, "").into());
    }
    let answered = handler(case, normal, digest)?;
    if let Some(Journal { identity, action }) = &answered.journal {
        let reply = answered.replies.clone();
        let entry = JournalEntry { action: action.to_string(), reply };
        case.tx.add_journal_entry(interface.code, digest, identity, &entry, case.now)?;
    }
    Ok(answered)
}

/// Guidance (9001) is about other lots by its nature.
fn is_for_another_lot(case: &Case<'_>, interface: &Interface, normal: &Map<String, Value>) -> bool {
    let park_code = lenient::find_nested(normal, "parkCode").and_then(Value::as_str);
    interface.code != 9001 && park_code.is_some_and(|park_code| park_code != case.rules.park_code)
}

/// All refused: the whole failed. Some refused: the whole succeeded and those elements carry their codes.
fn compose(replies: Vec<Value>, all_refused: bool) -> Reply {
    if !all_refused {
        return Reply::ok(replies);
    }
    let message = replies.iter().find_map(|reply| reply.get("message")?.as_str());
    let message = message.map_or_else(|| Reproach::Failed.text(), str::to_owned);
    Reply { data: replies, ..Reply::failed(&message) }
}

fn digest(command: &Command, element: &str) -> String {
    let text = format!("{}\n{}\n{element}", command.code, command.timestamp);
    hex(&Sha1::digest(text.as_bytes()))
}

/// A reply element that names the request element as well as it can and says what is wrong with it.
fn error_element(interface: &Interface, element: &Value, refused: Refused) -> Value {
    let Refused { code, detail, also } = refused;
    let meaning = code.meaning().map_or("", |(zh, _)| zh);
    let mut reply = Map::new();
    reply.insert("code".to_owned(), code.0.into());
    reply.insert("message".to_owned(), message(meaning, &detail).into());
    for key in interface.reply_key {
        let value = element
            .as_object()
            .and_then(|map| lenient::find_nested(map, key))
            .and_then(lenient::text);
        if let Some(value) = value {
            reply.insert((*key).to_owned(), value.into());
        }
    }
    if let Some((name, value)) = also {
        reply.insert(name.to_owned(), value);
    }
    reply.into()
}
