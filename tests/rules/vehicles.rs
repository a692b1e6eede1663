//! Which cars are inside (6005).

use crate::prelude::*;

#[test]
fn cars_inside_are_found_by_any_part_of_their_plate() {
    let mut lot = Lot::new();
    for plate in ["粤B88812", "粤B12888", "粤A00001"] {
        lot.enter(plate);
    }
    let found = |lot: &mut Lot, part: &str| {
        let reply = lot.command(6005, &json!({ "parkCode": PARK_CODE, "plateNo": part }));
        assert!(reply.succeeded());
        let plates = reply.data.iter().map(|hit| hit["parkCarInfo"]["plateNo"].clone());
        plates.collect::<Vec<_>>()
    };
    assert_eq!(found(&mut lot, "888"), ["粤B88812", "粤B12888"]);
    assert_eq!(found(&mut lot, "粤 b128"), ["粤B12888"]);
    assert_eq!(found(&mut lot, "％％％"), Vec::<Value>::new());
    let short = json!({ "parkCode": PARK_CODE, "plateNo": "8 8" });
    assert_eq!(lot.refused(6005, &short), 1007);
}
