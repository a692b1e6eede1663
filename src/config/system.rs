//! `[store]`, `[web]`, `[log]`, `[[mqtt]]` and `[[http_push]]`: the box itself and its transports.

use super::reader::Section;
use super::secret::{self, Secret};
use crate::devices::mqtt::topic::is_filter;
use crate::lang::{Lang, LotProblem, Problem};
use crate::model::without_store::{ByItself, WhenItFails};
use crate::this_machine::is_loopback;
use jiff::SignedDuration;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A day in milliseconds.
const DAY: i64 = 24 * 3600 * 1000;
/// Copies of the database that are kept where nothing is said.
const COPIES: usize = 3;

/// `[store]`: where the lot's state is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StoreConfig {
    /// The database file.
    pub path: PathBuf,
    /// The folder for images on their way.
    pub images: PathBuf,
    /// How long closed records and answered commands are kept.
    pub retention: SignedDuration,
    /// Reports that may wait; beyond it states go, records and money never.
    pub max_rows: i64,
    /// Bytes that reports and images may take.
    pub max_bytes: u64,
    /// Bytes that must stay free on the disk.
    pub min_free_disk: u64,
    /// Bytes that are taken beforehand, for the database to go on with when the disk is full; none at 0.
    pub ballast: u64,
    /// What lanes do by themselves while nothing can be written down.
    pub when_it_fails: WhenItFails,
    /// The copies of the database that are made while it runs.
    pub backup: BackupConfig,
}

impl StoreConfig {
    /// The socket beside the database on which people of the box are served.
    pub fn socket(&self) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".sock");
        PathBuf::from(name)
    }
}

/// `backup` of `[store]`: verified copies of the database, made while it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct BackupConfig {
    /// The folder they are kept in.
    pub path: PathBuf,
    /// How often one is made; as often as its device allows when absent.
    pub every: Option<Duration>,
    /// How many are kept; none are made at 0.
    pub keep: usize,
}

/// `[web]`: the local HTTP server.
#[derive(Debug, Clone, PartialEq)]
pub struct Web {
    /// Where it listens.
    pub listen: SocketAddr,
    /// What callers must show; where there is none, they are let in nowhere that wants one.
    pub token: Option<Secret>,
    /// Names of this box by which it may be called, in small letters, beside its addresses and `localhost`.
    pub names: Vec<String>,
}

