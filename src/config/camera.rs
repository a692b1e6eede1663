//! What cameras of every make have in common in their `[[device]]`: over what they are reached. Each make reads
//! its own keys.

use super::reader::Section;
use super::transports::{Transports, broker};
use crate::devices::cameras::makes::{Ability, Language, Make, ReadKeys};

/// A camera.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraConfig {
    /// Who made it.
    pub make: &'static Make,
    /// How it is spoken with.
    pub language: Language,
    /// Over what.
    pub way: CameraWay,
    /// The serial number of one that keeps a list, where its keys say it.
    pub sn: Option<String>,
    /// Whether its clock is set by us.
    pub set_time: bool,
    /// Whether leaseholders and the free list are kept on its own list, by which it opens while the box is down.
    pub white_list: bool,
}

/// Over what a camera is reached.
#[derive(Debug, Clone, PartialEq)]
pub enum CameraWay {
    /// The broker of that name.
    Mqtt(String),
}

pub(super) fn read_camera(
    section: &Section<'_>,
    make: &'static Make,
    transports: &Transports<'_>,
) -> CameraConfig {
    let (language, way) = match make.read {
        ReadKeys::Mqtt(read) => {
            let way = CameraWay::Mqtt(broker(section, transports));
            (Language::Mqtt(read(section)), way)
        }
    };
    let set_time = make.can(Ability::Clock) && section.bool("set_time").unwrap_or(true);
    let white_list = make.can(Ability::List) && section.bool("white_list").unwrap_or(false);
    let sn = if white_list { section.text("sn") } else { None };
    CameraConfig { make, language, way, sn, set_time, white_list }
}

impl CameraConfig {
    /// What tells it from another camera in its place.
    pub fn identity(&self) -> String {
        format!("{} {}", self.make.name, self.sn.as_deref().unwrap_or_default())
    }
}
