//! DB4403/T 313-2023 as code, for every room that speaks with the city platform.
//!
//! Pure: bytes and values in, bytes and values out. Nothing here knows this program's configuration,
//! store, devices or clock.

mod attribute_path;
pub mod codes;
pub mod datetime;
pub mod entities;
pub mod envelope;
pub mod equipment;
pub mod frame;
pub mod hidden;
pub mod id;
pub mod interface;
pub mod lengths;
pub mod lenient;
pub mod moments;
pub mod money;
pub mod password;
pub mod plate;
pub mod plate_in_text;
pub mod plate_kind;
pub mod report;
pub mod share_order_id;
pub mod sign;
pub mod tables;
pub mod ticket_number;
pub mod verify;
pub mod years;

/// Most bytes one request, reply or frame may carry (6.1.1 i).
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
