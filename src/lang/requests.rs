//! What can be wrong with a request to the booth API.

use super::{Lang, Words, say};
use crate::model::put_aside::AsideRefusal;
use crate::model::queue::QueueRefusal;
use crate::model::staff::{QuotaKind, Refusal};
use crate::standard::years::YEARS;

/// One thing wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are named for what they hold")]
pub enum RequestProblem {
    /// Not JSON, or not of the documented shape, in the words of what reads it.
    Unreadable {
        error: String,
    },
    /// Not JSON; `at` says where.
    NotJson {
        at: String,
    },
    /// A request that does not say that it is JSON.
    NotCalledJson,
    /// An import that does not say that it is CSV.
    NotCalledCsv,
    /// A call by a name or address that is none of ours.
    NotOurName {
        host: String,
    },
    /// A page of another site asks, by what it says itself.
    ForeignOrigin {
        origin: String,
    },
    /// The same, by what the browser says.
    ForeignSite,
    /// A body of more than so many megabytes.
    TooLarge {
        megabytes: usize,
    },
    /// A body that ended early or did not come in time.
    BrokenOff,
    /// Too much is being read at once.
    NoRoom,
    /// A field that must be there.
    Missing {
        field: String,
    },
    /// A field that nobody knows.
    Unknown {
        field: String,
    },
    /// A field of another kind than it must be.
    Kind {
        field: String,
    },
    /// No token, or not the right one.
    Token,
    /// None is configured, so nobody can show one.
    NoTokenSet,
    /// Something that the token's role may not do.
    NotOfMerchants,
    /// Not an id.
    Id,
    /// Not a plate.
    Plate {
        field: &'static str,
    },
    /// A list of none or too many.
    Count {
        field: &'static str,
        max: usize,
    },
    /// One of two fields must be there, and not both.
    OneOf {
        field: &'static str,
        other: &'static str,
    },
    /// A field that does not go with another's value.
    Unfit {
        field: &'static str,
        with: &'static str,
    },
    /// A text that is empty or too long.
    Length {
        field: &'static str,
        max: usize,
    },
    /// A number outside its range.
    Range {
        field: &'static str,
        low: i64,
        high: i64,
    },
    /// Not a whole number, or one outside its range.
    Whole {
        field: &'static str,
        low: i64,
        high: i64,
    },
    /// An amount that must be more than nothing.
    NotPositive {
        field: &'static str,
    },
    /// An amount below nothing.
    Negative {
        field: &'static str,
    },
    /// Not a date and time.
    Time {
        field: &'static str,
    },
    /// A date outside the years that mean anything.
    Years {
        field: &'static str,
    },
    /// The lot does not do it.
    Refused(Refusal),
    /// It is not done with the queue.
    Queue(QueueRefusal),
    /// It is not done with what was put aside.
    Aside(AsideRefusal),
    /// The database could not be read or written.
    NotStored,
    NoPicture,
}

impl RequestProblem {
    /// The field it is about.
    pub fn field(&self) -> &str {
        match self {
            Self::Unreadable { .. }
            | Self::NotJson { .. }
            | Self::TooLarge { .. }
            | Self::BrokenOff
            | Self::NoRoom => "body",
            Self::NotCalledJson | Self::NotCalledCsv => "Content-Type",
            Self::NotOurName { .. } => "Host",
            Self::ForeignOrigin { .. } => "Origin",
            Self::ForeignSite => "Sec-Fetch-Site",
            Self::Missing { field } | Self::Unknown { field } | Self::Kind { field } => field,
            Self::Token | Self::NoTokenSet | Self::NotOfMerchants => "Authorization",
            Self::Id | Self::NotStored => "id",
            Self::NoPicture => "name",
            Self::Length { field, .. }
            | Self::Range { field, .. }
            | Self::Whole { field, .. }
            | Self::NotPositive { field }
            | Self::Negative { field }
            | Self::Plate { field }
            | Self::Count { field, .. }
            | Self::OneOf { field, .. }
            | Self::Unfit { field, .. }
            | Self::Time { field }
            | Self::Years { field } => field,
            Self::Refused(refusal) => refusal.field(),
            Self::Queue(_) => "rows",
            Self::Aside(_) => "numbers",
        }
    }
}

