//! One call to the platform: an envelope out, a reply in, or what kept it from coming.

use super::patience::Evidence;
use super::refusal::{STATUSES, body_refuses_the_session, says_so};
use crate::addresses;
use crate::clock;
use crate::config::PlatformConfig;
use crate::foreign::text::{NoText, bare, charset, of_body, unpacked_as};
use crate::standard::MAX_BYTES;
use crate::standard::codes::ErrorCode;
use crate::standard::envelope::{EnvelopeError, Reply, encode_request};
use crate::tls::{self, TlsError};
use crate::whereabouts::{MOVED, Whereabouts};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, DATE};
use reqwest::multipart::{Form, Part};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Why a call brought no usable reply.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// No connection.
    #[error("{0}")]
    Unreachable(String),
    /// Sent, but no answer in time, or the connection broke.
    #[error("{0}")]
    Unanswered(String),
    /// Answered with a status that says nothing about the report.
    #[error("HTTP {0}{way}", way = said_on_the_way(*.0))]
    Status(u16),
    /// What was sent is too large, of a kind or of a content that is not taken, whoever in front of the platform says so;
    /// with its words where there are any.
    #[error("HTTP {status}{words}", words = behind(words))]
    Unwanted {
        /// 413, 415 or 422.
        status: u16,
        /// What a reply said of it; often empty.
        words: String,
    },
    /// Answered by something between us and the platform: a page for people, or the way to one.
    #[error("HTTP {0}{page}: not an answer of the platform{way}", page = page_of(*.0), way = said_on_the_way(*.0))]
    Elsewhere(u16),
    /// Answered with something that is no reply: what was sent may have been taken. With what it begins with.
    #[error("unreadable answer: {0}")]
    Unreadable(String),
    /// The token is not good (any longer).
    #[error("the platform refuses the token")]
    TokenRefused,
    /// The login itself was refused.
    #[error("the platform refuses the login: {0}")]
    LoginRefused(String),
    /// What is called at the address of the platform knows no login.
    #[error(
        "HTTP {0} at the login: the address is likely wrong, check `base_url` 登录地址不存在，请核对 `base_url`"
    )]
    WrongAddress(u16),
    /// The platform would not, without a word about what was sent: it is busy.
    #[error("the platform would not: {0}")]
    Busy(String),
    /// The platform would not before it has the base data, which are on their way.
    #[error("the platform lacks the base data yet: {0}")]
    BaseDataFirst(String),
}

/// Statuses that speak of what was sent: its size, its kind, its content. 400 may be said of anything, 414 and 431 are
/// about what is the same in all our requests: those count slowly, as [`Evidence::Refused`].
const OF_WHAT_WAS_SENT: [u16; 3] = [413, 415, 422];
/// Statuses of 4xx that say nothing of what was sent: a session, a proxy's login, a time-out, too early, too many.
const OF_THE_MOMENT: [u16; 5] = [401, 407, 408, 425, 429];

fn behind(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

fn page_of(status: u16) -> &'static str {
    if matches!(status, 300..400) { "" } else { ", a web page" }
}

/// What a status says of what stands between us and the platform.
fn said_on_the_way(status: u16) -> &'static str {
    match status {
        407 => ": a proxy on the way wants a login 途中的代理服务器要求登录",
        511 => {
            ": this network wants somebody to log in on a web page first 所在网络要求先在网页上登录"
        }
        _ => "",
    }
}

/// Statuses by which a platform fails, and those that send elsewhere; 511 is a network's that wants a login.
fn fails(status: u16) -> bool {
    matches!(status, 200..400 | 408 | 500..511)
}

fn refuses(status: u16) -> bool {
    matches!(status, 400..500) && !OF_THE_MOMENT.contains(&status)
}

impl CallError {
    /// Whether what was sent may be why: it got there, so that others go first the next time.
    pub fn reached(&self) -> bool {
        !matches!(self, Self::Unreachable(_) | Self::LoginRefused(_) | Self::WrongAddress(_))
    }

    /// Whether the platform itself answered, if to no use.
    pub fn answered(&self) -> bool {
        self.reached() && !matches!(self, Self::Unanswered(_))
    }

