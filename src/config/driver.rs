//! The keys of each driver, read from its `[[device]]`.

use super::bus::{Bus, Buses};
use super::point::{ADDRESSES, Addresses, Convention, WORD_ORDERS, WordOrder};
use super::reader::{Section, nearest};
use super::system::Mqtt;
use crate::lang::{Lang, Problem};
use crate::model::event::Heading;
use crate::model::outcome::Occasion;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::time::Duration;

/// A device's driver with its keys.
#[derive(Debug, Clone, PartialEq)]
pub enum Driver {
    /// Vzenith R/C/T plate cameras over MQTT.
    VzenithMqtt(VzenithMqtt),
    /// Qianyi plate cameras over MQTT.
    QianyiMqtt(QianyiMqtt),
    /// Any camera that publishes JSON.
    MqttJson(Box<MqttJson>),
    /// A Modbus relay board.
    ModbusRelay(ModbusRelay),
    /// An OLM-M1D display with voice.
    OlmM1d(Box<OlmM1d>),
    /// Parking sensors behind a ChirpStack network server.
    Chirpstack(Chirpstack),
    /// Space detectors read by register.
    ModbusDetector(ModbusDevice),
    /// A garage's PLC.
    ModbusPlc(ModbusDevice),
    /// Nobody speaks with it: it is filed (3003), as table 9 wants of all equipment, and no more.
    None,
}

/// Keys of `vzenith-mqtt`.
#[derive(Debug, Clone, PartialEq)]
pub struct VzenithMqtt {
    /// The broker's name.
    pub mqtt: String,
    /// The camera's serial number.
    pub sn: String,
    /// What its topics begin with, `{sn}` standing for the serial number.
    pub topic_prefix: String,
    /// How long its relay closes to open the barrier, 500 to 5000 ms.
    pub pulse: Duration,
    /// Whether its clock is set by us.
    pub set_time: bool,
    /// Whether leaseholders and the free list are kept on its own list, by which it opens while the box is down.
    pub white_list: bool,
    /// Whether its firmware takes what is put on that list as an array of one.
    pub list_in_array: bool,
}

/// Keys of `qianyi-mqtt`.
#[derive(Debug, Clone, PartialEq)]
pub struct QianyiMqtt {
    /// The broker's name.
    pub mqtt: String,
    /// The camera's serial number.
    pub sn: String,
    /// The topic it publishes on.
    pub up_topic: String,
    /// The topic it listens on.
    pub down_topic: String,
    /// Whether its clock is set by us.
    pub set_time: bool,
}

/// Keys of `mqtt-json`.
#[derive(Debug, Clone, PartialEq)]
pub struct MqttJson {
    /// The broker's name.
    pub mqtt: String,
    /// The topics it publishes on, with `+` and `#`.
    pub topic: String,
    /// JSON pointer to the plate.
    pub plate: String,
    /// How the plate is written.
    pub plate_encoding: PlateEncoding,
    /// JSON pointer to the plate's colour.
    pub plate_color: Option<String>,
    /// The camera's words for colours and the standard's.
    pub plate_colors: BTreeMap<String, String>,
    /// JSON pointer to the vehicle's colour.
    pub car_color: Option<String>,
    /// The camera's words for vehicles' colours and the standard's.
    pub car_colors: BTreeMap<String, String>,
    /// JSON pointer to the vehicle's brand.
    pub car_logo: Option<String>,
    /// JSON pointer to whether the plate is permanent (1) or temporary (2).
    pub license_plate_type: Option<String>,
    /// The camera's words for that and the standard's numbers.
    pub license_plate_types: BTreeMap<String, String>,
    /// JSON pointer to the moment of the read.
    pub time: Option<String>,
    /// JSON pointer to what makes a message itself.
    pub message_id: Option<String>,
    /// JSON pointer to the picture of the vehicle.
    pub image: Option<String>,
    /// JSON pointer to the picture of the plate.
    pub plate_image: Option<String>,
    /// JSON pointer to whether the read is sent late.
    pub offline: Option<String>,
    /// JSON pointer to how sure the camera is, of 100 or of 1.
    pub confidence: Option<String>,
    /// JSON pointer to which way the car drives.
    pub direction: Option<String>,
    /// The camera's words for that.
    pub directions: BTreeMap<String, Heading>,
}

