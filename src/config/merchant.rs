//! `[[merchant]]`: shops that give coupons, which ones and how many.

use super::reader::{Section, nearest};
use super::secret::{self, OwnToken, Secret};
use super::system::Web;
use super::tariff::TariffConfig;
use crate::lang::{Problem, Wanted};
use crate::model::merchant::{CouponOffer, CouponTerms, Merchant, Quota, Reduction};
use crate::standard::money::Money;
use jiff::SignedDuration;
use std::path::Path;

/// `[[merchant]]`
#[derive(Debug, Clone, PartialEq)]
pub struct MerchantConfig {
    /// What it shows to be let in.
    pub token: Secret,
    /// What it may give.
    pub merchant: Merchant,
}

/// Characters of table 16's `discountChannel` and `channelOrgCode`.
const NAME: u16 = 100;
const ORG_CODE: u16 = 18;
/// Characters of a coupon's name.
const COUPON_NAME: u16 = 50;
/// Coupons can be used for so long at the most, and take off so much time.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);
const MOST_TIME: SignedDuration = SignedDuration::from_hours(31 * 24);
/// What a coupon may give; exactly one of them.
const GIFTS: [&str; 5] = ["amount", "time", "percent", "all", "class"];

/// All shops, beside the staff's token and the classes that coupons may give.
pub(super) fn read_merchants(
    root: &Section<'_>,
    folder: &Path,
    web: Option<&Web>,
    tariff: Option<&TariffConfig>,
) -> Vec<MerchantConfig> {
    let mut merchants: Vec<MerchantConfig> = Vec::new();
    let staff = web.and_then(|web| web.token.as_ref());
    let staff_show_one = root.section("web").is_some_and(|web| web.has("token"));
    for section in root.sections("merchant") {
        if !staff_show_one {
            section.problem_here(Problem::MerchantsNeedToken);
        }
        let name = section.required_text("name");
        let long = name.chars().count();
        if long > usize::from(NAME) {
            let key = "name".to_owned();
            section.problem("name", Problem::TooLong { key, max: NAME, have: long });
        }
        if merchants.iter().any(|known| known.merchant.name == name) {
            section.problem("name", Problem::Twice { key: "name".to_owned(), value: name.clone() });
        }
        let token = read_token(&section, folder, staff, &merchants);
        let org_code = section.short_text("org_code", ORG_CODE);
        let quota = read_quota(&section);
        let offers = read_offers(&section, &quota, tariff);
        section.finish();
        if let Some(token) = token {
            let merchant = Merchant { name, org_code, offers, quota };
            merchants.push(MerchantConfig { token, merchant });
        }
    }
    merchants
}

/// A token of its own, nobody else's. A shop whose token can be guessed is not let in.
fn read_token(
    section: &Section<'_>,
    folder: &Path,
    staff: Option<&Secret>,
    others: &[MerchantConfig],
) -> Option<Secret> {
    if !section.has("token") {
        section.missing("token");
    }
    let OwnToken { secret: token, short } = secret::read_own(section, "token", folder)?;
    if short {
        return None;
    }
    let other = others.iter().find(|other| other.token == token);
    let of = match other {
        Some(other) => Some(other.merchant.name.clone()),
        None => staff.filter(|staff| **staff == token).map(|_| "[web]".to_owned()),
    };
    if let Some(of) = of {
        section.problem("token", Problem::TokenOfTwo { of });
    }
    Some(token)
}

fn read_quota(section: &Section<'_>) -> Quota {
    Quota {
        per_day: section.int("per_day", 0, 1_000_000),
        per_month: section.int("per_month", 0, 1_000_000),
        yuan_per_day: section.money("yuan_per_day"),
        yuan_per_month: section.money("yuan_per_month"),
    }
}

fn read_offers(
    merchant: &Section<'_>,
    quota: &Quota,
    tariff: Option<&TariffConfig>,
) -> Vec<CouponOffer> {
    let mut offers: Vec<CouponOffer> = Vec::new();
    let sections = merchant.sections("coupon");
    if sections.is_empty() && !merchant.has("coupon") {
        merchant.missing("coupon");
    }
    for section in sections {
        let name = section.required_text("name");
        let have = name.chars().count();
        if have > usize::from(COUPON_NAME) {
            let key = "name".to_owned();
            section.problem("name", Problem::TooLong { key, max: COUPON_NAME, have });
        }
        if offers.iter().any(|known| known.terms.name == name) {
            section.problem("name", Problem::Twice { key: "name".to_owned(), value: name.clone() });
        }
        let reduction = read_reduction(&section, tariff);
        let at_most = positive(&section, "at_most");
        let valid_for = read_time(&section, "valid", LONGEST);
        let stackable = section.bool("stackable").unwrap_or(false);
        let entry_bound = section.bool("entry_bound").unwrap_or(false);
        if let Some(reduction) = reduction {
            let terms = CouponTerms { name, reduction, at_most, stackable, entry_bound };
            if quota.bounds_yuan() && terms.worth().is_none() {
                section.problem_here(Problem::CouponWithoutBound);
            }
            let valid_for = valid_for.unwrap_or(SignedDuration::from_hours(24));
            offers.push(CouponOffer { terms, valid_for });
        }
        section.finish();
    }
    offers
}

/// Exactly one of what a coupon may give.
fn read_reduction(section: &Section<'_>, tariff: Option<&TariffConfig>) -> Option<Reduction> {
    let amount = positive(section, "amount").map(Reduction::Amount);
    let time = read_time(section, "time", MOST_TIME).map(Reduction::Hours);
    let percent = section.int("percent", 1, 100).and_then(|percent| u8::try_from(percent).ok());
    let all = section.bool("all").filter(|all| *all).map(|_| Reduction::All);
    let class = section.text("class");
    if let Some(class) = &class {
        check_class(section, class, tariff);
    }
    if GIFTS.iter().filter(|key| section.has(key)).count() != 1 {
        section.problem_here(Problem::NotOneGift);
        return None;
    }
    let percent = percent.map(Reduction::Percent);
    amount.or(time).or(percent).or(all).or(class.map(Reduction::Class))
}

fn check_class(section: &Section<'_>, class: &str, tariff: Option<&TariffConfig>) {
    let known = tariff.map(|tariff| tariff.classes.as_slice()).unwrap_or_default();
    let names = || known.iter().map(|class| class.name.as_str());
    if !names().any(|name| name == class) {
        let nearest = nearest(class, names());
        section.problem(
            "class",
            Problem::NoSuch { what: "tariff.class", name: class.to_owned(), nearest },
        );
    }
}

/// An amount above nothing.
fn positive(section: &Section<'_>, key: &str) -> Option<Money> {
    let amount = section.money(key)?;
    if amount > Money::ZERO {
        return Some(amount);
    }
    section.problem(key, Problem::WrongType { key: key.to_owned(), wanted: Wanted::Amount });
    None
}

/// A time above nothing, and not endless.
fn read_time(section: &Section<'_>, key: &str, most: SignedDuration) -> Option<SignedDuration> {
    let time = section.duration(key)?;
    if time >= SignedDuration::from_mins(1) && time <= most {
        return Some(time);
    }
    section.problem(key, Problem::WrongType { key: key.to_owned(), wanted: Wanted::Duration });
    None
}
