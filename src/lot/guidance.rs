//! What signs in the neighbourhood shall show (9001): kept, and published for them on every broker.

use super::case::Case;
use super::rules::Rules;
use crate::model::outcome::Publication;
use crate::store::StoreError;

/// Keeps what is to be shown about a lot and publishes it.
pub fn keep(case: &mut Case<'_>, park_code: &str, body: String) -> Result<(), StoreError> {
    case.tx.set_guidance(park_code, &body)?;
    case.out.publications.push(publication(case.rules, park_code, body));
    Ok(())
}

/// After a start: brokers may have lost what they kept.
pub fn republish(case: &mut Case<'_>) -> Result<(), StoreError> {
    for (park_code, body) in case.tx.guidance()? {
        case.out.publications.push(publication(case.rules, &park_code, body));
    }
    Ok(())
}

fn publication(rules: &Rules, park_code: &str, payload: String) -> Publication {
    // A wildcard or a level of its own would be another topic than the one signs listen to.
    let park_code = park_code.replace(['+', '#', '/', '\0'], "_");
    Publication { topic: rules.guidance_topic.replace("{parkCode}", &park_code), payload }
}
