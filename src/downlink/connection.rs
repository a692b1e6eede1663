//! The TLS task around the link: connects for ever, moves bytes, hands commands through the door.

use super::door::{Begun, Door};
use super::link::{Action, CloseReason, Link, LinkSettings, Moment};
use super::taken_over::{LinkOwner, TakenOver};
use crate::addresses::{self, Reached};
use crate::backoff::Backoff;
use crate::clock;
use crate::config::{PlatformConfig, PlatformTcp};
use crate::foreign::json::canonical;
use crate::model::happening::Happening;
use crate::model::remark::Reproach;
use crate::teller::Teller;
use crate::tls;
use crate::whereabouts::{MOVED, Whereabouts};
use rustls::pki_types::ServerName;
use serde_json::json;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_util::sync::CancellationToken;

const CONNECT_WITHIN: Duration = Duration::from_secs(10);
const WRITE_WITHIN: Duration = Duration::from_secs(10);
const GOODBYE_WITHIN: Duration = Duration::from_millis(1500);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// By then another gateway has left the link: a platform that sends its commands to whoever logged in last, and that one is
/// gone, sends them to nobody.
const ANEW_AFTER: Duration = Duration::from_secs(10);
const BESIDE_ANOTHER: &str = "another gateway may have logged in: the login is made anew";
/// Commands being carried out at once; the platform waits for its answers anyway.
const COMMANDS: usize = 64;

/// The long connection.
pub struct LinkConnection {
    dialer: Dialer,
    door: Door,
    teller: Teller,
    stands_back: watch::Receiver<bool>,
    beside_another: Arc<Notify>,
}

/// Makes connections to the platform.
pub(super) struct Dialer {
    tcp: PlatformTcp,
    pub(super) settings: LinkSettings,
    platform: PlatformConfig,
    whereabouts: Whereabouts,
}

/// A connection that was made, to which of how many addresses.
pub(super) struct Dialed {
    pub(super) stream: TlsStream<TcpStream>,
    at: SocketAddr,
    of: usize,
}

/// A command on its way through the door, or its reply on the way back.
struct Parcel {
    packet_no: u32,
    code: u16,
    body: Vec<u8>,
}

impl Dialer {
    pub(super) fn new(platform: &PlatformConfig, tcp: &PlatformTcp) -> Self {
        let login = canonical(&json!({
            "userId": platform.user_id,
            "password": platform.password_cipher_text.reveal(),
        }));
        let settings = LinkSettings {
            login,
            sign: platform.dialect.sign,
            version: platform.dialect.version,
            heartbeat: tcp.heartbeat,
        };
        let whereabouts = Whereabouts::of(&tcp.host);
        Self { tcp: tcp.clone(), settings, platform: platform.clone(), whereabouts }
    }

    /// Connects. The certificates' files are read each time, so that a replaced one counts at once.
    pub(super) async fn connect(&self) -> io::Result<Dialed> {
        let (ca_file, own) = (self.platform.ca_file.as_deref(), self.platform.own_certificate());
        let tls = tls::client_config(ca_file, own).map_err(io::Error::other)?;
        let connector = TlsConnector::from(Arc::new(tls));
        let connecting = async {
            let Reached { stream, at, of } =
                addresses::connect(&self.tcp.host, self.tcp.port).await?;
            stream.set_nodelay(true)?;
            let name =
                ServerName::try_from(self.tcp.server_name.clone()).map_err(io::Error::other)?;
            Ok(Dialed { stream: connector.connect(name, stream).await?, at, of })
        };
        let late = || io::Error::new(io::ErrorKind::TimedOut, "no connection within 10 s");
        tokio::time::timeout(CONNECT_WITHIN, connecting).await.unwrap_or_else(|_| Err(late()))
    }
}

impl LinkConnection {
    /// A connection to the configured platform; while this gateway stands back for another that drives the lot, there is none:
    /// payments and locks would come to the wrong one. The one that goes on logs in anew where another has been noticed.
    pub fn new(
        platform: &PlatformConfig,
        tcp: &PlatformTcp,
        door: Door,
        (stands_back, beside_another): (watch::Receiver<bool>, Arc<Notify>),
    ) -> Self {
        let teller = door.teller.clone();
        Self { dialer: Dialer::new(platform, tcp), door, teller, stands_back, beside_another }
    }

