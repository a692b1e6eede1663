//! Where a command comes in, whichever channel carried it: envelope and sign are checked here, the
//! engine carries it out, and its reply becomes an envelope again. Never silence, never a panic.

use crate::clock;
use crate::engine::EngineHandle;
use crate::foreign::text::NoText;
use crate::model::happening::Happening;
use crate::model::input::{Answer, Command, Input};
use crate::model::remark::Reproach;
use crate::standard::envelope::{EnvelopeError, RawBody, Reply, Request, decode_request};
use crate::standard::sign::SignRules;
use crate::teller::Teller;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use std::time::Duration;
use tokio::time::Instant;

/// A garage that has not answered by then is still told to: the platform hears the estimate.
const SETTLES_WITHIN: Duration = Duration::from_secs(8);

/// The one way from a request's bytes to its reply's.
#[derive(Clone)]
pub struct Door {
    /// Carries commands out.
    pub engine: EngineHandle,
    /// How requests are signed.
    pub sign: SignRules,
    /// A command that was never seen before and is further off our clock is refused here; none is when absent.
    pub max_age: Option<SignedDuration>,
    /// The lot's time zone: in it is what says a time and no zone.
    pub zone: TimeZone,
    /// Told what happened.
    pub teller: Teller,
}

/// How far a request has come with its first commit.
pub enum Begun {
    /// The reply's bytes.
    Answered(Vec<u8>),
    /// Carried out; its reply waits for somebody else, a garage.
    Unsettled(Command),
}

enum Submitted {
    Settled(Vec<u8>),
    Unsettled(Reply),
}

impl Door {
    /// The command in a request's bytes, its sign right; the reply's bytes to one that is none.
    pub fn read(&self, code: u16, body: RawBody<'_>) -> Result<Command, Vec<u8>> {
        match decode_request(body, self.sign, &self.zone) {
            Ok(Request { timestamp, data }) => {
                Ok(Command { code, timestamp, data, max_age: self.max_age })
            }
            Err(error) => {
                if let EnvelopeError::BadSign(wrong) = &error {
                    self.teller.tell(Happening::BadSign { code, wrong: (**wrong).clone() });
                }
                Err(self.refuse(code, &reproach(&error).text()))
            }
        }
    }

    /// Carries a command out; the reply's bytes.
    pub async fn carry_out(&self, command: Command) -> Vec<u8> {
        match self.submit(&command).await {
            Submitted::Settled(bytes) => bytes,
            Submitted::Unsettled(_) => self.settle(command).await,
        }
    }

    /// Carries a request out as far as its first commit. Most are settled by that.
    pub async fn begin(&self, code: u16, body: &[u8]) -> Begun {
        let command = match self.read(code, RawBody::bare(body)) {
            Ok(command) => command,
            Err(refusal) => return Begun::Answered(refusal),
        };
        match self.submit(&command).await {
            Submitted::Settled(bytes) => Begun::Answered(bytes),
            Submitted::Unsettled(_) => Begun::Unsettled(command),
        }
    }

    /// Waits until a request is settled: it is asked again whenever something has, which does nothing
    /// twice. When patience ends the platform hears what is known by then.
    pub async fn settle(&self, command: Command) -> Vec<u8> {
        let patience = Instant::now() + SETTLES_WITHIN;
        let mut settled = self.engine.settled();
        loop {
            // It may have settled between its commit and our listening.
            let reply = match self.submit(&command).await {
                Submitted::Settled(bytes) => return bytes,
                Submitted::Unsettled(reply) => reply,
            };
            let waited = tokio::time::timeout_at(patience, settled.changed()).await;
            if !matches!(waited, Ok(Ok(()))) {
                self.tell(command.code, &reply);
                return encode(&reply);
            }
        }
    }

    async fn submit(&self, command: &Command) -> Submitted {
        match self.engine.submit(Input::Command(command.clone())).await {
            Ok(Answer::Reply(reply)) => Submitted::Settled(encode(&reply)),
            Ok(Answer::Unsettled(reply)) => Submitted::Unsettled(reply),
            Ok(_) | Err(_) => {
                Submitted::Settled(self.refuse(command.code, &Reproach::NotStored.text()))
            }
        }
    }

    fn tell(&self, code: u16, reply: &Reply) {
        self.teller.tell(Happening::Commanded {
            code,
            result_code: reply.result_code,
            message: reply.result_msg.clone(),
        });
    }

    /// The reply's bytes to a request that is none.
    pub fn refuse(&self, code: u16, message: &str) -> Vec<u8> {
        let reply = Reply::failed(message);
        self.tell(code, &reply);
        encode(&reply)
    }
}

fn encode(reply: &Reply) -> Vec<u8> {
    reply.encode(clock::now().as_second()).into_bytes()
}

/// What is wrong with a request, in the words for the platform's people.
fn reproach(error: &EnvelopeError) -> Reproach<'_> {
    match error {
        EnvelopeError::NotText(NoText::TooLarge(_)) => Reproach::TooLarge,
        EnvelopeError::NotText(NoText::BadlyPacked | NoText::UnknownEncoding(_)) => {
            Reproach::NotText
        }
        EnvelopeError::NotJson(detail) => Reproach::NotJson { detail },
        EnvelopeError::TooManyValues => Reproach::TooLarge,
        EnvelopeError::NotObject => Reproach::NotObject,
        EnvelopeError::NoData => Reproach::NoData,
        EnvelopeError::BadSign(_) => Reproach::BadSign,
        EnvelopeError::NoResultCode => Reproach::NoResultCode,
    }
}
