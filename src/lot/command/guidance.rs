//! 9001: what signs in the neighbourhood shall show (tables 101 and 102): kept, and published for them.

use super::super::event::Publication;
use super::super::{Context, LotError, Outcome};
use super::{Answer, Step};
use crate::standard::canonical::canonical;
use crate::store::Transaction;
use serde_json::{Map, Value, json};

pub(super) fn carry_out(
    step: &Step<'_, '_>,
    element: &Map<String, Value>,
    out: &mut Outcome,
) -> Result<Answer, LotError> {
    let park_code = element.get("parkCode").and_then(Value::as_str).unwrap_or_default().to_owned();
    let body = canonical(&element.clone().into());
    step.tx.set_guidance(&park_code, &body)?;
    let reply = json!({ "parkCode": park_code });
    publish(step.context, &park_code, body, out);
    Ok(Answer::done(park_code, "push", Some(reply)))
}

/// After a start: brokers may have lost what they kept.
pub fn republish(
    tx: &Transaction<'_>,
    context: Context<'_>,
    out: &mut Outcome,
) -> Result<(), LotError> {
    for (park_code, body) in tx.guidance()? {
        publish(context, &park_code, body, out);
    }
    Ok(())
}

fn publish(context: Context<'_>, park_code: &str, payload: String, out: &mut Outcome) {
    // A wildcard or a level of its own would be another topic than the one signs listen to.
    let park_code = park_code.replace(['+', '#', '/', '\0'], "_");
    let topic = context.rules.guidance_topic.replace("{parkCode}", &park_code);
    out.publications.push(Publication { topic, payload });
}