    /// Whether it may be that too much was asked of the platform at once.
    pub fn is_of_load(&self) -> bool {
        matches!(self, Self::Unanswered(_) | Self::Status(429 | 503 | 504))
    }

    /// What it says against what was sent while its neighbours are taken: of a platform that fails, or of what stands before
    /// it, that only where others are taken in between, for long.
    pub fn says(&self) -> Evidence {
        match self {
            Self::Unwanted { .. } => Evidence::Unwanted,
            Self::Status(status) | Self::Elsewhere(status) if refuses(*status) => Evidence::Refused,
            Self::Status(401) | Self::TokenRefused | Self::Busy(_) => Evidence::Refused,
            Self::Unreadable(_) => Evidence::Unread,
            Self::Status(status) | Self::Elsewhere(status) if fails(*status) => Evidence::Failing,
            Self::Unanswered(_) => Evidence::Failing,
            Self::Status(_)
            | Self::Unreachable(_)
            | Self::Elsewhere(_)
            | Self::LoginRefused(_)
            | Self::WrongAddress(_)
            | Self::BaseDataFirst(_) => Evidence::Nothing,
        }
    }

    /// The same against a picture, which is nothing but its content: whatever status of 4xx it is refused by is about
    /// it, a firewall's page too, that finds something in its bytes.
    pub fn says_of_a_picture(&self) -> Evidence {
        match self {
            Self::Status(status) | Self::Elsewhere(status) if refuses(*status) => {
                Evidence::Unwanted
            }
            other => other.says(),
        }
    }

    /// What is said of what is put aside for it.
    pub fn last_words(&self) -> String {
        match self {
            Self::Busy(words) | Self::BaseDataFirst(words) => words.clone(),
            Self::Unreadable(_) => {
                format!("delivered? reply unreadable 可能已送达，应答无法识别: {self}")
            }
            other => other.to_string(),
        }
    }
}

/// Calls the platform.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    platform: PlatformConfig,
    whereabouts: Whereabouts,
    /// Made at the first call that finds its certificates: a lot whose `ca_file` has gone still has lanes to run, and
    /// reports again when it is back. Made anew after each of the platform's moves, which are counted: connections that
    /// are kept are to where it was.
    http: Mutex<Option<(u64, reqwest::Client)>>,
    /// How many addresses its name has, as it was looked up last.
    addresses: Arc<Mutex<usize>>,
    /// Which of them answered last.
    answers: Mutex<Option<SocketAddr>>,
}

impl Client {
    /// A client for the configured platform.
    pub fn new(platform: &PlatformConfig) -> Self {
        let host = reqwest::Url::parse(&platform.base_url).ok();
        let host = host.as_ref().and_then(|url| url.host_str()).unwrap_or_default();
        let whereabouts = Whereabouts::of(host);
        let (platform, http) = (platform.clone(), Mutex::default());
        let (addresses, answers) = (Arc::default(), Mutex::default());
        Self { shared: Arc::new(Shared { platform, whereabouts, http, addresses, answers }) }
    }

    fn http(&self) -> Result<reqwest::Client, CallError> {
        let moves = self.shared.whereabouts.moves();
        let mut held = self.shared.http.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((then, http)) = &*held
            && *then == moves
        {
            return Ok(http.clone());
        }
        let made = connect_by(&self.shared.platform, Arc::clone(&self.shared.addresses))
            .map_err(|error| CallError::Unreachable(error.to_string()))?;
        *held = Some((moves, made.clone()));
        Ok(made)
    }

    /// Where the platform is.
    pub fn whereabouts(&self) -> &Whereabouts {
        &self.shared.whereabouts
    }

    /// The host, which address of it answered last, and how many it has.
    pub fn reached(&self) -> Option<(String, SocketAddr, usize)> {
        let host = reqwest::Url::parse(&self.shared.platform.base_url).ok()?;
        let answers = *self.shared.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let of = *self.shared.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        Some((host.host_str()?.to_owned(), answers?, of))
    }

    /// The platform it calls.
    pub fn platform(&self) -> &PlatformConfig {
        &self.shared.platform
    }

