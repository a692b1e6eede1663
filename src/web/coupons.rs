//! Coupons for staff, and for shops, which see and do nothing else: given, listed, taken back.

use super::answers::{ApiError, Speech, query, refuse_problem};
use super::fields::{self, SaidTime};
use super::replies::StaffDone;
use super::requests::{Body, body, hours, id, length, moment, number_plate, staff_command, until};
use super::roles::Role;
use super::service::{Desk, Service};
use crate::clock;
use crate::lang::RequestProblem;
use crate::model::merchant::{
    CouponChoice, CouponTarget, CouponTerms, Merchant, NewCoupon, Quota, Reduction,
};
use crate::model::staff::{StaffAction, StaffCommand};
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use crate::standard::money::Money;
use crate::standard::plate::{self, PlateNo};
use crate::store::{CouponFilter, GivenCoupon, StoreError, Transaction};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::prelude::ToPrimitive as _;
use serde::{Deserialize, Serialize};
use sha1::Digest as _;
use utoipa::{IntoParams, ToSchema};

/// Coupons listed at most.
const AT_MOST: u32 = 500;

/// A coupon to be given. A shop names one of its own (`coupon`); staff say what it gives (`kind`).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CouponRequest {
    /// The sender's own id of this coupon: the same id gives one coupon and is answered the same.
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: String,
    /// The car inside, or one that comes within its time. Either this or `recordId`.
    #[schema(value_type = Option<String>, example = "粤B12345")]
    plate_no: Option<PlateNo>,
    /// The parking record of a car inside.
    #[schema(value_type = Option<String>)]
    record_id: Option<Id>,
    /// Shops: the name of the coupon, as `GET /api/coupons/offers` tells it.
    coupon: Option<String>,
    /// Staff: what it gives.
    kind: Option<CouponKindWord>,
    /// Staff: yuan, hours or percent off.
    #[schema(value_type = Option<f64>, exclusive_minimum = 0)]
    value: Option<Money>,
    /// Staff: the class of vehicles whose prices it gives, of `[[tariff.class]]`.
    class: Option<String>,
    /// Staff: it takes off no more yuan than this.
    #[schema(value_type = Option<f64>, exclusive_minimum = 0)]
    at_most: Option<Money>,
    /// Staff: whether it may be used together with others that may; not when absent. Of coupons of `hours` with `atMost` a
    /// car has one.
    #[serde(default, deserialize_with = "fields::maybe_flag")]
    stackable: Option<bool>,
    /// Staff: whether it ends with the stay, though it let nothing off; not when absent.
    #[serde(default, deserialize_with = "fields::maybe_flag")]
    entry_bound: Option<bool>,
    /// Staff: `yyyy-MM-dd HH:mm:ss` in the lot's time; from now on when absent. Not with `recordId`.
    #[schema(value_type = Option<String>)]
    from: Option<SaidTime>,
    /// Staff: `yyyy-MM-dd HH:mm:ss` in the lot's time; a day when absent.
    #[schema(value_type = Option<String>)]
    until: Option<SaidTime>,
    /// Who of the staff; a shop need not say.
    #[schema(min_length = 1, max_length = 50)]
    operator: Option<String>,
}

/// What a coupon gives.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CouponKindWord {
    Amount,
    Hours,
    Percent,
    All,
    Class,
}

/// A coupon to be taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CouponReturn {
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9A-Za-z]{32}$")]
    id: Option<String>,
    /// As it was told when the coupon was given.
    #[schema(example = "0000000012")]
    coupon_no: String,
    /// Who of the staff; a shop need not say.
    #[schema(min_length = 1, max_length = 50)]
    operator: Option<String>,
}

/// Which coupons.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(super) struct CouponQuery {
    /// Those given for this plate; all when absent.
    plate_no: Option<String>,
    /// Those of this shop; a shop sees its own whatever it asks for.
    merchant: Option<String>,
    /// Those given before this `couponNo`, for the next page.
    before: Option<String>,
}

/// Coupons.
#[derive(Serialize, ToSchema)]
struct CouponList {
    coupons: Vec<CouponShown>,
}

/// A coupon.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CouponShown {
    coupon_no: String,
    /// The shop that gave it; absent where staff did.
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant: Option<String>,
    #[serde(flatten)]
    what: CouponWhat,
    /// The plate it was given for.
    plate_no: Option<String>,
    /// The stay it is or was used for; not told to shops.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    record_id: Option<Id>,
    #[schema(value_type = String)]
    from: DateTime,
    #[schema(value_type = String)]
    until: DateTime,
    given_by: String,
    #[schema(value_type = String)]
    given_at: DateTime,
    /// `open`, `used`, `void` (bound to a stay that had no use for it), `ended`, `returned`.
    state: &'static str,
    /// What it took off in the end, in yuan.
    #[schema(value_type = f64)]
    taken: Money,
}

