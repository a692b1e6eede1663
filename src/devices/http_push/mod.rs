//! The HTTP transport: one listener for all cameras that push to it. It knows by address and secret which camera
//! a request is of, takes its body within bounds, and hands it to the camera's task, whose answer it gives. What a body
//! says it does not know.
//!
//! Nothing that a camera pushes is signed. So only addresses that some camera has may call, each camera has a secret
//! in its path, and where it can log in it has to.

mod login;

use super::alive::{self, Alive};
use super::cameras::makes::http::PushAnswer;
use super::cameras::makes::push::Push;
use super::context::DeviceContext;
use super::digest::{Asked, DigestLogin};
use crate::config::{HttpPush, PushWay, Secret};
use crate::https::{
    BodyError, CallerAddress, CallersPlace, Doorkeeper, Dropped, HeldBody, HttpAnswer,
    HttpListener, HttpServer,
};
use crate::model::happening::{Happening, PushRefusal};
use crate::tls;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use login::{DigestDoor, Login};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, mpsc, oneshot};

/// The largest body: the largest seen has 832 KB, base64 makes a third more of it.
pub const MAX_BODY: usize = 4 << 20;
/// Pushes a camera may have waiting; more means that its task is not keeping up, and it sends again.
const PUSHES: usize = 16;
/// Pushes of one camera that are taken at once, each with its body; the next wait for a place.
const AT_ONCE: usize = 6;
const PLACE_WITHIN: Duration = Duration::from_secs(5);
/// A camera's task that has not answered by then does not.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// An address that is in use, or a certificate that cannot be read, is tried again so often.
const AGAIN: Duration = Duration::from_secs(10);

/// A push on its way to its camera's task.
pub struct PushDelivery {
    /// What was pushed; without its body where that was too large.
    pub push: Push,
    /// Whether its body was too large.
    pub too_large: bool,
    /// When all of it was there.
    pub received: Instant,
    /// The way back.
    pub answer: oneshot::Sender<PushAnswer>,
}

/// A listener being set up.
pub struct PushListener {
    config: HttpPush,
    routes: Vec<Route>,
    alive: Alive,
}

struct Route {
    device: String,
    address: IpAddr,
    secret: Secret,
    login: Option<(String, Secret)>,
    places: Arc<Semaphore>,
    task: mpsc::Sender<PushDelivery>,
}

impl PushListener {
    /// Prepares a listener; nothing is opened yet.
    pub fn new(config: &HttpPush, alive: Alive) -> Self {
        Self { config: config.clone(), routes: Vec::new(), alive }
    }

