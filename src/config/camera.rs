//! What cameras of every make have in common in their `[[device]]`: over what they are reached. Each make reads
//! its own keys.

use super::reader::{Section, without_login};
use super::secret::{self, Secret};
use super::transports::{Transports, broker, http_push};
use crate::devices::cameras::makes::http::CommandWay;
use crate::devices::cameras::makes::{Ability, Language, Make, ReadKeys};
use crate::lang::{LotProblem, Problem};
use std::net::{IpAddr, Ipv4Addr};

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
    /// It pushes over HTTP.
    Http(Box<PushWay>),
}

/// How a camera pushes over HTTP, and how it is called.
#[derive(Debug, Clone, PartialEq)]
pub struct PushWay {
    /// The `[[http_push]]` it pushes to.
    pub http: String,
    /// The address it pushes from and is called at.
    pub address: IpAddr,
    /// What stands in the path that it pushes to: `/cam/<secret>`.
    pub secret: Secret,
    /// The serial number that its bodies name; any where absent.
    pub sn: Option<String>,
    /// What it logs in with at us, where it does.
    pub logs_in: Option<(String, Secret)>,
    /// The port it is called at.
    pub port: u16,
    /// What we log in with at it.
    pub login: Option<(String, Secret)>,
}

/// Shorter secrets are guessed.
const SHORTEST_SECRET: usize = 8;

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
        ReadKeys::Http(read) => {
            let way = CameraWay::Http(Box::new(push_way(section, make, transports)));
            (Language::Http(read(section)), way)
        }
    };
    let set_time = make.can(Ability::Clock) && section.bool("set_time").unwrap_or(true);
    let white_list = make.can(Ability::List) && section.bool("white_list").unwrap_or(false);
    let sn = if white_list { section.text("sn") } else { None };
    let camera = CameraConfig { make, language, way, sn, set_time, white_list };
    if white_list && !camera.can(Ability::List) {
        section.problem("white_list", LotProblem::ListNotTold.into());
    }
    camera
}

impl CameraConfig {
    /// Whether it can do that, as it is configured: one that is told nothing, or only in answers to its reads, does less
    /// than its make can.
    pub fn can(&self, ability: Ability) -> bool {
        let way = match &self.language {
            Language::Mqtt(_) => CommandWay::Called,
            Language::Http(codec) => codec.way(),
        };
        let told = match ability {
            Ability::Outputs | Ability::Serial => way != CommandWay::Never,
            Ability::List => matches!(way, CommandWay::Called | CommandWay::Polled),
            _ => true,
        };
        told && self.make.can(ability)
    }

    /// What tells it from another camera in its place.
    pub fn identity(&self) -> String {
        let make = self.make.name;
        match (&self.sn, &self.way) {
            (Some(sn), _) => format!("{make} {sn}"),
            (None, CameraWay::Http(push)) => format!("{make} at {}", push.address),
            (None, CameraWay::Mqtt(_)) => make.to_owned(),
        }
    }
}

fn push_way(section: &Section<'_>, make: &Make, transports: &Transports<'_>) -> PushWay {
    let http = http_push(section, transports);
    let written = section.required_text("address");
    let address = written.parse();
    if address.is_err() && !written.is_empty() {
        section.problem("address", Problem::NotANetwork { name: without_login(&written) });
    }
    let folder = transports.folder;
    let login = |user: &str, password: &str| {
        let (user_of, password_of) = (section.text(user), secret::read(section, password, folder));
        // One without the other is no login, and an empty password would be anybody's.
        match (section.has(user), section.has(password)) {
            (true, false) => section.missing(password),
            (false, true) => section.missing(user),
            _ => {}
        }
        user_of.zip(password_of)
    };
    let is_called = make.can(Ability::IsCalled);
    let port = if is_called { section.int("port", 1, 65_535) } else { None };
    PushWay {
        http,
        address: address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        secret: read_secret(section, transports),
        sn: section.text("sn"),
        logs_in: if make.can(Ability::LogsIn) { login("push_user", "push_password") } else { None },
        port: port.and_then(|port| u16::try_from(port).ok()).unwrap_or(80),
        login: if is_called { login("user", "password") } else { None },
    }
}

/// Whether an address is no camera's: this machine's own, all machines', or one that only a neighbour on the wire has, at
/// which clouds hand out keys.
pub fn is_never_a_cameras(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_multicast()
                || v4.is_broadcast()
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unicast_link_local()
                || v6.is_unspecified()
                || v6.is_multicast()
        }
    }
}

/// It stands in a path, and is all that tells this camera from a neighbour.
fn read_secret(section: &Section<'_>, transports: &Transports<'_>) -> Secret {
    if !section.has("secret") {
        section.missing("secret");
    }
    let secret = secret::read(section, "secret", transports.folder).unwrap_or_default();
    let text = secret.reveal();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    if !text.bytes().all(fits) {
        section.problem("secret", Problem::NotInAPath { key: "secret".to_owned() });
    } else if (1..SHORTEST_SECRET).contains(&text.len()) {
        section.problem("secret", LotProblem::ShortSecret { least: SHORTEST_SECRET }.into());
    }
    secret
}
