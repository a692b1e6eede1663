//! A strict city platform: it checks token, sign, envelope, every attribute of every table, frames and
//! heartbeats, and can be told to fail in the ways real ones do.

mod accent;
mod callback;
#[cfg(feature = "sim")]
mod http2;
mod https;
mod images;
pub mod ledger;
mod link;
mod reports;
mod state;

pub use accent::Accent;
pub use state::{Fault, Stored, TurnedAway, Uploaded, User};

use super::authority::Authority;
use crate::standard::envelope::Reply;
use crate::standard::lengths::Lengths;
use crate::standard::sign::SignRules;
use ledger::Ledger;
use serde_json::Value;
use state::{Order, Shared};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A running platform.
pub struct SimulatedPlatform {
    shared: Arc<Shared>,
    https: SocketAddr,
    tcp: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// Settings that differ between uses.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Where HTTPS listens.
    pub https: SocketAddr,
    /// Where the link listens.
    pub tcp: SocketAddr,
    /// How long a token lives.
    pub token_life: Duration,
    /// How long every HTTPS answer takes.
    pub latency: Duration,
    /// Whether it speaks HTTP/2 with who offers that.
    #[cfg(feature = "sim")]
    pub http2: bool,
    /// How it wants requests signed.
    pub sign: SignRules,
    /// What it was written with; it prints what it says as the standard does where nothing is known.
    pub accent: Option<Accent>,
}

impl Settings {
    /// Free ports on this machine, tokens of an hour, no latency.
    pub fn local() -> io::Result<Self> {
        Ok(Self {
            https: super::free_address()?,
            tcp: super::free_address()?,
            token_life: Duration::from_secs(3600),
            latency: Duration::ZERO,
            #[cfg(feature = "sim")]
            http2: false,
            sign: SignRules::default(),
            accent: None,
        })
    }
}

impl SimulatedPlatform {
    /// Starts a platform.
    pub async fn start(authority: &Authority, user: User, settings: Settings) -> io::Result<Self> {
        let (http, http_files) = callback::client(authority)?;
        let shared = Arc::new(Shared {
            user,
            sign: settings.sign,
            accent: settings.accent,
            token_life: settings.token_life,
            latency: settings.latency,
            state: Mutex::default(),
            stored: watch::Sender::new(0),
            link: watch::Sender::new(false),
            http,
            _http_files: http_files,
        });
        let https = TcpListener::bind(settings.https).await?;
        let tcp = TcpListener::bind(settings.tcp).await?;
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let addresses = (https.local_addr()?, tcp.local_addr()?);
        let tls = authority.server_config();
        let (of_https, of_shared) = (Arc::clone(&tls), Arc::clone(&shared));
        #[cfg(feature = "sim")]
        if settings.http2 {
            tasks.spawn(http2::serve(https, of_https, of_shared, stop.clone()));
        } else {
            tasks.spawn(https::serve(https, of_https, of_shared, stop.clone()));
        }
        #[cfg(not(feature = "sim"))]
        tasks.spawn(https::serve(https, of_https, of_shared, stop.clone()));
        tasks.spawn(link::serve(tcp, tls, Arc::clone(&shared), stop.clone()));
        Ok(Self { shared, https: addresses.0, tcp: addresses.1, stop, tasks })
    }

    /// Where HTTPS listens.
    pub fn https(&self) -> SocketAddr {
        self.https
    }

    /// Where the link listens.
    pub fn tcp(&self) -> SocketAddr {
        self.tcp
    }

    /// Stops and frees the ports.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// All reports taken of an interface, in the order they came.
    pub fn received(&self, code: u16) -> Vec<Value> {
        let state = self.shared.lock();
        state
            .stored
            .iter()
            .filter(|stored| stored.code == code)
            .map(|s| s.element.clone())
            .collect()
    }

    /// All reports taken, in the order they came.
    pub fn all_received(&self) -> Vec<Stored> {
        self.shared.lock().stored.clone()
    }

    /// How many requests it had to answer at once at most.
    pub fn most_at_once(&self) -> usize {
        self.shared.lock().at_once.1
    }

    /// How many requests came over HTTP/2, and by how many connections.
    #[cfg(feature = "sim")]
    pub fn over_http2(&self) -> (usize, usize) {
        let state = self.shared.lock();
        (state.over_http2, state.http2_connections)
    }

    /// All pictures taken, in the order they came.
    pub fn images(&self) -> Vec<Uploaded> {
        self.shared.lock().images.clone()
    }

    /// How many reports were taken.
    pub fn stored(&self) -> usize {
        *self.shared.stored.borrow()
    }

    /// Everything the gateway did against the standard.
    pub fn violations(&self) -> Vec<String> {
        self.shared.lock().violations.clone()
    }

    /// What the reports taken say of each stay, put together and summed.
    pub fn ledger(&self) -> Ledger {
        self.shared.lock().ledger.clone()
    }

    /// How often an interface was called.
    pub fn calls(&self, code: u16) -> usize {
        self.shared.lock().calls.get(&code).copied().unwrap_or_default()
    }

    /// How many reports came a second time, the same.
    pub fn repeats(&self) -> usize {
        self.shared.lock().repeats
    }

    /// Fails every request from now on, or none.
    pub fn fail(&self, fault: Option<Fault>) {
        self.shared.lock().fault = fault;
    }

    /// How many requests failed as it was told to.
    pub fn failed(&self) -> usize {
        self.shared.lock().failed
    }

    /// Gives tokens and knows none of them, or is as it was.
    pub fn refuse_sessions(&self, refuses: bool) {
        let mut state = self.shared.lock();
        state.forgets = refuses;
        state.token = None;
    }

