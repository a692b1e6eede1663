//! `[platform]`: the city parking management platform, its long connection and its dialect.

use super::reader::{Section, nearest, whole_number, without_login};
use super::secret::{self, Secret};
use super::system::existing_file;
use crate::lang::{Problem, Wanted};
use crate::model::event_kind::{EventCodes, EventKind};
use crate::model::lease::UnknownLease;
use crate::standard::codes::{EventClass, event_meaning};
use crate::standard::interface::Interface;
use crate::standard::lengths::Lengths;
use crate::standard::money::MoneyStyle;
use crate::standard::password::{MAX_CIPHER_TEXT, PasswordCipher};
use crate::standard::share_order_id::ShareOrderIdStyle;
use crate::standard::sign::{SignDigest, SignRules, SignScope};
use ipnet::{IpNet, Ipv4Net};
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// `[platform]`
#[derive(Debug, Clone, PartialEq)]
pub struct PlatformConfig {
    /// Where interface codes are appended to, without a trailing `/`.
    pub base_url: String,
    /// Our user id there.
    pub user_id: String,
    /// Our password there, enciphered as the standard wants it.
    pub password_cipher_text: Secret,
    /// Where people pay, announced in 1001 as `onlineOrderUrl`.
    pub online_order_url: Option<String>,
    /// CA of its certificate; public ones when absent.
    pub ca_file: Option<PathBuf>,
    /// Our certificate and key, where it wants them.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// How long an answer may take (6.1.1 e: 20 s).
    pub timeout: Duration,
    /// Requests in flight at once at most; how many there are is found while they fly.
    pub concurrency: usize,
    /// How long a report may be refused without a reason while the platform takes others of its interface,
    /// before it becomes a dead letter.
    pub give_up_after: Duration,
    /// `[platform.tcp]`
    pub tcp: Option<PlatformTcp>,
    /// `[platform.callback]`
    pub callback: Option<PlatformCallback>,
    /// `[platform.dialect]`
    pub dialect: Dialect,
}

/// `[platform.callback]`: the platform's commands as HTTPS requests to us.
#[derive(Debug, Clone, PartialEq)]
pub struct PlatformCallback {
    /// Where we listen.
    pub listen: SocketAddr,
    /// Where the platform reaches us, announced in 1001 as `callbackServer`; codes are appended.
    pub url: String,
    /// Our certificate chain.
    pub cert_file: PathBuf,
    /// Its key.
    pub key_file: PathBuf,
    /// CA of the certificates callers must show; they need none when absent.
    pub client_ca_file: Option<PathBuf>,
    /// The name that certificate must have; any when absent.
    pub client_name: Option<String>,
    /// Who may call; everybody when empty.
    pub allow: Vec<IpNet>,
    /// A command that was never seen before and whose timestamp is further off our clock is refused; none is when absent.
    pub max_age: Option<SignedDuration>,
}

impl PlatformCallback {
    /// Whether anybody may call who reaches it.
    fn is_open(&self) -> bool {
        // Networks of nearly all addresses name nobody, be it together.
        let together = IpNet::aggregate(&self.allow);
        let named = !together.is_empty() && !together.iter().any(is_of_anybody);
        let guarded = self.client_ca_file.is_some() || named;
        !guarded && !self.listen.ip().is_loopback()
    }
}

/// Whether a network is larger than any that one owner has, of addresses that the whole world reaches.
fn is_of_anybody(network: &IpNet) -> bool {
    match network {
        IpNet::V4(network) => network.prefix_len() < 8,
        IpNet::V6(network) => network.prefix_len() < 16 && !network.network().is_unique_local(),
    }
}

/// The same network where its addresses are IPv4's written as IPv6's: callers have none of those.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(v6) = network else { return network };
    let length = v6.prefix_len().checked_sub(96);
    let v4 = v6.addr().to_ipv4_mapped().zip(length);
    v4.and_then(|(v4, length)| Ipv4Net::new(v4, length).ok()).map_or(network, IpNet::V4)
}

