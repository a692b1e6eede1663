//! Modbus units: each is read as its driver would. Where a whole serial bus is silent, other line settings
//! are tried, since a wrong baud rate is the commonest cause. Nothing is ever written.

use super::ports;
use crate::config::{
    Bus, Config, Device, DisplayWay, Driver, ModbusUnit, Parity, PointTable, Serial,
};
use crate::devices::modbus::pdu::{UnitFault, UnitRequest};
use crate::devices::modbus::{ModbusBus, Unit, rtu, tcp};
use crate::devices::reads;
use crate::devices::serial::SerialBus;
use crate::lang::WireFinding;
use crate::teller::Teller;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A unit that misses one question may still be there.
const ATTEMPTS: usize = 2;
/// A unit that is asked at a wrong speed does not answer; a right one does within this.
const TRIAL: Duration = Duration::from_millis(250);
/// Speeds tried, the usual ones first.
const SPEEDS: [u32; 7] = [9600, 19_200, 115_200, 38_400, 57_600, 4800, 2400];

/// A unit with what it is read by.
struct AskedUnit<'c> {
    device: &'c Device,
    unit: &'c ModbusUnit,
    requests: Vec<UnitRequest>,
}

/// Asks every unit on a serial bus, whose port must open.
pub async fn on_serial(config: &Config, serial: &Serial) -> Vec<WireFinding> {
    let bus = ModbusBus::Serial(Arc::new(SerialBus::new(serial, Teller::default())));
    let units = units_on(config, &Bus::Serial(serial.name.clone()));
    let mut found = Vec::new();
    for one in &units {
        found.push(ask(one, &bus).await);
    }
    // The port is opened again for every trial.
    drop(bus);
    let silent = |one: &WireFinding| matches!(one, WireFinding::UnitSilent { .. });
    if !found.is_empty() && found.iter().all(silent) {
        for (one, diagnosis) in units.iter().zip(&mut found) {
            if let Some(other) = elsewhere(serial, one).await {
                let (device, unit) = (one.device.name.clone(), one.unit.unit);
                *diagnosis = WireFinding::UnitElsewhere { device, unit, keys: ports::keys(&other) };
            }
        }
    }
    found.extend(displays_on(config, &serial.name));
    found
}

/// Asks every unit behind each Modbus TCP connection.
pub async fn on_tcp(config: &Config) -> Vec<WireFinding> {
    let mut found = Vec::new();
    for tcp in &config.buses.modbus_tcp {
        let bus = ModbusBus::Tcp(Arc::new(tcp::ModbusConnection::new(tcp, Teller::default())));
        for one in units_on(config, &Bus::Tcp(tcp.name.clone())) {
            found.push(ask(&one, &bus).await);
        }
    }
    found
}

/// Why units behind Modbus TCP connections are not heard that `is_offline` names: one that answers, but wrongly, is named.
pub async fn unheard_on_tcp(
    config: &Config,
    is_offline: impl Fn(&Device) -> bool,
) -> Vec<WireFinding> {
    let mut found = Vec::new();
    for tcp in &config.buses.modbus_tcp {
        let units = units_on(config, &Bus::Tcp(tcp.name.clone()));
        // Some gateways take one connection: whoever is heard keeps it.
        if !units.iter().all(|one| is_offline(one.device)) {
            continue;
        }
        for one in units {
            let bus = ModbusBus::Tcp(Arc::new(tcp::ModbusConnection::new(tcp, Teller::default())));
            let answers = ask(&one, &bus).await;
            if matches!(
                answers,
                WireFinding::UnitMisnumbers { .. } | WireFinding::UnitRefuses { .. }
            ) {
                found.push(answers);
            }
        }
    }
    found
}

fn units_on<'c>(config: &'c Config, bus: &Bus) -> Vec<AskedUnit<'c>> {
    let of_this = |device: &'c Device| {
        let (unit, requests) = reads(config, device)?;
        (unit.bus == *bus).then_some(AskedUnit { device, unit, requests })
    };
    config.devices.iter().filter_map(of_this).collect()
}

async fn ask(one: &AskedUnit<'_>, bus: &ModbusBus) -> WireFinding {
    let (device, unit) = (one.device.name.clone(), one.unit.unit);
    let mut asked = Unit::new(bus.clone(), one.unit);
    let mut slowest = Duration::ZERO;
    for request in &one.requests {
        let mut result = Err(UnitFault::Silent);
        for _ in 0..ATTEMPTS {
            let begun = Instant::now();
            result = asked.call(request).await;
            slowest = slowest.max(begun.elapsed());
            if !matches!(result, Err(UnitFault::Silent)) {
                break;
            }
            slowest = Duration::ZERO;
        }
        match result {
            Ok(_) => {}
            Err(UnitFault::Exception(exception)) => {
                let place = place(request);
                return WireFinding::UnitRefuses { device, unit, place, exception };
            }
            Err(UnitFault::Silent | UnitFault::TooLate) => {
                return WireFinding::UnitSilent { device, unit };
            }
            Err(UnitFault::Misnumbered { asked, answered }) => {
                return WireFinding::UnitMisnumbers { device, unit, asked, answered };
            }
            Err(UnitFault::Unreachable(error)) => {
                return WireFinding::UnitUnreachable { device, error };
            }
        }
    }
    WireFinding::UnitAnswers { device, unit, millis: slowest.as_millis() }
}

/// Which registers a request reads, counted from 0.
fn place(request: &UnitRequest) -> String {
    let UnitRequest::Read { table, address, count } = request else { return String::new() };
    let table = match table {
        PointTable::Coil => "coil",
        PointTable::Discrete => "discrete",
        PointTable::Holding => "holding",
        PointTable::Input => "input",
    };
    match address.saturating_add(count.saturating_sub(1)) {
        last if last > *address => format!("{table} {address}–{last} (0-based)"),
        _ => format!("{table} {address} (0-based)"),
    }
}

/// The line settings at which a unit answers, if there are such.
async fn elsewhere(serial: &Serial, one: &AskedUnit<'_>) -> Option<Serial> {
    let request = one.requests.first()?;
    for parity in [Parity::None, Parity::Even, Parity::Odd] {
        for baud in SPEEDS {
            let other = Serial { baud, parity, ..serial.clone() };
            if baud == serial.baud && parity == serial.parity {
                continue;
            }
            let bus = SerialBus::new(&other, Teller::default());
            let answer = rtu::ask(&bus, one.unit.unit, request, TRIAL).await;
            if matches!(answer, Ok(_) | Err(UnitFault::Exception(_))) {
                return Some(other);
            }
        }
    }
    None
}

fn displays_on(config: &Config, bus: &str) -> Vec<WireFinding> {
    let here = config.devices.iter().filter(|device| match &device.driver {
        Driver::OlmM1d(keys) => keys.way == DisplayWay::Serial(bus.to_owned()),
        _ => false,
    });
    here.map(|device| WireFinding::DisplayMute { device: device.name.clone() }).collect()
}
