//! The HTTPS door for commands: `{url}/{code}`, the envelope as the body, the reply's envelope back.
//! Who may call is decided by address and by certificate; what a command means, behind [`Door`].

use super::door::Door;
use crate::config::PlatformCallback;
use crate::https::{self, BodyError, HttpAnswer};
use crate::model::happening::Happening;
use crate::model::remark::Reproach;
use crate::tls::{self, TlsError};
use hyper::body::Incoming;
use hyper::{Method, Request};
use rustls::ServerConfig;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A door that could not be opened is tried again so often.
const AGAIN: Duration = Duration::from_secs(60);

/// The door.
pub struct Callback {
    config: PlatformCallback,
    door: Door,
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
    pub fn new(config: PlatformCallback, door: Door) -> Self {
        Self { config, door }
    }

    /// Serves until told to stop. A certificate that cannot be read or a port that is taken keeps nobody else from
    /// working: that is told, and tried again.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            match self.open().await {
                Ok((listener, tls)) => return self.serve(listener, tls, stop).await,
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

    async fn open(&self) -> Result<(TcpListener, Arc<ServerConfig>), CallbackError> {
        let PlatformCallback { cert_file, key_file, client_ca_file, listen, .. } = &self.config;
        let tls = tls::server_config(cert_file, key_file, client_ca_file.as_deref())?;
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|error| CallbackError::Listen(*listen, error))?;
        Ok((listener, Arc::new(tls)))
    }

    async fn serve(self, listener: TcpListener, tls: Arc<ServerConfig>, stop: CancellationToken) {
        let Self { config, door } = self;
        let teller = door.teller.clone();
        let admit = |address: IpAddr| {
            let admitted = admits(&config, address);
            if !admitted {
                teller.tell(Happening::CallerRefused { address: address.to_string() });
            }
            admitted
        };
        let handle = move |request| answer(door.clone(), request);
        https::serve(listener, Some(tls), admit, handle, stop).await;
    }
}

fn admits(config: &PlatformCallback, address: IpAddr) -> bool {
    let address = address.to_canonical();
    config.allow.is_empty() || config.allow.iter().any(|network| network.contains(&address))
}

async fn answer(door: Door, request: Request<Incoming>) -> HttpAnswer {
    let (parts, body) = request.into_parts();
    let Some(code) = https::code_of(parts.uri.path()) else {
        return Ok(https::json(404, door.refuse(0, &Reproach::NoCode.text())));
    };
    if parts.method != Method::POST {
        return Ok(https::json(405, door.refuse(code, &Reproach::NotPost.text())));
    }
    Ok(match https::body(body).await {
        Ok(body) => https::json(200, door.answer(code, &body).await),
        Err(BodyError::TooLarge) => https::json(413, door.refuse(code, &Reproach::TooLarge.text())),
        Err(BodyError::Broken) => https::json(400, door.refuse(code, &Reproach::Broken.text())),
    })
}
