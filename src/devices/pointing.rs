//! JSON pointers that find nothing in what a device really sends: which of its keys, and where that probably stands instead.
//! For the drivers whose keys say where things stand.

use super::cameras::makes::codec::KeyPointer;
use super::cameras::makes::text;
use super::context::DeviceContext;
use crate::foreign::{self, state::StateWords};
use crate::model::happening::Happening;
use serde_json::Value;
use std::collections::BTreeSet;

/// After so many messages without it a pointer is wrong, whatever else they hold.
const MESSAGES: u32 = 10;
/// The same of what is only looked for in messages that hold the main thing.
const MAIN_MESSAGES: u32 = 3;
/// So many places are named.
const NAMED: usize = 3;
/// So deep, and so many values, are looked at.
const DEPTH: usize = 8;
const VALUES: usize = 500;
/// Of lists the first are looked at.
const ITEMS: usize = 3;
/// What stands in a place this likely is what is wanted, whatever it is called.
const HELD: u32 = 8;
/// A place this likely is taken for what was meant.
const SURE: u32 = 3;
/// Larger messages are not looked into.
const LARGEST: usize = 4 << 20;

/// What a key's pointer has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pointed {
    /// It finds nothing; the message has these places, the likeliest first.
    Misses {
        /// The key.
        key: &'static str,
        /// What is written there.
        pointer: String,
        /// The places.
        has: Vec<String>,
    },
    /// It finds something, after it was said that it finds nothing.
    Finds {
        /// The key.
        key: &'static str,
    },
}

/// What a message held of what the main pointer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtPointer {
    /// It is of something else, or the pointer finds nothing.
    Nothing,
    /// The pointer finds that there is none: a car without a plate.
    Empty,
    /// What is wanted.
    Held,
}

/// What a pointer has found so far.
#[derive(Debug)]
struct Watched {
    pointer: KeyPointer,
    found: bool,
    missed: u32,
    /// How often in a row it found that there is none, where the message had one elsewhere.
    empty: u32,
    told: bool,
}

/// A device's pointers, the main one first: where that finds nothing, the others are not looked for.
#[derive(Debug, Default)]
pub struct Pointing(Vec<Watched>);

impl Pointing {
    /// None has been tried yet.
    pub fn new(pointers: Vec<KeyPointer>) -> Self {
        let watched = |pointer| Watched { pointer, found: false, missed: 0, empty: 0, told: false };
        Self(pointers.into_iter().map(watched).collect())
    }

    /// Whether each has found something.
    fn is_settled(&self) -> bool {
        self.0.iter().all(|one| one.found)
    }

    /// A message came, in which the main one found something or not. Where all have found something, one in which it does need
    /// not be looked into.
    pub fn look(&mut self, payload: &[u8], found: AtPointer) -> Vec<Pointed> {
        if found == AtPointer::Held && self.is_settled() {
            return self.found();
        }
        let Some(message) = (!self.0.is_empty()).then(|| read(payload)).flatten() else {
            return Vec::new();
        };
        let main = self.0.first_mut().filter(|_| found == AtPointer::Empty);
        if let Some(come_to) = main.and_then(|main| main.look_elsewhere(&message)) {
            return vec![come_to];
        }
        // What it found last was none: that it finds something is not to be told.
        if found == AtPointer::Empty && self.0.first().is_some_and(|main| main.told) {
            return Vec::new();
        }
        self.look_at(&message)
    }

    /// The same of a message that is read already.
    pub fn look_at(&mut self, message: &Value) -> Vec<Pointed> {
        let mut come_to = Vec::new();
        for (at, one) in self.0.iter_mut().enumerate() {
            let is_main = at == 0;
            come_to.extend(one.look(message, is_main));
            if is_main && !one.pointer.finds(message) {
                break;
            }
        }
        come_to
    }
}

/// Tells what a device's pointers have come to.
pub(super) fn tell_pointed(context: &DeviceContext, device: &str, come_to: Vec<Pointed>) {
    for one in come_to {
        let device = device.to_owned();
        context.teller.tell(match one {
            Pointed::Misses { key, pointer, has } => {
                let has = if has.is_empty() { "–".to_owned() } else { has.join(", ") };
                Happening::PointerMisses { device, key: key.to_owned(), pointer, has }
            }
            Pointed::Finds { key } => Happening::PointerFinds { device, key: key.to_owned() },
        });
    }
}

impl Pointing {
    /// A message held what the main one points at.
    pub fn found(&mut self) -> Vec<Pointed> {
        let Some(main) = self.0.first_mut() else { return Vec::new() };
        (main.found, main.missed, main.empty) = (true, 0, 0);
        let key = main.pointer.key;
        std::mem::take(&mut main.told).then_some(Pointed::Finds { key }).into_iter().collect()
    }
}

