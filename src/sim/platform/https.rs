//! The platform's HTTPS side: connections, tokens, envelopes, faults.

use super::accent::Utterance;
use super::state::{BUSY, Fault, Shared, TurnedAway};
use super::{images, reports};
use crate::foreign::json::canonical;
use crate::https::{
    self, Doorkeeper, Dropped, HttpAnswer, HttpBounds, HttpLimits, HttpListener, HttpServer,
    json as response,
};
use crate::standard::MAX_BYTES;
use crate::standard::envelope::Reply;
use crate::standard::interface::{Direction, Interface};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request};
use rustls::ServerConfig;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(super) async fn serve(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    let bounds = HttpBounds::new(HttpLimits::of_simulation());
    let (listener, tls) = (HttpListener::Tcp(listener), Some(tls));
    let server = HttpServer { listener, tls, bounds: bounds.clone() };
    let handle = move |request| answer(Arc::clone(&shared), bounds.clone(), request);
    // A simulated platform that stops leaves nobody an answer.
    tokio::select! {
        () = server.serve(AnyCaller, handle, stop.clone()) => {}
        () = stop.cancelled() => {}
    }
}

struct AnyCaller;

impl Doorkeeper for AnyCaller {
    fn admits(&self, _address: IpAddr) -> bool {
        true
    }

    fn crowded(&self, _address: IpAddr, _times: u64) {}
}

/// Counted while it is worked on.
struct AtOnce(Arc<Shared>);

impl AtOnce {
    fn new(shared: &Arc<Shared>) -> Self {
        let (now, most) = &mut shared.lock().at_once;
        *now += 1;
        *most = (*most).max(*now);
        Self(Arc::clone(shared))
    }
}

impl Drop for AtOnce {
    fn drop(&mut self) {
        self.0.lock().at_once.0 -= 1;
    }
}

/// What a request is answered.
pub(super) async fn answer(
    shared: Arc<Shared>,
    bounds: HttpBounds,
    request: Request<Incoming>,
) -> HttpAnswer {
    let _counted = AtOnce::new(&shared);
    let fault = {
        let mut state = shared.lock();
        state.failed += usize::from(state.fault.is_some());
        state.fault
    };
    match fault {
        Some(Fault::TimeOut) => tokio::time::sleep(std::time::Duration::from_secs(120)).await,
        Some(Fault::Status(status)) => return Ok(response(status, "unavailable".to_owned())),
        Some(Fault::Drop) => return Err(Dropped),
        Some(Fault::Garbage) => return Ok(response(200, "<html>proxy</html>".to_owned())),
        Some(Fault::Nonsense) => return Ok(response(200, "ok".to_owned())),
        Some(Fault::Redirect) => return Ok(redirect()),
        Some(Fault::Busy) => {
            let busy = Reply::failed(BUSY).encode(jiff::Timestamp::now().as_second());
            return Ok(response(200, busy));
        }
        Some(Fault::DropReply) | None => {}
    }
    if !shared.latency.is_zero() {
        tokio::time::sleep(shared.latency).await;
    }
    let (parts, body) = request.into_parts();
    let code = https::code_of(parts.uri.path());
    let Some(interface) = code.and_then(Interface::find).filter(|i| i.direction == Direction::Up)
    else {
        shared.violation(format!("no such interface: {}", parts.uri));
        return Ok(response(404, String::new()));
    };
    let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if parts.method != Method::POST {
        shared.violation(format!("{}: {} instead of POST", interface.code, parts.method));
    }
    let is_image = interface.code == 2001;
    if !is_image && !header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/json")) {
        shared.violation(format!("{}: content type {:?}", interface.code, header(CONTENT_TYPE)));
    }
    if let Some(answer) = stranger(&shared, interface.code, header(AUTHORIZATION)) {
        return Ok(answer);
    }
    let length = header(CONTENT_LENGTH).and_then(|length| length.parse().ok()).unwrap_or(0);
    if let Some(answer) = turned_away(&shared, |one| one.fits_unread(interface.code, length)) {
        return Ok(answer);
    }
    let mut body = bounds.bodies().read(body, MAX_BYTES).await.map_err(|_| Dropped)?;
    *shared.lock().calls.entry(interface.code).or_default() += 1;
    if let Some(answer) = turned_away(&shared, |one| one.fits(interface.code, &body)) {
        return Ok(answer);
    }
    let reply = if is_image {
        match image(&shared, header(AUTHORIZATION), header(CONTENT_TYPE), body.take().into()).await
        {
            Ok(reply) => reply,
            Err(status) => return Ok(response(status, String::new())),
        }
    } else {
        reply_to(&shared, interface, header(AUTHORIZATION), &body)
    };
    if fault == Some(Fault::DropReply) {
        return Err(Dropped);
    }
    let Utterance { status, content_type, body } = shared.answer(interface.code, &reply);
    let mut answer = response(status, body);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    Ok(answer)
}

