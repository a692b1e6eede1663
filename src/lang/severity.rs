//! How bad what is wrong with a configuration is.

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The configuration cannot be used: `run` does not start with it.
    Error,
    /// `check` refuses it, as the platform or the lot's own cars would; what runs with it goes on.
    Fault,
    /// It can, but probably not as meant.
    Warning,
}
