//! Cameras that push over HTTP: what tells them apart has to.

use crate::written::{lot, says};

/// Two cameras that push, with those lines.
fn cameras(first: &str, second: &str) -> String {
    let camera = |number: u32, keys: &str| {
        format!(
            "[[device]]\nid = \"c1dc1d9fccdc441fb6238fb43faba9{number}\"\n\
             equipment_code = \"1234567890200{number}\"\nname = \"推送{number}\"\nequipment_type = \"1000\"\n\
             driver = \"dahua-itc\"\nhttp = \"push\"\n{keys}\n"
        )
    };
    let push = "[[http_push]]\nname = \"push\"\nlisten = \"0.0.0.0:8390\"\n";
    format!("{}{push}{}{}", lot(), camera(31, first), camera(32, second))
}

const FIRST: &str = "address = \"192.168.1.64\"\nsecret = \"k7Qz2m9x\"";

#[test]
fn a_secret_is_long_fits_a_path_and_is_one_cameras_alone() {
    let second = |secret: &str| {
        cameras(FIRST, &format!("address = \"192.168.1.65\"\nsecret = \"{secret}\""))
    };
    says(&second("k7Qz"), "error", "secret = \"k7Qz\"", "at least 8 random characters");
    says(
        &second("k7Qz/2m9x"),
        "error",
        "secret = \"k7Qz/2m9x\"",
        "letters, digits and - _ . ~ only",
    );
    let same = cameras(FIRST, "secret = \"k7Qz2m9x\" # its own\naddress = \"192.168.1.65\"");
    says(&same, "error", "secret = \"k7Qz2m9x\" # its own", "another camera has this `secret`");
}

#[test]
fn an_address_is_one_and_is_another_cameras_only_behind_a_router() {
    let second = |address: &str| {
        cameras(FIRST, &format!("address = \"{address}\" # second\nsecret = \"p3Rw8t5v\""))
    };
    says(
        &second("192.168.1.64"),
        "warning",
        "address = \"192.168.1.64\" # second",
        "is that of device `推送31`, too",
    );
    says(&second("camera.local"), "error", "address = \"camera.local\"", "is not an IP address");
}

#[test]
fn a_camera_names_where_it_pushes_to() {
    let text = cameras(FIRST, "address = \"192.168.1.65\"\nsecret = \"p3Rw8t5v\"").replacen(
        "http = \"push\"",
        "http = \"pash\"",
        1,
    );
    says(&text, "error", "http = \"pash\"", "did you mean `push`?");
}

#[test]
fn a_login_has_a_user_and_a_password() {
    let second = |keys: &str| {
        cameras(FIRST, &format!("address = \"192.168.1.65\"\nsecret = \"p3Rw8t5v\"\n{keys}"))
    };
    says(&second("user = \"admin\""), "error", "[[device]]", "`password`");
    says(&second("password = \"x\""), "error", "[[device]]", "`user`");
}

#[test]
fn what_a_camera_is_never_told_it_does_not() {
    let with = |open_by: &str, keys: &str| {
        let camera = format!(
            "address = \"192.168.1.65\"\nsecret = \"p3Rw8t5v\"\nopen_by = \"{open_by}\"\n{keys}"
        );
        let text = cameras(FIRST, &camera);
        let at = text.rfind("driver = \"dahua-itc\"").unwrap();
        let (before, after) = text.split_at(at);
        before.to_owned() + &after.replacen("dahua-itc", "vzenith-http", 1)
    };
    says(&with("answer", "white_list = true"), "error", "white_list = true", "let it poll");
    let barrier = "[[lane]]\nid = \"5b0e7d1c88f2443e9a60f1c2d3e4a5b6\"\nname = \"新入口\"\n\
                   direction = \"entry\"\ncamera = \"推送32\"\n\
                   barrier = { device = \"推送32\", output = 0 }\n";
    let line = "barrier = { device = \"推送32\", output = 0 }";
    says(&with("none", barrier), "error", line, "hears no command");
}
