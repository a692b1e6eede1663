//! HTTP servers: one accept loop for every one of ours, with our own TLS or without, over TCP or a socket on this machine, all
//! within bounds. What a request means is its handler's to say.

mod bodies;
mod bounds;
mod places;
mod progress;

pub use bodies::{Bodies, BodyError, HeldBody};
pub use bounds::{HttpBounds, HttpLimits};

use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::http::Extensions;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use places::{HeldPlace, Places, origin};
use progress::{ConnectionStep, Watched};
use rustls::ServerConfig;
use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What of a request is read before it is understood, its headers included.
const READ_AHEAD: usize = 32 << 10;
/// Out of file descriptors, most likely: some connection has to end first.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// Whoever answers gives up the connection instead.
#[derive(Debug, thiserror::Error)]
#[error("dropped")]
pub struct Dropped;

/// What a request is answered.
pub type HttpAnswer<B = Full<Bytes>> = Result<Response<B>, Dropped>;

/// Where a request came from; every request carries it that came over the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallerAddress(pub IpAddr);

/// The address of ours that it came to; every request carries it that came over the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalledAddress(pub IpAddr);

/// The number of the user of this machine who sent a request; every request carries it that came by a socket on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallerOnBox(pub u32);

/// The place of whoever sent a request; every request carries it.
#[derive(Debug, Clone)]
pub struct CallersPlace(Arc<HeldPlace>);

impl CallersPlace {
    /// Its address has logged in: it may have more places, and strangers' go before its own.
    pub fn logged_in(&self) {
        self.0.logged_in();
    }
}

/// Who may come in.
pub trait Doorkeeper: Send + Sync {
    /// Whether an address may call; any other is closed at once, before it takes a place.
    fn admits(&self, address: IpAddr) -> bool;
    /// So many got no place or lost it since that was last told; the last who asked has this address.
    fn crowded(&self, address: IpAddr, times: u64);
}

/// Where a server listens.
#[derive(Debug)]
pub enum HttpListener {
    /// On the network.
    Tcp(TcpListener),
    /// On this machine.
    Unix(UnixListener),
}

enum Accepted {
    Tcp(TcpStream, IpAddr),
    Unix(UnixStream),
}

/// Who sends the requests of a connection.
#[derive(Clone, Copy)]
enum Caller {
    Network { from: IpAddr, to: Option<IpAddr> },
    Box { user: Option<u32> },
}

impl Caller {
    /// Has a request carry it.
    fn note(self, extensions: &mut Extensions) {
        match self {
            Self::Network { from, to } => {
                extensions.insert(CallerAddress(from));
                if let Some(to) = to {
                    extensions.insert(CalledAddress(to));
                }
            }
            Self::Box { user: Some(user) } => {
                extensions.insert(CallerOnBox(user));
            }
            Self::Box { user: None } => {}
        }
    }
}

impl HttpListener {
    /// Takes a port, and tells which, where any would do.
    pub async fn bind(address: SocketAddr) -> io::Result<(Self, SocketAddr)> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok((Self::Tcp(listener), address))
    }

    async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                Ok(Accepted::Tcp(stream, address.ip().to_canonical()))
            }
            Self::Unix(listener) => Ok(Accepted::Unix(listener.accept().await?.0)),
        }
    }
}

/// A server that listens.
pub struct HttpServer {
    /// Where.
    pub listener: HttpListener,
    /// Its certificate, where it speaks TLS.
    pub tls: Option<Arc<ServerConfig>>,
    /// What it shares with the others.
    pub bounds: HttpBounds,
}

