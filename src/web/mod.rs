//! The local HTTP server for the operator's own software: is the gateway alive, payments taken at the
//! booth, locked cars let out. Hands inputs to the engine; decides nothing.

mod locks;
mod payments;

use crate::config::{Secret, Web};
use crate::engine::EngineHandle;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use std::io;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What requests are served with.
#[derive(Clone)]
struct Service {
    engine: EngineHandle,
    token: Option<Secret>,
}

/// The server, its port already taken.
pub struct Server {
    listener: TcpListener,
    service: Service,
}

impl Server {
    /// Takes the port.
    pub async fn bind(web: &Web, engine: EngineHandle) -> io::Result<Self> {
        let listener = TcpListener::bind(web.listen).await?;
        Ok(Self { listener, service: Service { engine, token: web.token.clone() } })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<std::net::SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let api = Router::new()
            .route("/api/payments", post(payments::pay))
            .route("/api/locks/release", post(locks::release))
            .layer(middleware::from_fn_with_state(self.service.clone(), authorise));
        let health = get(|| async { Json(json!({ "status": "ok" })) });
        let router = Router::new().route("/healthz", health).merge(api).with_state(self.service);
        let serving =
            axum::serve(self.listener, router).with_graceful_shutdown(stop.cancelled_owned());
        // Accept errors are retried inside; there is nothing else it could return.
        let _ = serving.await;
    }
}

async fn authorise(State(service): State<Service>, request: Request, next: Next) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    match &service.token {
        Some(token) if !same(token.reveal(), shown) => refuse(
            StatusCode::UNAUTHORIZED,
            "Authorization",
            "needs `Bearer` and the token of [web]",
        ),
        _ => next.run(request).await,
    }
}

/// Compares without telling by its duration how much was right.
fn same(token: &str, shown: &str) -> bool {
    let difference = token.bytes().zip(shown.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    token.len() == shown.len() && difference == 0
}

/// An error as a sentence about a field.
fn refuse(status: StatusCode, field: &str, what: &str) -> Response {
    (status, Json(json!({ "error": format!("`{field}` {what}"), "field": field }))).into_response()
}
