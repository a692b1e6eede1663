//! `[[device]]`: the lot's hardware.

use super::camera::{CameraWay, is_never_a_cameras};
use super::driver::{DisplayWay, Driver, read_driver};
use super::reader::{Section, nearest, without_login};
use super::transports::Transports;
use crate::devices::cameras::makes::Language;
use crate::devices::mqtt::topic::{has_spaces, is_filter};
use crate::lang::{LotProblem, Problem, TopicFault};
use crate::standard::id::Id;
use crate::standard::tables::entities::EQUIPMENT;
use serde_json::{Map, Value};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// `[[device]]`
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// Table 9's attributes as written.
    pub equipment: Map<String, Value>,
    /// Its id (table 9).
    pub id: Id,
    /// The name lanes refer to it by.
    pub name: String,
    /// How it is spoken with.
    pub driver: Driver,
    /// Silence this long means it is offline.
    pub offline_after: Duration,
    /// A camera's address, or that of what keeps its pictures: those that it names by a URL are fetched from there only;
    /// from nowhere where no address of a camera is written.
    pub pictures_from: Option<IpAddr>,
}

const DEVICE: &[&str] = &[
    "id",
    "garageCode",
    "equipmentCode",
    "name",
    "equipmentType",
    "spaceNo",
    "manufacturer",
    "model",
    "mfd",
    "chargeType",
];

pub(super) fn read_devices(root: &Section<'_>, transports: &Transports<'_>) -> Vec<Device> {
    let mut devices: Vec<Device> = Vec::new();
    let sections = root.sections("device");
    for section in &sections {
        let mut equipment = section.entity(&EQUIPMENT, DEVICE);
        section.state(&mut equipment);
        let offline_after = section.duration("offline_after");
        let driver = read_driver(section, transports);
        let pictures_from = driver.as_ref().and_then(|driver| read_pictures_from(section, driver));
        let text = |name: &str| equipment.get(name).and_then(Value::as_str).map(str::to_owned);
        let (id, name) = (text("id"), text("name"));
        for (key, value) in [("id", &id), ("name", &name)] {
            let taken = devices.iter().any(|device| match key {
                "id" => value.as_deref().is_some_and(|id| device.id == Id::from(id)),
                _ => value.as_ref() == Some(&device.name),
            });
            if let Some(value) = value.clone().filter(|_| taken) {
                section.problem(key, Problem::Twice { key: key.to_owned(), value });
            }
        }
        if let (Some(id), Some(name), Some(driver)) = (id, name, driver) {
            let offline_after = offline_after.unwrap_or(driver.offline_after());
            let offline_after = Duration::try_from(offline_after).unwrap_or_default();
            let id = id.into();
            devices.push(Device { equipment, id, name, driver, offline_after, pictures_from });
        }
    }
    check_displays(&sections, &devices);
    check_pushes(&sections, &devices);
    check_topics(&sections, &devices);
    sections.into_iter().for_each(Section::finish);
    devices
}

fn read_pictures_from(section: &Section<'_>, driver: &Driver) -> Option<IpAddr> {
    let own = match &driver.camera()?.way {
        CameraWay::Http(way) => Some(way.address),
        CameraWay::Mqtt(_) => read_address(section, "address"),
    };
    read_address(section, "pictures_from").or(own)
}

