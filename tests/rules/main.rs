//! What may be asked of the lot and what it makes of it: its rules through their one door, time in hand. A
//! file a subject.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod another_gateway;
mod any_command;
mod arrears;
mod bookings;
mod camera_lists;
mod clock;
mod conservation;
mod contracts;
mod control_list;
mod coupon_laws;
mod coupons;
mod devices;
mod events;
mod every_interleaving;
mod far_dates;
mod fees;
mod forgetting;
mod garages;
mod growth;
mod guidance;
mod images;
mod lanes;
mod leases;
mod locks;
mod lot;
mod marks;
mod off_time;
mod orders;
mod prints;
mod queue;
mod retention;
mod scenarios;
mod shares;
mod spaces;
mod staff;
mod start;
mod statements;
mod stock;
mod undecided;
mod vehicles;
mod vehicles_seen;
mod visitors;
mod without_store;

/// What every subject needs.
mod prelude {
    pub use crate::lot::*;
    pub use jiff::{SignedDuration, Timestamp};
    pub use lotgate::lot::{Contact, ContractRule, Garage, GaragePlc, LaneDirection, Space};
    pub use lotgate::model::barrier::{Act, BarrierFault, Movement};
    pub use lotgate::model::camera_list::{ListChange, ListFault, ListMode, ListOrder};
    pub use lotgate::model::event::{
        Alarm, DeviceEvent, GarageCondition, GarageSpaces, ImageFate, ImageShows, LostWhy,
        MissionStep, PlateRead, ReadImage, ReadMoment, SpaceSeen,
    };
    pub use lotgate::model::event_kind::{EventCodes, EventKind};
    pub use lotgate::model::happening::{Happening, HoldReason};
    pub use lotgate::model::input::Input;
    pub use lotgate::model::lease::{OnFree, UnknownLease};
    pub use lotgate::model::outcome::{Job, Outcome, Progress, Scene, Show};
    pub use lotgate::model::staff::{
        Correction, Refund, Refusal, StaffAction, StaffAnswer, StaffPayment,
    };
    pub use lotgate::standard::codes::EventClass;
    pub use lotgate::standard::id::Id;
    pub use lotgate::standard::money::{Money, MoneyStyle};
    pub use lotgate::standard::share_order_id::ShareOrderIdStyle;
    pub use lotgate::store::Urgency;
    pub use proptest::prelude::*;
    pub use serde_json::{Value, json};
    pub use std::time::Duration;
}
