//! One call to the platform: an envelope out, a reply in, or what kept it from coming.

use crate::config::PlatformConfig;
use crate::standard::MAX_BYTES;
use crate::standard::codes::ErrorCode;
use crate::standard::envelope::{Reply, encode_request};
use crate::tls::{self, TlsError};
use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::multipart::{Form, Part};
use std::sync::{Arc, OnceLock};

/// Why a call brought no usable reply.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// No connection, no answer in time, or the connection broke.
    #[error("{0}")]
    Unreachable(String),
    /// Answered with a status that says nothing about the report.
    #[error("HTTP {0}")]
    Status(u16),
    /// Answered with something that is no reply.
    #[error("unreadable answer: {0}")]
    Unreadable(String),
    /// The token is not good (any longer).
    #[error("the platform refuses the token")]
    TokenRefused,
    /// The login itself was refused.
    #[error("the platform refuses the login: {0}")]
    LoginRefused(String),
    /// There is nothing to send: the image's file is gone, empty or too large.
    #[error("the image file is gone, empty or over 10 MB")]
    Lost,
}

/// Calls the platform.
#[derive(Debug, Clone)]
pub struct Client {
    /// Made at the first call that finds its certificates: a lot whose `ca_file` has gone still has
    /// lanes to run, and reports again when it is back.
    http: Arc<OnceLock<reqwest::Client>>,
    platform: PlatformConfig,
}

impl Client {
    /// A client for the configured platform.
    pub fn new(platform: &PlatformConfig) -> Self {
        Self { http: Arc::default(), platform: platform.clone() }
    }

    fn http(&self) -> Result<&reqwest::Client, CallError> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let made = connect_by(&self.platform)
            .map_err(|error| CallError::Unreachable(error.to_string()))?;
        Ok(self.http.get_or_init(|| made))
    }

    /// The platform it calls.
    pub fn platform(&self) -> &PlatformConfig {
        &self.platform
    }

    /// Posts elements (canonical JSON texts) to an interface.
    pub async fn call(
        &self,
        code: u16,
        elements: &[&str],
        token: Option<&str>,
    ) -> Result<Reply, CallError> {
        let dialect = &self.platform.dialect;
        let body = encode_request(elements, Timestamp::now().as_second(), dialect.sign);
        let mut request = self
            .http()?
            .post(self.url(code))
            .header(CONTENT_TYPE, "application/json; charset=UTF-8")
            .body(body);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, self.authorization(token));
        }
        reply_to(request).await
    }

    fn url(&self, code: u16) -> String {
        let path = self.platform.dialect.paths.get(&code).cloned();
        let path = path.unwrap_or_else(|| code.to_string());
        format!("{}/{path}", self.platform.base_url)
    }

    fn authorization(&self, token: &str) -> String {
        self.platform.dialect.authorization.replace("{token}", token)
    }

    /// Posts an image (2001), streamed from its file of `length` bytes.
    pub async fn upload(
        &self,
        file_name: &str,
        attributes: impl IntoIterator<Item = (&'static str, String)>,
        (file, length): (tokio::fs::File, u64),
        token: &str,
    ) -> Result<Reply, CallError> {
        let part = Part::stream_with_length(file, length)
            .file_name(file_name.to_owned())
            .mime_str("image/jpeg")
            .map_err(|error| unreachable(&error))?;
        let form = Form::new().part("file", part);
        let form = attributes.into_iter().fold(form, |form, (name, text)| form.text(name, text));
        let request = self.http()?.post(self.url(2001)).multipart(form);
        reply_to(request.header(AUTHORIZATION, self.authorization(token))).await
    }

    /// Fetches a picture from a camera.
    pub async fn fetch(&self, address: &str) -> Result<Vec<u8>, CallError> {
        let response =
            self.http()?.get(address).send().await.map_err(|error| unreachable(&error))?;
        let status = response.status();
        let body = bounded_body(response).await?;
        if status.is_success() { Ok(body) } else { Err(CallError::Status(status.as_u16())) }
    }
}

fn connect_by(platform: &PlatformConfig) -> Result<reqwest::Client, TlsError> {
    let tls = tls::client_config(platform.ca_file.as_deref(), platform.own_certificate())?;
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .timeout(platform.timeout)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(platform.concurrency)
        .tcp_nodelay(true)
        .build()
        .map_err(|error| rustls::Error::General(error.to_string()))?;
    Ok(http)
}

async fn reply_to(request: reqwest::RequestBuilder) -> Result<Reply, CallError> {
    let response = request.send().await.map_err(|error| unreachable(&error))?;
    let status = response.status().as_u16();
    let body = bounded_body(response).await?;
    let reply = Reply::decode(&body);
    match (status, reply) {
        (401, _) => Err(CallError::TokenRefused),
        (429 | 500.., _) => Err(CallError::Status(status)),
        (_, Ok(reply)) if is_token_error(&reply) => Err(CallError::TokenRefused),
        (_, Ok(reply)) => Ok(reply),
        (200..300, Err(error)) => Err(CallError::Unreadable(error.to_string())),
        (_, Err(_)) => Err(CallError::Status(status)),
    }
}

fn is_token_error(reply: &Reply) -> bool {
    reply.first_error().is_some_and(|(code, _)| code == ErrorCode::BAD_TOKEN)
}

async fn bounded_body(mut response: reqwest::Response) -> Result<Vec<u8>, CallError> {
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
fn unreachable(error: &reqwest::Error) -> CallError {
    if error.is_timeout() {
        return CallError::Unreachable("no answer in time".to_owned());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let broken = cause.downcast_ref::<std::io::Error>().is_some_and(|error| {
        use std::io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
        matches!(error.kind(), BrokenPipe | ConnectionReset | UnexpectedEof)
    });
    let words = if broken { "the connection broke".to_owned() } else { cause.to_string() };
    CallError::Unreachable(words)
}