impl KeyPointer {
    /// Whether something stands there that may be what is wanted: a plate is a text, several, or none.
    fn finds(&self, message: &Value) -> bool {
        let there = message.pointer(&self.pointer);
        let may_be_a_plate =
            |value: &Value| value.is_string() || value.is_array() || value.is_null();
        there.is_some_and(|value| self.key != "plate" || may_be_a_plate(value))
    }
}

/// Where in a message a text stands that is a plate, the likeliest place first.
pub(super) fn plate_in(payload: &[u8]) -> Option<String> {
    let likely = likely(&read(payload)?, "plate", "");
    likely.into_iter().find(|(likeness, _)| *likeness >= HELD).map(|(_, place)| place)
}

fn read(payload: &[u8]) -> Option<Value> {
    if payload.len() > LARGEST {
        return None;
    }
    let text = foreign::text::of_bytes(payload, None).ok()?;
    foreign::json::of_device::<Value>(&text).ok()
}

impl Watched {
    /// It found that there is none; where that is so again and again and one stands elsewhere, it points at the wrong place.
    fn look_elsewhere(&mut self, message: &Value) -> Option<Pointed> {
        let KeyPointer { key, pointer } = self.pointer.clone();
        let has = likely(message, key, &pointer).into_iter();
        let has: Vec<_> = has.filter(|(likeness, _)| *likeness >= HELD).map(|(_, at)| at).collect();
        if has.is_empty() {
            return None;
        }
        self.empty = self.empty.saturating_add(1);
        if self.told || self.empty < MAIN_MESSAGES {
            return None;
        }
        self.told = true;
        Some(Pointed::Misses { key, pointer, has: has.into_iter().take(NAMED).collect() })
    }

    fn look(&mut self, message: &Value, is_main: bool) -> Option<Pointed> {
        let KeyPointer { key, pointer } = self.pointer.clone();
        if self.pointer.finds(message) {
            (self.found, self.missed) = (true, 0);
            return std::mem::take(&mut self.told).then_some(Pointed::Finds { key });
        }
        if self.told || self.found && !is_main {
            return None;
        }
        let likely = likely(message, key, &pointer);
        // It has found it before: only messages that hold it elsewhere count, as after an update of the device.
        if self.found && likely.first().is_none_or(|(likeness, _)| *likeness < HELD) {
            return None;
        }
        self.missed = self.missed.saturating_add(1);
        let around = pointer.rsplit_once('/').map_or("", |(around, _)| around);
        let is_sure = likely.first().is_some_and(|(likeness, _)| *likeness >= SURE);
        let after = match (is_main, key) {
            // What else is sent may name somebody's plate, too; where it is less like a read it takes more of it.
            (true, _) if self.found && message.pointer(around).is_some() => MAIN_MESSAGES,
            (true, _) if self.found => MESSAGES,
            // It holds what is wanted under another name; else it may be a heartbeat.
            (true, _) if is_sure => 1,
            (true, _) => MESSAGES,
            // Only reads that are sent late may have that.
            (false, "offline") if !is_sure => return None,
            (false, _) => MAIN_MESSAGES,
        };
        if self.missed < after {
            return None;
        }
        self.told = true;
        let likely: Vec<_> = likely.into_iter().map(|(_, place)| place).collect();
        let has = if likely.is_empty() { places(message) } else { likely };
        Some(Pointed::Misses { key, pointer, has: has.into_iter().take(NAMED).collect() })
    }
}

