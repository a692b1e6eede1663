//! What all cameras have in common, whoever made them: what they tell and what they are told. Pure.

use super::{Keys, text};
use crate::foreign::{self, number};
use crate::model::camera_list::{ListChange, ListMode};
use crate::model::event::{Heading, ImageShows};
use crate::model::picture::PictureAddress;
use crate::standard::plate::PlateNo;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{Timestamp, tz::TimeZone};
use rumqttc::QoS;
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use sha1::{Digest, Sha1};

/// The language of a camera behind a broker.
pub trait CameraCodec: Keys {
    /// The topics it publishes on.
    fn topics(&self) -> Vec<(String, QoS)>;
    /// Topics on which all of its make publish, whoever they are.
    fn common_topics(&self) -> Vec<(String, QoS)> {
        Vec::new()
    }
    /// The topics on which it is told anything, as filters.
    fn hears(&self) -> Vec<String> {
        Vec::new()
    }
    /// Its keys that point into its messages, that of the plate first.
    fn pointers(&self) -> Vec<KeyPointer> {
        Vec::new()
    }
    /// Reads a message; times that say no zone are of the lot's.
    fn decode(
        &self,
        topic: &str,
        payload: &[u8],
        time_zone: &TimeZone,
    ) -> Result<CameraMessage, CodecError>;
    /// What it calls the command of that id when it answers.
    fn answers_to(&self, id: &str) -> String {
        id.to_owned()
    }
    /// What to publish so that it does something; none when it cannot.
    fn command(&self, id: &str, now: Now<'_>, command: &CameraCommand) -> Option<Outgoing>;
}

/// A key that says where something stands in what a device sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPointer {
    /// The key.
    pub key: &'static str,
    /// The JSON pointer that is written there.
    pub pointer: String,
}

/// The present moment, and the zone its clock shows.
#[derive(Clone, Copy)]
pub struct Now<'z> {
    /// The moment.
    pub moment: Timestamp,
    /// The lot's zone.
    pub time_zone: &'z TimeZone,
}

/// What a camera can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameraCommand {
    /// Press the button behind a relay.
    Pulse {
        /// The relay.
        output: u8,
    },
    /// Keep a relay on, or let it go.
    Hold {
        /// The relay.
        output: u8,
        /// Whether on.
        held: bool,
    },
    /// Send bytes through its RS-485 port.
    Serial {
        /// Which port.
        channel: u8,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Set its clock.
    SetTime,
    /// Take a picture now.
    Snapshot,
    /// Read the plate once more.
    Trigger,
    /// Do something with its own list.
    List(ListChange),
}

/// A message to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The topic.
    pub topic: String,
    /// The payload.
    pub payload: String,
}

/// A picture as a camera hands it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// The JPEG itself.
    Bytes(Vec<u8>),
    /// Where to fetch it.
    Address(String),
}

/// A message of a camera, as far as it concerns us.
#[derive(Debug, Clone, PartialEq)]
pub enum CameraMessage {
    /// A plate was recognised.
    Plate(Box<Plate>),
    /// A car that was read has turned back, or stands and goes nowhere.
    TurnedBack(Option<PlateNo>),
    /// The camera lives; its clock says this.
    KeepAlive(Option<Timestamp>),
    /// The broker says the camera is gone.
    Gone,
    /// A command of ours was answered.
    Reply {
        /// The command's id.
        id: String,
        /// None when it was carried out, else the camera's code.
        refused: Option<i64>,
        /// The picture, when one was asked for.
        picture: Option<Picture>,
    },
    /// By which mode its own list opens.
    ListMode(ListMode),
    /// An input changed.
    Input {
        /// Which.
        input: u16,
        /// What it is now.
        level: Level,
    },
    /// What it says of an input means nothing.
    OddInput(OddValue),
    /// It wants an answer.
    Question(Outgoing),
    /// It is of another camera, which wants an answer where there is one: nothing is told of this one.
    OfAnother(Option<Outgoing>),
    /// Something that needs nothing.
    Other,
}

impl CameraMessage {
    /// Whether it means something only at the moment it was sent.
    pub fn is_of_its_moment(&self) -> bool {
        match self {
            Self::Plate(_)
            | Self::TurnedBack(_)
            | Self::Reply { .. }
            | Self::ListMode(_)
            | Self::Input { .. }
            | Self::OddInput(_)
            | Self::Question(_) => true,
            Self::KeepAlive(_) | Self::Gone | Self::OfAnother(_) | Self::Other => false,
        }
    }
}