impl Words for RequestProblem {
    fn text(&self, lang: Lang) -> String {
        let field = self.field();
        match self {
            Self::Unreadable { error } => {
                say!(lang, "请求无法解析：{error}", "the request cannot be read: {error}")
            }
            Self::NotJson { at } => {
                say!(lang, "请求不是有效的 JSON（{at}）", "the request is no JSON ({at})")
            }
            Self::NotCalledJson => say!(
                lang,
                "请求头 `{field}` 应为 application/json",
                "the header `{field}` must be application/json"
            ),
            Self::NotCalledCsv => say!(
                lang,
                "请求头 `{field}` 应为 text/csv",
                "the header `{field}` must be text/csv"
            ),
            Self::NotOurName { host } => say!(
                lang,
                "`{field}` 中的“{host}”不是本机的地址或名称；请用本机地址访问，或把该名称写入 [web] names",
                "`{field}` names `{host}`, which is no address or name of this box; call it by its address, or add the name to `names` in [web]"
            ),
            Self::ForeignOrigin { origin } => say!(
                lang,
                "请求来自其他网站的网页（{origin}），已拒绝；请从 `Host` 中的同一地址打开网页",
                "a page of another site ({origin}) asks, which is refused; open the page by the same address as in `Host`"
            ),
            Self::ForeignSite => say!(
                lang,
                "浏览器表明请求来自其他网站的网页（`{field}`），已拒绝；请直接从本机地址打开",
                "the browser says that a page of another site asks (`{field}`), which is refused; open it by the box's own address"
            ),
            Self::TooLarge { megabytes } => say!(
                lang,
                "请求正文超过 {megabytes} MB，请分成几次发送",
                "the request's body is larger than {megabytes} MB; send it in several"
            ),
            Self::BrokenOff => say!(
                lang,
                "请求正文中断或传输过慢，请重新发送",
                "the request's body broke off or came too slowly; send it again"
            ),
            Self::NoRoom => say!(
                lang,
                "同时接收的数据过多，请稍后重新发送",
                "too much is being received at once; send it again in a moment"
            ),
            Self::Missing { .. } => say!(lang, "缺少 `{field}`", "`{field}` is missing"),
            Self::Unknown { .. } => say!(
                lang,
                "没有 `{field}` 这个字段，请对照 /api/openapi.json",
                "there is no field `{field}`; see /api/openapi.json"
            ),
            Self::Kind { .. } => say!(
                lang,
                "`{field}` 的类型或格式不对，请对照 /api/openapi.json",
                "`{field}` is of a wrong kind or form; see /api/openapi.json"
            ),
            Self::Token => say!(
                lang,
                "`{field}` 应为 Bearer 加 [web] 中配置的 token",
                "`{field}` must be `Bearer` and the token of [web]"
            ),
            Self::NoTokenSet => say!(
                lang,
                "[web] 未设置 token，无法通过网络登录：请在配置中设置 token（至少 16 个字符）后执行 systemctl reload lotgate；在本机可直接使用命令行 lotgate",
                "[web] has no `token`, so nobody can log in over the network: set one of at least 16 characters, then `systemctl reload lotgate`; on the box itself the command line needs none"
            ),
            Self::NotOfMerchants => say!(
                lang,
                "该 token 属于商家：只能发放、查询和收回本商家的优惠券（/api/coupons）",
                "this token is a shop's: it may give, list and take back the shop's own coupons (/api/coupons) and nothing else"
            ),
            Self::Plate { .. } => say!(
                lang,
                "`{field}` 不是有效的车牌号码，例如 粤B12345",
                "`{field}` is no number plate; write one such as 粤B12345"
            ),
            Self::Count { max, .. } => {
                say!(lang, "`{field}` 应有 1 到 {max} 项", "`{field}` must have 1 to {max} entries")
            }
            Self::OneOf { other, .. } => say!(
                lang,
                "`{field}` 和 `{other}` 应填且只填一个",
                "write either `{field}` or `{other}`, and not both"
            ),
            Self::Unfit { with, .. } => say!(
                lang,
                "`{field}` 不能与此 `{with}` 同用，请对照 /api/openapi.json",
                "`{field}` does not go with this `{with}`; see /api/openapi.json"
            ),
            Self::Id => say!(
                lang,
                "`{field}` 应为 32 位字母数字",
                "`{field}` must be 32 letters and digits"
            ),
            Self::Length { max, .. } => say!(
                lang,
                "`{field}` 应有 1 到 {max} 个字符",
                "`{field}` must have 1 to {max} characters"
            ),
            Self::Range { low, high, .. } => say!(
                lang,
                "`{field}` 必须在 {low} 到 {high} 之间",
                "`{field}` must be between {low} and {high}"
            ),
            Self::Whole { low, high, .. } => say!(
                lang,
                "`{field}` 必须为 {low} 到 {high} 的整数",
                "`{field}` must be a whole number from {low} to {high}"
            ),
            Self::NotPositive { .. } => {
                say!(lang, "`{field}` 必须大于 0", "`{field}` must be more than 0")
            }
            Self::Negative { .. } => {
                say!(lang, "`{field}` 不能为负", "`{field}` must not be negative")
            }
            Self::Time { .. } => say!(
                lang,
                "`{field}` 应为 yyyy-MM-dd HH:mm:ss",
                "`{field}` must be yyyy-MM-dd HH:mm:ss"
            ),
            Self::Years { .. } => {
                let (first, last) = (YEARS.start(), YEARS.end());
                say!(
                    lang,
                    "`{field}` 应在 {first} 年至 {last} 年之间",
                    "`{field}` must lie in the years {first} to {last}"
                )
            }
            Self::Refused(refusal) => refusal.text(lang),
            Self::Queue(refusal) => refusal.text(lang),
            Self::Aside(refusal) => refusal.text(lang),
            Self::NoPicture => {
                say!(lang, "没有该图片，或已清理", "there is no such picture, or it is gone by now")
            }
            Self::NotStored => say!(
                lang,
                "数据库暂时不可用，请重发（相同 id 不会重复执行）",
                "the database is not available; send it again, the same id does nothing twice"
            ),
        }
    }
}

