//! What happens in the spaces meanwhile: cars come to those with sensors and go, a garage stores and retrieves.

#![allow(clippy::indexing_slicing, reason = "a detector has more inputs than one")]

use super::city::command;
use super::stage::Stage;
use crate::sim::plan::{GARAGE_CODE, GARAGE_SPACES, PARK_CODE, space_no};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// All of it, without end.
pub(super) async fn sensors_and_garage(stage: Arc<Stage>) {
    let lot = &stage.lot;
    let Some(hardware) = &lot.hardware else { return };
    let mut ticks = tokio::time::interval(Duration::from_secs(2));
    for number in 0_u32.. {
        ticks.tick().await;
        let comes = number.is_multiple_of(2);
        hardware.sensors.sees(1, comes).await;
        hardware.bus.lock().await.units().detector[0] = comes;
        let space_no = space_no(GARAGE_SPACES.start);
        let order = json!({ "parkCode": PARK_CODE, "garageCode": GARAGE_CODE, "spaceNo": space_no,
                            "plateNo": "粤B99999", "garagePassCode": 1 });
        // While it is busy with the last one it says so; the next comes around.
        let _ = command(lot, if comes { 8004 } else { 8005 }, order).await;
    }
}