/// What a coupon is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CouponWhat {
    name: String,
    /// `amount`, `hours`, `percent`, `all`, `class`.
    kind: &'static str,
    /// Yuan, hours or percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    at_most: Option<Money>,
    stackable: bool,
    entry_bound: bool,
}

impl CouponWhat {
    fn of(terms: CouponTerms) -> Self {
        let (value, class) = match &terms.reduction {
            Reduction::Amount(amount) => (amount.decimal().to_f64(), None),
            Reduction::Hours(time) => (Some(time.as_secs_f64() / 3600.0), None),
            Reduction::Percent(percent) => (Some(f64::from(*percent)), None),
            Reduction::All => (None, None),
            Reduction::Class(class) => (None, Some(class.clone())),
        };
        Self {
            kind: terms.reduction.kind(),
            name: terms.name,
            value,
            class,
            at_most: terms.at_most,
            stackable: terms.stackable,
            entry_bound: terms.entry_bound,
        }
    }
}

impl CouponShown {
    /// A coupon as its shop or staff may see it.
    fn of(given: GivenCoupon, role: &Role, zone: &TimeZone) -> Self {
        let local = |moment| DateTime::at(moment, zone);
        Self {
            coupon_no: given.coupon_no(),
            merchant: given.merchant,
            what: CouponWhat::of(given.terms),
            plate_no: given.plate_no,
            record_id: given.record_id.filter(|_| *role == Role::Staff),
            from: local(given.valid_from),
            until: local(given.valid_until),
            given_by: given.given_by,
            given_at: local(given.given_at),
            state: given.state.word(),
            taken: given.taken,
        }
    }
}

/// Shops and what they may give.
#[derive(Serialize, ToSchema)]
struct OfferList {
    merchants: Vec<MerchantShown>,
}

/// A shop, what it may give, and how much of that it has given.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MerchantShown {
    name: String,
    coupons: Vec<CouponWhat>,
    day: QuotaShown,
    month: QuotaShown,
}

/// A shop's bounds; one that is absent is none.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct QuotaShown {
    /// Coupons given that count.
    given: i64,
    /// Coupons it may give.
    coupons: Option<i64>,
    /// Of these, coupons that can be used yet and that nothing bounds, from before there was a bound in yuan; as long as
    /// there are any, no yuan are left.
    unbounded: i64,
    /// What they took off, or can take off at the most.
    #[schema(value_type = f64)]
    yuan_given: Money,
    /// Yuan it may give.
    #[schema(value_type = Option<f64>)]
    yuan: Option<Money>,
}

/// Gives a coupon for a car inside, or for one that comes within its time. Its car is let out where it then owes nothing.
/// Time is taken off first, then percent, then yuan; never more than the fee, and nothing of what was paid.
#[utoipa::path(post, path = "/api/coupons", request_body = CouponRequest, tag = "coupons",
    responses((status = 200, description = "given, with `couponNo`", body = StaffDone),
              (status = "4XX", body = ApiError)))]
pub(super) async fn give(
    desk: Desk,
    Extension(role): Extension<Role>,
    coupon: Body<CouponRequest>,
) -> Response {
    let zone = desk.time_zone();
    let command = body(coupon).and_then(|coupon| coupon_command(coupon, &role, &zone));
    desk.act(command).await
}

fn coupon_command(
    coupon: CouponRequest,
    role: &Role,
    zone: &TimeZone,
) -> Result<StaffCommand, RequestProblem> {
    let target = target(&coupon)?;
    let which = match role {
        Role::Merchant(merchant) => offered(&coupon, merchant)?,
        Role::Staff => free(&coupon, zone)?,
    };
    let action = StaffAction::GiveCoupon(Box::new(NewCoupon { which, target }));
    of_role(role, Some(coupon.id), coupon.operator, action)
}

/// Either a plate or a record.
fn target(coupon: &CouponRequest) -> Result<CouponTarget, RequestProblem> {
    match (&coupon.plate_no, &coupon.record_id) {
        (Some(plate_no), None) => {
            number_plate("plateNo", plate_no)?;
            Ok(CouponTarget::Plate(plate_no.clone()))
        }
        (None, Some(record_id)) => Ok(CouponTarget::Record(record_id.clone())),
        _ => Err(RequestProblem::OneOf { field: "plateNo", other: "recordId" }),
    }
}