/// `[platform.tcp]`: the long connection for commands.
#[derive(Debug, Clone, PartialEq)]
pub struct PlatformTcp {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The name in its certificate.
    pub server_name: String,
    /// How often we show that we live.
    pub heartbeat: Duration,
}

/// `[platform.dialect]`: how one platform reads what the standard leaves open.
#[derive(Debug, Clone, PartialEq)]
pub struct Dialect {
    /// How requests are signed.
    pub sign: SignRules,
    /// How money is written.
    pub money: MoneyStyle,
    /// Elements in one request, by interface, and otherwise.
    pub batch: BTreeMap<u16, usize>,
    /// Elements in one request where `batch` names no other number.
    pub batch_default: usize,
    /// Paths of interfaces that are not their codes.
    pub paths: BTreeMap<u16, String>,
    /// The Authorization header, `{token}` standing for the token.
    pub authorization: String,
    /// The version bytes of frames.
    pub version: (u8, u8),
    /// Whether payments learnt from 6007 are reported as 5008.
    pub report_platform_payments: bool,
    /// Whether 6010 for a lease that is not known makes one.
    pub unknown_lease: UnknownLease,
    /// 5010's `state` that means yes.
    pub contract_yes: String,
    /// What stands for the garage in paths of images (2001) where there is none; left out when absent.
    pub no_garage_segment: Option<String>,
    /// Lengths of texts that it allows otherwise than the tables print them.
    pub lengths: Lengths,
    /// By which codes events are sent that table A.3 has none for.
    pub events: EventCodes,
    /// How the ids of shares are written (table 13's `shareOrderId`).
    pub share_order_id: ShareOrderIdStyle,
    /// What attributes of pictures (2001) are called.
    pub image_names: ImageNames,
    /// How the moment of a picture (2001) is written.
    pub pick_time: PickTime,
}

/// What attributes of pictures (2001) are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ImageNames {
    /// As table 42 has them: `fileName`.
    #[default]
    Table,
    /// As D.8 prints them: `filename`.
    Example,
}

/// How the moment of a picture (2001) is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PickTime {
    /// Table 42's Timestamp.
    #[default]
    Seconds,
    /// D.8's `yyyy-MM-dd HH:mm:ss`, in the lot's time.
    Text,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            sign: SignRules::default(),
            money: MoneyStyle::Shortest,
            batch: BTreeMap::new(),
            batch_default: 50,
            paths: BTreeMap::new(),
            authorization: "bearer {token}".to_owned(),
            version: (1, 0),
            report_platform_payments: true,
            unknown_lease: UnknownLease::default(),
            contract_yes: "0".to_owned(),
            no_garage_segment: None,
            events: EventCodes::default(),
            share_order_id: ShareOrderIdStyle::default(),
            image_names: ImageNames::default(),
            pick_time: PickTime::default(),
            lengths: Lengths::PRINTED,
        }
    }
}

impl Dialect {
    /// How many elements one request of that interface may carry.
    pub fn batch_of(&self, code: u16) -> usize {
        // The object form of the sign covers one element only.
        if self.sign.scope == SignScope::Object {
            return 1;
        }
        self.batch.get(&code).copied().unwrap_or(self.batch_default)
    }
}

impl PlatformConfig {
    /// The certificate we show and its key, where the platform wants to see one.
    pub fn own_certificate(&self) -> Option<(&Path, &Path)> {
        self.client_certificate.as_ref().map(|(chain, key)| (chain.as_path(), key.as_path()))
    }
}