/// `plate_encoding`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlateEncoding {
    /// As text; the message itself is UTF-8.
    Utf8,
    /// As text; the message itself is GBK.
    Gbk,
    /// Base64 of UTF-8.
    Base64,
    /// Base64 of GBK.
    Base64Gbk,
}

/// Where a Modbus unit is and how patiently it is spoken with.
#[derive(Debug, Clone, PartialEq)]
pub struct ModbusUnit {
    /// What it hangs on.
    pub bus: Bus,
    /// Its address there, 0 to 247 (255 for a TCP slave that has none).
    pub unit: u8,
    /// An answer later than this is none.
    pub timeout: Duration,
    /// It is read this often.
    pub poll_every: Duration,
}

/// Keys of `modbus-relay`.
#[derive(Debug, Clone, PartialEq)]
pub struct ModbusRelay {
    /// The board.
    pub unit: ModbusUnit,
    /// How long a coil is on to press a barrier's button.
    pub pulse: Duration,
    /// Whether the board times the pulse itself.
    pub flash: bool,
    /// How many discrete inputs it has.
    pub inputs: u16,
}

/// Keys of `olm-m1d`.
#[derive(Debug, Clone, PartialEq)]
pub struct OlmM1d {
    /// How it is reached.
    pub way: DisplayWay,
    /// Its address, 0 where there is one display.
    pub address: u8,
    /// The language of texts that are not configured.
    pub lang: Lang,
    /// What it shows and says, by occasion.
    pub texts: BTreeMap<&'static str, Vec<String>>,
    /// What it says, by occasion.
    pub voices: BTreeMap<&'static str, String>,
    /// `font`: FINDEX of the display's protocol.
    pub font: u8,
    /// The colour of each line; the last one goes on.
    pub colors: Vec<[u8; 3]>,
    /// After this long the idle text comes back.
    pub show_for: Duration,
    /// 10 to 100.
    pub brightness: Option<u8>,
    /// 0 to 100.
    pub volume: Option<u8>,
}

/// How a display is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisplayWay {
    /// Over the serial bus of that name.
    Serial(String),
    /// Through the RS-485 of the camera of that name.
    Camera {
        /// The camera's name.
        camera: String,
        /// Which of its serial ports.
        channel: u8,
    },
}

/// Keys of `chirpstack`.
#[derive(Debug, Clone, PartialEq)]
pub struct Chirpstack {
    /// The broker's name.
    pub mqtt: String,
    /// ChirpStack's id of the application.
    pub application_id: String,
    /// What the sensors send.
    pub codec: SensorCodec,
    /// Silence this long makes a sensor's space unknown.
    pub silent_after: Duration,
    /// A change must last this long.
    pub debounce: Duration,
}

/// What a sensor's payload looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SensorCodec {
    /// Bosch TPS110.
    BoschTps110,
    /// Nwave NPS405.
    NwaveNps405,
    /// Decoded by the network server: a JSON pointer into `object`, and the words that mean occupied.
    Object {
        /// The pointer.
        occupied: String,
        /// Values that mean occupied, as text.
        when: Vec<String>,
    },
}

/// Keys of `modbus-detector` and `modbus-plc`.
#[derive(Debug, Clone, PartialEq)]
pub struct ModbusDevice {
    /// The device.
    pub unit: ModbusUnit,
    /// How its manual prints addresses and values.
    pub convention: Convention,
    /// A change of a space must last this long.
    pub debounce: Duration,
}

/// What drivers refer to.
pub(super) struct Transports<'c> {
    pub(super) brokers: &'c [Mqtt],
    pub(super) buses: &'c Buses,
}

type Read = fn(&Section<'_>, &Transports<'_>) -> Driver;

/// The one table of drivers.
const DRIVERS: [(&str, Read); 9] = [
    ("vzenith-mqtt", vzenith_mqtt),
    ("qianyi-mqtt", qianyi_mqtt),
    ("mqtt-json", mqtt_json),
    ("modbus-relay", modbus_relay),
    ("olm-m1d", olm_m1d),
    ("chirpstack", chirpstack),
    ("modbus-detector", |section, transports| {
        Driver::ModbusDetector(modbus_device(section, transports))
    }),
    ("modbus-plc", |section, transports| Driver::ModbusPlc(modbus_device(section, transports))),
    ("none", |_, _| Driver::None),
];