/// One of a shop's own, by its name and nothing more.
fn offered(coupon: &CouponRequest, merchant: &str) -> Result<CouponChoice, RequestProblem> {
    let strange = [
        ("kind", coupon.kind.is_some()),
        ("value", coupon.value.is_some()),
        ("class", coupon.class.is_some()),
        ("atMost", coupon.at_most.is_some()),
        ("stackable", coupon.stackable.is_some()),
        ("entryBound", coupon.entry_bound.is_some()),
        ("from", coupon.from.is_some()),
        ("until", coupon.until.is_some()),
    ];
    if let Some((field, _)) = strange.into_iter().find(|(_, written)| *written) {
        return Err(RequestProblem::Unfit { field, with: "token" });
    }
    let name = coupon.coupon.clone();
    let name = name.ok_or_else(|| RequestProblem::Missing { field: "coupon".to_owned() })?;
    Ok(CouponChoice::Offered { merchant: merchant.to_owned(), name })
}

/// Whatever staff like.
fn free(coupon: &CouponRequest, zone: &TimeZone) -> Result<CouponChoice, RequestProblem> {
    if coupon.coupon.is_some() {
        return Err(RequestProblem::Unfit { field: "coupon", with: "token" });
    }
    if coupon.at_most.is_some_and(|most| most <= Money::ZERO) {
        return Err(RequestProblem::NotPositive { field: "atMost" });
    }
    let terms = CouponTerms {
        name: String::new(),
        reduction: reduction(coupon)?,
        at_most: coupon.at_most,
        stackable: coupon.stackable.unwrap_or(false),
        entry_bound: coupon.entry_bound.unwrap_or(false),
    };
    Ok(CouponChoice::Free {
        terms,
        from: coupon.from.map(|from| moment("from", from, zone)).transpose()?,
        until: coupon.until.map(|time| until("until", time, zone)).transpose()?,
    })
}

fn reduction(coupon: &CouponRequest) -> Result<Reduction, RequestProblem> {
    let missing = |field: &str| RequestProblem::Missing { field: field.to_owned() };
    let kind = coupon.kind.ok_or_else(|| missing("kind"))?;
    let wants_value =
        matches!(kind, CouponKindWord::Amount | CouponKindWord::Hours | CouponKindWord::Percent);
    if coupon.value.is_some() && !wants_value {
        return Err(RequestProblem::Unfit { field: "value", with: "kind" });
    }
    if coupon.class.is_some() && !matches!(kind, CouponKindWord::Class) {
        return Err(RequestProblem::Unfit { field: "class", with: "kind" });
    }
    let value = || coupon.value.ok_or_else(|| missing("value"));
    match kind {
        CouponKindWord::Amount => match value()? {
            amount if amount > Money::ZERO => Ok(Reduction::Amount(amount)),
            _ => Err(RequestProblem::NotPositive { field: "value" }),
        },
        CouponKindWord::Hours => hours("value", value()?).map(Reduction::Hours),
        CouponKindWord::Percent => percent(value()?).map(Reduction::Percent),
        CouponKindWord::All => Ok(Reduction::All),
        CouponKindWord::Class => {
            coupon.class.clone().map(Reduction::Class).ok_or_else(|| missing("class"))
        }
    }
}

fn percent(value: Money) -> Result<u8, RequestProblem> {
    let whole = value.decimal();
    let percent = whole.to_u8().filter(|percent| (1..=100).contains(percent));
    percent.filter(|_| whole.fract().is_zero()).ok_or(RequestProblem::Whole {
        field: "value",
        low: 1,
        high: 100,
    })
}

/// What staff or a shop does. A shop's ids are its own: they name nothing that others did.
fn of_role(
    role: &Role,
    sent: Option<String>,
    operator: Option<String>,
    action: StaffAction,
) -> Result<StaffCommand, RequestProblem> {
    if let Some(operator) = &operator {
        length("operator", operator, 50)?;
    }
    match role {
        Role::Staff => {
            let missing = || RequestProblem::Missing { field: "operator".to_owned() };
            staff_command(sent, operator.ok_or_else(missing)?, action)
        }
        Role::Merchant(name) => {
            let id = id(sent)?;
            let digest = sha1::Sha1::digest(format!("{name}\n{}", id.folded()));
            let hex =
                digest.iter().take(16).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
            Ok(StaffCommand { id: hex.as_str().into(), said: None, operator: name.clone(), action })
        }
    }
}