pub(super) fn read(root: &Section<'_>, folder: &Path) -> Option<PlatformConfig> {
    let Some(section) = root.section("platform") else {
        root.missing("platform");
        return None;
    };
    let base_url = section.required_text("base_url").trim_end_matches('/').to_owned();
    if !base_url.is_empty() && !base_url.starts_with("https://") {
        section
            .problem("base_url", Problem::NotAUrl { key: "base_url".to_owned(), scheme: "https" });
    }
    let user_id = section.required_text("user_id");
    let (have, max) = (user_id.chars().count(), root.lengths().of("userId", 32));
    if have > usize::from(max) {
        section.problem("user_id", Problem::TooLong { key: "user_id".to_owned(), max, have });
    }
    let online_order_url = read_online_order_url(&section);
    let password = secret::read(&section, "password", folder);
    // Anything but 8 bytes is refused with what it has.
    let des_key = secret::read_unjudged(&section, "des_key", folder);
    let ca_file = existing_file(&section, "ca_file", folder);
    let client_cert = existing_file(&section, "client_cert", folder);
    let client_key = existing_file(&section, "client_key", folder);
    for (one, other, key) in
        [(&client_cert, &client_key, "client_key"), (&client_key, &client_cert, "client_cert")]
    {
        if one.is_some() && other.is_none() {
            section.missing(key);
        }
    }
    let timeout = section.duration("timeout").unwrap_or(SignedDuration::from_secs(20));
    let concurrency = section.int("concurrency", 1, 64).unwrap_or(64);
    let give_up_after = section.duration("give_up_after").unwrap_or(GIVE_UP_AFTER);
    if give_up_after.as_secs() < 1 || give_up_after.as_secs() > LONGEST_GIVE_UP {
        let key = "give_up_after".to_owned();
        section
            .problem("give_up_after", Problem::OutOfRange { key, low: 1, high: LONGEST_GIVE_UP });
    }
    let tcp = section.section("tcp").and_then(read_tcp);
    let callback = section.section("callback").and_then(|callback| read_callback(callback, folder));
    let dialect_section = section.section("dialect");
    let des = Des::read(dialect_section.as_ref());
    let dialect = dialect_section.map_or_else(Dialect::default, read_dialect);
    let password_cipher_text = encipher(&section, password, des_key, &des);
    section.finish();
    Some(PlatformConfig {
        base_url,
        user_id,
        online_order_url,
        password_cipher_text: password_cipher_text?,
        ca_file,
        client_certificate: client_cert.zip(client_key),
        timeout: Duration::try_from(timeout).unwrap_or(Duration::from_secs(20)),
        concurrency: usize::try_from(concurrency).unwrap_or(64),
        give_up_after: Duration::try_from(give_up_after).unwrap_or(Duration::from_secs(86_400)),
        tcp,
        callback,
        dialect,
    })
}

const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// A year, in seconds.
const LONGEST_GIVE_UP: i64 = 365 * 86_400;

/// Table 34 gives `onlineOrderUrl` so many characters.
const MAX_ORDER_URL: u16 = 512;

fn read_online_order_url(section: &Section<'_>) -> Option<String> {
    let url = section.short_text("online_order_url", MAX_ORDER_URL)?;
    if !url.starts_with("https://") && !url.starts_with("http://") {
        let key = "online_order_url".to_owned();
        section.problem("online_order_url", Problem::NotAUrl { key, scheme: "https" });
    }
    Some(url)
}

fn read_tcp(section: Section<'_>) -> Option<PlatformTcp> {
    let address = section.required_text("address");
    let server_name = section.text("server_name");
    let heartbeat = section.duration("heartbeat").unwrap_or(SignedDuration::from_secs(3));
    let parts = address
        .rsplit_once(':')
        .and_then(|(host, port)| Some((host.to_owned(), port.parse::<u16>().ok()?)))
        .filter(|(host, _)| !host.is_empty());
    if address.contains('@') {
        section.problem("address", Problem::LoginInAddress);
    }
    let parts = parts.map(|(host, port)| (without_login(&host), port));
    if parts.is_none() && !address.is_empty() {
        section.problem("address", Problem::NotAnAddress { key: "address".to_owned() });
    }
    // The platform drops a connection after 9 s without a heartbeat (6.1.3).
    if heartbeat < SignedDuration::from_secs(1) || heartbeat > SignedDuration::from_secs(8) {
        section.problem(
            "heartbeat",
            Problem::OutOfRange { key: "heartbeat".to_owned(), low: 1, high: 8 },
        );
    }
    section.finish();
    let (host, port) = parts?;
    let server_name = server_name.unwrap_or_else(|| host.trim_matches(['[', ']']).to_owned());
    let heartbeat = Duration::try_from(heartbeat).unwrap_or(Duration::from_secs(3));
    Some(PlatformTcp { host, port, server_name, heartbeat })
}

