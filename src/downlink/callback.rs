//! The HTTPS door for commands: `{url}/{code}`, the envelope as the body, the reply's envelope back.
//! Who may call is decided by address and by certificate; what a command means, behind [`Door`].

use super::door::Door;
use crate::config::PlatformCallback;
use crate::foreign::text::{charset, half_width, is_packed, of_bytes, percent_decoded};
use crate::https::{
    self, BodyError, CallerAddress, CallersPlace, Doorkeeper, HttpAnswer, HttpBounds, HttpListener,
    HttpServer,
};
use crate::model::happening::Happening;
use crate::model::remark::Reproach;
use crate::standard::MAX_BYTES;
use crate::standard::envelope::RawBody;
use crate::teller::Teller;
use crate::tls::{self, CallersCertificate, TlsError};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use hyper::{Method, Request};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A door that could not be opened is tried again so often.
const AGAIN: Duration = Duration::from_secs(60);

/// How a browser says whose page asks.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The door.
pub struct Callback {
    config: PlatformCallback,
    door: Door,
    bounds: HttpBounds,
}

/// Why the door cannot be opened.
#[derive(Debug, thiserror::Error)]
enum CallbackError {
    /// Its certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Its port.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
}

impl Callback {
    /// A door as it is configured.
    pub fn new(config: PlatformCallback, door: Door, bounds: HttpBounds) -> Self {
        let door = Door { max_age: config.max_age, ..door };
        Self { config, door, bounds }
    }

    /// Serves until told to stop. A certificate that cannot be read or a port that is taken keeps nobody else from
    /// working: that is told, and tried again.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            match self.open().await {
                Ok(server) => return self.serve(server, stop).await,
                Err(error) => {
                    let error = error.to_string();
                    self.door.teller.tell(Happening::CallbackClosed { error, again_in: AGAIN });
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    }

    async fn open(&self) -> Result<HttpServer, CallbackError> {
        let PlatformCallback { cert_file, key_file, client_ca_file, client_name, listen, .. } =
            &self.config;
        let callers = client_ca_file
            .as_deref()
            .map(|ca_file| CallersCertificate { ca_file, name: client_name.as_deref() });
        let tls = tls::server_config(cert_file, key_file, callers)?;
        let listener = HttpListener::bind(*listen).await;
        let (listener, _) = listener.map_err(|error| CallbackError::Listen(*listen, error))?;
        Ok(HttpServer { listener, tls: Some(Arc::new(tls)), bounds: self.bounds.clone() })
    }

    async fn serve(self, server: HttpServer, stop: CancellationToken) {
        let Self { config, door, bounds } = self;
        let keeper = CallbackKeeper { config, teller: door.teller.clone() };
        let handle = move |request| answer(door.clone(), bounds.clone(), request);
        server.serve(keeper, handle, stop).await;
    }
}

/// Lets in whom `allow` names.
struct CallbackKeeper {
    config: PlatformCallback,
    teller: Teller,
}

impl Doorkeeper for CallbackKeeper {
    fn admits(&self, address: IpAddr) -> bool {
        let allow = &self.config.allow;
        let admitted = allow.is_empty() || allow.iter().any(|network| network.contains(&address));
        if !admitted {
            self.teller.tell(Happening::CallerRefused { address: address.to_string() });
        }
        admitted
    }

    fn crowded(&self, address: IpAddr, times: u64) {
        let (door, address) = (self.config.listen.to_string(), address.to_string());
        self.teller.tell(Happening::Crowded { door, address, times });
    }
}

/// The interface code that a path ends in: percent-encoded, in whatever width, with parameters behind it as servers of Java
/// write them.
fn code_of(path: &str) -> Option<u16> {
    let plain = percent_decoded(path.as_bytes(), false);
    let plain = of_bytes(&plain, None).ok()?;
    let plain: String = plain.split(';').next()?.chars().map(half_width).collect();
    https::code_of(plain.trim())
}

/// Whether a page in a browser asks: a platform's server says nothing of pages, and a command is nothing that somebody opens
/// by hand.
fn is_of_page(headers: &HeaderMap) -> bool {
    let of_another = |site: &HeaderValue| !matches!(site.as_bytes(), b"none" | b"same-origin");
    headers.contains_key(ORIGIN) || headers.get_all(SEC_FETCH_SITE).iter().any(of_another)
}

async fn answer(door: Door, bounds: HttpBounds, request: Request<Incoming>) -> HttpAnswer {
    let (parts, body) = request.into_parts();
    if is_of_page(&parts.headers) {
        let address = parts.extensions.get::<CallerAddress>().map(|from| from.0.to_string());
        let address = address.unwrap_or_default();
        door.teller.tell(Happening::CallbackFromPage { address });
        let code = code_of(parts.uri.path()).unwrap_or(0);
        return Ok(https::json(403, door.refuse(code, &Reproach::FromPage.text())));
    }
    let Some(code) = code_of(parts.uri.path()) else {
        return Ok(https::json(404, door.refuse(0, &Reproach::NoCode.text())));
    };
    if parts.method != Method::POST {
        return Ok(https::json(405, door.refuse(code, &Reproach::NotPost.text())));
    }
    let body = match bounds.bodies().read_packed(body, MAX_BYTES, is_packed).await {
        Ok(body) => body,
        Err(error) => {
            let (status, reproach) = match error {
                BodyError::TooLarge => (413, Reproach::TooLarge),
                BodyError::Broken => (400, Reproach::Broken),
                BodyError::NoRoom => (503, Reproach::TooMany),
            };
            return Ok(https::json(status, door.refuse(code, &reproach.text())));
        }
    };
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let body = RawBody { bytes: &body, charset: kind.and_then(charset) };
    let command = match door.read(code, body) {
        Ok(command) => command,
        Err(refusal) => return Ok(https::json(200, refusal)),
    };
    if let Some(place) = parts.extensions.get::<CallersPlace>() {
        place.logged_in();
    }
    Ok(https::json(200, door.carry_out(command).await))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_is_known_by_the_end_of_its_path_however_that_is_written() {
        for path in [
            "/callback/6003",
            "//callback/6003//",
            "/callback/%36%30%30%33",
            "/callback/6003%20",
            "/callback/6003;jsessionid=1",
            "/callback/%EF%BC%96003",
        ] {
            assert_eq!(code_of(path), Some(6003), "{path}");
        }
        for path in ["/callback", "/", "", "/callback/60 03", "/callback/x6003", "/callback/%FF%FF"]
        {
            assert_eq!(code_of(path), None, "{path}");
        }
    }
}
