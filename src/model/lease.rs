//! What is done with leases where lots and platforms differ: 6010 for one that is not known, a space that becomes free.

/// What 6010 does with a lease that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownLease {
    /// It makes it.
    #[default]
    Make,
    /// It is refused (1106).
    Refuse,
}

/// What a space of a lease that becomes free means for a car of it that came in when all were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFree {
    /// The one that has waited longest has it from that moment.
    #[default]
    Convert,
    /// Nothing: who came in as a visitor is one to the end of its stay.
    StayTemporary,
}