/// `[log]`
#[derive(Debug, Clone, PartialEq)]
pub struct LogConfig {
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: &'static str,
    /// How lines look.
    pub format: LogFormat,
    /// The language of messages; from the environment when absent.
    pub lang: Option<Lang>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// `[[mqtt]]`: a broker.
#[derive(Debug, Clone, PartialEq)]
pub struct Mqtt {
    /// The name devices refer to it by.
    pub name: String,
    /// Host of its address.
    pub host: String,
    /// Port of its address.
    pub port: u16,
    /// Whether `mqtts`.
    pub tls: bool,
    /// CA of its certificate; public ones when absent.
    pub ca_file: Option<PathBuf>,
    /// Login, where it wants one.
    pub login: Option<(String, Secret)>,
    /// Our name there; one per gateway.
    pub client_id: Option<String>,
}

/// `[[http_push]]`: where cameras push over HTTP.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpPush {
    /// The name devices refer to it by.
    pub name: String,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Its certificate and key, where it speaks TLS.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

pub(super) fn read_store(root: &Section<'_>, folder: &Path) -> Option<StoreConfig> {
    let Some(section) = root.section("store") else {
        root.missing("store");
        return None;
    };
    let path = section.required_file_name("path");
    let images = section.file_name("images");
    let retention = section.duration("retention");
    let max_rows = section.int("max_rows", 1000, 100_000_000);
    let max_bytes = section.size("max_bytes");
    let min_free_disk = section.size("min_free_disk");
    let ballast = section.size("ballast");
    let when_it_fails = section.section("when_it_fails");
    let when_it_fails = when_it_fails.map(read_when_it_fails).unwrap_or_default();
    let path = folder.join(path);
    let beside = path.parent().unwrap_or(folder).join("backups");
    let backup = match section.section("backup") {
        Some(section) => read_backup(section, folder, beside),
        None => BackupConfig { path: beside, every: None, keep: COPIES },
    };
    section.finish();
    Some(StoreConfig {
        path,
        images: folder.join(images.as_deref().unwrap_or("images")),
        retention: retention.unwrap_or(SignedDuration::from_hours(90 * 24)),
        max_rows: max_rows.unwrap_or(5_000_000),
        max_bytes: max_bytes.unwrap_or(4 << 30),
        min_free_disk: min_free_disk.unwrap_or(200 << 20),
        ballast: ballast.unwrap_or(8 << 20),
        when_it_fails,
        backup,
    })
}

fn read_backup(section: Section<'_>, folder: &Path, beside: PathBuf) -> BackupConfig {
    let path = section.file_name("path").map_or(beside, |path| folder.join(path));
    let every = section.has("every").then(|| section.bounded("every", DAY, 10_000, 31 * DAY));
    let keep = section.int("keep", 0, 100).and_then(|keep| usize::try_from(keep).ok());
    section.finish();
    BackupConfig { path, every, keep: keep.unwrap_or(COPIES) }
}

fn read_when_it_fails(section: Section<'_>) -> WhenItFails {
    let ways = [("hold", ByItself::Hold), ("open", ByItself::Open)];
    let [entry, exit] = ["entry", "exit"].map(|key| section.choice(key, &ways).unwrap_or_default());
    section.finish();
    WhenItFails { entry, exit }
}

pub(super) fn read_web(root: &Section<'_>, folder: &Path) -> Option<Web> {
    let section = root.section("web")?;
    let text = section.required_text("listen");
    let token = secret::read_own(&section, "token", folder);
    let listen = text.parse::<SocketAddr>().ok();
    match listen {
        None if !text.is_empty() => {
            section.problem("listen", Problem::NotAnAddress { key: "listen".to_owned() });
        }
        Some(address) if !address.ip().is_loopback() && token.is_none() => {
            section.problem("listen", Problem::TokenNeeded { listen: text });
        }
        _ => {}
    }
    let names = read_names(&section);
    section.finish();
    // Others than this machine could guess it.
    let guessed = token.as_ref().is_some_and(|token| token.short);
    let listen = listen.map(|listen| if guessed { on_this_machine(listen) } else { listen });
    let token = token.map(|token| token.secret);
    listen.map(|listen| Web { listen, token, names })
}

/// The same port for this machine alone.
fn on_this_machine(listen: SocketAddr) -> SocketAddr {
    let own = IpAddr::V4(Ipv4Addr::LOCALHOST);
    if listen.ip().is_loopback() { listen } else { SocketAddr::new(own, listen.port()) }
}

/// Names as they stand in an address: no scheme, no port.
fn read_names(section: &Section<'_>) -> Vec<String> {
    let names = section.texts("names").unwrap_or_default();
    let is_one = |name: &String| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let is_address = || name.parse::<IpAddr>().is_ok();
        !name.is_empty() && (name.bytes().all(fits) || is_address())
    };
    if let Some(name) = names.iter().find(|name| !is_one(name)) {
        section.problem("names", Problem::NotAHostName { name: name.clone() });
    }
    names.iter().map(|name| name.trim_end_matches('.').to_ascii_lowercase()).collect()
}

pub(super) fn read_log(root: &Section<'_>) -> LogConfig {
    let mut log = LogConfig { level: "info", format: LogFormat::Text, lang: None };
    let Some(section) = root.section("log") else {
        return log;
    };
    let levels = ["error", "warn", "info", "debug", "trace"].map(|level| (level, level));
    log.level = section.choice("level", &levels).unwrap_or(log.level);
    let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    log.format = section.choice("format", &formats).unwrap_or(log.format);
    log.lang = section.choice("lang", &[("zh", Lang::Zh), ("en", Lang::En)]);
    section.finish();
    log
}

