//! The long connection as a pure state machine: bytes and time in, frames and actions out.
//!
//! Log in (1004), show life (1006), hand commands on, carry replies back, log out (1005). No socket, no
//! clock, no task; hours of it are tested in milliseconds.

use crate::foreign::text::of_body;
use crate::model::remark::Reproach;
use crate::standard::MAX_BYTES;
use crate::standard::envelope::{Reply, encode_request};
use crate::standard::frame::{Frame, FrameDecoder, FrameDirection, FrameError, MAX_PACKET_NO};
use crate::standard::sign::SignRules;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

const LOG_IN: u16 = 1004;
const LOG_OUT: u16 = 1005;
const HEARTBEAT: u16 = 1006;

/// An answer to a heartbeat is awaited this long (6.1.3).
const HEARTBEAT_ANSWER: Duration = Duration::from_secs(3);
/// An unanswered heartbeat is sent again this often (6.1.3).
const HEARTBEAT_AGAIN: u32 = 2;
/// An answer to a login or logout is awaited this long (6.1.1 e).
const LOG_IN_ANSWER: Duration = Duration::from_secs(20);
/// Faulty frames in a row after which the connection is not worth keeping.
const FAULTS_AT_MOST: u32 = 3;

/// A moment on both clocks.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// For time-outs.
    pub monotonic: Instant,
    /// Seconds since 1970, for envelopes.
    pub wall: i64,
}

/// What the link is told once.
#[derive(Debug, Clone)]
pub struct LinkSettings {
    /// 1004's element as canonical JSON.
    pub login: String,
    /// How requests are signed.
    pub sign: SignRules,
    /// Version bytes of our frames.
    pub version: (u8, u8),
    /// How often we show life.
    pub heartbeat: Duration,
}

/// What the link wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The platform accepted the login.
    LoggedIn,
    /// Carry this command out and [`Link::reply`] to it.
    Command {
        /// To be given back with the reply.
        packet_no: u32,
        /// The interface.
        code: u16,
        /// The envelope's bytes.
        body: Vec<u8>,
    },
    /// Bytes that made no frame.
    Fault(FrameError),
    /// Close the connection.
    Close(CloseReason),
}

/// Why the connection is to be closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloseReason {
    /// The login was refused.
    #[error("login (1004) refused: {0}")]
    LoginRefused(String),
    /// The login was not answered.
    #[error("login (1004) not answered within 20 s")]
    LoginUnanswered,
    /// Heartbeats were not answered.
    #[error("three heartbeats (1006) not answered")]
    Silent,
    /// A heartbeat was refused: the platform has forgotten us.
    #[error("heartbeat (1006) refused: {0}")]
    HeartbeatRefused(String),
    /// Too many faulty frames.
    #[error("too many faulty frames, the last: {0}")]
    Garbage(FrameError),
    /// We logged out.
    #[error("logged out")]
    LoggedOut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    LoggingIn { since: Instant },
    Online,
    LoggingOut { since: Instant },
    Closed,
}

/// The heartbeat on its way or answered.
#[derive(Debug)]
struct Heartbeat {
    frame: Vec<u8>,
    sent: Instant,
    times_sent: u32,
    answered: bool,
}

/// One connection's state.
#[derive(Debug)]
pub struct Link {
    settings: LinkSettings,
    decoder: FrameDecoder,
    state: State,
    next_packet_no: u32,
    heartbeat: Option<Heartbeat>,
    faults: u32,
    transmits: VecDeque<Vec<u8>>,
    actions: VecDeque<Action>,
}

impl Link {
    /// A link on a fresh connection; its login is ready to be sent.
    pub fn new(settings: LinkSettings, now: Moment) -> Self {
        let mut link = Self {
            decoder: FrameDecoder::default(),
            state: State::LoggingIn { since: now.monotonic },
            next_packet_no: 1,
            heartbeat: None,
            faults: 0,
            transmits: VecDeque::new(),
            actions: VecDeque::new(),
            settings,
        };
        let login = link.settings.login.clone();
        link.request(LOG_IN, &[&login], now);
        link
    }

