//! What a simulated Vzenith camera says, in its driver's real words.

use super::mishaps::Glance;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What such a camera tells where it finds no plate.
const NO_PLATE: &str = "_无_";

/// What a read looks like beyond its plate.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Bytes of image in the message.
    pub image_bytes: usize,
    /// Set for a read sent late: when it was taken, in seconds since 1970.
    pub offline: Option<u64>,
    /// Whether its own list opened for the car.
    pub by_list: bool,
    /// `triggerType`; 8 (virtual loop) when absent.
    pub trigger: Option<u64>,
}

/// The `number`-th read of a camera.
pub(super) fn read(sn: &str, number: u64, glance: &Glance, options: &ReadOptions) -> String {
    let now = since_1970();
    let taken = options.offline.unwrap_or(now.as_secs());
    let image = STANDARD.encode(picture(options.image_bytes));
    let plate = glance.reading.as_deref().unwrap_or(NO_PLATE);
    json!({
        "id": format!("{sn}-{number}"),
        "sn": sn,
        "name": "ivs_result",
        "version": "1.0",
        "timestamp": now.as_secs(),
        "payload": { "AlarmInfoPlate": {
            "channel": 0,
            "deviceName": STANDARD.encode("IVS"),
            "ipaddr": "192.168.1.100",
            "serialno": sn,
            "result": { "PlateResult": {
                "license": STANDARD.encode(plate),
                "confidence": glance.confidence,
                "colorType": u8::from(glance.reading.is_some()),
                "type": u8::from(glance.reading.is_some()),
                "direction": 4,
                "triggerType": options.trigger.unwrap_or(8),
                "isoffline": u8::from(options.offline.is_some()),
                "plateid": number,
                "gioouts": [{ "ionum": 0, "ctrltype": if options.by_list { 2 } else { 0 } }],
                "timeStamp": { "Timeval": { "sec": taken, "usec": now.subsec_micros() } },
                "full_image_content": image,
            } },
        } },
    })
    .to_string()
}

/// That it lives; `skew` is how far its clock is off in seconds.
pub(super) fn keep_alive(sn: &str, skew: i64) -> String {
    let now = since_1970().as_secs().saturating_add_signed(skew);
    json!({ "id": "k", "sn": sn, "name": "keep_alive", "version": "1.0", "timestamp": now,
            "payload": { "type": "keep_alive", "body": { "timestamp": now } } })
    .to_string()
}

/// That an input has changed.
pub(super) fn input(sn: &str, source: u16, value: u8) -> String {
    json!({ "id": "i", "sn": sn, "name": "gpio_in", "version": "1.0",
        "timestamp": 0, "payload": { "type": "gpio_in", "body": { "AlarmGioIn": {
            "deviceName": "IVS", "result": { "TriggerResult": { "source": source, "value": value } },
        } } } })
    .to_string()
}

/// Its answer to a command.
pub(super) fn reply(sn: &str, command: &Value, fine: bool) -> String {
    let name = &command["name"];
    let payload = if name == "snapshot" {
        json!({ "state_code": 200, "image_content": STANDARD.encode([0xff, 0xd8, 0xff]) })
    } else if name == "get_wl_check_status" {
        json!({ "type": name, "body": { "offline_status": 0, "white_list_flag": 0 } })
    } else {
        json!({})
    };
    json!({ "code": if fine { 200 } else { 400 }, "id": command["id"], "name": name, "sn": sn,
            "version": "1.0", "timestamp": 0, "payload": payload })
    .to_string()
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// A picture of so many bytes, as far as anybody looks who does not decode it.
fn picture(bytes: usize) -> Vec<u8> {
    let mut picture = vec![0xd8; bytes];
    picture.iter_mut().zip([0xff, 0xd8, 0xff]).for_each(|(byte, start)| *byte = start);
    picture
}
