//! The rules of a car park: who may pass, what it costs, what is reported.
//!
//! One door: [`apply`] decides what one input means, inside the transaction it is handed, and leaves in its
//! [`Case`] what shall happen after the commit. Pure: no clock, no network, no tasks. The floors, each using
//! only those below it:
//!
//! ```text
//! without_store                     what people and lanes do while nothing can be written down
//! aside                              what could not be taken, for people
//! command   staff   upkeep           who asks: the platform, people, time
//! lane   garage                      cars before barriers, cars on lifts
//! stay                               a stay from its beginning to its end
//! report   guidance                  what the platform and signs are told
//! rights                             who may, on what terms (reads only)
//! money   spaces   lease_spaces      what it costs, and the order that says so; what is taken
//! dead_letters   forgetting          what people throw away of the queue, and whom the lot forgets
//! case   rules   tariff   interval   likeness   stock
//!                                    what all of them stand on
//! ```

// Tests add up what they like.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod aside;
mod case;
mod command;
pub mod dead_letters;
pub mod forgetting;
mod garage;
mod guidance;
mod interval;
mod lane;
pub mod lease_spaces;
mod likeness;
mod money;
mod report;
mod rights;
mod rules;
mod spaces;
mod staff;
mod stay;
mod stock;
pub mod tariff;
pub mod unsettled;
mod upkeep;
mod without_store;

pub use aside::{put_aside, put_row_aside};
pub use case::{Case, OwnRows};
pub use rules::{
    Barrier, Bounds, Contact, ContractRule, Garage, GaragePlc, Lane, LaneDirection, Rules, Space,
};
pub use without_store::{Remembered, WithoutStore, WithoutStoreDone};

use crate::model::event::DeviceEvent;
use crate::model::happening::Happening;
use crate::model::input::{Answer, Input};
use crate::model::moment::LotMoment;
use crate::store::StoreError;
use garage::mission;
use lane::{
    barrier, camera_list, contacts, crossing, display, gone_back, passage, pictures, tailing,
    undecided,
};
use report::{base_data, occupancy, settle};
use stay::{contract, image, space};
use upkeep::devices;
use without_store::afterwards;

/// Looks whether the clock goes on as it was noted last, before anything is decided at a moment, and puts right what does
/// not (`upkeep::clock`). Whether it was noted anew.
pub fn keep_clock(case: &mut Case<'_>, noted: Option<&LotMoment>) -> Result<bool, StoreError> {
    upkeep::clock::keep(case, noted)
}

/// Decides what one input means, and then about everybody it has helped.
pub fn apply(case: &mut Case<'_>, input: &Input) -> Result<Answer, StoreError> {
    let answer = decide(case, input)?;
    // Who is let pass may help the next: a car that leaves makes room for one that waits.
    let mut garage_spaces = false;
    while let Some(marks) = case.take_marks() {
        garage_spaces |= marks.garage_spaces;
        stay::lease::give_spaces(case, &marks.leases)?;
        passage::look_again(case, &marks)?;
        camera_list::note(case, &marks)?;
    }
    if garage_spaces {
        report::garages::spaces(case)?;
    }
    for error in case.tx.take_unreadable() {
        case.tell(Happening::UnreadableRow { error });
    }
    Ok(answer)
}

fn decide(case: &mut Case<'_>, input: &Input) -> Result<Answer, StoreError> {
    match input {
        Input::Command(command) => {
            let answer = command::carry_out(case, command)?;
            crossing::take_back_held(case)?;
            return Ok(answer);
        }
        Input::Staff(command) => {
            let answer = staff::carry_out(case, command)?;
            crossing::take_back_held(case)?;
            return Ok(Answer::Staff(answer));
        }
        Input::Queue(command) => return upkeep::queue(case, command),
        Input::Aside(command) => return aside::command(case, command),
        Input::Again { number } => {
            if let Some(command) = aside::take_up(case, *number)? {
                return decide(case, &Input::Command(command));
            }
        }
        Input::Device(DeviceEvent::MarkerBack { broker, away, decided }) => {
            if let Some(decided) = undecided::marker_back(case, broker, *away, *decided)? {
                return Ok(Answer::GoesOn(decided));
            }
        }
        Input::Device(event) => device(case, event)?,
        Input::Delivered(deliveries) => settle::delivered(case, deliveries)?,
        Input::Image { id, fate } => image::settle(case, *id, fate)?,
        Input::ContractAnswered { record_id, open } => {
            if let Some(record) = contract::answered(case, record_id, *open)? {
                display::contract_known(case, &record)?;
            }
        }
        Input::Started => upkeep::started(case)?,
        Input::Mended => upkeep::mended(case)?,
        Input::RulesChanged => {
            base_data::announce(case)?;
            garage::announce(case)?;
            report::all_space_states(case)?;
            occupancy::changed(case)?;
            stay::lease::look_at_all(case)?;
            camera_list::begin(case)?;
            case.anybody_may_pass();
        }
        Input::Tick { free_disk } => upkeep::tick(case, *free_disk)?,
        Input::Noted(note) => afterwards::write_down(case, note)?,
        Input::StoreBack(back) => afterwards::store_is_back(case, back)?,
        Input::Connection { name, up, error } => {
            upkeep::connection(case, name, *up, error)?;
        }
    }
    Ok(Answer::Done)
}

fn device(case: &mut Case<'_>, event: &DeviceEvent) -> Result<(), StoreError> {
    match event {
        DeviceEvent::PlateRead(read) => passage::plate_read(case, read),
        DeviceEvent::Pictures { device_id, message, images } => {
            pictures::came(case, device_id, message, images)
        }
        DeviceEvent::Picture { device_id, image } => tailing::picture(case, device_id, image),
        DeviceEvent::TurnedBack { device_id, plate } => {
            gone_back::turned_back(case, device_id, plate.as_ref())
        }
        DeviceEvent::Contact { device_id, input, closed, just_now } => {
            contacts::changed(case, device_id, *input, *closed, *just_now)
        }
        DeviceEvent::BarrierAnswered { actuation, lane_id, act, result } => {
            contacts::answered(case, actuation, lane_id, *act, result)
        }
        DeviceEvent::ListAnswered { device_id, order, result } => {
            camera_list::answered(case, device_id, order, *result)
        }
        DeviceEvent::ListMode { device_id, mode } => camera_list::mode_told(case, device_id, *mode),
        DeviceEvent::Reachable(id) => barrier::reachable(case, id),
        // Decided above, in portions.
        DeviceEvent::MarkerBack { .. } => Ok(()),
        DeviceEvent::MarkerMissing { broker } => undecided::marker_missing(case, broker),
        DeviceEvent::Space { space_no, seen } => space::seen(case, space_no, *seen),
        DeviceEvent::Garage(condition) => garage::seen(case, condition),
        DeviceEvent::GarageAlarms { garage_code, device_id, alarms } => {
            garage::alarmed(case, garage_code, device_id, alarms)
        }
        DeviceEvent::Mission { id, step } => mission::stepped(case, *id, step),
        DeviceEvent::Online(id) => devices::state(case, id, true),
        DeviceEvent::Offline(id) => devices::state(case, id, false),
        DeviceEvent::Clock { device_id, right } => devices::clock(case, device_id, *right),
    }
}