/// Reads `driver` and its keys.
pub(super) fn read_driver(section: &Section<'_>, transports: &Transports<'_>) -> Option<Driver> {
    if !section.has("driver") {
        section.missing("driver");
    }
    section.choice("driver", &DRIVERS).map(|read| read(section, transports))
}

impl Driver {
    /// Whether the gateway ever hears from it.
    pub fn is_heard(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Whether it reads plates.
    pub fn is_camera(&self) -> bool {
        matches!(self, Self::VzenithMqtt(_) | Self::QianyiMqtt(_) | Self::MqttJson(_))
    }

    /// Whether it has outputs that open barriers.
    pub fn has_outputs(&self) -> bool {
        matches!(self, Self::VzenithMqtt(_) | Self::QianyiMqtt(_) | Self::ModbusRelay(_))
    }

    /// Whether it keeps a list of its own that we write.
    pub fn keeps_list(&self) -> bool {
        matches!(self, Self::VzenithMqtt(keys) if keys.white_list)
    }

    /// Silence this long means it is offline, where the configuration does not say.
    pub(super) fn offline_after(&self) -> SignedDuration {
        match self {
            Self::VzenithMqtt(_) => SignedDuration::from_secs(30),
            // Its heartbeat comes every 30 seconds.
            Self::QianyiMqtt(_) => SignedDuration::from_secs(90),
            // Nobody knows how often such a camera sends; a day without a car is possible.
            Self::MqttJson(_) => SignedDuration::from_hours(24),
            // A few sensors speak by their heartbeats only while nobody comes or goes.
            Self::Chirpstack(_) => SignedDuration::from_hours(26),
            _ => SignedDuration::from_secs(10),
        }
    }
}

fn broker(section: &Section<'_>, transports: &Transports<'_>) -> String {
    let name = section.required_text("mqtt");
    if !name.is_empty() && !transports.brokers.iter().any(|broker| broker.name == name) {
        let nearest = nearest(&name, transports.brokers.iter().map(|broker| broker.name.as_str()));
        section.problem("mqtt", Problem::NoSuch { what: "mqtt", name: name.clone(), nearest });
    }
    name
}

/// A duration within bounds, in milliseconds.
fn bounded(section: &Section<'_>, key: &str, default: i64, low: i64, high: i64) -> Duration {
    let duration = section.duration(key).unwrap_or(SignedDuration::from_millis(default));
    let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    if !(low..=high).contains(&millis) {
        section.problem(key, Problem::OutOfRange { key: format!("{key} (ms)"), low, high });
    }
    Duration::try_from(duration).unwrap_or_default()
}

const DAY: i64 = 86_400_000;

fn vzenith_mqtt(section: &Section<'_>, transports: &Transports<'_>) -> Driver {
    let mqtt = broker(section, transports);
    let sn = section.required_text("sn");
    let topic_prefix =
        section.text("topic_prefix").unwrap_or_else(|| "device/{sn}/message".to_owned());
    let pulse = bounded(section, "pulse", 500, 500, 5000);
    let set_time = section.bool("set_time").unwrap_or(true);
    let white_list = section.bool("white_list").unwrap_or(false);
    let forms = [("object", false), ("array", true)];
    let list_in_array = section.choice("white_list_form", &forms).unwrap_or(false);
    Driver::VzenithMqtt(VzenithMqtt {
        mqtt,
        sn,
        topic_prefix,
        pulse,
        set_time,
        white_list,
        list_in_array,
    })
}

fn qianyi_mqtt(section: &Section<'_>, transports: &Transports<'_>) -> Driver {
    Driver::QianyiMqtt(QianyiMqtt {
        mqtt: broker(section, transports),
        sn: section.required_text("sn"),
        up_topic: section.text("up_topic").unwrap_or_else(|| "aiot/plate/{sn}".to_owned()),
        down_topic: section.text("down_topic").unwrap_or_else(|| "device/plate/{sn}".to_owned()),
        set_time: section.bool("set_time").unwrap_or(true),
    })
}

fn mqtt_json(section: &Section<'_>, transports: &Transports<'_>) -> Driver {
    let encodings = [
        ("utf8", PlateEncoding::Utf8),
        ("gbk", PlateEncoding::Gbk),
        ("base64", PlateEncoding::Base64),
        ("base64-gbk", PlateEncoding::Base64Gbk),
    ];
    let plate = section.required_text("plate");
    check_pointer(section, "plate", &plate);
    let pointer = |key: &str| {
        let pointer = section.text(key)?;
        check_pointer(section, key, &pointer);
        Some(pointer)
    };
    Driver::MqttJson(Box::new(MqttJson {
        mqtt: broker(section, transports),
        topic: section.required_text("topic"),
        plate,
        plate_encoding: section.choice("plate_encoding", &encodings).unwrap_or(PlateEncoding::Utf8),
        plate_color: pointer("plate_color"),
        plate_colors: colors(section, "plate_colors"),
        car_color: pointer("car_color"),
        car_colors: colors(section, "car_colors"),
        car_logo: pointer("car_logo"),
        license_plate_type: pointer("license_plate_type"),
        license_plate_types: text_map(section, "license_plate_types"),
        time: pointer("time"),
        message_id: pointer("message_id"),
        image: pointer("image"),
        plate_image: pointer("plate_image"),
        offline: pointer("offline"),
        confidence: pointer("confidence"),
        direction: pointer("direction"),
        directions: headings(section, "directions"),
    }))
}

/// A table of headings under the camera's own words.
fn headings(section: &Section<'_>, key: &str) -> BTreeMap<String, Heading> {
    let mut headings = BTreeMap::new();
    for (word, heading) in text_map(section, key) {
        match heading.as_str() {
            "approaching" => drop(headings.insert(word, Heading::Approaching)),
            "receding" => drop(headings.insert(word, Heading::Receding)),
            _ => section.problem(
                key,
                Problem::NotOneOf {
                    key: format!("{key}.{word}"),
                    allowed: "approaching, receding".to_owned(),
                    nearest: None,
                },
            ),
        }
    }
    headings
}

fn check_pointer(section: &Section<'_>, key: &str, pointer: &str) {
    if !pointer.is_empty() && !pointer.starts_with('/') {
        section.problem(key, Problem::NotAPointer { key: key.to_owned() });
    }
}

/// A table of colours, for each of which table 11 has three characters.
fn colors(section: &Section<'_>, key: &str) -> BTreeMap<String, String> {
    const MAX: u16 = 3;
    let colors = text_map(section, key);
    for color in colors.values() {
        let have = color.chars().count();
        if have > usize::from(MAX) {
            section.problem(key, Problem::TooLong { key: key.to_owned(), max: MAX, have });
        }
    }
    colors
}

/// A table of texts under the file's own keys.
fn text_map(section: &Section<'_>, key: &str) -> BTreeMap<String, String> {
    let Some(table) = section.section(key) else { return BTreeMap::new() };
    let map =
        table.keys().into_iter().filter_map(|key| Some((key.clone(), table.free_text(&key)?)));
    map.collect()
}

fn modbus_unit(section: &Section<'_>, transports: &Transports<'_>, poll_every: i64) -> ModbusUnit {
    let bus = transports.buses.required(section, "bus");
    let unit = section.int("unit", 0, 255).unwrap_or(1);
    ModbusUnit {
        bus,
        unit: u8::try_from(unit).unwrap_or(1),
        timeout: bounded(section, "timeout", 500, 20, 10_000),
        poll_every: bounded(section, "poll_every", poll_every, 20, DAY),
    }
}

fn modbus_relay(section: &Section<'_>, transports: &Transports<'_>) -> Driver {
    let unit = modbus_unit(section, transports, 200);
    let inputs = section.int("inputs", 0, 64).unwrap_or(8);
    Driver::ModbusRelay(ModbusRelay {
        unit,
        pulse: bounded(section, "pulse", 700, 100, 10_000),
        flash: section.bool("flash").unwrap_or(true),
        inputs: u16::try_from(inputs).unwrap_or(8),
    })
}

fn modbus_device(section: &Section<'_>, transports: &Transports<'_>) -> ModbusDevice {
    let unit = modbus_unit(section, transports, 1000);
    if !section.has("addresses") {
        // Off by one is the commonest mistake with register maps: nobody may guess it.
        section.missing("addresses");
    }
    let addresses = section.choice("addresses", &ADDRESSES).unwrap_or(Addresses::FromZero);
    let word_order = section.choice("word_order", &WORD_ORDERS).unwrap_or(WordOrder::HighFirst);
    let debounce = bounded(section, "debounce", 2000, 0, DAY);
    ModbusDevice { unit, convention: Convention { addresses, word_order }, debounce }
}

fn chirpstack(section: &Section<'_>, transports: &Transports<'_>) -> Driver {
    #[derive(Clone, Copy, PartialEq)]
    enum Name {
        Bosch,
        Nwave,
        Object,
    }
    let mqtt = broker(section, transports);
    let application_id = section.required_text("application_id");
    let names =
        [("bosch-tps110", Name::Bosch), ("nwave-nps405", Name::Nwave), ("object", Name::Object)];
    if !section.has("codec") {
        section.missing("codec");
    }
    let name = section.choice("codec", &names);
    let occupied = section.text("occupied");
    let when = section.texts("occupied_when");
    if let Some(pointer) = &occupied {
        check_pointer(section, "occupied", pointer);
    } else if name == Some(Name::Object) {
        section.missing("occupied");
    }
    let codec = match name {
        Some(Name::Object) => SensorCodec::Object {
            occupied: occupied.unwrap_or_default(),
            when: when.unwrap_or_else(|| ["true", "1", "occupied"].map(str::to_owned).to_vec()),
        },
        Some(Name::Nwave) => SensorCodec::NwaveNps405,
        _ => SensorCodec::BoschTps110,
    };
    Driver::Chirpstack(Chirpstack {
        mqtt,
        application_id,
        codec,
        silent_after: bounded(section, "silent_after", DAY + DAY / 12, 60_000, 30 * DAY),
        debounce: bounded(section, "debounce", 0, 0, DAY),
    })
}

fn olm_m1d(section: &Section<'_>, transports: &Transports<'_>) -> Driver {
    let colors = [
        ("red", [255, 0, 0]),
        ("green", [0, 255, 0]),
        ("yellow", [255, 255, 0]),
        ("blue", [0, 0, 255]),
        ("white", [255, 255, 255]),
    ];
    let fonts = [("song-16", 3), ("song-24", 4), ("song-32", 5), ("song-48", 6), ("song-64", 7)];
    let serial = transports.buses.serial(section, "serial");
    let camera = section.text("camera");
    let channel = section.int("channel", 0, 7).unwrap_or(0);
    if serial.is_some() == camera.is_some() {
        section.problem("serial", Problem::SerialOrCamera);
    }
    let way = match (serial, camera) {
        (Some(serial), _) => DisplayWay::Serial(serial),
        (None, camera) => DisplayWay::Camera {
            camera: camera.unwrap_or_default(),
            channel: u8::try_from(channel).unwrap_or(0),
        },
    };
    let small =
        |key: &str, low, high| section.int(key, low, high).and_then(|n| u8::try_from(n).ok());
    let (texts, voices) = read_texts(section);
    Driver::OlmM1d(Box::new(OlmM1d {
        way,
        address: small("address", 0, 255).unwrap_or(0),
        lang: section.choice("lang", &[("zh", Lang::Zh), ("en", Lang::En)]).unwrap_or(Lang::Zh),
        texts,
        voices,
        font: section.choice("font", &fonts).unwrap_or(3),
        colors: section
            .choices("colors", &colors)
            .unwrap_or_else(|| vec![[255, 255, 0], [255, 0, 0]]),
        show_for: bounded(section, "show_for", 10_000, 1000, 600_000),
        brightness: small("brightness", 10, 100),
        volume: small("volume", 0, 100),
    }))
}

type Texts = (BTreeMap<&'static str, Vec<String>>, BTreeMap<&'static str, String>);

/// `texts = { welcome = ["{plate}", "欢迎光临"] }` and `voices = { welcome = "…" }`.
fn read_texts(section: &Section<'_>) -> Texts {
    let (mut texts, mut voices) = (BTreeMap::new(), BTreeMap::new());
    if let Some(table) = section.section("texts") {
        for occasion in Occasion::ALL.map(Occasion::name) {
            if let Some(lines) = table.texts(occasion) {
                texts.insert(occasion, lines);
            }
        }
        table.finish();
    }
    if let Some(table) = section.section("voices") {
        for occasion in Occasion::ALL.map(Occasion::name) {
            if let Some(words) = table.text(occasion) {
                voices.insert(occasion, words);
            }
        }
        table.finish();
    }
    (texts, voices)
}