/// Something whose value means nothing to anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OddValue {
    /// What the camera says it of, in the camera's own word.
    pub what: String,
    /// What it says, cut where it is long.
    pub value: String,
}

/// What is odd where nobody can tell which input it is.
pub const INPUT_SOURCE: &str = "gpio_in source";

/// What an input is called where its value is odd.
pub fn input_name(input: u16) -> String {
    format!("gpio_in {input}")
}

/// So much of an odd value is shown.
const ODD_SHOWN: usize = 40;

impl OddValue {
    /// What stands there.
    pub fn new(what: impl Into<String>, value: &Value) -> Self {
        Self { what: what.into(), value: value.to_string().chars().take(ODD_SHOWN).collect() }
    }
}

/// An input's level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named for what they are")]
pub enum Level {
    Open,
    Closed,
    /// Closed and open again.
    Pulse,
}

/// A recognised plate. A camera's file fills in what the camera tells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plate {
    /// What makes this message itself and no other.
    pub identity: Identity,
    /// The plate, if the car shows one.
    pub plate: Option<PlateNo>,
    /// Other plates on the same car.
    pub aliases: Vec<PlateNo>,
    /// How sure the camera is of it, 1 to 100.
    pub confidence: Option<u8>,
    /// Which way the car drives.
    pub heading: Option<Heading>,
    /// Its colour as the standard writes it.
    pub plate_color: Option<String>,
    /// The vehicle's size as far as its plate tells, table 11's `carModel`.
    pub car_model: Option<i64>,
    /// Table 11's `licensePlateType`: 1 permanent, 2 temporary.
    pub license_plate_type: Option<i64>,
    /// The vehicle's colour as the standard writes it.
    pub car_color: Option<String>,
    /// Its brand.
    pub car_logo: Option<String>,
    /// It was recognised while the broker was away and is sent late.
    pub late: bool,
    /// What it says of that, where that means neither; it is taken for one of now then.
    pub odd_late: Option<OddValue>,
    /// When it was recognised.
    pub taken: Option<Timestamp>,
    /// When the camera sent it, by its own clock.
    pub sent: Option<Timestamp>,
    /// The camera has opened for it by its own list, while nobody spoke with it.
    pub by_camera: bool,
    /// The camera takes the plate for a forged one.
    pub fake: bool,
    /// The pictures it took.
    pub pictures: Vec<(ImageShows, Picture)>,
    /// Why the plate could not be read though it was sent, for technicians.
    pub unread: Option<&'static str>,
    /// What the camera waits for before it lets go of the message.
    pub receipt: Option<Outgoing>,
}

/// Why a late read makes no stay.
const MOMENT_UNREAD: &str =
    "its moment cannot be read, and it was taken earlier: look after its stay by hand";

/// What makes a message itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The same for the same message, another for any other car's.
    pub text: String,
    /// Whether the camera gives it an id or a moment. Where it gives neither, its bytes are all there is, and
    /// the next car's may be the same.
    pub told_apart: bool,
}

/// What a camera says of a message of its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct MessageNames<'v> {
    /// What it calls itself: the same in each of its messages.
    pub device: &'v [&'v Value],
    /// What it calls the message.
    pub ids: &'v [&'v Value],
    /// Its moments.
    pub moments: &'v [&'v Value],
}

/// Identities longer than this are known by their digest.
const LONGEST_IDENTITY: usize = 200;

impl Identity {
    /// By the camera's ids for it, its plate and its moments: a counter that begins anew must not make the next
    /// car an old one.
    pub fn new(names: MessageNames<'_>, plate: &str, payload: &[u8]) -> Self {
        let words =
            |values: &[&Value]| -> Vec<String> { values.iter().map(|value| word(value)).collect() };
        let (ids, moments) = (words(names.ids), words(names.moments));
        let told_apart = ids.iter().any(|id| is_name(id)) || moments.iter().any(|one| is_told(one));
        if !told_apart {
            return Self { text: digest(payload), told_apart };
        }
        let ids = [words(names.device), ids].concat();
        let text = format!("{}:{}:{plate}", ids.join(":"), moments.join(":"));
        let text = if text.len() > LONGEST_IDENTITY { digest(text.as_bytes()) } else { text };
        Self { text, told_apart }
    }
}