/// `callbackServer` in table 34.
const MAX_URL: u16 = 200;

fn read_callback(section: Section<'_>, folder: &Path) -> Option<PlatformCallback> {
    let listen = section.required_text("listen");
    let address = listen.parse::<SocketAddr>().ok();
    if address.is_none() && !listen.is_empty() {
        section.problem("listen", Problem::NotAnAddress { key: "listen".to_owned() });
    }
    let url = section.required_text("url").trim_end_matches('/').to_owned();
    let (have, max) = (url.chars().count(), section.lengths().of("callbackServer", MAX_URL));
    if !url.is_empty() && !url.starts_with("https://") {
        section.problem("url", Problem::NotAUrl { key: "url".to_owned(), scheme: "https" });
    } else if have > usize::from(max) {
        section.problem("url", Problem::TooLong { key: "url".to_owned(), max, have });
    }
    let file = |key: &str| {
        if !section.has(key) {
            section.missing(key);
        }
        existing_file(&section, key, folder)
    };
    let (cert_file, key_file) = (file("cert_file"), file("key_file"));
    let client_ca_file = existing_file(&section, "client_ca_file", folder);
    let client_name = section.text("client_name");
    if client_name.as_ref().is_some_and(String::is_empty) {
        section.problem("client_name", Problem::Empty { key: "client_name".to_owned() });
    } else if client_name.is_some() && client_ca_file.is_none() {
        // Anybody writes any name into a certificate of their own.
        section.missing("client_ca_file");
    }
    let allow = read_networks(&section);
    let max_age = read_max_age(&section);
    let callback = address.zip(cert_file).zip(key_file).map(|((listen, cert_file), key_file)| {
        PlatformCallback {
            listen,
            url,
            cert_file,
            key_file,
            client_ca_file,
            client_name,
            allow,
            max_age,
        }
    });
    if callback.as_ref().is_some_and(PlatformCallback::is_open) {
        section.problem("listen", Problem::CallbackOpen { listen });
    }
    section.finish();
    callback
}

/// Clocks differ by more than less, and what is older than a month is refused by nobody.
const MAX_AGE_SECONDS: (i64, i64) = (60, 31 * 86_400);

fn read_max_age(section: &Section<'_>) -> Option<SignedDuration> {
    let age = section.duration("max_age")?;
    let (low, high) = MAX_AGE_SECONDS;
    if !(low..=high).contains(&age.as_secs()) {
        section
            .problem("max_age", Problem::OutOfRange { key: "max_age (s)".to_owned(), low, high });
    }
    Some(age)
}

fn read_networks(section: &Section<'_>) -> Vec<IpNet> {
    let mut networks = Vec::new();
    for name in section.texts("allow").unwrap_or_default() {
        match name.parse().or_else(|_| name.parse::<IpAddr>().map(IpNet::from)) {
            Ok(network) => networks.push(canonical(network)),
            Err(_) => {
                let name = without_login(&name);
                section.problem("allow", Problem::NotANetwork { name });
            }
        }
    }
    networks
}

/// How the DES key is written down.
struct Des {
    iv: Option<String>,
    encoding: Encoding,
}

#[derive(Clone, Copy)]
enum Encoding {
    Text,
    Hex,
    Base64,
}

impl Des {
    fn read(section: Option<&Section<'_>>) -> Self {
        let encodings =
            [("text", Encoding::Text), ("hex", Encoding::Hex), ("base64", Encoding::Base64)];
        Self {
            iv: section.and_then(|section| {
                section
                    .read_hidden("des_iv", Wanted::Text, |value| value.as_str().map(str::to_owned))
            }),
            encoding: section
                .and_then(|section| section.choice("des_key_encoding", &encodings))
                .unwrap_or(Encoding::Text),
        }
    }

