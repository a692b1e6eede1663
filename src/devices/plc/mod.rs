//! Drivers `modbus-plc` and `modbus-detector`: what stands in registers. A PLC tells how its garages run,
//! stores and retrieves; a detector tells which spaces are taken.

pub mod handshake;

use super::context::{DeviceContext, tell_engine};
use super::liveness::Liveness;
use super::modbus::pdu::UnitRequest;
use super::modbus::points::{Registers, plan};
use super::modbus::{ModbusBus, Unit};
use super::odd_values::{OddOf, OddValues};
use super::sensors::debounce::Debounce;
use crate::config::{
    Config, Device, Figure, GarageConfig, GaragePlcConfig, ModbusDevice, Point, SensorPlace,
};
use crate::foreign::state::StateWords;
use crate::model::event::{Alarm, DeviceEvent, GarageCondition, GarageSpaces, SpaceSeen};
use crate::model::input::Input;
use crate::model::outcome::{DeviceCommand, Job};
use crate::standard::id::Id;
use handshake::{Handshake, PlcAct};
use serde_json::Value;
use std::collections::BTreeMap;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// A space and where it is seen.
struct SpacePoint {
    space_no: String,
    point: Point,
    words: StateWords,
}

/// What a read says, as far as it must repeat before it is believed.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    spaces: Vec<(String, SpaceSeen)>,
    garages: Vec<(GarageCondition, Vec<Alarm>)>,
    /// What means nothing, by what it is said of.
    unknown: BTreeMap<String, String>,
}

/// One device.
pub struct RegisterDevice {
    id: Id,
    unit: Unit,
    requests: Vec<UnitRequest>,
    spaces: Vec<SpacePoint>,
    garages: Vec<WatchedGarage>,
    handshakes: BTreeMap<String, Handshake>,
    debounce: Debounce,
    /// The last read since it is there.
    last: Option<Seen>,
    /// Whether a read has repeated since it is there: a PLC that restarts shows zeros before the truth.
    settled: bool,
    told: BTreeMap<String, (GarageCondition, Vec<Alarm>)>,
    /// What was told to mean nothing.
    odd: OddValues,
    live: Liveness,
}

/// A garage and its part of the register map.
struct WatchedGarage {
    code: String,
    /// Table 7's `totalSpaces`; 0 where it is not written.
    total: i64,
    plc: GaragePlcConfig,
}

fn spaces_of(config: &Config, device: &Device) -> Vec<SpacePoint> {
    let of_this = |space: &crate::config::SpaceConfig| {
        let sensor = space.sensor.as_ref().filter(|sensor| sensor.device == device.id)?;
        let SensorPlace::Point { point, words } = &sensor.place else { return None };
        let (space_no, point, words) = (space.space_no.clone(), point.clone(), words.clone());
        Some(SpacePoint { space_no, point, words })
    };
    config.spaces.iter().filter_map(of_this).collect()
}

fn garages_of(config: &Config, device: &Device) -> Vec<WatchedGarage> {
    let of_this = |garage: &GarageConfig| {
        let plc = garage.plc.clone().filter(|plc| plc.device == device.id)?;
        Some(WatchedGarage { code: garage.garage_code.clone(), total: garage.total_spaces, plc })
    };
    config.garages.iter().filter_map(of_this).collect()
}

fn requests(spaces: &[SpacePoint], garages: &[WatchedGarage]) -> Vec<UnitRequest> {
    let points = spaces.iter().map(|space| &space.point);
    let points = points.chain(garages.iter().flat_map(|garage| points_of(&garage.plc)));
    let mut requests = plan(points);
    if requests.is_empty() {
        // Nothing to read; whether it lives still matters.
        let table = crate::config::PointTable::Holding;
        requests.push(UnitRequest::Read { table, address: 0, count: 1 });
    }
    requests
}

/// What a device is read by.
pub(super) fn reads_of(config: &Config, device: &Device) -> Vec<UnitRequest> {
    requests(&spaces_of(config, device), &garages_of(config, device))
}

impl RegisterDevice {
    /// A device on its bus, with the points that the configuration gives it.
    pub fn new(config: &Config, device: &Device, keys: &ModbusDevice, bus: ModbusBus) -> Self {
        let (spaces, garages) = (spaces_of(config, device), garages_of(config, device));
        let requests = requests(&spaces, &garages);
        Self {
            id: device.id.clone(),
            unit: Unit::new(bus, &keys.unit),
            requests,
            spaces,
            garages,
            handshakes: BTreeMap::new(),
            debounce: Debounce::new(keys.debounce),
            last: None,
            settled: false,
            told: BTreeMap::new(),
            odd: OddValues::new(&device.name, OddOf::States),
            live: Liveness::new(device),
        }
    }

