//! The keys of each driver, read from its `[[device]]`.

use super::bus::Bus;
use super::camera::{CameraConfig, read_camera};
use super::point::{ADDRESSES, Addresses, Convention, WORD_ORDERS, WordOrder};
use super::reader::Section;
use super::transports::{Transports, broker};
use crate::devices::cameras::makes::{self, Ability, Make};
use crate::foreign::state::StateWords;
use crate::lang::{Lang, LotProblem, Problem, TopicFault};
use crate::model::outcome::Occasion;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::time::Duration;

/// A device's driver with its keys.
#[derive(Debug, Clone, PartialEq)]
pub enum Driver {
    /// A plate camera of one of the makes.
    Camera(Box<CameraConfig>),
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
    /// Decoded by the network server: a JSON pointer into `object`, and what stands there.
    Object {
        /// The pointer.
        occupied: String,
        /// What means occupied and what free.
        words: StateWords,
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

type Read = fn(&Section<'_>, &Transports<'_>) -> Driver;

/// What a word under `driver` stands for.
#[derive(Clone, Copy)]
enum Named {
    Camera(&'static Make),
    Other(Read),
}

/// The table of drivers that are no cameras; those are in [`makes::all`].
const OTHERS: [(&str, Read); 6] = [
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
    let cameras = makes::all().map(|make| (make.name, Named::Camera(make)));
    let others = OTHERS.iter().map(|(name, read)| (*name, Named::Other(*read)));
    let drivers: Vec<_> = cameras.chain(others).collect();
    match section.choice("driver", &drivers)? {
        Named::Other(read) => Some(read(section, transports)),
        Named::Camera(make) => {
            Some(Driver::Camera(Box::new(read_camera(section, make, transports))))
        }
    }
}

impl Driver {
    /// The camera, where it is one.
    pub fn camera(&self) -> Option<&CameraConfig> {
        match self {
            Self::Camera(camera) => Some(camera),
            _ => None,
        }
    }

    /// Whether the gateway ever hears from it.
    pub fn is_heard(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Whether it reads plates.
    pub fn is_camera(&self) -> bool {
        self.camera().is_some()
    }

    /// Whether it is a camera that can do that.
    fn is_camera_that_can(&self, ability: Ability) -> bool {
        self.camera().is_some_and(|camera| camera.can(ability))
    }

    /// Whether it is a camera that is called to do something.
    pub fn is_called(&self) -> bool {
        self.is_camera_that_can(Ability::IsCalled)
    }

    /// Whether its like has outputs that open barriers, however it is configured.
    pub(super) fn may_have_outputs(&self) -> bool {
        let by_make = |camera: &CameraConfig| camera.make.can(Ability::Outputs);
        matches!(self, Self::ModbusRelay(_)) || self.camera().is_some_and(by_make)
    }

    /// Whether it has outputs that open barriers.
    pub fn has_outputs(&self) -> bool {
        matches!(self, Self::ModbusRelay(_)) || self.is_camera_that_can(Ability::Outputs)
    }

    /// Whether it has inputs.
    pub(super) fn has_inputs(&self) -> bool {
        matches!(self, Self::ModbusRelay(_)) || self.is_camera_that_can(Ability::Inputs)
    }

    /// Whether bytes can be sent through its own RS-485 port.
    pub(super) fn has_serial_port(&self) -> bool {
        self.is_camera_that_can(Ability::Serial)
    }

    /// Whether it keeps a list of its own that we write.
    pub fn keeps_list(&self) -> bool {
        self.camera().is_some_and(|camera| camera.white_list)
    }

    /// Silence this long means it is offline, where the configuration does not say.
    pub(super) fn offline_after(&self) -> SignedDuration {
        match self {
            Self::Camera(camera) => camera.make.offline_after,
            // A few sensors speak by their heartbeats only while nobody comes or goes.
            Self::Chirpstack(_) => SignedDuration::from_hours(26),
            _ => SignedDuration::from_secs(10),
        }
    }
}

const DAY: i64 = 86_400_000;

fn modbus_unit(section: &Section<'_>, transports: &Transports<'_>, poll_every: i64) -> ModbusUnit {
    let bus = transports.buses.required(section, "bus");
    let unit = section.int("unit", 0, 255).unwrap_or(1);
    ModbusUnit {
        bus,
        unit: u8::try_from(unit).unwrap_or(1),
        timeout: section.bounded("timeout", 500, 20, 10_000),
        poll_every: section.bounded("poll_every", poll_every, 20, DAY),
    }
}

fn modbus_relay(section: &Section<'_>, transports: &Transports<'_>) -> Driver {
    let unit = modbus_unit(section, transports, 200);
    let inputs = section.int("inputs", 0, 64).unwrap_or(8);
    Driver::ModbusRelay(ModbusRelay {
        unit,
        pulse: section.bounded("pulse", 700, 100, 10_000),
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
    let debounce = section.bounded("debounce", 2000, 0, DAY);
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
    let key = "application_id".to_owned();
    if application_id.contains(['+', '#', '/']) || application_id.contains(char::is_control) {
        section.problem(&key, LotProblem::TopicOfMany { key: key.clone() }.into());
    } else if application_id.trim() != application_id {
        let (key, why) = (key.clone(), TopicFault::Spaces);
        section.problem(&key.clone(), LotProblem::TopicUnmatched { key, why }.into());
    }
    let names =
        [("bosch-tps110", Name::Bosch), ("nwave-nps405", Name::Nwave), ("object", Name::Object)];
    if !section.has("codec") {
        section.missing("codec");
    }
    let name = section.choice("codec", &names);
    let occupied = section.pointer("occupied");
    let words = state_words(section);
    if occupied.is_none() && name == Some(Name::Object) {
        section.missing("occupied");
    }
    let codec = match name {
        Some(Name::Object) => SensorCodec::Object { occupied: occupied.unwrap_or_default(), words },
        Some(Name::Nwave) => SensorCodec::NwaveNps405,
        _ => SensorCodec::BoschTps110,
    };
    Driver::Chirpstack(Chirpstack {
        mqtt,
        application_id,
        codec,
        silent_after: section.bounded("silent_after", DAY + DAY / 12, 60_000, 30 * DAY),
        debounce: section.bounded("debounce", 0, 0, DAY),
    })
}

/// `occupied_when` and `free_when`: nothing can mean both.
fn state_words(section: &Section<'_>) -> StateWords {
    let (occupied, free) = (section.texts("occupied_when"), section.texts("free_when"));
    if let (Some(occupied), Some(free)) = (&occupied, &free)
        && let Some(word) = StateWords::contradiction(occupied, free)
    {
        section.problem("free_when", LotProblem::MeansBoth { word: word.to_owned() }.into());
    }
    StateWords::new(occupied.as_deref(), free.as_deref())
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
        show_for: section.bounded("show_for", 10_000, 1000, 600_000),
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
