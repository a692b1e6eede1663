//! Why a handshake failed, in words for people: the libraries' own say less than is known. Pure.

/// What no certificate has to do with: the other side does not speak as we do, or does not say why it ends it.
const NOT_UNDERSTOOD: [&str; 4] = [
    "tls handshake eof",
    "received fatal alert: HandshakeFailure",
    "received fatal alert: ProtocolVersion",
    "received fatal alert: InsufficientSecurity",
];

/// The words for a connection's error; what is of no handshake stays as it is.
pub fn in_words(error: &str) -> String {
    if NOT_UNDERSTOOD.contains(&error) {
        return format!(
            "no TLS came about ({error}); `lotgate doctor` says what the server offers"
        );
    }
    // What our own judge says stands behind it.
    error.strip_prefix("other error: ").unwrap_or(error).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{AlertDescription, Error, OtherError};
    use std::sync::Arc;

    #[test]
    fn what_the_library_says_of_a_handshake_that_failed_is_known_here() {
        for alert in [
            AlertDescription::HandshakeFailure,
            AlertDescription::ProtocolVersion,
            AlertDescription::InsufficientSecurity,
        ] {
            let said = in_words(&Error::AlertReceived(alert).to_string());
            assert!(said.ends_with("`lotgate doctor` says what the server offers"), "{said}");
        }
        let ours = std::io::Error::other("only CN=x");
        assert_eq!(in_words(&Error::Other(OtherError(Arc::new(ours))).to_string()), "only CN=x");
        assert_eq!(in_words("Connection refused"), "Connection refused");
    }
}