/// The answer to whoever shows no good token, where the platform has one of its own for them.
fn stranger(
    shared: &Shared,
    code: u16,
    authorization: Option<&str>,
) -> Option<hyper::Response<http_body_util::Full<hyper::body::Bytes>>> {
    let fault = shared.lock().strangers?;
    let token = authorization.and_then(|value| value.strip_prefix("bearer "));
    if code == 1001 || has_token(shared, token) {
        return None;
    }
    shared.lock().failed += 1;
    match fault {
        Fault::Status(status) => Some(response(status, "unavailable".to_owned())),
        Fault::Garbage => Some(response(200, "<html>please log in</html>".to_owned())),
        Fault::Nonsense => Some(response(200, r#"{"code":401,"msg":"x"}"#.to_owned())),
        Fault::Redirect => Some(redirect()),
        Fault::Busy => {
            let words = Reply::failed("用户未登录");
            Some(response(200, words.encode(jiff::Timestamp::now().as_second())))
        }
        Fault::TimeOut | Fault::Drop | Fault::DropReply => None,
    }
}

/// The answer to what is turned away, by its own body or a web server's page.
fn turned_away(
    shared: &Shared,
    fits: impl Fn(&TurnedAway) -> bool,
) -> Option<hyper::Response<http_body_util::Full<hyper::body::Bytes>>> {
    let mut state = shared.lock();
    let found = state.turned_away.iter().find(|one| fits(one)).cloned()?;
    state.turns += 1;
    drop(state);
    let TurnedAway { status, json, .. } = found;
    let page = format!("<html>\r\n<head><title>{status}</title></head>\r\n</html>\r\n");
    let kind = if json.is_some() { "application/json" } else { "text/html" };
    let mut answer = response(status, json.unwrap_or(page));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Some(answer)
}

async fn image(
    shared: &Shared,
    authorization: Option<&str>,
    content_type: Option<&str>,
    body: hyper::body::Bytes,
) -> Result<Reply, u16> {
    let token = authorization.and_then(|value| value.strip_prefix("bearer "));
    if has_token(shared, token) {
        images::take(shared, content_type, body).await
    } else {
        Ok(failed(3002, "访问令牌错误"))
    }
}

fn redirect() -> hyper::Response<http_body_util::Full<hyper::body::Bytes>> {
    let mut answer = response(302, String::new());
    let place = hyper::header::HeaderValue::from_static("http://192.0.2.1/login");
    answer.headers_mut().insert(hyper::header::LOCATION, place);
    answer
}

fn failed(code: i64, message: &str) -> Reply {
    Reply { data: vec![json!({ "code": code, "message": message })], ..Reply::failed(message) }
}

fn reply_to(
    shared: &Shared,
    interface: &Interface,
    authorization: Option<&str>,
    body: &[u8],
) -> Reply {
    let elements = match envelope(shared, interface.code, body) {
        Ok(elements) => elements,
        Err(what) => {
            shared.violation(format!("{}: {what}", interface.code));
            return Reply::failed(&what);
        }
    };
    if interface.code == 1001 {
        if authorization.is_some() {
            shared.violation("1001 with a token".to_owned());
        }
        return log_in(shared, &elements, None);
    }
    let token = authorization.and_then(|value| value.strip_prefix("bearer "));
    if !has_token(shared, token) {
        return failed(3002, "访问令牌错误");
    }
    match interface.code {
        1002 => log_in(shared, &elements, token),
        1003 => {
            shared.lock().token = None;
            Reply::ok(vec![])
        }
        _ => reports::take(shared, interface, elements),
    }
}

/// The elements of an envelope that is as table 31 prints it, its sign exact.
fn envelope(shared: &Shared, code: u16, body: &[u8]) -> Result<Vec<Value>, String> {
    let envelope: Value =
        serde_json::from_slice(body).map_err(|error| format!("not JSON: {error}"))?;
    let map = envelope.as_object().ok_or("not an object")?;
    let extra: Vec<_> =
        map.keys().filter(|key| !["timestamp", "sign", "data"].contains(&key.as_str())).collect();
    if !extra.is_empty() {
        return Err(format!("unknown in the envelope: {extra:?}"));
    }
    let timestamp = envelope["timestamp"].as_i64().ok_or("timestamp is no whole number")?;
    if (timestamp - jiff::Timestamp::now().as_second()).abs() > 300 {
        return Err(format!("timestamp {timestamp} is not now in seconds"));
    }
    let data = &envelope["data"];
    let elements = data.as_array().ok_or("data is no list")?;
    let sign = envelope["sign"].as_str().ok_or("sign is no text")?;
    if sign != shared.sign.sign(&canonical(data)) {
        return Err("wrong sign".to_owned());
    }
    if elements.is_empty() && Interface::find(code).is_some_and(|i| i.request.is_some()) {
        return Err("data is empty".to_owned());
    }
    Ok(elements.clone())
}

fn has_token(shared: &Shared, shown: Option<&str>) -> bool {
    let state = shared.lock();
    let good = if state.forgets { None } else { state.token.as_ref() };
    good.is_some_and(|(token, until)| Some(token.as_str()) == shown && Instant::now() < *until)
}

fn log_in(shared: &Shared, elements: &[Value], renewed: Option<&str>) -> Reply {
    let element = elements.first().cloned().unwrap_or_default();
    let code = if renewed.is_some() { 1002 } else { 1001 };
    if let Some(table) = Interface::find(code).and_then(|interface| interface.request) {
        let lengths = shared.lock().lengths.clone();
        for violation in crate::standard::verify::verify_by(table, &element, &lengths) {
            shared.violation(format!("{code}: {violation}"));
        }
    }
    if renewed.is_some() && element["accessToken"].as_str() != renewed {
        return failed(3002, "访问令牌错误");
    }
    if !shared.knows(element["userId"].as_str(), element["password"].as_str()) {
        return failed(3001, "用户名或密码错误");
    }
    if let Some(url) = element["callbackServer"].as_str() {
        shared.lock().callback_server = Some(url.to_owned());
    }
    let token = crate::standard::id::Id::random().to_string();
    shared.lock().token = Some((token.clone(), Instant::now() + shared.token_life));
    let mut reply = json!({
        "tokenType": "bearer",
        "expiresIn": shared.token_life.as_secs(),
        "accessToken": token,
        "refreshToken": crate::standard::id::Id::random(),
    });
    if renewed.is_some() {
        reply["id"] = json!(shared.user.user_id);
    } else {
        reply["scope"] = json!("default");
    }
    Reply::ok(vec![reply])
}