/// What a pointer's last level is called, folded.
fn name(pointer: &str) -> String {
    let levels = pointer.rsplit('/').find(|level| !level.bytes().all(|byte| byte.is_ascii_digit()));
    let level = levels.unwrap_or_default();
    level.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Where in a message that probably stands, the likeliest first.
fn likely(message: &Value, key: &str, pointer: &str) -> Vec<(u32, String)> {
    let wanted = name(pointer);
    let mut found: Vec<(u32, String)> = leaves(message)
        .into_iter()
        .filter_map(|(place, value)| {
            let score = likeness(key, &wanted, &name(&place), value);
            (score > 0).then_some((score, place))
        })
        .collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found
}

fn likeness(key: &str, wanted: &str, name: &str, value: &Value) -> u32 {
    let alike = match strsim::damerau_levenshtein(wanted, name) {
        0 => 4,
        1 => 3,
        2 if wanted.len() > 4 => 2,
        _ => 0,
    };
    let (words, holds): (&[&str], bool) = match key {
        "plate" => {
            (&["plate", "license", "licence", "carno", "carnum", "lpn", "车牌"], is_plate(value))
        }
        "occupied" => (
            &["occup", "state", "status", "park", "taken", "占"],
            StateWords::new(None, None).read(value).is_some(),
        ),
        "plate_color" | "car_color" => (&["color", "colour", "颜色"], false),
        "time" => (&["time", "date", "stamp", "时间"], false),
        "image" | "plate_image" => (&["image", "img", "pic", "photo", "url", "图"], false),
        "confidence" => (&["confiden", "score", "prob"], false),
        "direction" => (&["direction", "heading", "way"], false),
        "offline" => (&["offline", "late", "resend"], false),
        _ => (&[], false),
    };
    let named = words.iter().any(|word| name.contains(word));
    // A text that is a plate is what was meant; what only reads as a state is not.
    let held = match key {
        "plate" if holds => HELD,
        "occupied" if holds && (alike > 0 || name.contains("occup") || name.contains('占')) => {
            HELD
        }
        _ => 0,
    };
    alike + held + if named { 2 } else { 0 }
}

fn is_plate(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let (plate, _) = text::plates(&text::of_base64(text).unwrap_or_else(|| text.to_owned()));
    plate.is_some_and(|plate| text::begins_with_province(plate.as_str()))
}

/// The first places of a message.
fn places(message: &Value) -> Vec<String> {
    let places: BTreeSet<_> = leaves(message).into_iter().map(|(place, _)| place).collect();
    places.into_iter().collect()
}

/// Every value of a message that holds no other, with its pointer.
fn leaves(message: &Value) -> Vec<(String, &Value)> {
    let mut leaves = Vec::new();
    walk(message, String::new(), 0, &mut leaves);
    leaves
}

fn walk<'v>(value: &'v Value, place: String, depth: usize, leaves: &mut Vec<(String, &'v Value)>) {
    if leaves.len() >= VALUES || depth > DEPTH {
        return;
    }
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                let name = name.replace('~', "~0").replace('/', "~1");
                walk(inner, format!("{place}/{name}"), depth + 1, leaves);
            }
        }
        Value::Array(items) => {
            for (at, inner) in items.iter().take(ITEMS).enumerate() {
                walk(inner, format!("{place}/{at}"), depth + 1, leaves);
            }
        }
        _ => leaves.push((place, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn pointing(pointers: &[(&'static str, &str)]) -> Pointing {
        let pointer = |(key, pointer): &(&'static str, &str)| KeyPointer {
            key,
            pointer: (*pointer).to_owned(),
        };
        Pointing::new(pointers.iter().map(pointer).collect())
    }

    fn misses(key: &'static str, pointer: &str, has: &[&str]) -> Vec<Pointed> {
        let has = has.iter().map(|place| (*place).to_owned()).collect();
        vec![Pointed::Misses { key, pointer: pointer.to_owned(), has }]
    }

    #[test]
    fn a_pointer_one_letter_off_is_named_at_the_first_car_with_where_the_plate_stands() {
        let mut pointing = pointing(&[("plate", "/data/plat")]);
        let read =
            json!({ "id": 7, "data": { "plate": "粤B12345", "plateColor": "蓝色" } }).to_string();
        let wanted = misses("plate", "/data/plat", &["/data/plate", "/data/plateColor"]);
        assert_eq!(pointing.look(read.as_bytes(), AtPointer::Nothing), wanted);
        assert_eq!(pointing.look(read.as_bytes(), AtPointer::Nothing), [], "once");
        let mended = json!({ "data": { "plat": "粤B12345" } });
        assert_eq!(pointing.look_at(&mended), [Pointed::Finds { key: "plate" }]);
        assert!(pointing.is_settled());
    }

    #[test]
    fn a_device_that_says_it_elsewhere_since_an_update_is_named_and_its_heartbeats_are_not() {
        let mut pointing = pointing(&[("plate", "/data/plateNo")]);
        let [before, since] =
            ["plateNo", "plate_no"].map(|name| json!({ "data": { name: "粤B12345" } }).to_string());
        assert_eq!(pointing.look(before.as_bytes(), AtPointer::Held), [], "looked into once");
        assert!(pointing.is_settled());
        for message in [r#"{"type":"heartbeat"}"#, r#"{"data":{"plateNo":null}}"#].repeat(20) {
            assert_eq!(pointing.look(message.as_bytes(), AtPointer::Nothing), []);
        }
        // One or two may be of something else.
        for _ in 0..3 {
            assert_eq!(pointing.look(since.as_bytes(), AtPointer::Nothing), []);
            assert_eq!(pointing.look(since.as_bytes(), AtPointer::Nothing), []);
            assert_eq!(pointing.look(before.as_bytes(), AtPointer::Held), []);
        }
        for _ in 1..MAIN_MESSAGES {
            assert_eq!(pointing.look(since.as_bytes(), AtPointer::Nothing), []);
        }
        let wanted = misses("plate", "/data/plateNo", &["/data/plate_no"]);
        assert_eq!(pointing.look(since.as_bytes(), AtPointer::Nothing), wanted);
        assert_eq!(pointing.look(since.as_bytes(), AtPointer::Nothing), [], "once");
        assert_eq!(
            pointing.look(before.as_bytes(), AtPointer::Held),
            [Pointed::Finds { key: "plate" }]
        );
        let other = json!({ "event": { "plateNo": "粤B12345" } });
        for _ in 1..MESSAGES {
            assert_eq!(pointing.look_at(&other), [], "it is no read");
        }
        assert_eq!(pointing.look_at(&other), misses("plate", "/data/plateNo", &["/event/plateNo"]));
    }

    #[test]
    fn a_pointer_to_what_is_no_plate_is_named_with_where_that_stands() {
        for wrong in [json!({ "no": "粤B12345" }), json!(3), json!(true)] {
            let mut pointing = pointing(&[("plate", "/data/plate")]);
            let message = json!({ "data": { "plate": wrong, "plateNo": "粤B12345" } }).to_string();
            let told = pointing.look(message.as_bytes(), AtPointer::Held);
            let [Pointed::Misses { key: "plate", has, .. }] = &told[..] else { panic!("{told:?}") };
            assert!(has.contains(&"/data/plateNo".to_owned()), "{has:?}");
        }
        for none in [json!(""), Value::Null, json!([]), json!("无牌")] {
            let mut pointing = pointing(&[("plate", "/data/plate")]);
            let message = json!({ "data": { "plate": none } }).to_string();
            for _ in 0..20 {
                assert_eq!(pointing.look(message.as_bytes(), AtPointer::Empty), []);
            }
        }
    }

    #[test]
    fn a_pointer_to_a_place_that_is_always_empty_is_named_where_a_plate_stands_in_another() {
        let mut pointing = pointing(&[("plate", "/d/plate2")]);
        let read = |second: &str| {
            json!({ "d": { "plate": "粤B12345", "plate2": second } }).to_string().into_bytes()
        };
        for _ in 1..MAIN_MESSAGES {
            assert_eq!(pointing.look(&read(""), AtPointer::Empty), []);
        }
        // A second plate now and then is what it may be.
        assert_eq!(pointing.look(&read("粤BA123挂"), AtPointer::Held), []);
        for _ in 1..MAIN_MESSAGES {
            assert_eq!(pointing.look(&read(""), AtPointer::Empty), []);
        }
        let told = pointing.look(&read(""), AtPointer::Empty);
        assert_eq!(told, misses("plate", "/d/plate2", &["/d/plate"]));
        assert_eq!(pointing.look(&read(""), AtPointer::Empty), [], "once");
        let finds = pointing.look(&read("粤BA123挂"), AtPointer::Held);
        assert_eq!(finds, [Pointed::Finds { key: "plate" }]);
    }

    #[test]
    fn heartbeats_alone_accuse_nothing_soon() {
        let mut pointing = pointing(&[("plate", "/data/plate")]);
        let beat = json!({ "type": "heartbeat", "uptime": 4 });
        for _ in 1..MESSAGES {
            assert_eq!(pointing.look_at(&beat), []);
        }
        let mut sensors = self::pointing(&[("occupied", "/parking")]);
        assert_eq!(sensors.look_at(&json!({ "batteryStatus": 1, "state": "ok" })), []);
        assert_eq!(pointing.look_at(&beat), misses("plate", "/data/plate", &["/type", "/uptime"]));
    }

    #[test]
    fn other_keys_are_looked_for_where_the_plate_is() {
        let mut pointing =
            pointing(&[("plate", "/p"), ("plate_color", "/colr"), ("offline", "/late")]);
        let (beat, read) = (json!({ "color": 1 }), json!({ "p": "粤B12345", "color": "蓝色" }));
        assert_eq!(pointing.look_at(&beat), []);
        assert_eq!(pointing.look_at(&read), []);
        assert_eq!(pointing.look_at(&read), []);
        assert_eq!(pointing.look_at(&read), misses("plate_color", "/colr", &["/color"]));
        assert_eq!(pointing.look_at(&read), []);
    }

    #[test]
    fn a_sensors_state_is_found_by_its_name_and_what_stands_there() {
        let mut pointing = pointing(&[("occupied", "/parking/status")]);
        let decoded = json!({ "battery": 1, "parking": { "Status": "OCCUPIED" } });
        assert_eq!(
            pointing.look_at(&decoded),
            misses("occupied", "/parking/status", &["/parking/Status"])
        );
    }

    proptest! {
        #[test]
        fn no_message_panics(payload in prop::collection::vec(any::<u8>(), 0..200), name in "\\PC{0,20}", value in "\\PC{0,20}") {
            let mut pointing = pointing(&[("plate", "/a/b"), ("time", "/t")]);
            let _ = pointing.look(&payload, AtPointer::Nothing);
            let _ = pointing.look(json!({ name: { "x": [value, 1, null] } }).to_string().as_bytes(), AtPointer::Nothing);
        }
    }
}
