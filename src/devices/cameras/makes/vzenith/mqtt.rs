//! Vzenith R/C/T plate cameras behind a broker: their topics and what they are told. Pure.
//!
//! Down: `gpio_out`, `set_io_lock_status`, `serial_data`, `set_time`, `snapshot`, `white_list_operator`; what comes up is
//! read in `messages.rs`.

use super::messages::decode;
use crate::config::reader::Section;
use crate::devices::cameras::makes::codec::{
    CameraCodec, CameraCommand, CameraMessage, CodecError, Now, Outgoing,
};
use crate::devices::cameras::makes::{Ability, Make, ReadKeys};
use crate::model::camera_list::{ListChange, ListedPlate};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rumqttc::QoS;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The make.
pub(super) const MAKE: Make = Make {
    name: "vzenith-mqtt",
    abilities: &[
        Ability::Outputs,
        Ability::Inputs,
        Ability::Serial,
        Ability::Clock,
        Ability::List,
        Ability::Beats,
    ],
    offline_after: SignedDuration::from_secs(30),
    read: ReadKeys::Mqtt(|section| Arc::new(Vzenith::read(section))),
};

/// One camera's language.
#[derive(Debug, PartialEq)]
pub struct Vzenith {
    sn: String,
    prefix: String,
    pulse: Duration,
    /// Some firmware takes what is put on its list as an array of one.
    list_in_array: bool,
}

impl Vzenith {
    /// The camera of that serial number, for which `{sn}` stands in what its topics begin with. Its relay
    /// closes for `pulse` to open the barrier, 500 to 5000 ms.
    pub fn new(sn: String, topic_prefix: &str, pulse: Duration) -> Self {
        let prefix = topic_prefix.replace("{sn}", &sn);
        Self { sn, prefix, pulse, list_in_array: false }
    }

    fn read(section: &Section<'_>) -> Self {
        let prefix = section.text("topic_prefix");
        let prefix = prefix.as_deref().unwrap_or("device/{sn}/message");
        let pulse = section.bounded("pulse", 500, 500, 5000);
        let forms = [("object", false), ("array", true)];
        let list_in_array = section.choice("white_list_form", &forms).unwrap_or(false);
        Self { list_in_array, ..Self::new(section.required_text("sn"), prefix, pulse) }
    }
}

impl CameraCodec for Vzenith {
    fn topics(&self) -> Vec<(String, QoS)> {
        // Reads must not be lost; everything else is stale by the time a broker could deliver it late,
        // and would only push reads out of the broker's queue.
        let topics = [
            ("up/ivs_result", QoS::AtLeastOnce),
            ("up/quick_ivs_result", QoS::AtLeastOnce),
            ("up/keep_alive", QoS::AtMostOnce),
            ("up/gpio_in", QoS::AtMostOnce),
            ("up/snapshot", QoS::AtMostOnce),
            ("down/+/reply", QoS::AtMostOnce),
        ];
        topics.map(|(name, qos)| (format!("{}/{name}", self.prefix), qos)).to_vec()
    }

    fn hears(&self) -> Vec<String> {
        vec![format!("{}/down/+", self.prefix)]
    }

    fn decode(
        &self,
        topic: &str,
        payload: &[u8],
        time_zone: &TimeZone,
    ) -> Result<CameraMessage, CodecError> {
        decode(
            topic.strip_prefix(&self.prefix).unwrap_or(topic).trim_start_matches('/'),
            payload,
            time_zone,
        )
    }

    fn command(&self, id: &str, now: Now<'_>, command: &CameraCommand) -> Option<Outgoing> {
        let (name, body) = match command {
            CameraCommand::Pulse { output } => {
                let delay = u64::try_from(self.pulse.as_millis()).unwrap_or(500);
                ("gpio_out", json!({ "io": output, "value": 2, "delay": delay }))
            }
            CameraCommand::Hold { output, held } => {
                ("set_io_lock_status", json!({ "ioout": output, "status": u8::from(*held) }))
            }
            CameraCommand::Serial { channel, bytes } => {
                let one = json!({
                    "serialChannel": channel, "dataLen": bytes.len(), "data": STANDARD.encode(bytes),
                });
                ("serial_data", json!({ "interval": 50, "serialData": [one] }))
            }
            CameraCommand::SetTime => ("set_time", time(now)),
            CameraCommand::Snapshot => ("snapshot", json!({})),
            CameraCommand::Trigger => ("ivs_trigger", json!({})),
            CameraCommand::List(ListChange::Put(plate)) => {
                ("white_list_operator", self.put_on_list(now, plate))
            }
            CameraCommand::List(ListChange::Remove { plate_no }) => {
                ("white_list_operator", json!({ "operator_type": "delete", "plate": plate_no }))
            }
            CameraCommand::List(ListChange::AskMode) => ("get_wl_check_status", json!({})),
        };
        let payload = json!({
            "id": id,
            "sn": self.sn,
            "name": name,
            "version": "1.0",
            "timestamp": now.moment.as_second(),
            "payload": { "type": name, "body": body },
        });
        Some(Outgoing {
            topic: format!("{}/down/{name}", self.prefix),
            payload: payload.to_string(),
        })
    }
}