    /// Closes each link as soon as it is logged in, or lets it be.
    pub fn close_links(&self, closes: bool) {
        self.shared.lock().closes_links = closes;
    }

    /// How often a link was logged in.
    pub fn link_logins(&self) -> usize {
        self.shared.lock().link_logins
    }

    /// Answers whoever shows no good token in a way of its own, other than 1001; by 3002 where none is given.
    pub fn answer_strangers(&self, fault: Option<Fault>) {
        self.shared.lock().strangers = fault;
    }

    /// The present token is not good any longer.
    pub fn expire_tokens(&self) {
        self.shared.lock().token = None;
    }

    /// Refuses reports whose body contains `text` with this code.
    pub fn refuse(&self, text: &str, code: i64, message: &str) {
        self.shared.lock().refusals.insert(text.to_owned(), (code, message.to_owned()));
    }

    /// Refuses requests whose body contains `text` as a whole, as if it were busy; pictures by their fields.
    pub fn choke_on(&self, text: &str) {
        self.shared.lock().choking.insert(text.to_owned());
    }

    /// Answers pictures whose fields contain `text` with a status.
    pub fn answer_image(&self, text: &str, status: u16) {
        self.shared.lock().image_status.insert(text.to_owned(), status);
    }

    /// Turns away what fits, by its status alone.
    pub fn turn_away(&self, what: TurnedAway) {
        self.shared.lock().turned_away.push(what);
    }

    /// How often it turned something away.
    pub fn turns(&self) -> usize {
        self.shared.lock().turns
    }

    /// Refuses an interface: each element with `code`, or the whole request with words only.
    pub fn refuse_interface(&self, interface: u16, code: Option<i64>) {
        self.shared.lock().refused.insert(interface, code);
    }

    /// Takes texts of other lengths than the tables print.
    pub fn allow_lengths(&self, lengths: Lengths) {
        self.shared.lock().lengths = lengths;
    }

    /// Refuses nothing any longer.
    pub fn forgive(&self) {
        let mut state = self.shared.lock();
        state.refusals.clear();
        state.choking.clear();
        state.image_status.clear();
        state.turned_away.clear();
        state.refused.clear();
    }

    /// From now on this plate's payments are deducted automatically.
    pub fn open_contract(&self, plate_no: &str) {
        self.shared.lock().contracts.insert(plate_no.to_owned());
    }

    /// Waits until `enough` is true of what was taken; false when it takes longer than `patience`.
    pub async fn until(&self, patience: Duration, enough: impl Fn(&Self) -> bool) -> bool {
        let mut stored = self.shared.stored.subscribe();
        let waiting = async {
            while !enough(self) {
                // Some conditions are about more than what was stored.
                let _ = tokio::time::timeout(Duration::from_millis(50), stored.changed()).await;
            }
        };
        tokio::time::timeout(patience, waiting).await.is_ok()
    }

    /// Waits until a gateway is logged in on the link.
    pub async fn linked(&self, patience: Duration) -> bool {
        let mut link = self.shared.link.subscribe();
        tokio::time::timeout(patience, link.wait_for(|up| *up)).await.is_ok()
    }

    /// Sends a command down the link and waits for its reply.
    pub async fn command(&self, code: u16, elements: &[Value]) -> Result<Reply, String> {
        let bytes = self.command_raw(code, self.request(elements)).await?;
        self.replied(code, elements, &bytes)
    }

    /// The reply; what the lot took of a payment goes into the books.
    fn replied(&self, code: u16, elements: &[Value], bytes: &[u8]) -> Result<Reply, String> {
        let reply = Reply::decode(bytes).map_err(|error| error.to_string())?;
        if code == 6007 && reply.succeeded() && reply.data.is_empty() {
            let mut state = self.shared.lock();
            for element in elements {
                state.ledger.notice(&element["chargeInfo"]);
            }
        }
        Ok(reply)
    }

    /// The bytes of a request with these elements, made now.
    pub fn request(&self, elements: &[Value]) -> Vec<u8> {
        if let Some(accent) = self.shared.accent {
            return accent.request(elements, jiff::Timestamp::now(), self.shared.sign).body;
        }
        let texts: Vec<_> = elements.iter().map(crate::foreign::json::canonical).collect();
        let timestamp = jiff::Timestamp::now().as_second();
        crate::standard::envelope::encode_request(&texts, timestamp, self.shared.sign).into_bytes()
    }

    /// Sends any body down the link and waits for the reply's bytes.
    pub async fn command_raw(&self, code: u16, body: Vec<u8>) -> Result<Vec<u8>, String> {
        let (reply, answer) = oneshot::channel();
        let commands = self.shared.lock().commands.clone().ok_or("no gateway on the link")?;
        commands.send(Order { code, body, reply }).await.map_err(|_| "the link is gone")?;
        match tokio::time::timeout(Duration::from_secs(20), answer).await {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(_)) => Err("the link broke before the reply".to_owned()),
            Err(_) => Err("no reply within 20 s".to_owned()),
        }
    }

    /// Sends a command to the callback and waits for its reply.
    pub async fn call_back(&self, code: u16, elements: &[Value]) -> Result<Reply, String> {
        let (_, bytes) = self.call_back_raw(code, self.request(elements)).await?;
        self.replied(code, elements, &bytes)
    }

    /// Sends any body to the callback and waits for status and bytes of the answer.
    pub async fn call_back_raw(&self, code: u16, body: Vec<u8>) -> Result<(u16, Vec<u8>), String> {
        callback::post(&self.shared, code, body).await
    }

    /// What the gateway announced as its `callbackServer`.
    pub fn callback_server(&self) -> Option<String> {
        self.shared.lock().callback_server.clone()
    }
}
