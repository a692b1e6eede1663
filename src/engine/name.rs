//! What tells an input from every other, and is the same when it comes again to another process: a digest of what it is
//! about. For the guard.

use super::Content;
use crate::model::event::DeviceEvent;
use crate::model::input::Input;
use sha1::{Digest, Sha1};
use std::fmt::{self, Write};
use std::str::FromStr;

/// An input's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name(u64);

struct Digesting(Sha1);

impl Write for Digesting {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text);
        Ok(())
    }
}

impl Name {
    /// The name of what a letter brings. What differs each time it comes, like how it came, is left out.
    pub fn of(content: &Content) -> Self {
        let mut digest = Digesting(Sha1::new());
        // Writing into a digest does not fail.
        let _ = match content {
            Content::Rules(_) => write!(digest, "rules"),
            Content::Damaged(_) => write!(digest, "damaged"),
            Content::Hurry => write!(digest, "hurry"),
            Content::Input(input) => write(&mut digest, input),
        };
        let bytes = digest.0.finalize();
        let first = bytes.iter().take(8);
        Self(first.fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

fn write(digest: &mut Digesting, input: &Input) -> fmt::Result {
    match input {
        Input::Device(DeviceEvent::PlateRead(read)) => {
            write!(digest, "read {} {}", read.device_id, read.message)
        }
        // The platform repeats a command with the moment it does so.
        Input::Command(command) => {
            write!(digest, "command {}", command.code)?;
            command.data.iter().try_for_each(|element| write!(digest, " {element}"))
        }
        // What was said is the same when it comes again; what was read of it may hold the moment.
        Input::Staff(command) => match &command.said {
            Some(said) => write!(digest, "staff {} {said}", command.id),
            None => write!(digest, "staff {:?}", command.action),
        },
        Input::Started => write!(digest, "started"),
        Input::Tick { .. } => write!(digest, "tick"),
        other => write!(digest, "{other:?}"),
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Name {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(text, 16).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{Arrival, PlateRead};
    use crate::model::input::Command;
    use serde_json::json;
    use std::time::Instant;

    fn of(input: Input) -> Name {
        Name::of(&Content::Input(Box::new(input)))
    }

    #[test]
    fn what_comes_again_has_the_name_it_had_and_everything_else_another() {
        let read = |message: &str| PlateRead::of("camera".into(), message.to_owned(), None);
        let named = |read: PlateRead| of(Input::Device(DeviceEvent::PlateRead(Box::new(read))));
        let arrival = Arrival::BeforeMarker { broker: "b".to_owned() };
        let again =
            PlateRead { redelivered: true, received: Some(Instant::now()), arrival, ..read("1") };
        assert_eq!(named(read("1")), named(again));
        assert_ne!(named(read("1")), named(read("2")));
        let command = |timestamp, code| {
            of(Input::Command(Command {
                code,
                timestamp,
                data: vec![json!({ "a": 1 })],
                max_age: None,
            }))
        };
        assert_eq!(command(1, 6006), command(2, 6006));
        assert_ne!(command(1, 6006), command(1, 6007));
        let tick = |free_disk| of(Input::Tick { free_disk });
        assert_eq!(tick(None), tick(Some(5)));
        let name = tick(None);
        assert_eq!(name.to_string().parse(), Ok(name));
    }
}