    /// The next bytes to send.
    pub fn next_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmits.pop_front()
    }

    /// The next thing to do.
    pub fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When to call [`Link::tick`] at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::LoggingIn { since } | State::LoggingOut { since } => Some(since + LOG_IN_ANSWER),
            State::Online => self.heartbeat.as_ref().map(|beat| beat.sent + self.patience(beat)),
            State::Closed => None,
        }
    }

    fn patience(&self, beat: &Heartbeat) -> Duration {
        if beat.answered { self.settings.heartbeat } else { HEARTBEAT_ANSWER }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Moment) {
        if self.deadline().is_none_or(|deadline| now.monotonic < deadline) {
            return;
        }
        match self.state {
            State::LoggingIn { .. } => self.close(CloseReason::LoginUnanswered),
            State::LoggingOut { .. } => self.close(CloseReason::LoggedOut),
            State::Online => self.beat(now),
            State::Closed => {}
        }
    }

    fn beat(&mut self, now: Moment) {
        match &mut self.heartbeat {
            Some(beat) if !beat.answered && beat.times_sent > HEARTBEAT_AGAIN => {
                self.close(CloseReason::Silent);
            }
            Some(beat) if !beat.answered => {
                beat.sent = now.monotonic;
                beat.times_sent += 1;
                let frame = beat.frame.clone();
                self.transmits.push_back(frame);
            }
            _ => self.first_beat(now),
        }
    }

    fn first_beat(&mut self, now: Moment) {
        let before = self.transmits.len();
        self.request(HEARTBEAT, &[], now);
        if let Some(frame) = self.transmits.get(before).cloned() {
            let sent = now.monotonic;
            self.heartbeat = Some(Heartbeat { frame, sent, times_sent: 1, answered: false });
        }
    }

    /// Bytes came from the platform.
    pub fn received(&mut self, bytes: &[u8], now: Moment) {
        self.decoder.push(bytes);
        while self.state != State::Closed {
            match self.decoder.next_frame() {
                None => return,
                Some(Ok(frame)) => self.frame(frame, now),
                Some(Err(error)) => self.fault(error),
            }
        }
    }

    fn fault(&mut self, error: FrameError) {
        self.faults += 1;
        self.actions.push_back(Action::Fault(error));
        // A length that cannot be true leaves no way to find the next frame.
        if self.faults >= FAULTS_AT_MOST || matches!(error, FrameError::TooLong { .. }) {
            self.close(CloseReason::Garbage(error));
        }
    }

    fn frame(&mut self, frame: Frame, now: Moment) {
        self.faults = 0;
        if let Some(beat) = &mut self.heartbeat {
            beat.answered = true;
        }
        match frame.direction {
            FrameDirection::Reply => self.replied(&frame, now),
            FrameDirection::Request => self.requested(frame, now),
        }
    }

    fn replied(&mut self, frame: &Frame, now: Moment) {
        let text = of_body(&frame.data, None, MAX_BYTES);
        let is_empty = text.is_ok_and(|text| text.is_empty());
        let nothing = || Reply::of_nothing(frame.command, &[]).filter(|_| is_empty);
        let refusal = match nothing().map_or_else(|| Reply::decode(&frame.data), Ok) {
            Ok(reply) if reply.succeeded() && reply.first_error().is_none() => None,
            Ok(reply) => Some(
                reply
                    .first_error()
                    .map_or(reply.result_msg, |(code, message)| format!("{} {message}", code.0)),
            ),
            Err(error) => Some(error.to_string()),
        };
        match (frame.command, self.state, refusal) {
            (LOG_IN, State::LoggingIn { .. }, None) => {
                self.state = State::Online;
                self.actions.push_back(Action::LoggedIn);
                self.first_beat(now);
            }
            (LOG_IN, State::LoggingIn { .. }, Some(words)) => {
                self.close(CloseReason::LoginRefused(words));
            }
            (LOG_OUT, State::LoggingOut { .. }, _) => self.close(CloseReason::LoggedOut),
            (HEARTBEAT, State::Online, Some(words)) => {
                self.close(CloseReason::HeartbeatRefused(words));
            }
            _ => {}
        }
    }

    fn requested(&mut self, frame: Frame, now: Moment) {
        let Frame { packet_no, command, data, .. } = frame;
        if command == HEARTBEAT {
            self.reply(packet_no, command, Reply::ok(Vec::new()).encode(now.wall).into_bytes());
        } else if self.state == State::Online {
            self.actions.push_back(Action::Command { packet_no, code: command, body: data });
        } else {
            let refusal = Reply::failed(&Reproach::NotLoggedIn.text());
            self.reply(packet_no, command, refusal.encode(now.wall).into_bytes());
        }
    }

    /// Answers a command.
    pub fn reply(&mut self, packet_no: u32, command: u16, body: Vec<u8>) {
        self.transmit(packet_no, FrameDirection::Reply, command, body);
    }

    /// Says goodbye.
    pub fn log_out(&mut self, now: Moment) {
        if self.state == State::Online {
            self.request(LOG_OUT, &[], now);
            self.state = State::LoggingOut { since: now.monotonic };
        } else {
            self.close(CloseReason::LoggedOut);
        }
    }

    fn request(&mut self, command: u16, elements: &[&str], now: Moment) {
        let packet_no = self.next_packet_no;
        self.next_packet_no = if packet_no >= MAX_PACKET_NO { 1 } else { packet_no + 1 };
        let body = encode_request(elements, now.wall, self.settings.sign).into_bytes();
        self.transmit(packet_no, FrameDirection::Request, command, body);
    }

    fn transmit(&mut self, packet_no: u32, direction: FrameDirection, command: u16, data: Vec<u8>) {
        let frame = Frame { version: self.settings.version, packet_no, direction, command, data };
        match frame.encode() {
            Ok(bytes) => self.transmits.push_back(bytes),
            Err(error) => self.actions.push_back(Action::Fault(error)),
        }
    }

    fn close(&mut self, reason: CloseReason) {
        if self.state != State::Closed {
            self.state = State::Closed;
            self.actions.push_back(Action::Close(reason));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A link and a clock that only this test moves.
    struct Bench {
        link: Link,
        start: Instant,
        seconds: u64,
    }

    fn settings() -> LinkSettings {
        LinkSettings {
            login: r#"{"password":"p","userId":"u"}"#.to_owned(),
            sign: SignRules::default(),
            version: (1, 0),
            heartbeat: Duration::from_secs(3),
        }
    }

    impl Bench {
        fn new() -> Self {
            let start = Instant::now();
            let link = Link::new(settings(), Moment { monotonic: start, wall: 1_700_000_000 });
            Self { link, start, seconds: 0 }
        }

        fn online() -> Self {
            let mut bench = Self::new();
            let login = bench.sent().remove(0);
            bench.answer(&login, &Reply::ok(vec![]));
            assert_eq!(bench.actions(), [Action::LoggedIn]);
            assert_eq!(bench.sent()[0].command, HEARTBEAT);
            bench
        }

        fn now(&self) -> Moment {
            let monotonic = self.start + Duration::from_secs(self.seconds);
            Moment { monotonic, wall: 1_700_000_000 + i64::try_from(self.seconds).unwrap() }
        }

        fn pass(&mut self, seconds: u64) {
            for _ in 0..seconds {
                self.seconds += 1;
                let now = self.now();
                self.link.tick(now);
            }
        }

        fn sent(&mut self) -> Vec<Frame> {
            let mut decoder = FrameDecoder::default();
            while let Some(bytes) = self.link.next_transmit() {
                decoder.push(&bytes);
            }
            std::iter::from_fn(|| decoder.next_frame()).map(Result::unwrap).collect()
        }

        fn actions(&mut self) -> Vec<Action> {
            std::iter::from_fn(|| self.link.next_action()).collect()
        }

        fn receive(&mut self, frame: &Frame) {
            let now = self.now();
            self.link.received(&frame.encode().unwrap(), now);
        }

        fn answer(&mut self, request: &Frame, reply: &Reply) {
            let data = reply.encode(0).into_bytes();
            self.receive(&Frame { direction: FrameDirection::Reply, data, ..request.clone() });
        }
    }

    fn command(packet_no: u32, code: u16) -> Frame {
        Frame {
            version: (1, 0),
            packet_no,
            direction: FrameDirection::Request,
            command: code,
            data: b"{}".to_vec(),
        }
    }

    #[test]
    fn the_first_frame_is_the_login_with_a_sign() {
        let mut bench = Bench::new();
        let login = bench.sent().remove(0);
        assert_eq!((login.command, login.packet_no), (1004, 1));
        let body = String::from_utf8(login.data).unwrap();
        assert!(body.contains(r#""userId":"u""#) && body.contains(r#""sign":""#), "{body}");
    }

    #[test]
    fn a_refused_login_closes_with_the_platforms_words() {
        let mut bench = Bench::new();
        let login = bench.sent().remove(0);
        bench.answer(&login, &Reply::failed("用户名或密码错误"));
        let reason = CloseReason::LoginRefused("用户名或密码错误".to_owned());
        assert_eq!(bench.actions(), [Action::Close(reason)]);
    }

    #[test]
    fn an_unanswered_login_closes_after_twenty_seconds() {
        let mut bench = Bench::new();
        bench.pass(19);
        assert_eq!(bench.actions(), []);
        bench.pass(1);
        assert_eq!(bench.actions(), [Action::Close(CloseReason::LoginUnanswered)]);
    }

    #[test]
    fn a_heartbeat_goes_every_three_seconds_for_hours_while_it_is_answered() {
        let mut bench = Bench::online();
        let mut beats = 0;
        for _ in 0..3600 {
            let life = command(1, HEARTBEAT);
            bench.answer(&life, &Reply::ok(vec![]));
            bench.pass(3);
            let sent = bench.sent();
            assert_eq!(sent.len(), 1);
            beats += 1;
        }
        assert_eq!((beats, bench.actions()), (3600, vec![]));
    }

    #[test]
    fn silence_is_answered_by_the_same_heartbeat_twice_and_then_by_closing() {
        let mut bench = Bench::online();
        bench.pass(3);
        let again = bench.sent();
        bench.pass(3);
        assert_eq!(bench.sent(), again);
        assert_eq!(bench.actions(), []);
        bench.pass(3);
        assert_eq!(bench.actions(), [Action::Close(CloseReason::Silent)]);
        assert_eq!(bench.sent(), []);
    }

    #[test]
    fn any_frame_of_the_platform_counts_as_life() {
        let mut bench = Bench::online();
        bench.pass(2);
        bench.receive(&command(9, 6003));
        bench.pass(1);
        let beat = bench.sent();
        assert_eq!(
            (beat.len(), beat[0].packet_no),
            (1, 3),
            "a new heartbeat, not the old one again"
        );
    }

    #[test]
    fn a_command_is_handed_on_and_its_reply_repeats_packet_number_and_code() {
        let mut bench = Bench::online();
        bench.receive(&command(77, 6003));
        let body = b"{}".to_vec();
        assert_eq!(bench.actions(), [Action::Command { packet_no: 77, code: 6003, body }]);
        bench.link.reply(77, 6003, b"done".to_vec());
        let reply = bench.sent().remove(0);
        assert_eq!(
            (reply.packet_no, reply.command, reply.direction),
            (77, 6003, FrameDirection::Reply)
        );
    }

    #[test]
    fn a_command_before_the_login_is_answered_with_a_refusal() {
        let mut bench = Bench::new();
        bench.sent();
        bench.receive(&command(5, 6003));
        let reply = bench.sent().remove(0);
        assert!(!Reply::decode(&reply.data).unwrap().succeeded());
        assert_eq!(bench.actions(), []);
    }

    #[test]
    fn one_broken_frame_is_told_and_three_in_a_row_close() {
        let mut bench = Bench::online();
        let mut broken = command(1, 6003).encode().unwrap();
        broken[17] ^= 1;
        let now = bench.now();
        bench.link.received(&broken, now);
        assert!(matches!(bench.actions()[..], [Action::Fault(FrameError::BadCrc { .. })]));
        bench.receive(&command(2, 6003));
        bench.actions();
        for _ in 0..3 {
            bench.link.received(&broken, now);
        }
        assert!(matches!(bench.actions().last(), Some(Action::Close(CloseReason::Garbage(_)))));
    }

    #[test]
    fn a_clean_stop_logs_out_and_then_closes() {
        let mut bench = Bench::online();
        let now = bench.now();
        bench.link.log_out(now);
        let goodbye = bench.sent().remove(0);
        assert_eq!(goodbye.command, 1005);
        bench.answer(&goodbye, &Reply::ok(vec![]));
        assert_eq!(bench.actions(), [Action::Close(CloseReason::LoggedOut)]);
    }
}
