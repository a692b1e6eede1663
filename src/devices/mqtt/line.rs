//! One connection to a broker: made, kept alive, read and written, by MQTT 5 or, where the broker knows no better, by
//! 3.1.1. It knows neither devices nor what a message means, and remembers nothing of the connection before.
//!
//! Reading and writing wait for each other nowhere: where there is no room for what comes, the socket is left unread and
//! what is to be said is said ([`BrokerLine::only_speak`]).

use super::frames::{Frames, Incoming, NotMqtt, REFUSED, Welcome};
use super::hang_ups::Unsure;
use super::wire::{self, Hello, Publishing, Version};
use crate::addresses::{self, Reached};
use crate::config::Mqtt;
use crate::tls::{self, TlsError};
use bytes::{Buf as _, BytesMut};
use rumqttc::QoS;
use rustls::pki_types::ServerName;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf, split,
};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

/// From nothing to a welcome.
pub(super) const OPEN_WITHIN: Duration = Duration::from_secs(5);
/// A broker that takes nothing for so long takes nothing any more.
const WRITE_WITHIN: Duration = Duration::from_secs(5);
/// A broker that so often in a row hangs up on MQTT 5 is spoken to by 3.1.1.
const ATTEMPTS_BY_5: u32 = 3;
/// One that is being restarted is down by the next attempt, or up.
const BEFORE_NEXT_ATTEMPT: Duration = Duration::from_millis(300);
const LEAVE_WITHIN: Duration = Duration::from_millis(500);
/// Reasons that say nothing of a topic: a number is in use, too much was said.
const OF_NO_TOPIC: [u8; 2] = [0x91, 0x97];
/// In seconds, for the broker: it must not give us up while it is busy with what it has for us.
const KEEP_ALIVE: u16 = 600;
/// How often we ask whether the broker lives, whatever the keep-alive; at each keep-alive where the broker wants it sooner.
const PING_EVERY: Duration = Duration::from_secs(5);
/// A broker that has not answered for so long while it is listened to is gone. Some write all that waits with them to a slow
/// disk meanwhile, and say nothing.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);
/// The same while it is not listened to: its machine has not taken what we said.
const TAKEN_WITHIN: Duration = Duration::from_secs(15);
/// How many messages a broker shall have on their way to us at once: as many as may wait for their devices, so that what one
/// of them is slow to take holds up none of the others'.
pub(super) const WINDOW: u16 = 2048;
/// So much is made room for when the socket is read.
const READ: usize = 16 * 1024;
/// So much is written at once.
const WRITE: usize = 64 * 1024;

/// What a gateway wants of a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrokerRequest {
    /// To hear a topic.
    Subscribe(String, QoS),
    /// To hear it no more.
    Unsubscribe(String),
    /// To say something.
    Publish(Publishing),
    /// To be done with the message of that number.
    Acknowledge(u16),
}

/// Why there is no connection, or no longer one.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// Its CA file.
    #[error("{0}")]
    Tls(#[from] TlsError),
    /// The socket's own words.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It took the connection, perhaps, and nothing more.
    #[error("no answer within 5 s")]
    NoAnswer,
    /// It reads nothing.
    #[error("it takes nothing for 5 s")]
    Blocked,
    /// It says nothing, not even when asked.
    #[error("no answer to our ping within {0} s")]
    NoPong(u64),
    /// It does not want us.
    #[error("refused: {0}")]
    Refused(BrokerRefusal),
    /// The connection ended.
    #[error("the broker closed the connection")]
    Closed,
    /// It says why it ends it.
    #[error("the broker ends the connection: {0}")]
    Ended(BrokerRefusal),
    /// It speaks something else.
    #[error("{0}")]
    NotMqtt(#[from] NotMqtt),
}

/// Why a broker does not want us, as it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BrokerRefusal {
    /// It speaks another MQTT.
    #[error("protocol refused")]
    Version,
    /// Our name there.
    #[error("client id refused")]
    ClientId,
    /// User or password.
    #[error("bad user name or password")]
    Login,
    /// They are right, and may not.
    #[error("not authorised")]
    NotAuthorised,
    /// It is busy, or not ready.
    #[error("service unavailable")]
    Unavailable,
    /// Somebody has connected under our name.
    #[error("somebody else has connected under our client id")]
    TakenOver,
    /// Anything else.
    #[error("reason {0}")]
    Other(u8),
}

