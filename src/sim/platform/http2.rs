//! The platform's HTTPS side where it speaks HTTP/2: one connection carries many requests at once. What they are answered is
//! `https.rs`'s to say.

use super::https::answer;
use super::state::Shared;
use crate::https::{HttpBounds, HttpLimits};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// Requests of one connection at once.
const STREAMS: u32 = 128;

/// Serves until told to stop.
pub(super) async fn serve(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    let bounds = HttpBounds::new(HttpLimits::of_simulation());
    let mut tls = ServerConfig::clone(&tls);
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        // Whoever could not be accepted calls again.
        let Ok((stream, _)) = accepted else { continue };
        let speaking = speak(stream, acceptor.clone(), Arc::clone(&shared), bounds.clone());
        let stop = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = speaking => {}
            }
        });
    }
}

async fn speak(stream: TcpStream, acceptor: TlsAcceptor, shared: Arc<Shared>, bounds: HttpBounds) {
    // Without it a reply's last segment waits for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let Ok(stream) = acceptor.accept(stream).await else { return };
    shared.lock().http2_connections += 1;
    let handle = |request: Request<Incoming>| {
        shared.lock().over_http2 += 1;
        answer(Arc::clone(&shared), bounds.clone(), request)
    };
    // An error is the caller going away.
    let _ = http2::Builder::new(TokioExecutor::new())
        .max_concurrent_streams(STREAMS)
        .serve_connection(TokioIo::new(stream), service_fn(handle))
        .await;
}