/// Bytes by their digest.
pub fn digest(bytes: &[u8]) -> String {
    crate::standard::sign::hex(&Sha1::digest(bytes))
}

/// Whether a value is there and not a word for nothing.
fn is_told(value: &str) -> bool {
    // Zeros, however they are parted, are nothing: an id or a moment that was never set.
    let says = |letter: char| letter.is_alphanumeric() && letter != '0';
    !matches!(value.trim(), "" | "null" | "-1") && value.chars().any(says)
}

/// Whether an id names one message for ever; a short number is a counter and begins anew.
fn is_name(id: &str) -> bool {
    is_told(id) && !(id.len() < 10 && id.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Why a message could not be understood.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// Not JSON, or not of the documented shape.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Not what such a camera sends.
    #[error("{0}")]
    Unfit(String),
}

/// The vehicle's size where its plate's colour tells it: table 11's `carModel`.
pub fn car_model(plate_color: &str) -> Option<i64> {
    const LARGE: i64 = 1;
    const SMALL: i64 = 3;
    match plate_color {
        "蓝色" | "绿色" => Some(SMALL),
        "黄色" | "黄绿色" => Some(LARGE),
        _ => None,
    }
}

/// A colour, of a plate or a car, in the three characters that table 11 has for it.
pub fn color(text: &str) -> Option<String> {
    let text = text.trim_matches(['\0', ' ']);
    let known = !text.is_empty() && !matches!(text, "未知" | "其他" | "其它");
    (known && text.chars().count() <= 3).then(|| text.to_owned())
}

/// A car's brand, in the ten characters that table 11 has for it.
pub fn car_logo(text: &str) -> Option<String> {
    let text = text.trim_matches(['\0', ' ']);
    let known = !text.is_empty() && !matches!(text, "未知" | "其他" | "其它" | "unknown");
    known.then(|| text.chars().take(10).collect())
}

/// A text, where one is sent: some firmware sends a number of its own list there.
pub fn only_text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Reads a message, however its text is written.
pub fn json<T: DeserializeOwned>(payload: &[u8]) -> Result<T, CodecError> {
    Ok(foreign::json::of_device(&text::of_message(payload))?)
}

/// A part of a message, or nothing where it is of another shape: firmware differs, and the car stands there.
pub fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// How sure a camera is, of 100; nothing and 0 tell nothing.
pub fn confidence(value: &Value) -> Option<u8> {
    let percent = decimal(value)?.round();
    u8::try_from(percent).ok().filter(|percent| (1..=100).contains(percent))
}

/// A picture inside a message.
pub fn inside(base64: &str) -> Option<Picture> {
    let bare = base64.split_once(";base64,").map_or(base64, |(_, bare)| bare);
    let bytes = STANDARD.decode(bare.trim()).ok().filter(|bytes| !bytes.is_empty())?;
    Some(Picture::Bytes(bytes))
}

/// An address to fetch a picture from; paths on the camera's own card are of no use here.
pub fn address(text: &str) -> Option<Picture> {
    let text = text.trim_matches(['\0', ' ']);
    PictureAddress::read(text).map(|_| Picture::Address(text.to_owned()))
}

/// A whole number by its value, written as one or as text.
pub fn number(value: &Value) -> Option<i64> {
    number::whole_of(bare(value)?)
}

/// A number by its value; one of a hundred may have its sign.
pub fn decimal(value: &Value) -> Option<Decimal> {
    number::decimal(bare(value)?.trim_end_matches('%'))
}

/// What cameras call a read that is sent late, in lower case.
const LATE: [&str; 7] = ["offline", "late", "history", "resend", "离线", "补传", "历史"];
/// And one of now.
const OF_NOW: [&str; 7] = ["", "online", "realtime", "real-time", "live", "在线", "实时"];

/// Whether a read is sent late, by what its camera says of that under a name: yes, or a word for it. Whatever else stands there is
/// no reason to leave a driver before the barrier, and is told.
pub fn late(name: &str, value: &Value) -> (bool, Option<OddValue>) {
    let word = bare(value).map(str::to_lowercase);
    let is = |words: &[&str]| word.as_ref().is_some_and(|word| words.contains(&word.as_str()));
    match number::yes(value) {
        Some(late) => (late, None),
        None if is(&LATE) => (true, None),
        None if value.is_null() || is(&OF_NOW) => (false, None),
        None => (false, Some(OddValue::new(name, value))),
    }
}

/// Whether it says yes: `true`, 1 by value, a word for it.
pub fn is_yes(value: &Value) -> bool {
    number::yes(value) == Some(true)
}

/// The text of a value without NULs and white space around.
fn bare(value: &Value) -> Option<&str> {
    let around = |letter: char| letter == '\0' || letter.is_whitespace();
    number::text(value).map(|text| text.trim_matches(around))
}

/// A text, or a number's own text.
pub fn word(value: &Value) -> String {
    number::text(value).unwrap_or_default().to_owned()
}

/// A moment in whatever form it is printed; where it names no zone it is of that one. 0 is none.
pub fn moment(value: &Value, zone: &TimeZone) -> Option<Timestamp> {
    let text = bare(value).filter(|_| value.is_string());
    // To the last digit, where it is printed as the internet does.
    let printed = text.and_then(|text| text.parse::<Timestamp>().ok());
    let said = || match text {
        Some(text) => foreign::moment::of_text(text),
        None => foreign::moment::of_value(value),
    };
    // A day is none: nobody was read at midnight for it.
    let says_a_day = text.is_some_and(|text| foreign::moment::day(&text.into()).is_some());
    let moment = printed.or_else(|| said().filter(|_| !says_a_day)?.exact(zone));
    moment.filter(|moment| moment.as_second() > 0)
}

/// When a late read was taken, of what a message says of that and what was read of it. Where that cannot be read the read
/// is of no time that anybody believes: it is kept with an event and makes no stay, and why is the second.
pub fn taken_late(
    said: Option<&Value>,
    read: Option<Timestamp>,
    late: bool,
) -> (Option<Timestamp>, Option<&'static str>) {
    let says = |said: &Value| bare(said).is_some_and(|text| !matches!(text, "" | "0"));
    if late && read.is_none() && said.is_some_and(says) {
        (Some(Timestamp::UNIX_EPOCH), Some(MOMENT_UNREAD))
    } else {
        (read, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_a_read_is_late_is_known_by_meaning_and_what_means_neither_is_told() {
        let of = |value: Value| late("isoffline", &value);
        for (value, is_late) in [
            (json!(1), true),
            (json!("1"), true),
            (json!(1.0), true),
            (json!(true), true),
            (json!("TRUE"), true),
            (json!("Offline"), true),
            (json!("离线"), true),
            (json!(0), false),
            (json!(false), false),
            (json!("online"), false),
            (json!(" "), false),
            (json!(null), false),
        ] {
            assert_eq!(of(value.clone()), (is_late, None), "{value}");
        }
        for odd in [json!(2), json!("maybe"), json!([1]), json!({ "x": 1 }), json!(-1)] {
            let told = OddValue { what: "isoffline".to_owned(), value: odd.to_string() };
            assert_eq!(of(odd), (false, Some(told)));
        }
    }
    use serde_json::json;

    #[test]
    fn numbers_moments_and_words_for_yes_are_read_by_what_they_say() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        for (value, read) in [
            (json!("99.0"), Some(99)),
            (json!(98.6), Some(99)),
            (json!("87%\0"), Some(87)),
            (json!("9E1"), Some(90)),
            (json!(0), None),
            (json!(250), None),
            (json!("high"), None),
        ] {
            assert_eq!(confidence(&value), read, "{value}");
        }
        for value in [json!(8), json!(8.0), json!("8"), json!(" 8.00\0"), json!("0.8E1")] {
            assert_eq!(number(&value), Some(8), "{value}");
        }
        for value in [
            json!(1_784_098_000),
            json!("1784098000"),
            json!(1_784_098_000_000_i64),
            json!("1784098000.0"),
            json!("2026-07-15T06:46:40Z"),
            json!("2026-07-15 14:46:40"),
            json!("2026/7/15 14:46:40.0\0"),
            json!("20260715144640"),
        ] {
            assert_eq!(
                moment(&value, &zone).map(Timestamp::as_second),
                Some(1_784_098_000),
                "{value}"
            );
        }
        for value in [json!(0), json!(""), json!(null), json!("soon")] {
            assert_eq!(moment(&value, &zone), None, "{value}");
        }
        for (value, yes) in [
            (json!("1"), true),
            (json!(1.0), true),
            (json!(true), true),
            (json!("True"), true),
            (json!(0), false),
            (json!(null), false),
            (json!("2"), false),
        ] {
            assert_eq!(is_yes(&value), yes, "{value}");
        }
    }
}
