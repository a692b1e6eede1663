//! The platform's commands: decoded by their tables, carried out once, answered the same each time.
//!
//! One file a command: decode, rule, reply. A command may hold several elements; one bad element does
//! not spoil the others.

mod lock;
mod paid;

use super::{Context, LotError, Outcome};
use crate::happening::Happening;
use crate::standard::canonical::canonical;
use crate::standard::codes::ErrorCode;
use crate::standard::envelope::{Reply, element_error};
use crate::standard::interface::{Direction, Interface};
use crate::standard::lenient;
use crate::standard::sign::hex;
use crate::standard::tables::Table;
use crate::standard::verify::Violation;
use crate::store::{JournalEntry, Transaction};
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
    /// Its reply element; none where the interface's reply has no elements.
    reply: Option<Value>,
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

/// One interface's element handler.
type Handler =
    fn(&Transaction<'_>, Context<'_>, Map<String, Value>, &mut Outcome) -> Result<Answer, LotError>;

fn handler(code: u16) -> Option<Handler> {
    match code {
        6003 => Some(lock::carry_out),
        6007 => Some(paid::carry_out),
        _ => None,
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
    out.tell(Happening::Commanded {
        code: command.code,
        result_code: reply.result_code,
        message: reply.result_msg.clone(),
    });
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
    let (Some(handler), Some(table)) = (handler(command.code), interface.request) else {
        return Ok(Reply::failed(&format!(
            "{} {}：本停车场暂不支持",
            command.code, interface.name_zh
        )));
    };
    if command.data.is_empty() {
        return Ok(Reply::failed("data 为空"));
    }
    let mut elements = Vec::new();
    for element in &command.data {
        elements
            .extend(element_reply(tx, context, command, interface, table, handler, element, out)?);
    }
    Ok(compose(elements))
}

#[allow(clippy::too_many_arguments, reason = "one step of reply_to, not a room of its own")]
fn element_reply(
    tx: &Transaction<'_>,
    context: Context<'_>,
    command: &Command,
    interface: &Interface,
    table: &Table,
    handler: Handler,
    element: &Value,
    out: &mut Outcome,
) -> Result<Option<Value>, LotError> {
    let digest = digest(command, element);
    if let Some(entry) = tx.journal_entry(&digest)? {
        return Ok(serde_json::from_str(&entry.reply).ok());
    }
    let normal = match lenient::normalise(table, element) {
        Ok(normal) => normal,
        Err(violations) => return Ok(Some(refusal(interface, element, &violations))),
    };
    if let Some(park_code) = normal.get("parkCode").and_then(Value::as_str)
        && park_code != context.rules.park_code
    {
        return Ok(Some(error_element(interface, element, ErrorCode::NO_PARK, None)));
    }
    let answer = handler(tx, context, normal, out)?;
    if let Some(journal) = &answer.journal {
        let reply = answer.reply.as_ref().map_or_else(|| "null".to_owned(), canonical);
        let entry = JournalEntry { action: journal.action.to_owned(), reply };
        tx.add_journal_entry(command.code, &digest, &journal.identity, &entry, context.now)?;
    }
    Ok(answer.reply)
}

/// All failed: the whole failed. Some failed: the whole succeeded and those elements carry their codes.
fn compose(elements: Vec<Value>) -> Reply {
    let elements: Vec<Value> = elements.into_iter().filter(|element| !element.is_null()).collect();
    let errors: Vec<_> = elements.iter().filter_map(element_error).collect();
    match errors.first() {
        Some((_, message)) if errors.len() == elements.len() => {
            Reply { data: elements, ..Reply::failed(message) }
        }
        _ => Reply::ok(elements),
    }
}

fn digest(command: &Command, element: &Value) -> String {
    let text = format!("{}\n{}\n{}", command.code, command.timestamp, canonical(element));
    hex(&Sha1::digest(text.as_bytes()))
}

fn refusal(interface: &Interface, element: &Value, violations: &[Violation]) -> Value {
    let code = violations.first().map_or(ErrorCode::NAMING, |violation| violation.code);
    let words: Vec<_> = violations.iter().map(ToString::to_string).collect();
    error_element(interface, element, code, Some(&words.join("; ")))
}

/// A reply element that names the request element as well as it can and says what is wrong with it.
fn error_element(
    interface: &Interface,
    element: &Value,
    code: ErrorCode,
    detail: Option<&str>,
) -> Value {
    let meaning = code.meaning().map_or("", |(zh, _)| zh);
    let message =
        detail.map_or_else(|| meaning.to_owned(), |detail| format!("{meaning}：{detail}"));
    let message: String = message.chars().take(255).collect();
    let mut reply = Map::new();
    reply.insert("code".to_owned(), code.0.into());
    reply.insert("message".to_owned(), message.into());
    for key in interface.reply_key {
        let value =
            element.as_object().and_then(|map| lenient::find(map, key)).and_then(lenient::text);
        if let Some(value) = value {
            reply.insert((*key).to_owned(), value.into());
        }
    }
    reply.into()
}
