//! Another gateway that drives the same lot, as it is told and noted. Types; nothing here decides.

use std::fmt;

/// Why there is no command link while another gateway drives the lot, as it is noted.
pub const LINK_LEFT: &str = "left to another gateway";

/// What this gateway does beside another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stance {
    /// It commands no barrier by itself: the other one does.
    StandsBack,
    /// It goes on: the other one stands back.
    Drives,
    /// It goes on, and so does the other: on their broker anybody may say that he is a gateway.
    Unprotected,
}

impl Stance {
    const ALL: [Self; 3] = [Self::StandsBack, Self::Drives, Self::Unprotected];

    /// The word it is kept under.
    pub fn word(self) -> &'static str {
        match self {
            Self::StandsBack => "stands-back",
            Self::Drives => "drives",
            Self::Unprotected => "unprotected",
        }
    }
}

/// Another gateway that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnotherGateway {
    /// What this one does beside it.
    pub stance: Stance,
    /// The other's box.
    pub box_id: String,
    /// This box.
    pub here: String,
}

impl AnotherGateway {
    /// As it is noted; none where the words are no such note.
    pub fn of_note(note: &str) -> Option<Self> {
        let mut words = note.split(' ');
        let (stance, box_id, here) = (words.next()?, words.next()?, words.next()?);
        let stance = Stance::ALL.into_iter().find(|one| one.word() == stance)?;
        Some(Self { stance, box_id: box_id.to_owned(), here: here.to_owned() })
    }
}

/// The note.
impl fmt::Display for AnotherGateway {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} {} {}", self.stance.word(), self.box_id, self.here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_says_what_was_noted() {
        for stance in Stance::ALL {
            let another = AnotherGateway { stance, box_id: "b".to_owned(), here: "a".to_owned() };
            assert_eq!(AnotherGateway::of_note(&another.to_string()), Some(another));
        }
        assert_eq!(AnotherGateway::of_note("drives b"), None);
        assert_eq!(AnotherGateway::of_note("rests b a"), None);
    }
}