impl Words for QueueRefusal {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::NoRow { row } => {
                say!(lang, "队列中没有第 {row} 条", "there is no row {row} in the queue")
            }
            Self::Waits { row } => say!(
                lang,
                "第 {row} 条仍在等待上报，只能丢弃被平台拒收的（lotgate queue ls --dead）",
                "row {row} still waits for the platform; only what it has refused can be thrown away (lotgate queue ls --dead)"
            ),
            Self::Money { row, code } => say!(
                lang,
                "第 {row} 条（{code}）涉及金额，不能经网络丢弃；请在本机以 root 或 lotgate 组用户执行 lotgate queue drop {row} --reason \"…\"",
                "row {row} ({code}) tells of money and is not thrown away over the network; on the box itself, as root or in the group lotgate: lotgate queue drop {row} --reason \"…\""
            ),
        }
    }
}

impl Words for AsideRefusal {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::NoSuch { number } => {
                say!(lang, "没有搁置第 {number} 条", "nothing of number {number} is put aside")
            }
            Self::Row { number } => say!(
                lang,
                "第 {number} 条是停车场自身的数据，不能丢弃；改正后用 lotgate aside retry {number}",
                "number {number} is something of the lot's own, which is not thrown away; once the cause is mended: lotgate aside retry {number}"
            ),
            Self::Money { number } => say!(
                lang,
                "第 {number} 条涉及金额，不能经网络丢弃；请在本机以 root 或 lotgate 组用户执行 lotgate aside drop {number} --reason \"…\"",
                "number {number} tells of money and is not thrown away over the network; on the box itself, as root or in the group lotgate: lotgate aside drop {number} --reason \"…\""
            ),
            Self::PutAside => {
                say!(lang, "该操作本身已被搁置", "that very request was put aside")
            }
        }
    }
}

