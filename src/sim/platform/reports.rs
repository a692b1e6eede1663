//! What the platform does with reports: checks every attribute, keeps the order, knows repeats.

use super::state::{BUSY, Shared, State, Stored};
use crate::foreign::json::canonical;
use crate::standard::envelope::Reply;
use crate::standard::interface::Interface;
use crate::standard::report::key_of;
use crate::standard::tables::uplink::REQUEST_5010;
use crate::standard::verify::verify_by;
use serde_json::{Value, json};

/// 5010: whether a plate has a contract; 0 is yes (table 68).
fn contract(state: &mut State, element: &Value) -> Value {
    for violation in verify_by(&REQUEST_5010, element, &state.lengths) {
        state.violations.push(format!("5010: {violation}"));
    }
    let open = element["plateNo"].as_str().is_some_and(|plate| state.contracts.contains(plate));
    json!({ "state": if open { "0" } else { "1" } })
}

pub(super) fn take(shared: &Shared, interface: &Interface, elements: Vec<Value>) -> Reply {
    if interface.code == 5010 {
        let mut state = shared.lock();
        return Reply::ok(elements.iter().map(|element| contract(&mut state, element)).collect());
    }
    if shared.lock().refused.get(&interface.code) == Some(&None) {
        shared.lock().ledger.refuse();
        return Reply::failed("不予受理");
    }
    let chokes = {
        let state = shared.lock();
        let has = |text: &String| elements.iter().any(|one| canonical(one).contains(text.as_str()));
        state.choking.iter().any(has)
    };
    if chokes {
        shared.lock().ledger.refuse();
        return Reply::failed(BUSY);
    }
    let mut replies = Vec::new();
    let mut errors = 0;
    {
        let mut state = shared.lock();
        for element in elements {
            let key = reply_key(interface, &element);
            let reply = match judge(&mut state, interface, &element) {
                Ok(()) => key,
                Err((code, message)) => {
                    errors += 1;
                    state.ledger.refuse();
                    let mut reply = key;
                    reply["code"] = json!(code);
                    reply["message"] = json!(message.chars().take(255).collect::<String>());
                    reply
                }
            };
            replies.push(reply);
        }
        shared.stored.send_replace(state.stored.len());
    }
    if errors == replies.len() {
        return Reply { data: replies, ..Reply::failed("失败") };
    }
    Reply::ok(replies)
}

fn reply_key(interface: &Interface, element: &Value) -> Value {
    let mut reply = json!({});
    for name in interface.reply_key {
        let own = element.get(*name);
        let nested = || element.as_object()?.values().find_map(|inner| inner.get(*name));
        if let Some(value) = own.or_else(nested) {
            reply[*name] = value.clone();
        }
    }
    reply
}

/// Keeps the element, or says why not.
fn judge(state: &mut State, interface: &Interface, element: &Value) -> Result<(), (i64, String)> {
    if let Some(table) = interface.request
        && let Some(first) = verify_by(table, element, &state.lengths).into_iter().next()
    {
        state.violations.push(format!("{}: {first}", interface.code));
        return Err((first.code.0, first.to_string()));
    }
    if let Some(Some(code)) = state.refused.get(&interface.code) {
        return Err((*code, "不予受理".to_owned()));
    }
    let text = canonical(element);
    if let Some((_, refusal)) = state.refusals.iter().find(|(part, _)| text.contains(part.as_str()))
    {
        return Err(refusal.clone());
    }
    let lot_known = state.stored.iter().take(8).any(|stored| stored.code == 3001);
    if interface.code != 3001 && !lot_known {
        state.violations.push(format!("{} before the lot was announced", interface.code));
        return Err((1101, "停车场不存在".to_owned()));
    }
    if matches!(interface.code, 5004 | 5005 | 5006 | 5008 | 5009) {
        return record(state, interface, element);
    }
    store(state, interface.code, element);
    Ok(())
}

/// Parking records and money: once each, in order.
fn record(state: &mut State, interface: &Interface, element: &Value) -> Result<(), (i64, String)> {
    let key = (interface.code, key_of(interface, element));
    if let Some(at) = state.by_key.get(&key) {
        let before = state.stored.get(*at).map(|stored| canonical(&stored.element));
        let differs = before != Some(canonical(element));
        if differs && interface.code == 5006 {
            // A record is corrected as often as it changes.
            state.by_key.insert(key, state.stored.len());
            store(state, interface.code, element);
            return Ok(());
        }
        state.repeats += 1;
        if differs {
            state.violations.push(format!("{} {} came again with another content", key.0, key.1));
        }
        return Ok(());
    }
    let record_id = match interface.code {
        5008 => element["recordId"].as_str(),
        _ => element["id"].as_str(),
    };
    // A refund names only its order, which need not be known: a lot's own orders are not reported.
    if interface.code == 5009 {
        state.by_key.insert(key, state.stored.len());
        store(state, interface.code, element);
        return Ok(());
    }
    let entered = (5004, record_id.unwrap_or_default().to_ascii_lowercase());
    if interface.code != 5004 && !state.by_key.contains_key(&entered) {
        state.violations.push(format!("{} {} before its 5004", key.0, key.1));
        return Err((1100, "对象不存在".to_owned()));
    }
    state.by_key.insert(key, state.stored.len());
    store(state, interface.code, element);
    Ok(())
}

fn store(state: &mut State, code: u16, element: &Value) {
    state.ledger.take(code, element);
    state.stored.push(Stored { code, element: element.clone() });
}
