//! What the platform answered is noted before anything more is done with it: while it cannot be, the row stays out and is
//! not sent again.

use crate::engine::{EngineHandle, Refused};
use crate::model::event::ImageFate;
use crate::model::input::{Delivery, Input};
use std::time::Duration;

/// What could not be noted is tried again so often.
const AGAIN: Duration = Duration::from_secs(2);

/// Has the engine note what became of rows; returns when all are, or false when the engine has stopped.
pub(super) async fn settle(engine: &EngineHandle, mut deliveries: Vec<Delivery>) -> bool {
    while !deliveries.is_empty() {
        match engine.submit_unhurried(Input::Delivered(deliveries.clone())).await {
            Ok(_) => return true,
            Err(Refused::Stopped) => return false,
            Err(Refused::Failed(_) | Refused::WithoutStore) => {}
        }
        // One that cannot be noted keeps none of the others.
        let mut left = Vec::new();
        for delivery in deliveries {
            match engine.submit_unhurried(Input::Delivered(vec![delivery.clone()])).await {
                Ok(_) => {}
                Err(Refused::Stopped) => return false,
                Err(Refused::Failed(_) | Refused::WithoutStore) => left.push(delivery),
            }
        }
        deliveries = left;
        if !deliveries.is_empty() {
            tokio::time::sleep(AGAIN).await;
        }
    }
    true
}

/// The same for an image.
pub(super) async fn settle_image(engine: &EngineHandle, id: i64, fate: &ImageFate) -> bool {
    loop {
        match engine.submit(Input::Image { id, fate: fate.clone() }).await {
            Ok(_) => return true,
            Err(Refused::Stopped) => return false,
            Err(Refused::Failed(_) | Refused::WithoutStore) => tokio::time::sleep(AGAIN).await,
        }
    }
}