impl Vzenith {
    /// A plate for its list, for whole days and every hour of them, without an alarm.
    fn put_on_list(&self, now: Now<'_>, plate: &ListedPlate) -> Value {
        let local = |moment: Timestamp| {
            now.time_zone.to_datetime(moment).strftime("%Y-%m-%d %H:%M:%S").to_string()
        };
        // The end it is given is the last second it opens in.
        let last = plate.until.checked_sub(SignedDuration::from_secs(1)).unwrap_or(plate.until);
        let record = json!({
            "plate": plate.plate_no,
            "enable": 1,
            "create_time": local(now.moment),
            "enable_time": local(plate.from),
            "overdue_time": local(last),
            "need_alarm": 0,
            "time_seg_enable": 0,
            "seg_time_start": "00:00:00",
            "seg_time_end": "00:00:00",
        });
        let record = if self.list_in_array { json!([record]) } else { record };
        json!({ "operator_type": "update_or_add", "dldb_rec": record })
    }
}

/// Its clock's own form: each part as text.
fn time(now: Now<'_>) -> Value {
    let local = now.time_zone.to_datetime(now.moment);
    let two = |part: i8| format!("{part:02}");
    json!({
        "year": local.year().to_string(), "month": two(local.month()), "day": two(local.day()),
        "hour": two(local.hour()), "min": two(local.minute()), "sec": two(local.second()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera() -> Vzenith {
        Vzenith::new(
            "917e2298-8ddf3e46".to_owned(),
            "device/{sn}/message",
            Duration::from_millis(500),
        )
    }

    fn now_of(time_zone: &jiff::tz::TimeZone) -> Now<'_> {
        Now { moment: Timestamp::from_second(1_784_098_020).unwrap(), time_zone }
    }

    fn sent(command: &CameraCommand) -> (String, Value) {
        let time_zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        let sent = camera().command("k2", now_of(&time_zone), command).unwrap();
        (sent.topic, serde_json::from_str(&sent.payload).unwrap())
    }

    #[test]
    fn the_open_command_is_the_one_proven_on_hardware() {
        let (topic, payload) = sent(&CameraCommand::Pulse { output: 0 });
        assert_eq!(topic, "device/917e2298-8ddf3e46/message/down/gpio_out");
        let documented = json!({"id":"k2","sn":"917e2298-8ddf3e46","name":"gpio_out","version":"1.0",
            "timestamp":1_784_098_020,"payload":{"type":"gpio_out","body":{"io":0,"value":2,"delay":500}}});
        assert_eq!(payload, documented);
    }

    #[test]
    fn other_commands_are_as_documented() {
        let body = |command| sent(&command).1["payload"]["body"].clone();
        let held = body(CameraCommand::Hold { output: 1, held: true });
        assert_eq!(held, json!({ "ioout": 1, "status": 1 }));
        let time = body(CameraCommand::SetTime);
        let shown = json!({ "year": "2026", "month": "07", "day": "15", "hour": "14", "min": "47", "sec": "00" });
        assert_eq!(time, shown);
        let serial = body(CameraCommand::Serial { channel: 0, bytes: vec![1, 2, 3] });
        let one = json!({ "serialChannel": 0, "data": "AQID", "dataLen": 3 });
        assert_eq!(serial, json!({ "interval": 50, "serialData": [one] }));
    }

    #[test]
    fn a_plate_is_put_on_its_list_and_taken_off_as_documented() {
        let body = |change| sent(&CameraCommand::List(change)).1["payload"]["body"].clone();
        let at = |second| Timestamp::from_second(second).unwrap();
        let (from, until) = (at(1_784_044_800), at(1_798_732_800));
        let put =
            body(ListChange::Put(ListedPlate { plate_no: "粤B12345".to_owned(), from, until }));
        let documented = json!({ "operator_type": "update_or_add", "dldb_rec": {
            "plate": "粤B12345", "enable": 1, "create_time": "2026-07-15 14:47:00",
            "enable_time": "2026-07-15 00:00:00", "overdue_time": "2026-12-31 23:59:59",
            "need_alarm": 0, "time_seg_enable": 0, "seg_time_start": "00:00:00",
            "seg_time_end": "00:00:00" } });
        assert_eq!(put, documented);
        let removed = body(ListChange::Remove { plate_no: "粤B12345".to_owned() });
        assert_eq!(removed, json!({ "operator_type": "delete", "plate": "粤B12345" }));
        let (topic, _) = sent(&CameraCommand::List(ListChange::AskMode));
        assert!(topic.ends_with("/down/get_wl_check_status"), "{topic}");
    }

    #[test]
    fn an_echo_of_our_command_is_no_answer() {
        let echo = camera().command(
            "k2",
            now_of(&jiff::tz::TimeZone::UTC),
            &CameraCommand::Pulse { output: 0 },
        );
        let decoded =
            decode("down/gpio_out/reply", echo.unwrap().payload.as_bytes(), &TimeZone::UTC)
                .unwrap();
        assert_eq!(decoded, CameraMessage::Other);
    }
}