/// An address of another machine. Where what is written is none, all machines' stands for it, at which nobody is ever asked.
fn read_address(section: &Section<'_>, key: &str) -> Option<IpAddr> {
    let name = section.text(key)?;
    let address = name.parse().ok().filter(|address| !is_never_a_cameras(*address));
    if address.is_none() {
        let name = without_login(&name);
        section.problem(key, LotProblem::NotACamerasAddress { name }.into());
    }
    Some(address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
}

/// A display may hang on a camera that stands further down in the file.
fn check_displays(sections: &[Section<'_>], devices: &[Device]) {
    for device in devices {
        let Driver::OlmM1d(display) = &device.driver else { continue };
        let DisplayWay::Camera { camera, .. } = &display.way else { continue };
        let section =
            sections.iter().find(|section| section.text("name").as_ref() == Some(&device.name));
        if let Some(section) = section.filter(|_| !camera.is_empty()) {
            find_device(section, "camera", camera, devices, Driver::has_serial_port);
        }
    }
}

/// Cameras that push are told apart by their secrets, and should be by their addresses.
fn check_pushes(sections: &[Section<'_>], devices: &[Device]) {
    let ways: Vec<_> = devices
        .iter()
        .filter_map(|device| match &device.driver.camera()?.way {
            CameraWay::Http(way) => Some((device, way)),
            CameraWay::Mqtt(_) => None,
        })
        .collect();
    for (at, (device, way)) in ways.iter().enumerate() {
        let section =
            sections.iter().find(|section| section.text("name").as_ref() == Some(&device.name));
        let Some(section) = section else { continue };
        let others = || ways.iter().take(at);
        if others().any(|(_, other)| other.secret == way.secret && !way.secret.reveal().is_empty())
        {
            section.problem("secret", LotProblem::SecretTwice.into());
        }
        if let Some((other, _)) = others().find(|(_, other)| other.address == way.address) {
            let other = other.name.clone();
            section.problem("address", LotProblem::AddressTwice { other }.into());
        }
    }
}

/// What a camera's topics are made of.
const TOPIC_KEYS: [&str; 5] = ["sn", "topic_prefix", "topic", "up_topic", "down_topic"];

/// Why nothing can be heard on a topic that is written so.
fn unmatched(key: &str, text: &str) -> Option<TopicFault> {
    let first = text.split('/').next().unwrap_or_default();
    // What only stands inside a topic begins none.
    let begins = !matches!(key, "sn" | "application_id");
    match first {
        "$share" | "$queue" | "$exclusive" | "$oshare" if begins => Some(TopicFault::Shared),
        first if begins && first.starts_with('$') => Some(TopicFault::OfBroker),
        _ => has_spaces(text).then_some(TopicFault::Spaces),
    }
}

/// What is empty and said elsewhere, or no whole topic.
fn may_be_empty(key: &str, text: &str) -> bool {
    text.is_empty() && matches!(key, "sn" | "topic" | "topic_prefix")
}

/// Cameras at a broker are told apart by their topics.
fn check_topics(sections: &[Section<'_>], devices: &[Device]) {
    let spoken: Vec<_> = devices
        .iter()
        .filter_map(|device| match &device.driver.camera()?.language {
            Language::Mqtt(codec) => Some((device, codec.topics())),
            Language::Http(_) => None,
        })
        .collect();
    for (at, (device, topics)) in spoken.iter().enumerate() {
        let section =
            sections.iter().find(|section| section.text("name").as_ref() == Some(&device.name));
        let Some(section) = section else { continue };
        let keys = TOPIC_KEYS.iter().filter_map(|key| Some((*key, section.written_text(key)?)));
        for (key, text) in keys {
            if let Some(why) = unmatched(key, text) {
                section
                    .problem(key, LotProblem::TopicUnmatched { key: key.to_owned(), why }.into());
            } else if text.contains(['+', '#']) || text.contains(char::is_control) {
                section.problem(key, LotProblem::TopicOfMany { key: key.to_owned() }.into());
            } else if !is_filter(text) && !may_be_empty(key, text) {
                section.problem(key, LotProblem::NoTopic { key: key.to_owned() }.into());
            }
        }
        let at_the_same_broker = |other: &Device| {
            device.driver.camera().map(|one| &one.way) == other.driver.camera().map(|one| &one.way)
        };
        let twice = spoken.iter().take(at).find(|(other, others)| {
            at_the_same_broker(other) && others.iter().any(|one| topics.contains(one))
        });
        if let Some((other, _)) = twice {
            section.problem_here(LotProblem::TopicTwice { other: other.name.clone() }.into());
        }
    }
}

/// The device that `key` names, which must be of a driver that fits.
pub(super) fn find_device<'d>(
    section: &Section<'_>,
    key: &str,
    name: &str,
    devices: &'d [Device],
    fits: impl Fn(&Driver) -> bool,
) -> Option<&'d Device> {
    let found = devices.iter().find(|device| device.name == name);
    match found {
        None if !name.is_empty() => {
            let nearest = nearest(name, devices.iter().map(|device| device.name.as_str()));
            section
                .problem(key, Problem::NoSuch { what: "device", name: name.to_owned(), nearest });
        }
        Some(device) if !fits(&device.driver) => {
            let name = name.to_owned();
            section.problem(key, Problem::UnfitDevice { key: key.to_owned(), name });
        }
        _ => {}
    }
    found
}