    /// Routes what that camera pushes.
    pub fn route(&mut self, device: &str, way: &PushWay) -> mpsc::Receiver<PushDelivery> {
        let (task, receiver) = mpsc::channel(PUSHES);
        self.routes.push(Route {
            device: device.to_owned(),
            address: way.address.to_canonical(),
            secret: way.secret.clone(),
            login: way.logs_in.clone(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            task,
        });
        receiver
    }

    /// When the process before this one listened last, where that is known.
    pub fn before(&self) -> Option<Instant> {
        self.alive.last()
    }

    /// Listens until told to stop.
    pub async fn run(self, context: DeviceContext) {
        let Self { config, routes, alive } = self;
        let desk = Arc::new(Desk { routes, door: DigestDoor::new(), context });
        let mut fault_told = false;
        loop {
            match open(&config).await {
                Ok((listener, tls)) => {
                    let (stop, bounds) = (desk.context.stop.clone(), desk.context.http.clone());
                    let keeper = PushKeeper { desk: Arc::clone(&desk), listen: config.listen };
                    let handle = move |request| answer(Arc::clone(&desk), request);
                    let server = HttpServer { listener, tls, bounds };
                    let serving = server.serve(keeper, handle, stop);
                    tokio::select! {
                        () = serving => {}
                        () = stay_alive(&alive) => {}
                    }
                    return;
                }
                Err(error) if !fault_told => {
                    fault_told = true;
                    let (name, again_in) = (config.name.clone(), AGAIN);
                    desk.context.teller.tell(Happening::PushClosed { name, error, again_in });
                }
                Err(_) => {}
            }
            tokio::select! {
                () = desk.context.stop.cancelled() => return,
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    }
}

type Opened = (HttpListener, Option<Arc<rustls::ServerConfig>>);

async fn open(config: &HttpPush) -> Result<Opened, String> {
    let certificate = match &config.certificate {
        Some((chain, key)) => {
            let server = tls::server_config(chain, key, None).map_err(|error| error.to_string())?;
            Some(Arc::new(server))
        }
        None => None,
    };
    let listener = HttpListener::bind(config.listen).await;
    let (listener, _) = listener.map_err(|error| format!("{}: {error}", config.listen))?;
    Ok((listener, certificate))
}

/// Touches the file that tells the next process when we were there last.
async fn stay_alive(alive: &Alive) {
    let mut ticks = tokio::time::interval(alive::EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        alive.touch();
    }
}

/// All that requests are answered by.
struct Desk {
    routes: Vec<Route>,
    door: DigestDoor,
    context: DeviceContext,
}

/// Lets in only addresses that some camera has.
struct PushKeeper {
    desk: Arc<Desk>,
    listen: SocketAddr,
}

impl Doorkeeper for PushKeeper {
    fn admits(&self, address: IpAddr) -> bool {
        let admitted = self.desk.routes.iter().any(|route| route.address == address);
        if !admitted {
            self.desk.refuse(&address.to_string(), PushRefusal::OtherAddress);
        }
        admitted
    }

    fn crowded(&self, address: IpAddr, times: u64) {
        let (door, address) = (self.listen.to_string(), address.to_string());
        self.desk.context.teller.tell(Happening::Crowded { door, address, times });
    }
}

impl Desk {
    /// Tells who was refused: a camera, or an address that is none's.
    fn refuse(&self, who: &str, why: PushRefusal) {
        self.context.teller.tell(Happening::PushRefused { device: who.to_owned(), why });
    }

    /// The camera whose path this is, and what its path has after the secret.
    fn route<'p>(&self, path: &'p str) -> Option<(&Route, &'p str)> {
        let inside = path.strip_prefix("/cam/")?;
        let (secret, rest) = inside.split_once('/').unwrap_or((inside, ""));
        let route = self.routes.iter().find(|route| route.secret.is(secret))?;
        Some((route, rest))
    }
}

async fn answer(desk: Arc<Desk>, request: Request<Incoming>) -> HttpAnswer {
    let (parts, body) = request.into_parts();
    let Some(CallerAddress(address)) = parts.extensions.get().copied() else { return Err(Dropped) };
    let Some((route, rest)) = desk.route(parts.uri.path()) else {
        desk.refuse(&address.to_string(), PushRefusal::UnknownPath);
        return Ok(bare(StatusCode::NOT_FOUND));
    };
    if route.address != address {
        desk.refuse(&route.device, PushRefusal::OtherAddress);
        return Ok(bare(StatusCode::FORBIDDEN));
    }
    if !matches!(parts.method, Method::POST | Method::PUT) {
        return Ok(bare(StatusCode::METHOD_NOT_ALLOWED));
    }
    let place = tokio::time::timeout(PLACE_WITHIN, Arc::clone(&route.places).acquire_owned()).await;
    let Ok(Ok(_place)) = place else { return Ok(bare(StatusCode::SERVICE_UNAVAILABLE)) };
    let challenge = challenge(&desk, route, &parts);
    let push = push_of(&parts, rest);
    // Its body is taken also where it is not wanted yet: whoever is cut off sending never hears the challenge.
    let (mut body, too_large) = match desk.context.http.device_bodies().read(body, MAX_BODY).await {
        Ok(body) => (Some(body), false),
        Err(BodyError::TooLarge) => (None, true),
        Err(BodyError::NoRoom) => return Ok(bare(StatusCode::SERVICE_UNAVAILABLE)),
        Err(BodyError::Broken) => {
            desk.refuse(&route.device, PushRefusal::BrokenOff);
            return Ok(bare(StatusCode::BAD_REQUEST));
        }
    };
    if let Some(challenge) = challenge {
        return Ok(challenge);
    }
    if let Some(place) = parts.extensions.get::<CallersPlace>() {
        place.logged_in();
    }
    // A picture may take its time on a slow line; the camera waits for the answer from here on.
    let received = Instant::now();
    let push = Push { body: body.as_mut().map(HeldBody::take).unwrap_or_default(), ..push };
    let (answer, answered) = oneshot::channel();
    let delivery = PushDelivery { push, too_large, received, answer };
    if route.task.try_send(delivery).is_err() {
        return Ok(response(PushAnswer::not_stored(), false));
    }
    let answered = tokio::time::timeout(ANSWER_WITHIN, answered).await;
    let answer = answered.ok().and_then(Result::ok).unwrap_or_else(PushAnswer::not_stored);
    Ok(response(answer, too_large))
}

/// The challenge to a camera that has to log in and has not, or wrongly.
fn challenge(desk: &Desk, route: &Route, parts: &Parts) -> Option<Response<Full<Bytes>>> {
    let (user, password) = route.login.as_ref()?;
    let target = parts.uri.path_and_query().map_or(parts.uri.path(), |target| target.as_str());
    let given = parts.headers.get(AUTHORIZATION).and_then(|header| header.to_str().ok());
    let asked = Asked { method: parts.method.as_str(), target };
    let login = DigestLogin { user, password: password.reveal() };
    let judged = given.map(|given| desk.door.judge(given, login, asked, &route.device));
    match judged {
        Some(Login::Right) => return None,
        Some(Login::Wrong) => desk.refuse(&route.device, PushRefusal::WrongLogin),
        Some(Login::Stale) | None => {}
    }
    let mut answer = Response::new(Full::new(Bytes::new()));
    *answer.status_mut() = StatusCode::UNAUTHORIZED;
    let stale = judged == Some(Login::Stale);
    if let Ok(header) = HeaderValue::from_str(&desk.door.challenge(stale)) {
        answer.headers_mut().insert(WWW_AUTHENTICATE, header);
    }
    Some(answer)
}

fn push_of(parts: &Parts, rest: &str) -> Push {
    let content_type = parts.headers.get(CONTENT_TYPE).and_then(|header| header.to_str().ok());
    Push {
        path: rest.to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        content_type: content_type.unwrap_or_default().to_owned(),
        body: Vec::new(),
    }
}

/// Always with a length and never in chunks: small devices read nothing else.
fn response(answer: PushAnswer, last: bool) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or_default();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(answer.kind));
    if last {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn bare(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = status;
    // What of its body was not read is thrown away with the connection.
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
