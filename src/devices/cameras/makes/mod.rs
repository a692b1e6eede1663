//! The makes of cameras: for each what it can do, how its own keys of `[[device]]` are read, and its language,
//! bytes ⇄ meaning, over MQTT (`codec.rs`) or HTTP (`http.rs`, `push.rs`). Pure. The configuration reads the keys by
//! this table and the cameras' tasks speak by it; neither knows a make by name, and a make knows neither a broker nor
//! a socket.
//!
//! A make is one room, or one file, and its name in `makes!`.

pub mod codec;
pub mod http;
pub mod push;
pub mod text;
mod xml;

use crate::config::reader::Section;
use codec::CameraCodec;
use http::PushCodec;
use jiff::SignedDuration;
use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

/// Declares the rooms of the makes and their one table.
macro_rules! makes {
    ($($(#[$about:meta])* $room:ident),* $(,)?) => {
        $($(#[$about])* pub mod $room;)*

        /// What each room has: the same maker's cameras over MQTT and over HTTP are two makes.
        static ROOMS: &[&[Make]] = &[$($room::MAKES),*];
    };
}

makes! { vzenith, qianyi, mqtt_json, hikvision, dahua, huaxia }

/// A make of camera.
#[derive(Debug)]
pub struct Make {
    /// The word under `driver`.
    pub name: &'static str,
    /// What it can do.
    pub abilities: &'static [Ability],
    /// Silence this long means it is offline, where the configuration does not say.
    pub offline_after: SignedDuration,
    /// How its own keys are read, and so over what it is spoken with.
    pub read: ReadKeys,
}

/// How a make's own keys are read; what they come to is its language.
#[derive(Debug, Clone, Copy)]
pub enum ReadKeys {
    /// Of one behind an MQTT broker.
    Mqtt(fn(&Section<'_>) -> Arc<dyn CameraCodec>),
    /// Of one that pushes over HTTP.
    Http(fn(&Section<'_>) -> Arc<dyn PushCodec>),
}

/// One camera's language, with what its keys say.
#[derive(Debug, Clone)]
pub enum Language {
    /// It is behind an MQTT broker.
    Mqtt(Arc<dyn CameraCodec>),
    /// It pushes over HTTP.
    Http(Arc<dyn PushCodec>),
}

/// What a camera can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ability {
    /// It opens barriers.
    Outputs,
    /// It has inputs.
    Inputs,
    /// Bytes can be sent through its RS-485 port.
    Serial,
    /// Its clock can be set.
    Clock,
    /// It keeps a list of plates of its own, by which it opens while nobody speaks with it.
    List,
    /// It shows that it lives within half a minute, whether cars come or not.
    Beats,
    /// It can log in where it pushes to, by digest.
    LogsIn,
    /// It has a server of its own on which it is told what to do.
    IsCalled,
}

/// All makes.
pub fn all() -> impl Iterator<Item = &'static Make> {
    ROOMS.iter().copied().flatten()
}

/// The make of that name.
pub fn find(name: &str) -> Option<&'static Make> {
    all().find(|make| make.name == name)
}

impl Make {
    /// Whether its cameras can do that.
    pub fn can(&self, ability: Ability) -> bool {
        self.abilities.contains(&ability)
    }
}

impl PartialEq for Make {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Mqtt(one), Self::Mqtt(other)) => one.says_the_same(other.as_any()),
            (Self::Http(one), Self::Http(other)) => one.says_the_same(other.as_any()),
            _ => false,
        }
    }
}

/// What a camera's keys say, as whoever compares two configurations needs it.
pub trait Keys: Debug + Send + Sync {
    /// As any value.
    fn as_any(&self) -> &dyn Any;
    /// Whether others are of the same make and say the same.
    fn says_the_same(&self, other: &dyn Any) -> bool;
}

impl<K: Any + Debug + PartialEq + Send + Sync> Keys for K {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn says_the_same(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<K>().is_some_and(|other| self == other)
    }
}
