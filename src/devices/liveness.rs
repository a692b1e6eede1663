//! Whether a device is there: online when it is first heard, offline after a silence. What counts as a
//! sign of life each driver knows.

use super::context::{DeviceContext, tell_engine};
use crate::config::Device;
use crate::model::event::DeviceEvent;
use crate::standard::id::Id;
use std::time::Duration;
use tokio::time::Instant;

/// One device's liveness.
pub struct Liveness {
    id: Id,
    name: String,
    offline_after: Duration,
    heard: Instant,
    online: Option<bool>,
}

impl Liveness {
    /// Nothing is known yet.
    pub fn new(device: &Device) -> Self {
        Self {
            id: device.id.clone(),
            name: device.name.clone(),
            offline_after: device.offline_after,
            heard: Instant::now(),
            online: None,
        }
    }

    /// Whether it was there when it was asked last.
    pub fn is_online(&self) -> bool {
        self.online == Some(true)
    }

    /// The device's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// It gave a sign of life.
    pub async fn heard(&mut self, context: &DeviceContext) {
        self.heard = Instant::now();
        self.set(context, true).await;
    }

    /// Nothing can be told of it yet.
    pub fn wait(&mut self) {
        self.heard = Instant::now();
    }

    /// It was asked and did not answer.
    pub async fn silent(&mut self, context: &DeviceContext) {
        if self.heard.elapsed() >= self.offline_after {
            self.set(context, false).await;
        }
    }

    /// Whether a silence would be news.
    pub fn may_fall_silent(&self) -> bool {
        self.online != Some(false)
    }

    /// When silence means that it is offline.
    pub fn silent_at(&self) -> Instant {
        self.heard + self.offline_after
    }

    /// Sets it at once.
    pub async fn set(&mut self, context: &DeviceContext, online: bool) {
        if self.online != Some(online) {
            self.online = Some(online);
            let id = self.id.clone();
            let event = if online { DeviceEvent::Online(id) } else { DeviceEvent::Offline(id) };
            tell_engine(context, event).await;
        }
    }
}