    /// Reads it and carries missions out until told to stop.
    pub async fn run(
        mut self,
        context: DeviceContext,
        mut commands: mpsc::Receiver<DeviceCommand>,
    ) {
        let mut poll_at = Instant::now();
        loop {
            tokio::select! {
                () = context.stop.cancelled() => return,
                command = commands.recv() => match command {
                    Some(DeviceCommand::Garage(job)) => {
                        self.take_up(job);
                        poll_at = Instant::now();
                    }
                    Some(_) => {}
                    None => return,
                },
                () = tokio::time::sleep_until(poll_at) => {
                    self.poll(&context).await;
                    poll_at = self.unit.next_poll();
                }
            }
        }
    }

    /// What is under way already goes on as it is.
    fn take_up(&mut self, job: Job) {
        let known = self.handshakes.get(&job.garage_code).filter(|one| !one.is_over());
        if known.is_some_and(|one| one.id() == job.id) {
            return;
        }
        let garage = self.garages.iter().find(|garage| garage.code == job.garage_code);
        if let Some(map) = garage.and_then(|garage| garage.plc.mission.as_ref()) {
            let code = job.garage_code.clone();
            self.handshakes.insert(code, Handshake::new(map, job, Instant::now().into_std()));
        }
    }

    async fn poll(&mut self, context: &DeviceContext) {
        let result = self.unit.read(&self.requests).await;
        let Some(registers) = self.unit.judge(&mut self.live, context, result).await else {
            self.last = None;
            self.settled = false;
            self.notice_silence(context).await;
            return;
        };
        let seen = self.seen(&registers);
        let before = self.last.replace(seen.clone());
        self.settled |= before.as_ref() == Some(&seen);
        if self.settled {
            self.tell(context, seen).await;
        }
        if before.is_some() {
            self.go_on(context, &registers).await;
        }
    }

    fn seen(&self, registers: &Registers) -> Seen {
        let (mut spaces, mut unknown) = (Vec::new(), BTreeMap::new());
        for space in &self.spaces {
            let value = registers.value(&space.point);
            let seen = match value.and_then(|value| space.words.read(&Value::from(value))) {
                Some(true) => SpaceSeen::Occupied,
                Some(false) => SpaceSeen::Free,
                None => {
                    unknown.insert(space.space_no.clone(), shown(value));
                    SpaceSeen::Unknown
                }
            };
            spaces.push((space.space_no.clone(), seen));
        }
        let garages =
            self.garages.iter().map(|garage| condition(garage, registers, &mut unknown)).collect();
        Seen { spaces, garages, unknown }
    }

    async fn tell(&mut self, context: &DeviceContext, seen: Seen) {
        self.odd.only(context, &seen.unknown);
        let now = Instant::now().into_std();
        for (space_no, seen) in seen.spaces {
            self.debounce.see(&space_no, seen, now);
        }
        for (space_no, seen) in self.debounce.certain(now) {
            tell_engine(context, DeviceEvent::Space { space_no, seen }).await;
        }
        for (condition, alarms) in seen.garages {
            let garage_code = condition.garage_code.clone();
            let new = (condition, alarms);
            if self.told.get(&garage_code) == Some(&new) {
                continue;
            }
            let (condition, alarms) = new.clone();
            tell_engine(context, DeviceEvent::Garage(condition)).await;
            let device_id = self.id.clone();
            let event =
                DeviceEvent::GarageAlarms { garage_code: garage_code.clone(), device_id, alarms };
            tell_engine(context, event).await;
            self.told.insert(garage_code, new);
        }
    }

    /// Nobody sees the spaces while it is away.
    async fn notice_silence(&mut self, context: &DeviceContext) {
        if self.live.may_fall_silent() {
            return;
        }
        self.told.clear();
        let now = Instant::now().into_std();
        for space in &self.spaces {
            self.debounce.see(&space.space_no, SpaceSeen::Unknown, now);
        }
        for (space_no, seen) in self.debounce.certain(now) {
            tell_engine(context, DeviceEvent::Space { space_no, seen }).await;
        }
    }