impl BrokerRefusal {
    fn of_welcome(answer: u8) -> Self {
        match answer {
            1 => Self::Version,
            2 => Self::ClientId,
            3 => Self::Unavailable,
            4 => Self::Login,
            5 => Self::NotAuthorised,
            other => Self::of_reason(other),
        }
    }

    fn of_reason(reason: u8) -> Self {
        match reason {
            0x84 => Self::Version,
            0x85 => Self::ClientId,
            0x86 => Self::Login,
            0x87 => Self::NotAuthorised,
            0x88 | 0x89 | 0x8b => Self::Unavailable,
            0x8e => Self::TakenOver,
            other => Self::Other(other),
        }
    }
}

impl LineError {
    /// Whether so, every time, ends the attempt to speak MQTT 5 with a broker that is older and does not say so; one that
    /// is being started ends it so, too, for a moment.
    fn may_be_older(&self) -> bool {
        match self {
            Self::Closed | Self::NotMqtt(_) => true,
            Self::Io(error) => matches!(
                error.kind(),
                io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::BrokenPipe
                    | io::ErrorKind::UnexpectedEof
            ),
            _ => false,
        }
    }
}

trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Socket for S {}

/// A connection that stands.
pub struct BrokerLine {
    reader: ReadHalf<Box<dyn Socket>>,
    writer: WriteHalf<Box<dyn Socket>>,
    version: Version,
    frames: Frames,
    /// What is to be written.
    out: BytesMut,
    last_number: u16,
    /// Messages of ours that the broker has yet to take, how many there may be, and those that wait for it.
    on_their_way: BTreeMap<u16, String>,
    at_once: usize,
    waiting: VecDeque<Publishing>,
    /// Topics that were asked for and not answered yet, by the numbers of those requests.
    asked_topics: BTreeMap<u16, (String, QoS)>,
    /// Topics on which the broker takes what we say.
    taken_on: BTreeSet<String>,
    /// Of what is said there the broker will not say whether it takes it.
    unsure: Unsure,
    only_once: bool,
    keeps_nothing: bool,
    ping_every: Duration,
    ping_at: Instant,
    /// Since when we have asked, and nothing has come although we listen.
    unanswered_since: Option<Instant>,
    /// Since when the broker takes nothing of what there is to be said, although we listen.
    blocked_since: Option<Instant>,
    /// Something that was said may not have left us yet.
    unflushed: bool,
}

/// What a broker is told at first.
#[derive(Debug, Clone, Copy)]
struct Greeting<'g> {
    client_id: &'g str,
    lasting: bool,
    window: Option<u16>,
}

/// Which address answered, and how many the broker's name has.
pub type Where = (SocketAddr, usize);

/// A connection with what the broker said to begin with.
pub struct Opened {
    /// The connection.
    pub line: BrokerLine,
    /// Whether it had kept our session.
    pub session_present: bool,
    /// Whether it knows no better than 3.1.1.
    pub older: bool,
    /// Whether it takes and hands over nothing but QoS 0.
    pub only_once: bool,
    /// Where it is.
    pub at: Where,
}

impl BrokerLine {
    /// Connects under that name; `lasting` sessions are kept for it.
    pub async fn open(broker: &Mqtt, client_id: &str, lasting: bool) -> Result<Opened, LineError> {
        Self::open_with(broker, client_id, lasting, lasting.then_some(WINDOW)).await
    }

    /// The same, asking the broker to have no more messages than `window` on their way to us at once; by 3.1.1 nobody can.
    pub async fn open_with(
        broker: &Mqtt,
        client_id: &str,
        lasting: bool,
        window: Option<u16>,
    ) -> Result<Opened, LineError> {
        let hello = Greeting { client_id, lasting, window };
        for attempt in 1.. {
            match Self::open_by(Version::V5, broker, hello).await {
                Err(LineError::Refused(BrokerRefusal::Version)) => break,
                Err(error) if error.may_be_older() && attempt == ATTEMPTS_BY_5 => break,
                Err(error) if error.may_be_older() => {
                    tokio::time::sleep(BEFORE_NEXT_ATTEMPT).await;
                }
                opened => return opened,
            }
        }
        Self::open_by(Version::V311, broker, hello).await
    }