impl HttpServer {
    /// Serves until told to stop; what is worked on by then is answered.
    pub async fn serve<F, B>(
        self,
        keeper: impl Doorkeeper,
        handle: impl Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        stop: CancellationToken,
    ) where
        F: Future<Output = HttpAnswer<B>> + Send + 'static,
        B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        let Self { listener, tls, bounds } = self;
        let acceptor = tls.map(TlsAcceptor::from);
        let first =
            if acceptor.is_some() { ConnectionStep::Handshake } else { ConnectionStep::Headers };
        let (places, connections) = (Places::new(&bounds), TaskTracker::new());
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            let Ok(accepted) = accepted else {
                tokio::time::sleep(ACCEPT_AGAIN).await;
                continue;
            };
            let address = match &accepted {
                Accepted::Tcp(_, address) => Some(*address),
                Accepted::Unix(_) => None,
            };
            if address.is_some_and(|address| !keeper.admits(address)) {
                continue;
            }
            let asked = places.take(address.map(origin), first);
            if let (Some(address), Some(times)) = (address, asked.crowded) {
                keeper.crowded(address, times);
            }
            let Some(place) = asked.place else { continue };
            let (acceptor, handle, stop) = (acceptor.clone(), handle.clone(), stop.clone());
            connections.spawn(attend(accepted, place, acceptor, handle, stop));
        }
        connections.close();
        connections.wait().await;
    }
}

/// One connection, until it ends, has not come further in time, or gives its place to another.
async fn attend<F, B>(
    accepted: Accepted,
    place: HeldPlace,
    acceptor: Option<TlsAcceptor>,
    handle: impl Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    stop: CancellationToken,
) where
    F: Future<Output = HttpAnswer<B>> + Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let progress = Arc::clone(place.progress());
    let place = CallersPlace(Arc::new(place));
    let served = async {
        match (accepted, acceptor) {
            (Accepted::Unix(stream), _) => {
                let user = stream.peer_cred().ok().map(|caller| caller.uid());
                speak(stream, Caller::Box { user }, place, handle, stop).await;
            }
            (Accepted::Tcp(stream, from), acceptor) => {
                let to = stream.local_addr().ok().map(|to| to.ip().to_canonical());
                let caller = Caller::Network { from, to };
                // Without it a reply's last segment waits for the acknowledgement of the one before.
                let _ = stream.set_nodelay(true);
                let Some(acceptor) = acceptor else {
                    return speak(stream, caller, place, handle, stop).await;
                };
                let shaken = tokio::select! {
                    () = stop.cancelled() => return,
                    shaken = acceptor.accept(stream) => shaken,
                };
                let Ok(stream) = shaken else { return };
                place.0.progress().comes_to(ConnectionStep::Headers);
                speak(stream, caller, place, handle, stop).await;
            }
        }
    };
    tokio::select! {
        () = served => {}
        () = progress.run_out() => {}
    }
}

async fn speak<F, B>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    caller: Caller,
    place: CallersPlace,
    handle: impl Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    stop: CancellationToken,
) where
    F: Future<Output = HttpAnswer<B>> + Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let progress = Arc::clone(place.0.progress());
    let stream = Watched::new(stream, Arc::clone(&progress));
    let asked = Arc::clone(&progress);
    let handle = |mut request: Request<Incoming>| {
        asked.comes_to(ConnectionStep::Request);
        request.extensions_mut().insert(place.clone());
        caller.note(request.extensions_mut());
        let (answer, asked) = (handle(request), Arc::clone(&asked));
        async move {
            let answer = answer.await;
            asked.comes_to(ConnectionStep::Answer);
            answer
        }
    };
    let mut connection = pin!(
        hyper::server::conn::http1::Builder::new()
            // Its own would end those that rest between two requests as soon as those that send their headers slowly.
            .header_read_timeout(None)
            .max_buf_size(READ_AHEAD)
            // Small devices look for `Content-Length` as it is printed.
            .title_case_headers(true)
            .serve_connection(TokioIo::new(stream), service_fn(handle))
    );
    // An error is the caller going away.
    tokio::select! {
        _ = &mut connection => return,
        () = stop.cancelled() => {}
    }
    if progress.is_at_work() {
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

/// The interface code a request's path ends in; slashes behind it say nothing.
pub fn code_of(path: &str) -> Option<u16> {
    path.trim_end_matches('/').rsplit('/').next()?.parse().ok()
}

/// An answer of JSON text.
pub fn json(status: u16, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let kind = hyper::header::HeaderValue::from_static("application/json; charset=UTF-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
