//! What travels between the rooms: what arrives ([`input`], [`event`], [`staff`]), what shall happen
//! ([`outcome`]), what happened ([`happening`]). Types for everybody; nothing here decides, and nothing
//! here knows anything but the standard's values.

pub mod another_gateway;
pub mod barrier;
pub mod calendar;
pub mod camera_list;
pub mod event;
pub mod event_kind;
pub mod exit;
pub mod happening;
pub mod input;
pub mod lease;
pub mod merchant;
pub mod moment;
pub mod outcome;
pub mod picture;
pub mod put_aside;
pub mod queue;
pub mod remark;
pub mod staff;
pub mod without_store;