pub(super) fn read_mqtt(root: &Section<'_>, folder: &Path) -> Vec<Mqtt> {
    let mut brokers: Vec<Mqtt> = Vec::new();
    for section in root.sections("mqtt") {
        let name = section.required_text("name");
        if brokers.iter().any(|broker| broker.name == name) {
            section.problem("name", Problem::Twice { key: "name".to_owned(), value: name.clone() });
        }
        let url = section.required_text("url");
        let address = parse_url(&url);
        if address.is_none() && !url.is_empty() {
            section.problem("url", Problem::NotAUrl { key: "url".to_owned(), scheme: "mqtt" });
        }
        let ca_file = existing_file(&section, "ca_file", folder);
        let username = section.text("username");
        let password = secret::read(&section, "password", folder);
        let client_id = section.text("client_id");
        // Our own topics there are made of it.
        if client_id.as_ref().is_some_and(|id| !is_filter(&id.replace(['+', '#'], "-"))) {
            section
                .problem("client_id", LotProblem::NoTopic { key: "client_id".to_owned() }.into());
        }
        judge_login(&section, address.as_ref().map(|(_, host, _)| host.as_str()));
        section.finish();
        if let Some((tls, host, port)) = address {
            let login = username.map(|user| (user, password.unwrap_or_default()));
            brokers.push(Mqtt { name, host, port, tls, ca_file, login, client_id });
        }
    }
    brokers
}

/// One without the other is no login; without any, whoever reaches the broker is a camera there.
fn judge_login(broker: &Section<'_>, host: Option<&str>) {
    let missing = |key: &str, other: &str| {
        let (key, other) = (key.to_owned(), other.to_owned());
        broker.problem(&other.clone(), Problem::HalfLogin { key, other });
    };
    if broker.written_text("url").is_some_and(|url| url.contains('@')) {
        broker.problem("url", Problem::LoginInAddress);
        return;
    }
    match (broker.has("username"), broker.has("password")) {
        (true, false) => missing("password", "username"),
        (false, true) => missing("username", "password"),
        (false, false) if host.is_some_and(|host| !is_loopback(host)) => {
            broker.problem("url", Problem::NoLogin);
        }
        _ => {}
    }
}

pub(super) fn read_http_push(root: &Section<'_>, folder: &Path) -> Vec<HttpPush> {
    let mut pushes: Vec<HttpPush> = Vec::new();
    for section in root.sections("http_push") {
        let name = section.required_text("name");
        let text = section.required_text("listen");
        let listen = text.parse::<SocketAddr>().ok();
        if listen.is_none() && !text.is_empty() {
            section.problem("listen", Problem::NotAnAddress { key: "listen".to_owned() });
        }
        let files = (
            existing_file(&section, "cert_file", folder),
            existing_file(&section, "key_file", folder),
        );
        match &files {
            (Some(_), None) => section.missing("key_file"),
            (None, Some(_)) => section.missing("cert_file"),
            _ => {}
        }
        for push in &pushes {
            let twice = |key: &str, value: &str| {
                let (key_text, value) = (key.to_owned(), value.to_owned());
                section.problem(key, Problem::Twice { key: key_text, value });
            };
            if push.name == name {
                twice("name", &name);
            }
            if Some(push.listen) == listen {
                twice("listen", &text);
            }
        }
        section.finish();
        if let Some(listen) = listen {
            pushes.push(HttpPush { name, listen, certificate: files.0.zip(files.1) });
        }
    }
    pushes
}

fn parse_url(url: &str) -> Option<(bool, String, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let (tls, default_port) = match scheme {
        "mqtt" | "tcp" => (false, 1883),
        "mqtts" | "ssl" => (true, 8883),
        _ => return None,
    };
    // A login is none of an address, and must not be told with it.
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    // Nor is what stands behind it: a broker has no paths.
    let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (rest, default_port),
    };
    (!host.is_empty()).then(|| (tls, host.to_owned(), port))
}

/// A path relative to the configuration's folder; a file that is not there yet is a warning.
pub(super) fn existing_file(section: &Section<'_>, key: &str, folder: &Path) -> Option<PathBuf> {
    let path = folder.join(section.file_name(key)?);
    if !path.exists() {
        section.problem(key, Problem::FileMissing { path: path.display().to_string() });
    }
    Some(path)
}