    /// Posts elements (canonical JSON texts) to an interface.
    pub async fn call(
        &self,
        code: u16,
        elements: &[&str],
        token: Option<&str>,
    ) -> Result<Reply, CallError> {
        let dialect = &self.shared.platform.dialect;
        let body = encode_request(elements, clock::now().as_second(), dialect.sign);
        let mut request = self
            .http()?
            .post(self.url(code))
            .header(CONTENT_TYPE, "application/json; charset=UTF-8")
            .body(body);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, self.authorization(token));
        }
        self.answer_to(request, || Reply::of_nothing(code, elements)).await
    }

    /// What comes of a request; `nothing` is what an empty success says. An answer of where the platform was is not waited
    /// for.
    async fn answer_to(
        &self,
        request: reqwest::RequestBuilder,
        nothing: impl FnOnce() -> Option<Reply>,
    ) -> Result<Reply, CallError> {
        let mut moves = self.shared.whereabouts.watch();
        tokio::select! {
            reply = reply_to(request, &self.shared.answers, nothing) => reply,
            () = moves.moved() => Err(CallError::Unanswered(MOVED.to_owned())),
        }
    }

    fn url(&self, code: u16) -> String {
        let path = self.shared.platform.dialect.paths.get(&code).cloned();
        let path = path.unwrap_or_else(|| code.to_string());
        format!("{}/{path}", self.shared.platform.base_url)
    }

    fn authorization(&self, token: &str) -> String {
        self.shared.platform.dialect.authorization.replace("{token}", token)
    }

    /// Posts an image (2001) of `length` bytes, a file streamed from the disk.
    pub async fn upload(
        &self,
        file_name: &str,
        attributes: impl IntoIterator<Item = (&'static str, String)>,
        (file, length): (impl Into<reqwest::Body>, u64),
        token: &str,
    ) -> Result<Reply, CallError> {
        let part = Part::stream_with_length(file, length)
            .file_name(file_name.to_owned())
            .mime_str("image/jpeg")
            .map_err(|error| unreachable(&error))?;
        let form = Form::new().part("file", part);
        let form = attributes.into_iter().fold(form, |form, (name, text)| form.text(name, text));
        let request = self.http()?.post(self.url(2001)).multipart(form);
        let request = request.header(AUTHORIZATION, self.authorization(token));
        self.answer_to(request, || Reply::of_nothing(2001, &[])).await
    }
}

/// So long for a connection; of several addresses none is waited for longer than its part of it.
pub(super) const CONNECT_WITHIN: Duration = Duration::from_secs(8);
/// A connection on which requests wait is asked so often whether it leads anywhere, and has so long to answer.
const ALIVE_EVERY: Duration = Duration::from_secs(5);