impl Words for Refusal {
    fn text(&self, lang: Lang) -> String {
        let field = self.field();
        match self {
            Self::NotInside => {
                say!(lang, "`{field}` 的车辆不在场内", "`{field}` is of no car that is inside")
            }
            Self::NoRecord => {
                say!(lang, "`{field}` 的停车记录不存在", "`{field}` is of no parking record")
            }
            Self::NoLane => say!(lang, "`{field}` 的车道不存在", "`{field}` is of no lane"),
            Self::NoLease => say!(lang, "`{field}` 没有租约", "`{field}` has no lease"),
            Self::NoClass => say!(
                lang,
                "`{field}` 不是配置中的车型（[[tariff.class]]）",
                "`{field}` is no class of the configuration ([[tariff.class]])"
            ),
            Self::NotOfClass => {
                say!(lang, "该车辆不属于 `{field}`", "the car is not of that `{field}`")
            }
            Self::NotLocked => {
                say!(lang, "`{field}` 的车辆未锁车", "`{field}` is of no locked car")
            }
            Self::NothingDue => {
                say!(lang, "`{field}` 的车辆无需缴费", "`{field}` is of a car that owes nothing")
            }
            Self::MoreThanDue { due } => say!(
                lang,
                "`{field}` 超过应缴金额 {due} 元；请收 {due} 元，其余找零",
                "`{field}` is more than the {due} yuan that are due; take {due} and give the rest as change"
            ),
            Self::MoreThanReceived => say!(
                lang,
                "`{field}` 超过实收金额",
                "`{field}` is more than was received and not yet given back"
            ),
            Self::PlateInside => say!(
                lang,
                "`{field}` 的另一辆车已在场内",
                "`{field}` is of another car that is inside"
            ),
            Self::EndsBeforeItBegan => {
                say!(lang, "`{field}` 早于入场时间", "`{field}` is earlier than the car came in")
            }
            Self::BadLease => say!(
                lang,
                "`{field}` 需要至少一个车牌和一个车位，且结束日期不早于开始日期",
                "`{field}` needs a plate and a space, and must not end before it begins"
            ),
            Self::NoSuchOutput => say!(
                lang,
                "该车道没有此动作的输出；请在 barrier 中配置 close、stop 输出",
                "no output of that lane does this; configure the close and stop outputs in its barrier"
            ),
            Self::NobodyWaits => say!(lang, "该车道没有等待的车辆", "no car waits in that lane"),
            Self::NobodyPassed => {
                say!(lang, "该车道没有刚放行的车辆", "no car was let pass in that lane just now")
            }
            Self::NoTail => say!(
                lang,
                "没有该编号的待处理跟车记录",
                "no question of that number is open about a car that drove through behind another"
            ),
            Self::AllUp => say!(
                lang,
                "全部道闸处于抬起状态；请先恢复道闸",
                "all barriers are up; put them back into service first"
            ),
            Self::NotAllUp => say!(lang, "当前没有全部抬起道闸", "the barriers are not all up"),
            Self::LeadsIn => say!(
                lang,
                "该车道只进不出；`recordId` 指将要离场的车辆，请选择出口车道，或去掉 `recordId`",
                "cars only come in through that lane; `recordId` is of one that leaves: name an exit, or leave it out"
            ),
            Self::AlreadyOver => {
                say!(lang, "`{field}` 已经过去", "`{field}` has passed already")
            }
            Self::EndsBeforeItBegins => {
                say!(
                    lang,
                    "`{field}` 必须晚于开始时间",
                    "`{field}` must be later than the beginning"
                )
            }
            Self::TooFar { days } => say!(
                lang,
                "`{field}` 太远；最迟为 {days} 天以后",
                "`{field}` is too far ahead; {days} days from now are the most"
            ),
            Self::NoPass => {
                say!(lang, "`{field}` 的访客通行不存在", "`{field}` is of no visitor's pass")
            }
            Self::PassOver => say!(
                lang,
                "`{field}` 的访客通行已结束或已撤销",
                "`{field}` is of a visitor's pass that is over or withdrawn"
            ),
            Self::TooMany { max } => say!(
                lang,
                "`{field}` 的车辆同时最多可有 {max} 个；请先撤销或收回",
                "`{field}` is of a car that has {max} already; withdraw some first"
            ),
            Self::IdUsed => {
                say!(lang, "`{field}` 已经用过", "`{field}` has been used before; take another")
            }
            Self::NoOffer => say!(
                lang,
                "`{field}` 不是该商家可发放的优惠券；请查询 /api/coupons/offers",
                "`{field}` is none of the coupons the shop may give; /api/coupons/offers lists them"
            ),
            Self::StayEnded => {
                say!(lang, "`{field}` 的车辆已离场", "`{field}` is of a car that has left")
            }
            Self::BeginsLater => say!(
                lang,
                "`{field}` 晚于现在：按停车记录发放的优惠券立即生效；以后生效的请按车牌发放",
                "`{field}` is later than now: a coupon for a parking record counts at once; give one that begins later to the plate"
            ),
            Self::NotStackable => say!(
                lang,
                "`{field}` 的车辆已有优惠券，且两者不能叠加使用",
                "`{field}` is of a car that has a coupon already, and the two may not be used together"
            ),
            Self::QuotaReached { quota } => {
                let (zh, en) = match quota {
                    QuotaKind::CouponsADay => ("今日可发放的优惠券数量", "the coupons of the day"),
                    QuotaKind::CouponsAMonth => {
                        ("本月可发放的优惠券数量", "the coupons of the month")
                    }
                    QuotaKind::YuanADay => ("今日的优惠金额", "the yuan of the day"),
                    QuotaKind::YuanAMonth => ("本月的优惠金额", "the yuan of the month"),
                };
                say!(
                    lang,
                    "`{field}`：该商家{zh}已用完",
                    "`{field}` is more than the shop may give: {en} are used up"
                )
            }
            Self::NoCoupon => say!(lang, "`{field}` 的优惠券不存在", "`{field}` is of no coupon"),
            Self::CouponGone => say!(
                lang,
                "`{field}` 的优惠券已使用、已失效或已收回",
                "`{field}` is of a coupon that was used, has ended or was taken back"
            ),
            Self::CouponInUse => say!(
                lang,
                "`{field}` 的优惠券已用于报价、缴费或放行，不能收回",
                "`{field}` is of a coupon that a price was told, a payment made or a car let out with; it cannot be taken back"
            ),
            Self::PutAside => say!(
                lang,
                "该操作反复导致程序中断或无法入库，已搁置；请用 lotgate aside ls 查看",
                "it ended the program each time it was tried, or cannot be stored, and is put aside; see lotgate aside ls"
            ),
            Self::StillHere => say!(
                lang,
                "`{field}` 的车辆在场内或车道中；离场后再清除其信息",
                "`{field}` is of a car that is inside or in a lane; it can be forgotten once it has left"
            ),
            Self::InForce => say!(
                lang,
                "`{field}` 的车辆有生效中的租约、共享车位或预约；请先结束",
                "`{field}` is of a car with a lease, a share or a booking in force; end that first"
            ),
            Self::CountedLater => say!(
                lang,
                "`{field}` 晚于现在：请填写清点车辆的时刻",
                "`{field}` is later than now: write when the cars were counted"
            ),
            Self::NoStockTaking => say!(
                lang,
                "`{field}`：没有该次盘点，或已清理",
                "`{field}`: no stock was taken under that number, or it is gone by now"
            ),
            Self::StockTakenBack => say!(
                lang,
                "`{field}`：该次盘点已撤回",
                "`{field}`: that taking of stock was taken back already"
            ),
            Self::StockTooOld { hours } => say!(
                lang,
                "`{field}`：该次盘点已超过 {hours} 小时，不能撤回；请逐条更正停车记录",
                "`{field}`: that taking of stock is more than {hours} hours ago and cannot be taken back; correct the records one by one"
            ),
            Self::ChargeKnown => say!(
                lang,
                "`{field}` 已是另一笔缴费的编号",
                "`{field}` is the id of another payment"
            ),
        }
    }
}
