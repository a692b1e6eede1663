//! The booth's door: by which names the box may be called there.

use crate::written::{checked, says, with};

#[test]
fn a_name_of_the_box_is_a_name_or_an_address_alone() {
    let named = |name: &str| {
        with(&[("listen = ", &format!("listen = \"127.0.0.1:8313\"\nnames = [\"{name}\"]"))])
    };
    for name in ["lotgate.local", "Box-1", "203.0.113.9", "2001:db8::7"] {
        assert_eq!(checked(&named(name)).findings, Vec::new(), "{name}");
    }
    for name in ["http://lotgate.local", "lotgate.local:8313", "lotgate.local/", "", "控制器"] {
        says(&named(name), "error", "names", "is no name of a host");
    }
    let one = with(&[("listen = ", "listen = \"127.0.0.1:8313\"\nnames = \"box\"")]);
    says(&one, "error", "names", "a list");
}
