//! What the platform wants done with a lease (6010) that is not known.

/// What 6010 does with a lease that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownLease {
    /// It makes it.
    #[default]
    Make,
    /// It is refused (1106).
    Refuse,
}
