//! What Vzenith cameras publish, as what it says: `keep_alive`, `gpio_in`, `snapshot`, the replies to what they were told;
//! and reads, which are read in `reads.rs`. Pure.

use super::Envelope;
use super::reads::read;
use super::words::contact;
use crate::devices::cameras::makes::codec::{
    self, CameraMessage, CodecError, moment, number, word,
};
use crate::model::camera_list::ListMode;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize, Default)]
#[serde(default)]
struct KeepAlivePayload {
    body: KeepAliveBody,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct KeepAliveBody {
    timestamp: Value,
}

#[derive(Deserialize)]
struct InputPayload {
    body: InputBody,
}

#[derive(Deserialize)]
struct InputBody {
    #[serde(rename = "AlarmGioIn")]
    alarm: InputAlarm,
}

#[derive(Deserialize)]
struct InputAlarm {
    result: InputResult,
}

#[derive(Deserialize)]
struct InputResult {
    #[serde(rename = "TriggerResult")]
    trigger: Trigger,
}

#[derive(Deserialize)]
struct Trigger {
    source: Value,
    value: Value,
}

/// Reads a message whose topic ended in `name` (e.g. `up/ivs_result`, `down/gpio_out/reply`).
pub fn decode(name: &str, payload: &[u8], zone: &TimeZone) -> Result<CameraMessage, CodecError> {
    match name {
        "up/ivs_result" | "up/quick_ivs_result" => read(name, payload, zone),
        "up/keep_alive" => {
            let envelope: Envelope<KeepAlivePayload> = codec::json(payload)?;
            let body = envelope.payload.map(|payload| payload.body.timestamp);
            let sent = moment(&envelope.timestamp, zone)
                .or_else(|| moment(body.as_ref().unwrap_or(&Value::Null), zone));
            Ok(CameraMessage::KeepAlive(sent))
        }
        "up/gpio_in" => {
            let envelope: Envelope<InputPayload> = codec::json(payload)?;
            let Some(payload) = envelope.payload else { return Ok(CameraMessage::Other) };
            let trigger = &payload.body.alarm.result.trigger;
            Ok(contact(&trigger.source, &trigger.value))
        }
        "up/snapshot" => reply(payload),
        "down/get_wl_check_status/reply" => list_mode(payload),
        _ if name.starts_with("down/") && name.ends_with("/reply") => reply(payload),
        _ => Ok(CameraMessage::Other),
    }
}

/// By which mode its own list opens: `white_list_flag` 0 when offline, 1 always, 2 never.
fn list_mode(payload: &[u8]) -> Result<CameraMessage, CodecError> {
    let envelope: Envelope<Value> = codec::json(payload)?;
    let flag = envelope.payload.as_ref().and_then(|payload| {
        let at = |pointer: &str| payload.pointer(pointer).and_then(number);
        at("/body/white_list_flag").or_else(|| at("/white_list_flag"))
    });
    Ok(match flag {
        Some(0) => CameraMessage::ListMode(ListMode::WhenOffline),
        Some(1) => CameraMessage::ListMode(ListMode::Always),
        Some(2) => CameraMessage::ListMode(ListMode::Never),
        _ => CameraMessage::Other,
    })
}

/// The answer to a command, with the picture where one was asked for.
fn reply(payload: &[u8]) -> Result<CameraMessage, CodecError> {
    let envelope: Envelope<Value> = codec::json(payload)?;
    let code = envelope.code.as_ref().filter(|code| !code.is_null());
    let picture = envelope.payload.and_then(|payload| {
        let at =
            |pointer: &str| payload.pointer(pointer).map(codec::only_text).and_then(codec::inside);
        at("/image_content").or_else(|| at("/body/image_content"))
    });
    let refused = match code.map(number) {
        Some(Some(200)) => None,
        Some(code) => Some(code.unwrap_or_default()),
        // A snapshot's own message carries no code; its picture says enough.
        None if picture.is_some() => None,
        // Without a code nothing was answered: an echo of our own command.
        None => return Ok(CameraMessage::Other),
    };
    Ok(CameraMessage::Reply { id: word(&envelope.id), refused, picture })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::cameras::makes::codec::OddValue;
    use crate::devices::cameras::makes::codec::{Level, Picture};
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use proptest::prelude::*;
    use serde_json::json;

    fn decode(name: &str, payload: &[u8]) -> Result<CameraMessage, CodecError> {
        super::decode(name, payload, &TimeZone::UTC)
    }

    #[test]
    fn its_lists_mode_is_told_by_its_number_and_anything_else_tells_nothing() {
        for (flag, mode) in [
            (json!(0), CameraMessage::ListMode(ListMode::WhenOffline)),
            (json!("1"), CameraMessage::ListMode(ListMode::Always)),
            (json!(2), CameraMessage::ListMode(ListMode::Never)),
            (json!(null), CameraMessage::Other),
            (json!(7), CameraMessage::Other),
        ] {
            let told = json!({ "code": 200, "id": "m", "payload": { "type": "get_wl_check_status",
                "body": { "offline_status": 0, "white_list_flag": flag } } });
            let decoded = decode("down/get_wl_check_status/reply", told.to_string().as_bytes());
            assert_eq!(decoded.unwrap(), mode, "{flag}");
        }
    }

    #[test]
    fn an_input_is_open_closed_or_pulsed() {
        for (value, level) in [(0, Level::Open), (1, Level::Closed), (2, Level::Pulse)] {
            let message = json!({ "payload": { "body": { "AlarmGioIn": { "result": {
                "TriggerResult": { "source": 1, "value": value } } } } } });
            let decoded = decode("up/gpio_in", message.to_string().as_bytes()).unwrap();
            assert_eq!(decoded, CameraMessage::Input { input: 1, level });
        }
    }

    #[test]
    fn what_an_input_says_that_means_nothing_is_named() {
        let of = |source: Value, value: Value| {
            let result = json!({ "TriggerResult": { "source": source, "value": value } });
            let message = json!({ "payload": { "body": { "AlarmGioIn": { "result": result } } } });
            decode("up/gpio_in", message.to_string().as_bytes()).unwrap()
        };
        let odd = |what: &str, value: &str| {
            let (what, value) = (what.to_owned(), value.to_owned());
            CameraMessage::OddInput(OddValue { what, value })
        };
        assert_eq!(of(json!(1), json!(9)), odd("gpio_in 1", "9"));
        assert_eq!(of(json!(1), json!("pressed")), odd("gpio_in 1", "\"pressed\""));
        assert_eq!(of(json!(1), json!(null)), odd("gpio_in 1", "null"));
        assert_eq!(of(json!("x"), json!(1)), odd("gpio_in source", "\"x\""));
        let closed = CameraMessage::Input { input: 1, level: Level::Closed };
        for value in [json!(1), json!("1"), json!(1.0), json!(true)] {
            assert_eq!(of(json!("1"), value), closed);
        }
    }

    #[test]
    fn a_snapshots_answer_carries_its_picture() {
        let message = json!({ "id": "s1", "payload": { "state_code": 200, "image_content": STANDARD.encode(b"jpeg") } });
        let decoded = decode("up/snapshot", message.to_string().as_bytes()).unwrap();
        let picture = Some(Picture::Bytes(b"jpeg".to_vec()));
        assert_eq!(decoded, CameraMessage::Reply { id: "s1".to_owned(), refused: None, picture });
    }

    #[test]
    fn a_reply_names_its_command() {
        let reply =
            decode("down/gpio_out/reply", br#"{"code":200,"id":"k2","name":"gpio_out"}"#).unwrap();
        let id = "k2".to_owned();
        assert_eq!(reply, CameraMessage::Reply { id, refused: None, picture: None });
        let no = decode("down/gpio_out/reply", br#"{"code":"406","id":"k2"}"#).unwrap();
        assert!(matches!(no, CameraMessage::Reply { refused: Some(406), .. }));
    }

    proptest! {
        #[test]
        fn hostile_payloads_are_errors_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for name in ["up/ivs_result", "up/keep_alive", "up/gpio_in", "up/snapshot", "down/gpio_out/reply", "down/get_wl_check_status/reply", "up/new"] {
                let _ = decode(name, &bytes);
            }
        }
    }
}
