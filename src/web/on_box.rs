//! What was said on the box itself: by which of its users, and what the trail calls them. Some things are done only for whoever
//! is there. For the endpoints; it knows none of them, nor how a user is known.

use crate::https::CallerOnBox;
use crate::machine_users::name_of_user;
use crate::model::queue::SaidAt;
use axum::extract::FromRequestParts;
use axum::http::Extensions;
use axum::http::request::Parts;
use std::convert::Infallible;

/// The user of this machine who sent a request by the socket on it; none where it came over the network.
#[derive(Debug, Clone)]
pub(super) struct OnBox(Option<String>);

impl<S: Sync> FromRequestParts<S> for OnBox {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}

impl OnBox {
    /// Whoever sent a request that carries this.
    pub(super) fn of(extensions: &Extensions) -> Self {
        Self(extensions.get::<CallerOnBox>().map(|CallerOnBox(user)| name_of_user(*user)))
    }

    /// The user.
    pub(super) fn user(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Where it was said.
    pub(super) fn said(&self) -> SaidAt {
        if self.0.is_some() { SaidAt::TheBox } else { SaidAt::Network }
    }

    /// Who did it, for the trail: whoever the request names, and the user who sent it where that is another.
    pub(super) fn deed_of(&self, operator: String) -> String {
        match &self.0 {
            Some(user) if *user != operator => format!("{operator} ({user})"),
            _ => operator,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trail_names_the_user_of_the_box_beside_whoever_the_request_names() {
        let root = OnBox(Some("root".to_owned()));
        assert_eq!(root.deed_of("李四".to_owned()), "李四 (root)");
        assert_eq!(root.deed_of("root".to_owned()), "root");
        assert_eq!(OnBox(None).deed_of("李四".to_owned()), "李四");
        assert_eq!((root.said(), OnBox(None).said()), (SaidAt::TheBox, SaidAt::Network));
    }
}
