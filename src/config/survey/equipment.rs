//! Equipment (table 9): its type is one that table 9 or A.4 prints and that fits its driver, charging piles are
//! piles, what belongs to a garage says to which, and the spaces it names are there.

use super::Spaces;
use crate::config::reader::{Section, nearest};
use crate::devices::cameras::makes;
use crate::lang::LotProblem;
use crate::standard::equipment::{
    CHARGING_PILE, ENTRANCE, GATEWAY, GUIDANCE, SPACE, is_equipment_type, is_of_garage,
};
use std::collections::BTreeSet;

/// Looks at every device.
pub(super) fn survey(root: &Section<'_>, spaces: Spaces<'_>) {
    let devices = root.sections("device");
    let garages = root.sections("garage");
    let plcs: Vec<&str> = garages.iter().filter_map(|garage| garage.written_text("plc")).collect();
    let mut codes = BTreeSet::new();
    for device in &devices {
        if let Some(kind) = device.written_text("equipment_type").filter(|kind| !kind.is_empty()) {
            type_of(device, kind, &plcs);
            charges(device, kind);
        }
        space(device, spaces);
        let code = device.written_text("equipment_code").filter(|code| !code.is_empty());
        if let Some(code) = code.filter(|code| !codes.insert(*code)) {
            device
                .problem("equipment_code", LotProblem::CodeTwice { code: code.to_owned() }.into());
        }
    }
    gateway(root, &devices);
    at_one_entrance(root);
}

/// Table 9 names one entrance of a device.
fn at_one_entrance(root: &Section<'_>) {
    let mut known: Vec<(String, String)> = Vec::new();
    for lane in root.sections("lane") {
        let here = lane.written_text("name").unwrap_or_default();
        for name in lane.texts("equipments").unwrap_or_default() {
            match known.iter().find(|(device, _)| *device == name) {
                Some((_, other)) => {
                    let problem = LotProblem::EquipmentOfTwoLanes { name, lane: other.clone() };
                    lane.problem("equipments", problem.into());
                }
                None => known.push((name, here.to_owned())),
            }
        }
    }
}

fn type_of(device: &Section<'_>, kind: &str, plcs: &[&str]) {
    if !is_equipment_type(kind) {
        let problem = LotProblem::NoEquipmentType { written: kind.to_owned() };
        device.problem("equipment_type", problem.into());
        return;
    }
    let driver = device.written_text("driver").unwrap_or_default();
    let fitting = types_of(driver);
    if !fitting.is_empty() && !fitting.iter().any(|group| kind.starts_with(group)) {
        let types = fitting.iter().map(|group| match *group {
            GARAGE => "\"6000\" … \"6018\"".to_owned(),
            group => format!("\"{group}\""),
        });
        let types = types.collect::<Vec<_>>().join(" | ");
        let problem = LotProblem::TypeOfOther { driver: driver.to_owned(), types };
        device.problem("equipment_type", problem.into());
    }
    let is_plc = device.written_text("name").is_some_and(|name| plcs.contains(&name));
    if is_of_garage(kind) && !device.has("garage_code") && !is_plc {
        device.problem("equipment_type", LotProblem::GarageUnsaid.into());
    }
}

/// What all types of table A.4 begin with.
const GARAGE: &str = "6";

/// The types, or their beginning, that what a driver speaks with may be of; any where it is empty.
fn types_of(driver: &str) -> &'static [&'static str] {
    match driver {
        camera if makes::find(camera).is_some() => &[ENTRANCE, SPACE],
        "modbus-relay" => &[ENTRANCE, GARAGE],
        "olm-m1d" => &[ENTRANCE, GUIDANCE],
        "chirpstack" => &[SPACE, GATEWAY],
        "modbus-detector" => &[SPACE],
        "modbus-plc" => &[GARAGE],
        _ => &[],
    }
}

/// Table 9's `chargeType`: 1 or 2 of what charges, 0 (also where it is left out) of everything else.
fn charges(device: &Section<'_>, kind: &str) {
    let current = device.written_int("charge_type").unwrap_or(0);
    if kind == CHARGING_PILE && current == 0 {
        let key = if device.has("charge_type") { "charge_type" } else { "equipment_type" };
        device.problem(key, LotProblem::PileCharges.into());
    }
    if kind != CHARGING_PILE && current != 0 {
        device.problem("charge_type", LotProblem::OtherCharges.into());
    }
}

/// The space a device names.
fn space(device: &Section<'_>, spaces: Spaces<'_>) {
    let Some(number) = device.written_text("space_no").filter(|number| !number.is_empty()) else {
        return;
    };
    let Some(spaces) = spaces else { return };
    match spaces.iter().find(|space| space.space_no == number) {
        None => {
            let nearest = nearest(number, spaces.iter().map(|space| space.space_no.as_str()));
            let problem = LotProblem::NoSpace { number: number.to_owned(), nearest };
            device.problem("space_no", problem.into());
        }
        Some(space) if !space.with_pile => {
            if device.written_text("equipment_type") == Some(CHARGING_PILE) {
                device.problem("space_no", LotProblem::SpaceWithoutPile.into());
            }
        }
        Some(_) => {}
    }
}

/// The equipment that events of the gateway itself name (table 27) is to be one that is filed.
fn gateway(root: &Section<'_>, devices: &[Section<'_>]) {
    let Some(lot) = root.section("lot") else { return };
    let Some(id) = lot.written_text("equipment_id").filter(|id| !id.is_empty()) else { return };
    let is_it = |device: &Section<'_>| {
        device.written_text("id").is_some_and(|other| other.eq_ignore_ascii_case(id))
    };
    if !devices.iter().any(is_it) {
        lot.problem("equipment_id", LotProblem::GatewayUnfiled.into());
    }
}