/// Names as everybody here looks them up; of several addresses the one that answers first is the first.
struct Lookup {
    port: u16,
    found: Arc<Mutex<usize>>,
}

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        let (port, many) = (self.port, Arc::clone(&self.found));
        Box::pin(async move {
            let found = addresses::resolve(name.as_str(), port).await?;
            *many.lock().unwrap_or_else(PoisonError::into_inner) = found.len();
            let found = addresses::answering_first(found).await;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn connect_by(
    platform: &PlatformConfig,
    found: Arc<Mutex<usize>>,
) -> Result<reqwest::Client, TlsError> {
    let port = reqwest::Url::parse(&platform.base_url).ok();
    let port = port.and_then(|url| url.port_or_known_default()).unwrap_or(443);
    let mut tls = tls::client_config(platform.ca_file.as_deref(), platform.own_certificate())?;
    // One connection carries all requests where the platform speaks HTTP/2.
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .timeout(platform.timeout)
        .connect_timeout(CONNECT_WITHIN)
        .dns_resolver(Lookup { port, found })
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(platform.concurrency)
        // It would else be kept while requests time out on it, though it leads nowhere any more.
        .http2_keep_alive_interval(ALIVE_EVERY)
        .http2_keep_alive_timeout(ALIVE_EVERY)
        .tcp_nodelay(true)
        .build()
        .map_err(|error| rustls::Error::General(error.to_string()))?;
    Ok(http)
}

async fn reply_to(
    request: reqwest::RequestBuilder,
    answers: &Mutex<Option<SocketAddr>>,
    nothing: impl FnOnce() -> Option<Reply>,
) -> Result<Reply, CallError> {
    let asked = Instant::now();
    let response = request.send().await.map_err(|error| unreachable(&error))?;
    *answers.lock().unwrap_or_else(PoisonError::into_inner) = response.remote_addr();
    let (status, took) = (response.status().as_u16(), asked.elapsed());
    let header = |name| {
        let header = response.headers().get(name);
        header.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let (date, kind, packing) = (header(DATE), header(CONTENT_TYPE), header(CONTENT_ENCODING));
    let bytes = bounded_body(response).await?;
    let plain = match unpacked_as(&bytes, &packing, MAX_BYTES) {
        Ok(plain) => plain,
        Err(error @ NoText::TooLarge(_)) if matches!(status, 200..300) => {
            return Err(CallError::Unreadable(error.to_string()));
        }
        // What cannot be unpacked so is looked at as it is.
        Err(_) => (&*bytes).into(),
    };
    let reply = answer(status, &kind, &plain, nothing);
    if reply.is_ok() && !date.is_empty() {
        // What is no reply of the platform's may be anybody's.
        clock::hear_platform(&date, took);
    }
    reply
}

fn is_html(content_type: &str) -> bool {
    content_type.trim_start().to_ascii_lowercase().starts_with("text/html")
}

/// What an answer is. An empty one that was sent as a success says what `nothing` does.
fn answer(
    status: u16,
    content_type: &str,
    bytes: &[u8],
    nothing: impl FnOnce() -> Option<Reply>,
) -> Result<Reply, CallError> {
    let text = of_body(bytes, charset(content_type), MAX_BYTES);
    // What Java prints for nothing is that.
    let is_nothing = |text: &str| matches!(bare(text), "" | "null" | "\"\"");
    let is_empty = text.as_ref().is_ok_and(|text| is_nothing(text));
    if is_empty
        && matches!(status, 200..300)
        && let Some(reply) = nothing()
    {
        return Ok(reply);
    }
    // PHP calls whatever it says a page: only markup is one.
    let is_markup = text.as_ref().map_or(is_html(content_type), |text| text.starts_with('<'));
    let forgotten = text.as_ref().is_ok_and(|text| !is_markup && body_refuses_the_session(text));
    let reply = text.map_err(EnvelopeError::from).and_then(|text| Reply::decode_text(&text));
    match (status, reply) {
        (status, _) if STATUSES.contains(&status) => Err(CallError::TokenRefused),
        (200..300 | 400 | 403 | 500.., Err(_)) if forgotten => Err(CallError::TokenRefused),
        (200..300 | 400.., Ok(reply)) if is_token_error(&reply) => Err(CallError::TokenRefused),
        (429 | 500.., _) => Err(CallError::Status(status)),
        (300..=399, _) => Err(CallError::Elsewhere(status)),
        (200..300, Ok(reply)) => Ok(reply),
        // What is too large is that whatever else is wrong with it.
        (_, reply)
            if OF_WHAT_WAS_SENT.contains(&status) && (status == 413 || !names_why(&reply)) =>
        {
            let words = reply.map(|reply| reply.result_msg.trim().to_owned());
            Err(CallError::Unwanted { status, words: words.unwrap_or_default() })
        }
        (_, Ok(reply)) if !reply.succeeded() => Ok(reply),
        (_, Err(_)) if is_markup => Err(CallError::Elsewhere(status)),
        (200..300, Err(error)) => Err(CallError::Unreadable(unreadable(bytes, &error))),
        _ => Err(CallError::Status(status)),
    }
}

/// Whether a reply says more than its status does: the fault of an element, or that the session is none.
fn names_why(reply: &Result<Reply, EnvelopeError>) -> bool {
    let Ok(reply) = reply else { return false };
    let whole = ErrorCode(reply.result_code).names_a_fault();
    let first = reply.first_error().is_some_and(|(code, _)| code.names_a_fault());
    !reply.succeeded() && (whole || first || says_so(reply))
}

/// So much of an unreadable answer is shown, in bytes.
const SHOWN: usize = 64;

/// What is wrong with an answer, and what it begins with.
fn unreadable(bytes: &[u8], error: &EnvelopeError) -> String {
    if bytes.is_empty() {
        return "empty".to_owned();
    }
    let begins = bytes.get(..SHOWN).unwrap_or(bytes).escape_ascii();
    format!("{error}; it begins with \"{begins}\"")
}

/// Whether what came of a call may be that the platform has forgotten our session.
pub fn may_refuse_the_session(came: &Result<Reply, CallError>) -> bool {
    match came {
        Ok(reply) => !reply.succeeded() && says_so(reply),
        Err(CallError::TokenRefused | CallError::Elsewhere(_) | CallError::Status(401 | 403)) => {
            true
        }
        Err(_) => false,
    }
}

fn is_token_error(reply: &Reply) -> bool {
    let whole = ErrorCode(reply.result_code) == ErrorCode::BAD_TOKEN;
    whole || reply.first_error().is_some_and(|(code, _)| code == ErrorCode::BAD_TOKEN)
}

pub(super) async fn bounded_body(mut response: reqwest::Response) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| unreachable(&error))? {
        if body.len() + piece.len() > MAX_BYTES {
            return Err(CallError::Unreadable("more than 10 MB".to_owned()));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// The innermost cause says what a technician can act on.
pub(super) fn innermost(error: &reqwest::Error) -> &(dyn std::error::Error + 'static) {
    let mut cause: &(dyn std::error::Error + 'static) = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause
}

fn unreachable(error: &reqwest::Error) -> CallError {
    if error.is_timeout() {
        return CallError::Unanswered("no answer in time".to_owned());
    }
    let cause = innermost(error);
    let broken = cause.downcast_ref::<std::io::Error>().is_some_and(|error| {
        use std::io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
        matches!(error.kind(), BrokenPipe | ConnectionReset | UnexpectedEof)
    });
    let words =
        if broken { "the connection broke".to_owned() } else { tls::in_words(&cause.to_string()) };
    if error.is_connect() { CallError::Unreachable(words) } else { CallError::Unanswered(words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_us_and_the_platform_is_known_by_its_answers() {
        let json = "application/json";
        let is = |status, body: &str| answer(status, json, body.as_bytes(), || None);
        let elsewhere = |answer| matches!(answer, Err(CallError::Elsewhere(_)));
        assert!(elsewhere(is(302, "")));
        assert!(elsewhere(is(307, r#"{"resultCode":0}"#)));
        assert!(elsewhere(is(200, "\u{feff}\n<!DOCTYPE html>")));
        assert!(elsewhere(is(403, "<html>")));
        assert!(elsewhere(answer(403, "Text/HTML; charset=gbk", b"\xff\xff", || None)));
        assert!(matches!(is(200, "ok"), Err(CallError::Unreadable(_))));
        assert!(is(200, "{}").is_ok_and(|reply| reply.succeeded()));
        assert!(matches!(is(404, "{}"), Err(CallError::Status(404))));
        assert!(matches!(is(200, r#"{"code":500}"#), Err(CallError::Unreadable(_))));
        assert!(matches!(is(404, r#"{"resultCode":0}"#), Err(CallError::Status(404))));
        assert!(matches!(is(503, r#"{"resultCode":0}"#), Err(CallError::Status(503))));
        assert!(matches!(is(400, "<html>"), Err(CallError::Elsewhere(400))));
        assert!(matches!(is(200, r#"{"resultCode":3002}"#), Err(CallError::TokenRefused)));
        assert!(is(400, r#"{"resultCode":1}"#).is_ok());
        assert!(is(200, r#"{"resultCode":0}"#).is_ok());
    }

    #[test]
    fn what_was_sent_is_not_wanted_whoever_says_so_and_a_reply_that_says_why_is_one() {
        let unwanted = |status, body: &str| match answer(status, "", body.as_bytes(), || None) {
            Err(error @ CallError::Unwanted { .. }) => error.to_string(),
            other => format!("{other:?}"),
        };
        for status in [413, 415, 422] {
            for body in ["", "<html><title>413</title>", "too large", r#"{"status":413}"#] {
                assert_eq!(unwanted(status, body), format!("HTTP {status}"), "{body}");
            }
        }
        assert_eq!(unwanted(413, r#"{"resultCode":1,"resultMsg":" 过大 "}"#), "HTTP 413: 过大");
        assert_eq!(unwanted(413, r#"{"resultCode":0}"#), "HTTP 413");
        let named = r#"{"resultCode":1,"resultMsg":"x","data":[{"code":1004,"message":"file"}]}"#;
        assert_eq!(unwanted(413, named), "HTTP 413: x");
        let json = "application/json";
        let is = |body: &str| answer(422, json, body.as_bytes(), || None);
        assert!(is(r#"{"resultCode":1,"data":[{"code":1004,"message":"plateNo"}]}"#).is_ok());
        assert!(is(r#"{"resultCode":1004,"resultMsg":"plateNo"}"#).is_ok());
        assert!(is(r#"{"resultCode":1,"resultMsg":"token已失效"}"#).is_ok());
        assert!(matches!(is(r#"{"resultCode":3002}"#), Err(CallError::TokenRefused)));
    }

    #[test]
    fn what_a_status_says_of_a_report_and_of_a_picture() {
        use Evidence::{Failing, Nothing, Refused, Unwanted};
        for (status, of_report, of_picture) in [
            (400, Refused, Unwanted),
            (401, Refused, Refused),
            (419, Refused, Refused),
            (440, Refused, Refused),
            (498, Refused, Refused),
            (403, Refused, Unwanted),
            (404, Refused, Unwanted),
            (407, Nothing, Nothing),
            (408, Failing, Failing),
            (413, Unwanted, Unwanted),
            (414, Refused, Unwanted),
            (429, Nothing, Nothing),
            (431, Refused, Unwanted),
            (500, Failing, Failing),
            (511, Nothing, Nothing),
        ] {
            for page in ["", "<html>"] {
                let error = answer(status, "", page.as_bytes(), || None).unwrap_err();
                let says = (error.says(), error.says_of_a_picture());
                assert_eq!(says, (of_report, of_picture), "{status} {page}");
            }
        }
        assert_eq!(CallError::Elsewhere(302).says_of_a_picture(), Failing);
        assert_eq!(CallError::Busy(String::new()).says_of_a_picture(), Refused);
    }

    #[test]
    fn a_forgotten_session_is_known_by_what_web_servers_say_of_it_in_whatever_form() {
        let refused = |status, kind, body: &[u8]| {
            matches!(answer(status, kind, body, || None), Err(CallError::TokenRefused))
        };
        let plain = r#"{"code":401,"msg":"x"}"#;
        for (kind, body) in [
            ("application/json", plain.as_bytes().to_vec()),
            ("application/json", [b"\xef\xbb\xbf", plain.as_bytes()].concat()),
            ("application/json", [plain.as_bytes(), b"\0"].concat()),
            ("application/json", gzip(plain)),
            ("text/html", r#"{"code":10021,"msg":"token已失效"}"#.into()),
            ("text/html; charset=gbk", gbk(r#"{"success":false,"message":"请登陆"}"#)),
            ("text/html", "请先登录！".into()),
            ("text/plain", "please log in".into()),
        ] {
            assert!(refused(200, kind, &body), "{}", body.escape_ascii());
        }
        assert!(refused(400, "", br#"{"error":"invalid_token"}"#));
        for status in [401, 419, 440, 498] {
            for body in ["", "<html>", r#"{"resultCode":0}"#] {
                assert!(refused(status, "text/html", body.as_bytes()), "{status} {body}");
            }
        }
        for said in [
            r#"{"code":"A0230","msg":"用户登录已过期"}"#,
            r#"{"errcode":40014,"errmsg":"x"}"#,
            r#"{"resultCode":"1","data":[],"code":3002}"#,
            r#"{"resultCode":"1","data":"3002"}"#,
            r#""{\"resultCode\":1,\"data\":[{\"code\":3002}]}""#,
        ] {
            assert!(refused(200, "application/json", said.as_bytes()), "{said}");
        }
        assert!(refused(500, "", br#"{"resultCode":1,"data":[{"code":"3002"}]}"#));
        assert!(!refused(503, "", b"busy"));
        assert!(!refused(200, "", br#"{"code":500,"msg":"busy","token":"x"}"#));
        assert!(!refused(500, "text/html", b"<html>token"), "a page says nothing of a session");
    }

    #[test]
    fn what_a_platform_says_beside_the_standard_is_no_page_for_people() {
        for body in ["ok", "Notice: Undefined index in /www/5004.php on line 3\n{\"resultCode\":0}"]
        {
            let answer = answer(200, "text/html; charset=UTF-8", body.as_bytes(), || None);
            assert!(matches!(answer, Err(CallError::Unreadable(_))), "{body}");
        }
    }

    fn gbk(text: &str) -> Vec<u8> {
        encoding_rs::GBK.encode(text).0.into_owned()
    }

    fn gzip(text: &str) -> Vec<u8> {
        use std::io::Write as _;
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn a_reply_is_read_in_whatever_form_it_comes() {
        let text = r#"{"resultCode":"0","resultMsg":"成功","data":[]}"#;
        for (form, bytes, kind) in [
            ("a mark", [b"\xef\xbb\xbf", text.as_bytes()].concat(), "application/json"),
            ("a NUL", [text.as_bytes(), b"\0"].concat(), "text/plain"),
            ("white space", format!("\r\n {text}\r\n").into_bytes(), "text/html"),
            ("GBK", gbk(text), "application/json;charset=GBK"),
            ("GBK that is called UTF-8", gbk(text), "application/json;charset=UTF-8"),
            ("gzip", gzip(text), "application/json"),
        ] {
            let reply = answer(200, kind, &bytes, || None).unwrap();
            assert_eq!((reply.succeeded(), reply.result_msg.as_str()), (true, "成功"), "{form}");
        }
    }

    #[test]
    fn an_empty_success_is_one_and_an_empty_failure_is_none() {
        let empty = |status, bytes| answer(status, "text/html", bytes, || Some(Reply::ok(vec![])));
        for bytes in [&b""[..], b"\r\n", b"\xef\xbb\xbf", b"\0", b"null\n", b"\"\""] {
            for status in [200, 201, 202, 204] {
                assert!(empty(status, bytes).is_ok(), "{status}");
            }
            assert!(matches!(
                empty(404, bytes),
                Err(CallError::Elsewhere(_) | CallError::Status(404))
            ));
            assert!(matches!(empty(302, bytes), Err(CallError::Elsewhere(_))));
            let token = answer(200, "application/json", bytes, || None);
            assert!(matches!(token, Err(CallError::Unreadable(_))));
        }
    }

    #[test]
    fn what_stands_on_the_way_and_what_unpacks_without_end_is_said_as_that() {
        for (status, words) in [(407, "a proxy on the way"), (511, "this network wants")] {
            for page in ["", "<html>"] {
                let error = answer(status, "", page.as_bytes(), || None).unwrap_err();
                assert!(error.to_string().contains(words), "{error}");
            }
        }
        let bomb = gzip(&" ".repeat(MAX_BYTES + 1));
        let error = answer(200, "", &bomb, || None).unwrap_err().to_string();
        assert!(error.contains("more than 10485760 bytes when unpacked"), "{error}");
    }

    #[test]
    fn a_reply_whose_words_were_cut_within_a_character_is_read() {
        for words in [&b"\xe6\x88\x90\xe5\x8a"[..], b"\xb3\xc9\xb9", b"\xe6", b"ok \xff"] {
            let begin = br#"{"resultCode":"0","data":[{"id":"a"}],"resultMsg":""#;
            let bytes = [begin, words, b"\"}"].concat();
            let reply = answer(200, "application/json", &bytes, || None).unwrap();
            assert!(reply.succeeded() && reply.data.len() == 1, "{}", words.escape_ascii());
            assert!(reply.result_msg.contains('\u{fffd}'), "{}", reply.result_msg);
        }
    }

    #[test]
    fn an_unreadable_answer_says_what_it_begins_with() {
        let answer = answer(200, "application/json", b"ok \x00\xff\n", || None);
        let words = answer.unwrap_err().to_string();
        assert!(words.ends_with(r#"it begins with "ok \x00\xff\n""#), "{words}");
    }
}
