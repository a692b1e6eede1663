//! Shops: tokens of their own, coupons that give one thing, quotas that can be kept.

use crate::written::{checked, says, with};

/// The lot with a token for its staff and a shop of these lines.
fn shop(lines: &str) -> String {
    let web = ("listen = ", "listen = \"127.0.0.1:8313\"\ntoken = \"token-of-the-booth\"");
    format!(
        "{}\n[[merchant]]\nname = \"一楼超市\"\ntoken = \"token-of-the-shop\"\n{lines}\n",
        with(&[web])
    )
}

fn coupon(lines: &str) -> String {
    shop(&format!("[[merchant.coupon]]\nname = \"券\"\n{lines}"))
}

#[test]
fn a_coupon_gives_exactly_one_thing() {
    for gift in ["amount = 5", "time = \"90m\"", "percent = 30", "all = true"] {
        assert_eq!(checked(&coupon(gift)).findings, Vec::new(), "{gift}");
    }
    for gifts in ["", "amount = 5\npercent = 10", "all = false\namount = 5"] {
        says(&coupon(gifts), "error", "[[merchant.coupon]]", "exactly one of");
    }
    says(&coupon("percent = 0"), "error", "percent", "between 1 and 100");
    says(&coupon("amount = 0"), "error", "amount", "an amount in yuan");
    says(&coupon("time = \"0m\""), "error", "time", "a duration");
    says(&coupon("all = true\nvalid = \"400d\""), "error", "valid", "a duration");
    says(&coupon("class = \"patient\""), "error", "class", "no [[tariff.class]] named `patient`");
    says(&shop(""), "error", "[[merchant]]", "`coupon`");
}

#[test]
fn a_quota_in_yuan_wants_to_know_what_each_coupon_can_take_off() {
    let bounded = |more: &str| {
        coupon(more).replace("[[merchant.coupon]]", "yuan_per_day = 100\n[[merchant.coupon]]")
    };
    says(&bounded("all = true"), "error", "[[merchant.coupon]]", "write `at_most`");
    for gift in ["all = true\nat_most = 20", "amount = 5"] {
        assert_eq!(checked(&bounded(gift)).findings, Vec::new(), "{gift}");
    }
}

#[test]
fn tokens_are_there_and_each_is_somebodys() {
    let good = coupon("amount = 5");
    says(
        &good.replace("token = \"token-of-the-booth\"\n", ""),
        "error",
        "[[merchant]]",
        "set `token` in [web]",
    );
    says(
        &good.replace("token-of-the-booth", "token-of-the-shop"),
        "error",
        "token",
        "is that of [web], too",
    );
    says(&good.replace("token-of-the-shop", ""), "error", "token", "fewer than 16 characters");
    let (_, merchant) = good.split_once("[[merchant]]").unwrap();
    let second = format!("{good}\n[[merchant]]{}", merchant.replace("一楼", "二楼"));
    says(&second, "error", "token", "is that of 一楼超市, too");
    says(
        &second.replace(
            "二楼超市\"\ntoken = \"token-of-the-shop",
            "一楼超市\"\ntoken = \"token-of-another",
        ),
        "error",
        "name",
        "twice",
    );
}