    async fn open_by(
        version: Version,
        broker: &Mqtt,
        greeting: Greeting<'_>,
    ) -> Result<Opened, LineError> {
        let opening = async {
            let (socket, at) = socket(broker).await?;
            let mut line = Self::over(socket, version);
            let login = broker.login.as_ref();
            let login = login.map(|(user, password)| (user.as_str(), password.reveal()));
            let Greeting { client_id, lasting, window } = greeting;
            let hello = Hello { client_id, login, keep_alive: KEEP_ALIVE, lasting, window };
            wire::connect(&mut line.out, version, hello);
            let welcome = line.welcome().await?;
            Ok((line, welcome, at))
        };
        let opened = tokio::time::timeout(OPEN_WITHIN, opening).await;
        let (mut line, welcome, at) = opened.unwrap_or(Err(LineError::NoAnswer))?;
        if welcome.answer != 0 {
            return Err(LineError::Refused(BrokerRefusal::of_welcome(welcome.answer)));
        }
        line.at_once = welcome.receive_maximum.unwrap_or(u16::MAX).max(1).into();
        // None means that the broker wants none; a line that is dead is to be known yet.
        let wanted = welcome.keep_alive.filter(|wanted| *wanted > 0);
        let wanted = wanted.map_or(PING_EVERY, |wanted| Duration::from_secs(wanted.into()));
        line.ping_every = wanted.min(PING_EVERY);
        line.ping_at = Instant::now() + line.ping_every;
        (line.only_once, line.keeps_nothing) = (welcome.only_once, welcome.keeps_nothing);
        let (session_present, older) = (welcome.session_present, version == Version::V311);
        Ok(Opened { line, session_present, older, only_once: welcome.only_once, at })
    }

    fn over(socket: Box<dyn Socket>, version: Version) -> Self {
        let (reader, writer) = split(socket);
        Self {
            reader,
            writer,
            version,
            frames: Frames::new(version),
            out: BytesMut::new(),
            last_number: 0,
            on_their_way: BTreeMap::new(),
            at_once: 1,
            waiting: VecDeque::new(),
            asked_topics: BTreeMap::new(),
            taken_on: BTreeSet::new(),
            unsure: Unsure::default(),
            only_once: false,
            keeps_nothing: false,
            ping_every: PING_EVERY,
            ping_at: Instant::now() + PING_EVERY,
            unanswered_since: None,
            blocked_since: None,
            unflushed: false,
        }
    }

    async fn welcome(&mut self) -> Result<Welcome, LineError> {
        self.flush().await?;
        loop {
            match self.frames.take()? {
                Some(Incoming::Welcome(welcome)) => return Ok(welcome),
                // Nothing else comes first from a broker.
                Some(_) => return Err(LineError::Closed),
                None => self.read().await?,
            }
        }
    }

    /// Waits for what the broker says next, and meanwhile says what is asked for. May be dropped half-way.
    pub async fn next(
        &mut self,
        requests: &mut mpsc::Receiver<BrokerRequest>,
    ) -> Result<Incoming, LineError> {
        loop {
            match self.frames.take()? {
                Some(Incoming::Answered { number, reason }) => {
                    // What was never asked for is no answer.
                    let Some((topic, qos)) = self.asked_topics.remove(&number) else { continue };
                    return Ok(self.answered(topic, qos, reason));
                }
                Some(Incoming::Taken { number, reason }) => {
                    let taken = self.taken(number, reason);
                    self.publish_waiting();
                    if let Some(taken) = taken {
                        return Ok(taken);
                    }
                }
                Some(Incoming::Goodbye(reason)) => {
                    return Err(LineError::Ended(BrokerRefusal::of_reason(reason)));
                }
                Some(Incoming::Message(arrived)) => {
                    self.unsure.came_back(&arrived.topic);
                    return Ok(Incoming::Message(arrived));
                }
                Some(incoming) => return Ok(incoming),
                None => self.exchange(requests, true).await?,
            }
        }
    }

    /// Says what is asked for and leaves unread what the broker says, until the connection is found broken. May be dropped
    /// half-way.
    pub async fn only_speak(&mut self, requests: &mut mpsc::Receiver<BrokerRequest>) -> LineError {
        loop {
            if let Err(error) = self.exchange(requests, false).await {
                return error;
            }
        }
    }

    /// How many bytes of a message that has not come whole have come.
    pub fn of_the_next(&self) -> usize {
        self.frames.of_the_next()
    }

    fn answered(&mut self, topic: String, qos: QoS, reason: u8) -> Incoming {
        if reason >= REFUSED {
            return Incoming::TopicRefused { topic, reason };
        }
        if reason > 0 || qos == QoS::AtMostOnce {
            return Incoming::Granted;
        }
        // By 3.1.1 a broker does not say that it knows QoS 0 alone, and hangs up on whoever says more.
        self.only_once |= self.version == Version::V311;
        Incoming::GrantedOnce { topic }
    }

