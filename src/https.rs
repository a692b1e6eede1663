//! An HTTP server, with our own TLS or without: accepts, shakes hands, serves HTTP/1.1, all within bounds. What a
//! request means is its handler's to say.

use bytes::BytesMut;
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
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// Connections open at once; more wait to be accepted.
const CONNECTIONS: usize = 256;
/// So many times a body's bound is read of one that is larger.
const THROWN_AWAY: usize = 16;
/// A caller that takes longer for its handshake or its headers is gone.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whoever answers gives up the connection instead.
#[derive(Debug, thiserror::Error)]
#[error("dropped")]
pub struct Dropped;

/// What a request is answered.
pub type HttpAnswer = Result<Response<Full<Bytes>>, Dropped>;

/// Where a request came from; every request carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallerAddress(pub IpAddr);

/// Serves until told to stop, without TLS where none is given. Callers from addresses that are not admitted are closed
/// at once.
pub async fn serve<F: Future<Output = HttpAnswer> + Send + 'static>(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    admit: impl Fn(IpAddr) -> bool,
    handle: impl Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    stop: CancellationToken,
) {
    let acceptor = tls.map(TlsAcceptor::from);
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
                () = connection(stream, address.ip(), acceptor, handle) => {}
            }
            drop(place);
        });
    }
}

async fn connection<F: Future<Output = HttpAnswer> + Send + 'static>(
    stream: TcpStream,
    address: IpAddr,
    acceptor: Option<TlsAcceptor>,
    handle: impl Fn(Request<Incoming>) -> F + Send + Sync + 'static,
) {
    // Without it a reply's last segment waits for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let Some(acceptor) = acceptor else { return speak(stream, address, handle).await };
    let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await else {
        return;
    };
    speak(stream, address, handle).await;
}

async fn speak<F: Future<Output = HttpAnswer> + Send + 'static>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    address: IpAddr,
    handle: impl Fn(Request<Incoming>) -> F + Send + Sync + 'static,
) {
    let handle = |mut request: Request<Incoming>| {
        request.extensions_mut().insert(CallerAddress(address.to_canonical()));
        handle(request)
    };
    // An error is the caller going away.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        // Small devices look for `Content-Length` as it is printed.
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service_fn(handle))
        .await;
}

/// Why a body was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// More than it may be.
    #[error("the body is too large")]
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

/// A whole body of `most` bytes at most. What is larger is read on and thrown away, as far as is bearable: whoever
/// sends it hears the answer only when it has been taken.
pub async fn body_of(mut incoming: Incoming, most: usize) -> Result<Bytes, BodyError> {
    let mut kept = BytesMut::new();
    let reading = async {
        let mut length = 0_usize;
        while let Some(frame) = incoming.frame().await {
            let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
            length = length.saturating_add(data.len());
            if length > most.saturating_mul(THROWN_AWAY) {
                break;
            }
            if length <= most {
                kept.extend_from_slice(&data);
            } else {
                kept = BytesMut::new();
            }
        }
        if length > most { Err(BodyError::TooLarge) } else { Ok(()) }
    };
    match tokio::time::timeout(PATIENCE, reading).await {
        Ok(Ok(())) => Ok(kept.freeze()),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(BodyError::Broken),
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
