//! What the platform is answered is as it stands.

use super::must;
use crate::conservation::drive::{Asked, World};
use crate::conservation::model::Fate;
use crate::prelude::*;
use lotgate::standard::envelope::Reply;

pub fn of_bookings(world: &World) -> Result<(), String> {
    if world.seen.unsure_before {
        return Ok(());
    }
    match &world.seen.asked {
        Asked::Book { reply, inside, includes_now, shares, .. } => {
            let refused = code(reply) == Some(1200);
            if *inside && *includes_now {
                return must(refused, || format!("a car inside books for now: {reply:?}"));
            }
            must(!refused, || format!("refused as if it were inside: {reply:?}"))?;
            let Some(_) = shares else { return Ok(()) };
            let counted =
                reply.data.first().is_some_and(|one| one.get("reservableSpace").is_some());
            must(reply.succeeded() && !counted, || {
                format!("a second booking for the same time is the first: {reply:?}")
            })
        }
        Asked::Confirm { reply, state: 1, was: Some(Fate::Kept | Fate::Used) } => {
            must(reply.succeeded(), || format!("a booking that stands is confirmed: {reply:?}"))
        }
        _ => Ok(()),
    }
}

fn code(reply: &Reply) -> Option<i64> {
    reply.data.first().and_then(|element| element["code"].as_i64())
}

pub fn order_numbers(world: &World) -> Result<(), String> {
    let Asked::Quote { reply, known: Some(known), payable } = &world.seen.asked else {
        return Ok(());
    };
    must(known == payable, || {
        format!("one order of {known} and of {payable} fen: {}", json!(reply.data))
    })
}