    fn bytes(&self, text: &str) -> Result<Vec<u8>, String> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        match self.encoding {
            Encoding::Text => Ok(text.as_bytes().to_vec()),
            Encoding::Base64 => STANDARD.decode(text).map_err(|_| "not base64".to_owned()),
            Encoding::Hex => (0..text.len())
                .step_by(2)
                .map(|at| {
                    let pair = text.get(at..at + 2).ok_or("odd number of hex digits")?;
                    u8::from_str_radix(pair, 16).map_err(|_| "not hexadecimal".to_owned())
                })
                .collect(),
        }
    }

    fn cipher(&self, key: &str) -> Result<PasswordCipher, String> {
        let iv = self.iv.as_deref().map(|iv| self.bytes(iv)).transpose()?;
        PasswordCipher::new(&self.bytes(key)?, iv.as_deref()).map_err(|error| error.to_string())
    }
}

fn encipher(
    section: &Section<'_>,
    password: Option<Secret>,
    des_key: Option<Secret>,
    des: &Des,
) -> Option<Secret> {
    let demanded = |secret: Option<Secret>, key: &str| {
        if secret.is_none() && !section.has(key) {
            section.missing(key);
        }
        secret
    };
    let (password, des_key) = (demanded(password, "password"), demanded(des_key, "des_key"));
    let (password, des_key) = (password?, des_key?);
    match des.cipher(des_key.reveal()) {
        Ok(cipher) => {
            let text = cipher.encipher(password.reveal());
            if text.len() > MAX_CIPHER_TEXT {
                section.problem("password", Problem::PasswordTooLong { max: MAX_CIPHER_TEXT });
            }
            Some(text.into())
        }
        Err(error) => {
            section.problem("des_key", Problem::NotADesKey { error });
            None
        }
    }
}

fn read_dialect(section: Section<'_>) -> Dialect {
    let mut dialect = Dialect::default();
    let digests = [("sha1", SignDigest::Sha1), ("md5", SignDigest::Md5)];
    dialect.sign.digest = section.choice("sign", &digests).unwrap_or_default();
    let scopes = [("array", SignScope::Array), ("object", SignScope::Object)];
    dialect.sign.scope = section.choice("sign_scope", &scopes).unwrap_or_default();
    let styles = [("shortest", MoneyStyle::Shortest), ("two-decimals", MoneyStyle::TwoDecimals)];
    dialect.money = section.choice("money", &styles).unwrap_or_default();
    if let Some(batch) = section.section("batch") {
        if let Some(default) = batch.int("default", 1, 1000) {
            dialect.batch_default = usize::try_from(default).unwrap_or(1);
        }
        for code in batch.interface_codes() {
            if let Some(size) = batch.int(&code.to_string(), 1, 1000) {
                dialect.batch.insert(code, usize::try_from(size).unwrap_or(1));
            }
        }
        batch.finish();
    }
    if let Some(paths) = section.section("paths") {
        for code in paths.interface_codes() {
            if let Some(path) = paths.text(&code.to_string()) {
                dialect.paths.insert(code, path.trim_start_matches('/').to_owned());
            }
        }
        paths.finish();
    }
    if let Some(authorization) = section.text("authorization") {
        dialect.authorization = authorization;
    }
    let version = section.read("version", Wanted::Text, |value| {
        let (major, minor) = value.as_str()?.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    });
    dialect.version = version.unwrap_or(dialect.version);
    let unknown = [("make", UnknownLease::Make), ("refuse", UnknownLease::Refuse)];
    dialect.unknown_lease = section.choice("unknown_lease", &unknown).unwrap_or_default();
    if let Some(report) = section.bool("report_platform_payments") {
        dialect.report_platform_payments = report;
    }
    if let Some(yes) = section.text("contract_yes") {
        dialect.contract_yes = yes;
    }
    dialect.no_garage_segment = section.text("no_garage_segment");
    dialect.events = read_events(&section);
    let ids = [
        ("fitting", ShareOrderIdStyle::Fitting),
        ("last-10", ShareOrderIdStyle::LastTen),
        ("whole", ShareOrderIdStyle::Whole),
    ];
    dialect.share_order_id = section.choice("share_order_id", &ids).unwrap_or_default();
    let names = [("table", ImageNames::Table), ("example", ImageNames::Example)];
    dialect.image_names = section.choice("image_names", &names).unwrap_or_default();
    let times = [("seconds", PickTime::Seconds), ("text", PickTime::Text)];
    dialect.pick_time = section.choice("pick_time", &times).unwrap_or_default();
    dialect.lengths = section.section("lengths").as_ref().map_or(Lengths::PRINTED, read_lengths);
    // Read with the key it belongs to.
    let _ = Des::read(Some(&section));
    section.finish();
    dialect
}

