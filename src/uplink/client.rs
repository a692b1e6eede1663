//! One call to the platform: an envelope out, a reply in, or what kept it from coming.

use crate::config::Platform;
use crate::standard::MAX_BYTES;
use crate::standard::codes::ErrorCode;
use crate::standard::envelope::{Reply, encode_request};
use crate::tls::{self, TlsError};
use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};

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
}

/// Calls the platform.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    platform: Platform,
}

impl Client {
    /// A client for the configured platform.
    pub fn new(platform: &Platform) -> Result<Self, TlsError> {
        let certificate = platform.client_certificate.as_ref();
        let tls = tls::client_config(
            platform.ca_file.as_deref(),
            certificate.map(|(chain, key)| (chain.as_path(), key.as_path())),
        )?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .timeout(platform.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(platform.concurrency)
            .tcp_nodelay(true)
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))?;
        Ok(Self { http, platform: platform.clone() })
    }

    /// The platform it calls.
    pub fn platform(&self) -> &Platform {
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
        let path = dialect.paths.get(&code).cloned().unwrap_or_else(|| code.to_string());
        let url = format!("{}/{path}", self.platform.base_url);
        let body = encode_request(elements, Timestamp::now().as_second(), dialect.sign);
        let mut request =
            self.http.post(url).header(CONTENT_TYPE, "application/json; charset=UTF-8").body(body);
        if let Some(token) = token {
            request =
                request.header(AUTHORIZATION, dialect.authorization.replace("{token}", token));
        }
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
