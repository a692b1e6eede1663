//! Driver `olm-m1d`: a lane's display and voice, on a serial bus or behind a camera's RS-485 port.
//!
//! What is shown is the lot's to say; the words are the configuration's, or the catalogue's in the
//! display's language.

pub mod olm_m1d;

use super::cameras::SerialBytes;
use super::context::DeviceContext;
use super::liveness::Liveness;
use super::serial::SerialBus;
use crate::clock;
use crate::config::{Device, OlmM1d};
use crate::lang::{Words as _, scenes};
use crate::model::outcome::{DeviceCommand, Scene};
use jiff::tz::TimeZone;
use olm_m1d::Line;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// The idle text is sent again this often: a display that lost its power shows it again.
const REFRESH: Duration = Duration::from_secs(60);
/// A display that could not be reached is tried again after this.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// The way to a display.
pub enum Way {
    /// Its bus.
    Serial(Arc<SerialBus>),
    /// A camera, and which of its ports.
    Camera(mpsc::Sender<SerialBytes>, u8),
}

/// A camera takes a frame within this, or it is stuck.
const SENT_WITHIN: Duration = Duration::from_secs(1);

/// One display.
pub struct Display {
    keys: OlmM1d,
    way: Way,
    time_zone: TimeZone,
    live: Liveness,
    /// What it shows when nobody is there; nothing while that is unknown.
    idle: Option<Scene>,
}

impl Display {
    /// A display.
    pub fn new(device: &Device, keys: &OlmM1d, way: Way, time_zone: &TimeZone) -> Self {
        let time_zone = time_zone.clone();
        Self { keys: keys.clone(), way, time_zone, live: Liveness::new(device), idle: None }
    }

    /// Shows what it is told until told to stop.
    pub async fn run(
        mut self,
        context: DeviceContext,
        mut commands: mpsc::Receiver<DeviceCommand>,
    ) {
        let mut set_up = self.set_up(&context).await;
        let mut idle_at = Instant::now();
        loop {
            tokio::select! {
                () = context.stop.cancelled() => return,
                command = commands.recv() => match command {
                    Some(DeviceCommand::Show(show)) => match show.scene {
                        scene @ Scene::Idle { .. } => {
                            let new = self.idle.replace(scene.clone()) != Some(scene);
                            // A scene that is being shown is not cut short by a count.
                            if new && idle_at.saturating_duration_since(Instant::now()) > self.keys.show_for {
                                idle_at = Instant::now();
                            }
                        }
                        scene => {
                            self.show(&context, &scene).await;
                            idle_at = Instant::now() + self.keys.show_for;
                        }
                    },
                    Some(_) => {}
                    None => return,
                },
                () = tokio::time::sleep_until(idle_at) => {
                    if !set_up {
                        set_up = self.set_up(&context).await;
                    }
                    let shown = match self.idle.clone() {
                        Some(idle) => self.show(&context, &idle).await,
                        None => true,
                    };
                    set_up &= shown;
                    idle_at = Instant::now() + if shown { REFRESH } else { TRY_AGAIN };
                }
            }
        }
    }

    /// Brightness, volume and clock; again after it was away.
    async fn set_up(&mut self, context: &DeviceContext) -> bool {
        let address = self.keys.address;
        let now = self.time_zone.to_datetime(clock::now());
        let frames = [
            self.keys.brightness.map(|percent| olm_m1d::brightness(address, percent)),
            self.keys.volume.map(|percent| olm_m1d::volume(address, percent)),
            clock::is_trusted().then(|| olm_m1d::time(address, now)),
        ];
        for frame in frames.into_iter().flatten() {
            if !self.send(context, frame).await {
                return false;
            }
        }
        // Its clock is set once somebody vouches for ours.
        clock::is_trusted()
    }

    async fn show(&mut self, context: &DeviceContext, scene: &Scene) -> bool {
        let (lines, voice) = self.words(scene);
        let frame = olm_m1d::show(self.keys.address, self.keys.font, &lines, &voice);
        self.send(context, frame).await
    }

    fn words(&self, scene: &Scene) -> (Vec<Line>, String) {
        let occasion = scene.occasion();
        let (texts, voice) = scenes::words(occasion, self.keys.lang);
        let occasion = occasion.name();
        let texts = self.keys.texts.get(occasion).cloned().unwrap_or(texts);
        let voice = self.keys.voices.get(occasion).cloned().unwrap_or(voice);
        let fill = |text: &str| fill(text, scene, self.keys.lang);
        let color = |line: usize| {
            self.keys.colors.get(line).or(self.keys.colors.last()).copied().unwrap_or([255, 0, 0])
        };
        let lines = texts.iter().enumerate();
        let lines = lines.map(|(number, text)| Line { text: fill(text), color: color(number) });
        (lines.collect(), fill(&voice))
    }

    async fn send(&mut self, context: &DeviceContext, frame: Vec<u8>) -> bool {
        let sent = match &self.way {
            Way::Serial(bus) => bus.say(&frame).await.is_ok(),
            Way::Camera(camera, channel) => through(camera, *channel, frame).await,
        };
        // It has no answers: that its bus takes the frame is all there is to know.
        if sent {
            self.live.heard(context).await;
        } else {
            self.live.silent(context).await;
        }
        sent
    }
}

/// Sends a frame through a camera's port; whether it is on its way.
async fn through(camera: &mpsc::Sender<SerialBytes>, channel: u8, bytes: Vec<u8>) -> bool {
    let (sent, is_sent) = oneshot::channel();
    camera.try_send(SerialBytes { channel, bytes, sent }).is_ok()
        && matches!(tokio::time::timeout(SENT_WITHIN, is_sent).await, Ok(Ok(true)))
}

/// Puts a scene's figures into a text: `{plate}`, `{fee}`, `{unused}`, `{reason}`.
fn fill(text: &str, scene: &Scene, lang: crate::lang::Lang) -> String {
    let figures: Vec<(&str, String)> = match scene {
        Scene::Idle { unused } => vec![("{unused}", unused.to_string())],
        Scene::Welcome { plate } | Scene::ContractWelcome { plate } | Scene::Goodbye { plate } => {
            vec![("{plate}", plate.clone())]
        }
        Scene::Fee { plate, fee } => {
            vec![("{plate}", plate.clone()), ("{fee}", fee.to_string())]
        }
        Scene::Held { plate, reason } => {
            vec![("{plate}", plate.clone()), ("{reason}", reason.text(lang))]
        }
        Scene::CallStaff { plate } => {
            vec![("{plate}", plate.clone()), ("{reason}", scenes::call_staff(lang))]
        }
    };
    figures.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
}
