//! A car at a lane, from its camera's word to the barrier behind it: which car a reading means ([`recognise`], [`alike`]), what lay
//! in a broker meanwhile ([`undecided`]), read and decided ([`passage`]), let pass ([`pass`], [`by_hand`]) until it has gone ([`crossing`], [`unseen`]) or gone back
//! ([`gone_back`]), behind
//! another ([`tailing`]), in a gate of two cameras ([`gate`]), its barrier ([`barrier`]) and all of them ([`all_up`]), what the
//! lane shows ([`display`]), its contacts ([`contacts`]), a loop not to be believed ([`stuck_loop`]) the list its camera keeps itself ([`camera_list`]) and how it stands ([`condition`]). It carries decisions out; what a
//! car may do is `rights`', what a stay is `stay`'s.

pub(super) mod alike;
pub(super) mod all_up;
pub(super) mod barrier;
pub(super) mod by_hand;
pub(super) mod camera_list;
pub(super) mod condition;
pub(super) mod contacts;
pub(super) mod crossing;
pub(super) mod display;
pub(super) mod gate;
pub(super) mod gone_back;
mod out_of_time;
pub(super) mod pass;
pub(super) mod passage;
pub(super) mod pictures;
pub(super) mod recognise;
mod stuck_loop;
pub(super) mod tailing;
pub(super) mod ticket;
pub(super) mod undecided;
pub(super) mod unseen;