    async fn go_on(&mut self, context: &DeviceContext, registers: &Registers) {
        for handshake in self.handshakes.values_mut() {
            let acts = handshake.next(registers, Instant::now().into_std());
            let last = acts.len().saturating_sub(1);
            for (at, act) in acts.into_iter().enumerate() {
                if !carry_out(context, &mut self.unit, handshake.id(), &act).await {
                    if at == last {
                        handshake.failed(&act);
                    } else {
                        handshake.not_begun();
                    }
                    break;
                }
            }
        }
        self.handshakes.retain(|_, handshake| !handshake.is_over());
    }
}

async fn carry_out(context: &DeviceContext, unit: &mut Unit, id: i64, act: &PlcAct) -> bool {
    match act {
        PlcAct::Write(requests) => {
            for request in requests {
                if unit.call(request).await.is_err() {
                    return false;
                }
            }
            true
        }
        PlcAct::Tell(step) => {
            let event = DeviceEvent::Mission { id, step: step.clone() };
            context.engine.submit(Input::Device(event)).await.is_ok()
        }
    }
}

fn points_of(plc: &GaragePlcConfig) -> Vec<&Point> {
    let figures = [&plc.total_large, &plc.total_small, &plc.available_large, &plc.available_small];
    let mut points: Vec<&Point> = figures
        .into_iter()
        .filter_map(|figure| match figure {
            Figure::Read(point) => Some(point),
            Figure::Fixed(_) => None,
        })
        .collect();
    points.extend(&plc.state);
    points.extend(plc.alarms.iter().map(|alarm| &alarm.point));
    if let Some(map) = &plc.mission {
        points.extend([&map.command, &map.acknowledged]);
        let optional = [&map.job, &map.busy, &map.refused, &map.remaining];
        points.extend(optional.into_iter().flatten());
    }
    points
}

/// Table 92's states: normal, where the PLC does not say; abnormal, where it says what the table does not know.
const NORMAL: i64 = 1;
const ABNORMAL: i64 = 2;
const STATES: std::ops::RangeInclusive<i64> = 0..=4;
/// No garage has so many spaces; all bits of a register set are no count.
const NO_COUNT: i64 = u16::MAX as i64;

/// A value as technicians are shown it.
fn shown(value: Option<i64>) -> String {
    value.map_or_else(|| "NaN".to_owned(), |value| value.to_string())
}

/// How a garage stands, and what is wrong in it. What a PLC says that cannot be is noted as unknown: a count that cannot be
/// offers nothing, and a state that no table knows is not well.
fn condition(
    garage: &WatchedGarage,
    registers: &Registers,
    unknown: &mut BTreeMap<String, String>,
) -> (GarageCondition, Vec<Alarm>) {
    let WatchedGarage { code, total, plc } = garage;
    let most = if *total > 0 { *total } else { NO_COUNT - 1 };
    let mut figure = |key: &str, figure: &Figure, most: i64| match figure {
        Figure::Fixed(number) => *number,
        Figure::Read(point) => {
            let value = registers.value(point);
            value.filter(|value| (0..=most).contains(value)).unwrap_or_else(|| {
                unknown.insert(format!("{code} {key}"), shown(value));
                0
            })
        }
    };
    let total_large = figure("total_large", &plc.total_large, most);
    let total_small = figure("total_small", &plc.total_small, most);
    let of_kind = |of_kind: i64| if plc.totals_given { of_kind.min(most) } else { most };
    let spaces = GarageSpaces {
        total_large,
        total_small,
        available_large: figure("available_large", &plc.available_large, of_kind(total_large)),
        available_small: figure("available_small", &plc.available_small, of_kind(total_small)),
    };
    let alarms: Vec<Alarm> = plc
        .alarms
        .iter()
        .filter(|alarm| registers.value(&alarm.point).is_some_and(|value| value != 0))
        .map(|alarm| Alarm { code: alarm.code, class: alarm.class })
        .collect();
    let state = plc.state.as_ref().map(|point| registers.value(point));
    let known = state.map_or(Some(NORMAL), |state| state.filter(|state| STATES.contains(state)));
    let comment = state.filter(|_| known.is_none()).map(|state| {
        unknown.insert(format!("{code} state"), shown(state));
        format!("PLC {}", shown(state))
    });
    let garage_code = code.clone();
    let state = known.unwrap_or(ABNORMAL);
    (GarageCondition { garage_code, state, comment, spaces }, alarms)
}