    /// What a broker's word on something we said tells of its topic.
    fn taken(&mut self, number: u16, reason: u8) -> Option<Incoming> {
        let topic = self.on_their_way.remove(&number)?;
        // By 3.1.1 no broker says that it did not take it.
        if self.version == Version::V311 || OF_NO_TOPIC.contains(&reason) {
            return None;
        }
        if reason >= REFUSED {
            self.taken_on.remove(&topic);
            return Some(Incoming::PublishRefused { topic, reason });
        }
        self.taken_on.insert(topic.clone()).then_some(Incoming::MayPublish { topic })
    }

    /// What was said when the broker hung up, where it may have done so because it forbids that, which not every broker says.
    pub fn last_said(&self) -> Option<String> {
        let unsure = self.unsure.last(Instant::now());
        let said = self.on_their_way.values().map(String::as_str).chain(unsure);
        said.into_iter().find(|topic| !self.has_taken(topic)).map(str::to_owned)
    }

    /// Whether the broker has taken something on that topic, as far as it tells.
    pub fn has_taken(&self, topic: &str) -> bool {
        self.taken_on.contains(topic) || self.unsure.has_outlived(topic, Instant::now())
    }

    /// Waits until anything happens: something is written, comes where we listen, or is to be said.
    async fn exchange(
        &mut self,
        requests: &mut mpsc::Receiver<BrokerRequest>,
        listens: bool,
    ) -> Result<(), LineError> {
        self.ask_whether_it_lives();
        let has_to_write = self.out.has_remaining() || self.unflushed;
        if !listens {
            // It may be waiting for us.
            (self.unanswered_since, self.blocked_since) = (None, None);
        } else if self.out.has_remaining() {
            self.blocked_since.get_or_insert_with(Instant::now);
        }
        make_room(self.frames.buffer());
        let given_up_at = self.given_up_at();
        // What is to be said first: whatever comes, and however much of it, no command waits for that. Then the socket, before
        // any clock: after a stop of the process, what it holds is looked at first.
        tokio::select! {
            biased;
            wrote = write_some(&mut self.writer, &mut self.out), if has_to_write => {
                self.unflushed = wrote?;
                self.blocked_since = None;
                Ok(())
            }
            Some(request) = requests.recv(), if self.out.len() < WRITE => {
                self.put(request);
                while self.out.len() < WRITE && let Ok(request) = requests.try_recv() {
                    self.put(request);
                }
                Ok(())
            }
            read = self.reader.read_buf(self.frames.buffer()), if listens => self.came(read?),
            () = tokio::time::sleep_until(self.ping_at.min(given_up_at)) => self.is_given_up(),
        }
    }

    fn ask_whether_it_lives(&mut self) {
        let now = Instant::now();
        if now >= self.ping_at {
            wire::ping(&mut self.out);
            self.unanswered_since.get_or_insert(now);
            self.ping_at = now + self.ping_every;
        }
    }

    fn given_up_at(&self) -> Instant {
        let unanswered = self.unanswered_since.map(|since| since + ANSWERS_WITHIN);
        let blocked = self.blocked_since.map(|since| since + WRITE_WITHIN);
        [unanswered, blocked].into_iter().flatten().min().unwrap_or(self.ping_at)
    }

    fn is_given_up(&self) -> Result<(), LineError> {
        if self.blocked_since.is_some_and(|since| since.elapsed() >= WRITE_WITHIN) {
            return Err(LineError::Blocked);
        }
        match self.unanswered_since {
            Some(since) if since.elapsed() >= ANSWERS_WITHIN => {
                Err(LineError::NoPong(ANSWERS_WITHIN.as_secs()))
            }
            _ => Ok(()),
        }
    }

    async fn read(&mut self) -> Result<(), LineError> {
        make_room(self.frames.buffer());
        let read = self.reader.read_buf(self.frames.buffer()).await?;
        self.came(read)
    }

    /// Whatever comes is a sign of life: what answers a ping stands behind all that was on its way.
    fn came(&mut self, read: usize) -> Result<(), LineError> {
        self.unanswered_since = None;
        if read == 0 { Err(LineError::Closed) } else { Ok(()) }
    }

    fn put(&mut self, request: BrokerRequest) {
        match request {
            BrokerRequest::Subscribe(topic, qos) => {
                let number = self.number();
                wire::subscribe(&mut self.out, self.version, number, &topic, qos);
                self.asked_topics.insert(number, (topic, qos));
            }
            BrokerRequest::Unsubscribe(topic) => {
                let number = self.number();
                wire::unsubscribe(&mut self.out, self.version, number, &topic);
            }
            BrokerRequest::Publish(what) => self.say(what),
            BrokerRequest::Acknowledge(number) => wire::acknowledge(&mut self.out, number),
        }
    }