/// Takes a coupon back that has let nothing off: it counts no more.
#[utoipa::path(post, path = "/api/coupons/return", request_body = CouponReturn, tag = "coupons",
    responses((status = 200, description = "returned", body = StaffDone),
              (status = "4XX", body = ApiError)))]
pub(super) async fn give_back(
    desk: Desk,
    Extension(role): Extension<Role>,
    coupon: Body<CouponReturn>,
) -> Response {
    let command = body(coupon).and_then(|coupon| {
        let number = number("couponNo", &coupon.coupon_no)?;
        let merchant = merchant_of(&role);
        let action = StaffAction::ReturnCoupon { number, merchant };
        of_role(&role, coupon.id, coupon.operator, action)
    });
    desk.act(command).await
}

fn merchant_of(role: &Role) -> Option<String> {
    match role {
        Role::Staff => None,
        Role::Merchant(name) => Some(name.clone()),
    }
}

fn number(field: &str, text: &str) -> Result<i64, RequestProblem> {
    let number = text.parse().ok().filter(|number: &i64| *number >= 0);
    number.ok_or_else(|| RequestProblem::Kind { field: field.to_owned() })
}

/// Coupons, the newest first. A shop sees those it gave.
#[utoipa::path(get, path = "/api/coupons", params(CouponQuery), tag = "coupons",
    responses((status = 200, description = "`coupons`", body = CouponList),
              (status = "4XX", body = ApiError)))]
pub(super) async fn list(
    State(service): State<Service>,
    Extension(role): Extension<Role>,
    reader: Speech,
    wanted: Result<Query<CouponQuery>, QueryRejection>,
) -> Response {
    let filter = query(wanted).and_then(|wanted| {
        Ok(CouponFilter {
            merchant: merchant_of(&role).or(wanted.merchant),
            plate_no: wanted.plate_no.map(|plate_no| plate::normalise(&plate_no)),
            before: wanted.before.map(|before| number("before", &before)).transpose()?,
        })
    });
    let filter = match filter {
        Ok(filter) => filter,
        Err(problem) => return refuse_problem(&problem, reader),
    };
    let zone = service.time_zone();
    match service.read(move |tx| tx.coupons(&filter, AT_MOST)).await {
        Ok(coupons) => {
            let shown = coupons.into_iter().map(|coupon| CouponShown::of(coupon, &role, &zone));
            Json(CouponList { coupons: shown.collect() }).into_response()
        }
        Err(problem) => refuse_problem(&problem, reader),
    }
}

/// What shops may give and have given, today and this month. A shop sees its own.
#[utoipa::path(get, path = "/api/coupons/offers", tag = "coupons",
    responses((status = 200, description = "`merchants`", body = OfferList),
              (status = "4XX", body = ApiError)))]
pub(super) async fn offers(
    State(service): State<Service>,
    Extension(role): Extension<Role>,
    reader: Speech,
) -> Response {
    let lot = service.lot();
    let today = lot.time_zone.to_datetime(clock::now()).date();
    let is_shown = |merchant: &&Merchant| match &role {
        Role::Staff => true,
        Role::Merchant(name) => merchant.name == *name,
    };
    let merchants = lot.shops.iter().map(|(_, merchant)| merchant);
    let merchants: Vec<Merchant> = merchants.filter(is_shown).cloned().collect();
    let shown = service
        .read(move |tx| merchants.into_iter().map(|merchant| shop(tx, merchant, today)).collect());
    match shown.await {
        Ok(merchants) => Json(OfferList { merchants }).into_response(),
        Err(problem) => refuse_problem(&problem, reader),
    }
}

fn shop(
    tx: &Transaction<'_>,
    merchant: Merchant,
    today: Date,
) -> Result<MerchantShown, StoreError> {
    let Merchant { name, offers, quota, .. } = merchant;
    let Quota { per_day, per_month, yuan_per_day, yuan_per_month } = quota;
    let shown = |first, last, coupons, yuan| {
        let (given, yuan_given) = tx.given_between(&name, first, last)?;
        let unbounded = tx.unbounded_between(&name, first, last)?;
        Ok::<_, StoreError>(QuotaShown { given, coupons, unbounded, yuan_given, yuan })
    };
    Ok(MerchantShown {
        coupons: offers.into_iter().map(|offer| CouponWhat::of(offer.terms)).collect(),
        day: shown(today, today, per_day, yuan_per_day)?,
        month: shown(today.first_of_month(), today.last_of_month(), per_month, yuan_per_month)?,
        name,
    })
}