    /// Stays connected until told to stop, then logs out.
    pub async fn run(self, stop: CancellationToken) {
        let following = self.dialer.whereabouts.clone().follow(stop.clone());
        tokio::join!(following, self.stay(stop));
    }

    async fn stay(&self, stop: CancellationToken) {
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        let mut moves = self.dialer.whereabouts.watch();
        let mut taken = TakenOver::default();
        let mut stands_back = self.stands_back.clone();
        loop {
            if *stands_back.borrow_and_update() {
                self.teller.tell(Happening::LinkLeft);
                tokio::select! {
                    () = stop.cancelled() => return,
                    // Whoever said so is gone: nobody says otherwise any more.
                    left = stands_back.wait_for(|stands_back| !stands_back) => if left.is_err() { return },
                }
                backoff.begin_again();
            }
            let ended = tokio::select! {
                () = stop.cancelled() => return,
                () = moves.moved() => continue,
                Ok(()) = stands_back.changed() => continue,
                dialed = self.dialer.connect() => match dialed {
                    Ok(Dialed { stream, at, of }) => {
                        if of > 1 {
                            let host = self.dialer.tcp.host.clone();
                            self.teller.tell(Happening::ReachedAt { host, at: at.to_string(), of });
                        }
                        self.serve(stream, &mut backoff, &mut taken, &stop).await
                    }
                    Err(error) => tls::in_words(&error.to_string()),
                },
            };
            if stop.is_cancelled() {
                return;
            }
            // Left to another gateway, which may have gone since.
            if *stands_back.borrow() || ended.is_empty() {
                continue;
            }
            let pause = backoff.pause(fastrand::f64());
            self.teller.tell(Happening::LinkDown { error: ended, again_in: pause });
            tokio::select! {
                () = stop.cancelled() => return,
                () = moves.moved() => backoff.begin_again(),
                Ok(()) = stands_back.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Serves one connection; returns why it ended.
    async fn serve(
        &self,
        stream: TlsStream<TcpStream>,
        backoff: &mut Backoff,
        taken: &mut TakenOver,
        stop: &CancellationToken,
    ) -> String {
        let (mut read, mut write) = tokio::io::split(stream);
        let (commands, waiting) = mpsc::channel(COMMANDS);
        let (answers, mut replies) = mpsc::channel(COMMANDS);
        let worker = tokio::spawn(carry_out(self.door.clone(), waiting, answers));
        let mut link = Link::new(self.dialer.settings.clone(), now());
        let mut buffer = vec![0; 16 * 1024];
        let mut leave_at = None;
        let mut moves = self.dialer.whereabouts.watch();
        let mut stands_back = self.stands_back.clone();
        let mut anew_at = None;
        let (mut up_since, mut by_platform) = (None, false);
        let ended = loop {
            if let Some(reason) = self.act(&mut link, &commands, &mut up_since) {
                by_platform = matches!(reason, CloseReason::HeartbeatRefused(_));
                break reason.to_string();
            }
            if let Err(error) = send_all(&mut link, &mut write).await {
                by_platform = true;
                break error.to_string();
            }
            let kept = up_since.unwrap_or_else(Instant::now) + TakenOver::KEPT;
            let deadline = link.deadline().unwrap_or_else(Instant::now);
            tokio::select! {
                () = stop.cancelled(), if leave_at.is_none() => {
                    leave_at = Some(Instant::now() + GOODBYE_WITHIN);
                    link.log_out(now());
                }
                () = tokio::time::sleep_until(leave_at.unwrap_or(deadline).into()), if leave_at.is_some() => {
                    break "stopped".to_owned();
                }
                () = tokio::time::sleep_until(deadline.into()) => link.tick(now()),
                () = tokio::time::sleep_until(kept.into()), if taken.is_suspected() => {
                    self.tell_kept(taken.lasts());
                }
                () = moves.moved() => {
                    backoff.begin_again();
                    break MOVED.to_owned();
                }
                () = self.beside_another.notified() => anew_at = Some(Instant::now() + ANEW_AFTER),
                () = tokio::time::sleep_until(anew_at.unwrap_or(deadline).into()), if anew_at.is_some() => {
                    backoff.begin_again();
                    break BESIDE_ANOTHER.to_owned();
                }
                // Not logged out: the platform knows one user, who is the other's, too.
                Ok(_) = stands_back.wait_for(|stands_back| *stands_back) => break String::new(),
                Some(Parcel { packet_no, code, body }) = replies.recv() => link.reply(packet_no, code, body),
                received = read.read(&mut buffer) => {
                    by_platform = !matches!(received, Ok(1..));
                    match received {
                        Ok(0) => break "the platform closed the connection".to_owned(),
                        Ok(length) => {
                            link.received(buffer.get(..length).unwrap_or_default(), now());
                        }
                        Err(error) => break error.to_string(),
                    }
                }
            }
        };
        worker.abort();
        if let Some(since) = up_since.filter(|_| by_platform && leave_at.is_none()) {
            self.tell_kept(taken.ended(since.elapsed()));
        }
        backoff.was_up(up_since.map_or(Duration::ZERO, |since: Instant| since.elapsed()));
        // What was said last should still arrive, whatever became of the connection.
        let _ = tokio::time::timeout(Duration::from_millis(500), write.shutdown()).await;
        ended
    }

    /// Whether the link is ours alone, where that is new. It stops nothing.
    fn tell_kept(&self, kept: Option<LinkOwner>) {
        match kept {
            Some(LinkOwner::Another(times)) => self.teller.tell(Happening::LinkTakenOver { times }),
            Some(LinkOwner::UsAgain) => self.teller.tell(Happening::LinkKept),
            None => {}
        }
    }

    /// Does what the link wants; returns why to close, if it wants that.
    fn act(
        &self,
        link: &mut Link,
        commands: &mpsc::Sender<Parcel>,
        up_since: &mut Option<Instant>,
    ) -> Option<CloseReason> {
        while let Some(action) = link.next_action() {
            match action {
                Action::LoggedIn => {
                    *up_since = Some(Instant::now());
                    self.teller.tell(Happening::LinkUp);
                }
                Action::Fault(error) => {
                    self.teller.tell(Happening::BadFrame { error: error.to_string() });
                }
                Action::Close(reason) => return Some(reason),
                Action::Command { packet_no, code, body } => {
                    // A platform that sends faster than it reads answers repeats what it misses.
                    if commands.try_send(Parcel { packet_no, code, body }).is_err() {
                        let busy =
                            crate::standard::envelope::Reply::failed(&Reproach::TooMany.text());
                        link.reply(packet_no, code, busy.encode(now().wall).into_bytes());
                    }
                }
            }
        }
        None
    }
}

pub(super) async fn send_all(
    link: &mut Link,
    write: &mut (impl tokio::io::AsyncWrite + Unpin),
) -> io::Result<()> {
    let sending = async {
        while let Some(bytes) = link.next_transmit() {
            write.write_all(&bytes).await?;
        }
        write.flush().await
    };
    let late = || io::Error::new(io::ErrorKind::TimedOut, "the platform takes no bytes");
    tokio::time::timeout(WRITE_WITHIN, sending).await.unwrap_or_else(|_| Err(late()))
}

/// Carries commands out in the order they came; one that waits for a garage keeps nobody waiting.
async fn carry_out(door: Door, mut waiting: mpsc::Receiver<Parcel>, answers: mpsc::Sender<Parcel>) {
    let mut unsettled = JoinSet::new();
    loop {
        let parcel = tokio::select! {
            parcel = waiting.recv() => parcel,
            Some(_) = unsettled.join_next() => continue,
        };
        let Some(Parcel { packet_no, code, body }) = parcel else { return };
        let body = match door.begin(code, &body).await {
            Begun::Answered(body) => body,
            Begun::Unsettled(command) => {
                let (door, answers) = (door.clone(), answers.clone());
                unsettled.spawn(async move {
                    let body = door.settle(command).await;
                    // A connection that is gone has lost its answers; the platform asks again.
                    let _ = answers.send(Parcel { packet_no, code, body }).await;
                });
                continue;
            }
        };
        if answers.send(Parcel { packet_no, code, body }).await.is_err() {
            return;
        }
    }
}

pub(super) fn now() -> Moment {
    Moment { monotonic: Instant::now(), wall: clock::now().as_second() }
}
