//! `[[serial]]` and `[[modbus_tcp]]`: what wired devices hang on.

use super::reader::{Section, nearest};
use crate::lang::Problem;
use jiff::SignedDuration;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// `[[serial]]`: an RS-485 bus behind a serial port.
#[derive(Debug, Clone, PartialEq)]
pub struct Serial {
    /// The name devices refer to it by.
    pub name: String,
    /// The port, e.g. `/dev/ttyS1`.
    pub port: PathBuf,
    /// Bits per second.
    pub baud: u32,
    /// Its parity bit.
    pub parity: Parity,
    /// 1 or 2.
    pub stop_bits: u8,
    /// The bus rests this long between two turns.
    pub gap: Duration,
}

/// `parity`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of the configuration")]
pub enum Parity {
    None,
    Even,
    Odd,
}

/// `[[modbus_tcp]]`: a Modbus TCP slave, or a gateway to a bus of them.
#[derive(Debug, Clone, PartialEq)]
pub struct ModbusTcp {
    /// The name devices refer to it by.
    pub name: String,
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// What a Modbus unit is reached over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bus {
    /// The serial bus of that name: Modbus RTU.
    Serial(String),
    /// The TCP connection of that name: Modbus TCP.
    Tcp(String),
}

/// All transports that devices refer to by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Buses {
    /// `[[serial]]`
    pub serial: Vec<Serial>,
    /// `[[modbus_tcp]]`
    pub modbus_tcp: Vec<ModbusTcp>,
}

/// The silence Modbus RTU wants is 3.5 characters, at least 1.75 ms above 19200 baud; displays want a
/// little more.
const GAP: SignedDuration = SignedDuration::from_millis(5);

pub(super) fn read_buses(root: &Section<'_>, folder: &Path) -> Buses {
    let mut buses = Buses::default();
    for section in root.sections("serial") {
        let name = new_name(&section, &buses);
        let port = section.required_file_name("port");
        if buses.serial.iter().any(|bus| bus.port == folder.join(&port)) {
            section.problem("port", Problem::Twice { key: "port".to_owned(), value: port.clone() });
        }
        let baud = section.int("baud", 300, 4_000_000).unwrap_or(9600);
        let parities = [("none", Parity::None), ("even", Parity::Even), ("odd", Parity::Odd)];
        let parity = section.choice("parity", &parities).unwrap_or(Parity::None);
        let stop_bits = section.int("stop_bits", 1, 2).unwrap_or(1);
        let gap = section.duration("gap").unwrap_or(GAP);
        section.finish();
        buses.serial.push(Serial {
            name,
            port: folder.join(port),
            baud: u32::try_from(baud).unwrap_or(9600),
            parity,
            stop_bits: u8::try_from(stop_bits).unwrap_or(1),
            gap: Duration::try_from(gap).unwrap_or_default(),
        });
    }
    for section in root.sections("modbus_tcp") {
        let name = new_name(&section, &buses);
        let text = section.required_text("address");
        let address = split_address(&text);
        if address.is_none() && !text.is_empty() {
            section.problem("address", Problem::NotAnAddress { key: "address".to_owned() });
        }
        section.finish();
        let (host, port) = address.unwrap_or_default();
        buses.modbus_tcp.push(ModbusTcp { name, host, port });
    }
    buses
}

/// Devices name either kind by one key, so names are told apart across both.
fn new_name(section: &Section<'_>, buses: &Buses) -> String {
    let name = section.required_text("name");
    if buses.names().any(|known| known == name) {
        section.problem("name", Problem::Twice { key: "name".to_owned(), value: name.clone() });
    }
    name
}

/// `host:port`, or a host with Modbus's own port.
fn split_address(text: &str) -> Option<(String, u16)> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (text, 502),
    };
    (!host.is_empty()).then(|| (host.trim_matches(['[', ']']).to_owned(), port))
}

impl Buses {
    fn names(&self) -> impl Iterator<Item = &str> {
        let serial = self.serial.iter().map(|bus| bus.name.as_str());
        serial.chain(self.modbus_tcp.iter().map(|bus| bus.name.as_str()))
    }

    /// The bus a device names by `key`, which must be there.
    pub(super) fn required(&self, section: &Section<'_>, key: &str) -> Bus {
        let name = section.required_text(key);
        if self.modbus_tcp.iter().any(|bus| bus.name == name) {
            return Bus::Tcp(name);
        }
        if !name.is_empty() && !self.serial.iter().any(|bus| bus.name == name) {
            let nearest = nearest(&name, self.names());
            let what = "serial / modbus_tcp";
            section.problem(key, Problem::NoSuch { what, name: name.clone(), nearest });
        }
        Bus::Serial(name)
    }

    /// The serial bus a device names by `key`, when it names one.
    pub(super) fn serial(&self, section: &Section<'_>, key: &str) -> Option<String> {
        let name = section.text(key)?;
        if !self.serial.iter().any(|bus| bus.name == name) {
            let nearest = nearest(&name, self.serial.iter().map(|bus| bus.name.as_str()));
            section.problem(key, Problem::NoSuch { what: "serial", name: name.clone(), nearest });
        }
        Some(name)
    }
}
