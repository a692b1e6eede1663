//! What signs in the neighbourhood show (9001).

use crate::prelude::*;

#[test]
fn guidance_is_kept_published_and_published_again_after_a_start() {
    let mut lot = Lot::new();
    let element = json!({
        "parkCode": "44030400100101000099", "parkName": "邻近停车场", "districtCode": "440304001",
        "totalSpaces": 300, "remainingSpace": 30, "listEntranceInfo": [],
    });
    let (reply, out) = lot.command_at(1, 9001, std::slice::from_ref(&element));
    assert_eq!(reply.data, [json!({ "parkCode": "44030400100101000099" })]);
    let publication = out.publications[0].clone();
    assert_eq!(publication.topic, "lotgate/guidance/44030400100101000099");
    assert_eq!(serde_json::from_str::<Value>(&publication.payload).unwrap(), element);
    let (_, out) = lot.apply(&Input::Started);
    assert_eq!(out.publications, [publication]);
}