/// A code of events; none where they are not sent.
struct EventCode(Option<i64>);

/// Whether table A.3 says what an event of this type is: the police come for a cloned plate (1001).
fn has_own_meaning(code: i64) -> bool {
    let classes = [EventClass::Ordinary, EventClass::Alarm, EventClass::Fault];
    classes.into_iter().any(|class| event_meaning(code, class).is_some())
}

/// `events = CODE | { kind = CODE } | "none"`
fn read_events(section: &Section<'_>) -> EventCodes {
    if !section.is_table("events") {
        let code = section.event_code("events");
        return code.map_or_else(EventCodes::default, |EventCode(code)| EventCodes::all(code));
    }
    let mut codes = EventCodes::default();
    let Some(table) = section.section("events") else { return codes };
    for (name, kind) in EventKind::WITHOUT_CODE {
        if let Some(EventCode(code)) = table.event_code(name) {
            codes.set(kind, code);
        }
    }
    let kinds = EventKind::WITHOUT_CODE.map(|(name, _)| name);
    for key in table.keys().iter().filter(|key| !kinds.contains(&key.as_str())) {
        let (place, allowed) = ("events".to_owned(), kinds.join(" | "));
        let nearest = nearest(key, kinds.into_iter());
        table.problem(key, Problem::NotOneOf { key: place, allowed, nearest });
    }
    codes
}

/// The lengths a platform allows, which whatever else is read is held against.
pub(super) fn lengths(root: &Section<'_>) -> Lengths {
    let dialect = root.section("platform").and_then(|platform| platform.section("dialect"));
    let lengths = dialect.and_then(|dialect| dialect.section("lengths"));
    lengths.as_ref().map_or(Lengths::PRINTED, read_lengths)
}

/// `lengths = { permitNo = 10 }`, by the tables' own names.
fn read_lengths(section: &Section<'_>) -> Lengths {
    let (known, mut lengths) = (Lengths::names(), Lengths::PRINTED);
    for name in section.keys() {
        if !known.contains(name.as_str()) {
            let nearest = nearest(&name, known.iter().copied());
            section.problem_of_key(&name, Problem::NoAttribute { name: name.clone(), nearest });
        } else if let Some(max) = section.free_int(&name, 1, MAX_LENGTH) {
            lengths.set(&name, u16::try_from(max).unwrap_or(u16::MAX));
        }
    }
    lengths
}

/// No attribute of the standard with a length comes near it.
const MAX_LENGTH: i64 = 10_000;

impl Section<'_> {
    /// `CODE | "none"`
    fn event_code(&self, key: &str) -> Option<EventCode> {
        self.read(key, Wanted::EventCode, |value| match value.as_str() {
            Some(word) => (word == "none").then_some(EventCode(None)),
            None => {
                let code = whole_number(value)?;
                let fits = (1..=i64::from(i32::MAX)).contains(&code) && !has_own_meaning(code);
                fits.then_some(EventCode(Some(code)))
            }
        })
    }

    /// The keys of this section that are interface codes.
    fn interface_codes(&self) -> Vec<u16> {
        let code = |key: String| key.parse().ok().filter(|code| Interface::find(*code).is_some());
        self.keys().into_iter().filter_map(code).collect()
    }
}
