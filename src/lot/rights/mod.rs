//! What a car may do: [`access`] judges it, by the control list and everything it is entitled to
//! ([`booking`], [`entitlement`], [`lease`], [`share`]), or may be while nobody can tell the time ([`unproven`]); [`camera_list`] says for whom a camera may open by itself. Reads and decides; it changes nothing, and it does not know what
//! a lane, a barrier or a report is made of.

pub(super) mod access;
pub(super) mod booking;
pub(super) mod camera_list;
pub(super) mod conditions;
pub(super) mod entitlement;
pub(super) mod lease;
pub(super) mod relief;
mod share;
mod unproven;
pub(super) mod visitor;