    fn say(&mut self, mut what: Publishing) {
        what.retain &= !self.keeps_nothing;
        if what.qos != QoS::AtMostOnce && !self.only_once {
            self.waiting.push_back(what);
            return self.publish_waiting();
        }
        what.qos = QoS::AtMostOnce;
        // Once on each connection the broker is asked whether it takes what we say there.
        let asks = self.version == Version::V5
            && !self.only_once
            && self.on_their_way.len() < self.at_once
            && !self.taken_on.contains(&what.topic);
        let number = asks.then(|| self.number());
        match number {
            Some(number) => drop(self.on_their_way.insert(number, what.topic.clone())),
            None => self.unsure.say(what.topic.clone(), Instant::now()),
        }
        wire::publish(&mut self.out, self.version, number, &what);
    }

    /// No more at once than the broker wants.
    fn publish_waiting(&mut self) {
        while self.on_their_way.len() < self.at_once
            && let Some(what) = self.waiting.pop_front()
        {
            let number = self.number();
            self.on_their_way.insert(number, what.topic.clone());
            if self.version == Version::V311 {
                self.unsure.say(what.topic.clone(), Instant::now());
            }
            wire::publish(&mut self.out, self.version, Some(number), &what);
        }
    }

    /// A number that nothing of ours on its way has; there are more of them than may be on their way.
    fn number(&mut self) -> u16 {
        loop {
            self.last_number = self.last_number.checked_add(1).unwrap_or(1);
            let is_taken = self.on_their_way.contains_key(&self.last_number)
                || self.asked_topics.contains_key(&self.last_number);
            if !is_taken {
                return self.last_number;
            }
        }
    }

    async fn flush(&mut self) -> Result<(), LineError> {
        let writing = async {
            while self.out.has_remaining() {
                self.writer.write_buf(&mut self.out).await?;
            }
            self.writer.flush().await
        };
        let written = tokio::time::timeout(WRITE_WITHIN, writing).await;
        Ok(written.map_err(|_| LineError::Blocked)??)
    }

    /// Says what was asked for yet, and goodbye.
    pub async fn leave(mut self, requests: &mut mpsc::Receiver<BrokerRequest>) {
        while let Ok(request) = requests.try_recv() {
            self.put(request);
        }
        wire::goodbye(&mut self.out);
        let leaving = async {
            // Whatever is wrong with it, it is left.
            let _ = self.flush().await;
            let _ = self.writer.shutdown().await;
        };
        let _ = tokio::time::timeout(LEAVE_WITHIN, leaving).await;
    }
}

/// Writes a part of it, or has what was written leave us; whether that is to be done yet.
async fn write_some<W: AsyncWrite + Unpin>(writer: &mut W, out: &mut BytesMut) -> io::Result<bool> {
    if out.has_remaining() {
        return match writer.write_buf(out).await? {
            0 => Err(io::ErrorKind::WriteZero.into()),
            _ => Ok(true),
        };
    }
    writer.flush().await.map(|()| false)
}

fn make_room(buffer: &mut BytesMut) {
    if buffer.capacity() - buffer.len() < READ / 4 {
        buffer.reserve(READ);
    }
}

/// A TCP connection, with TLS where the broker has it. The CA's file is read each time, so that a new one counts at once.
async fn socket(broker: &Mqtt) -> Result<(Box<dyn Socket>, Where), LineError> {
    let host = broker.host.trim_matches(['[', ']']);
    let Reached { stream, at, of } = addresses::connect(host, broker.port).await?;
    // A barrier command must not wait for the acknowledgement of the packet before it.
    stream.set_nodelay(true)?;
    // A broker whose machine has vanished is noticed where it is not listened to, too; not every kernel can.
    let milliseconds = u32::try_from(TAKEN_WITHIN.as_millis()).unwrap_or_default();
    let _ = rustix::net::sockopt::set_tcp_user_timeout(&stream, milliseconds);
    if !broker.tls {
        return Ok((Box::new(stream), (at, of)));
    }
    let tls = tls::client_config(broker.ca_file.as_deref(), None)?;
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let stream = TlsConnector::from(Arc::new(tls)).connect(name, stream).await?;
    Ok((Box::new(stream), (at, of)))
}
