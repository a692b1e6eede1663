//! An HTTPS server with our own TLS: accepts, shakes hands, serves HTTP/1.1, all within bounds. What a
//! request means is its handler's to say.

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// Connections open at once; more wait to be accepted.
const CONNECTIONS: usize = 256;
/// A caller that takes longer for its handshake or its headers is gone.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whoever answers gives up the connection instead.
#[derive(Debug, thiserror::Error)]
#[error("dropped")]
pub struct Dropped;

/// What a request is answered.
pub type HttpAnswer = Result<Response<Full<Bytes>>, Dropped>;

/// Serves until told to stop. Callers from addresses that are not admitted are closed at once.
pub async fn serve<F: Future<Output = HttpAnswer> + Send + 'static>(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    admit: impl Fn(IpAddr) -> bool,
    handle: impl Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    stop: CancellationToken,
) {
    let acceptor = TlsAcceptor::from(tls);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = stop.cancelled() => return,
            next = next => next,
        };
        let Ok((stream, address)) = accepted else {
            // Out of file descriptors, most likely: some connection has to end first.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        if !admit(address.ip()) {
            continue;
        }
        let (acceptor, handle, stop) = (acceptor.clone(), handle.clone(), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = connection(stream, acceptor, handle) => {}
            }
            drop(place);
        });
    }
}

async fn connection<F: Future<Output = HttpAnswer> + Send + 'static>(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    handle: impl Fn(Request<Incoming>) -> F + Send + Sync + 'static,
) {
    // Without it a reply's last segment waits for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await else {
        return;
    };
    // An error is the caller going away.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service_fn(handle))
        .await;
}

/// Why a body was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// More than 10 MB.
    #[error("more than 10 MB")]
    TooLarge,
    /// It broke off or did not come in time.
    #[error("the body broke off")]
    Broken,
}

/// A request's whole body, 10 MB at most (6.1.1 i).
pub async fn body(incoming: Incoming) -> Result<Bytes, BodyError> {
    let reading = Limited::new(incoming, crate::standard::MAX_BYTES).collect();
    match tokio::time::timeout(PATIENCE, reading).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            Err(BodyError::TooLarge)
        }
        Ok(Err(_)) | Err(_) => Err(BodyError::Broken),
    }
}

/// The interface code a request's path ends in.
pub fn code_of(path: &str) -> Option<u16> {
    path.rsplit('/').next()?.parse().ok()
}

/// An answer of JSON text.
pub fn json(status: u16, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let kind = hyper::header::HeaderValue::from_static("application/json; charset=UTF-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
