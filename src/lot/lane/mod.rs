//! A car at a lane, from its camera's word to the barrier behind it: read and decided ([`passage`]), let
//! pass but not yet through ([`crossing`]), its barrier ([`barrier`]), what the lane shows ([`display`]), its
//! contacts ([`contacts`]) and how it stands ([`condition`]). It carries decisions out; what a car may do is
//! `rights`', what a stay is `stay`'s.

pub(super) mod all_up;
pub(super) mod barrier;
pub(super) mod condition;
pub(super) mod contacts;
pub(super) mod crossing;
pub(super) mod display;
pub(super) mod gate;
pub(super) mod passage;
pub(super) mod recognise;
pub(super) mod tailing;
pub(super) mod ticket;
pub(super) mod undecided;
