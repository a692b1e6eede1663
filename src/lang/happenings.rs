//! What the gateway did, as lines for the log and the demo.

use super::language::beside_our_clock;
use super::{Lang, Words, say};
use crate::model::another_gateway::Stance;
use crate::model::barrier::{Act, Movement};
use crate::model::event::SpaceSeen;
use crate::model::happening::Happening;
use crate::model::without_store::{ByItself, Mended};
use crate::standard::codes::LaneState;
use crate::standard::interface::Interface;
use crate::standard::sign::WrongSign;
use std::time::Duration;

/// As it is done.
impl Words for Movement {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Close => say!(lang, "关闸", "closed"),
            Self::Stop => say!(lang, "停闸", "stopped"),
            Self::HoldOpen => say!(lang, "常开", "held open"),
            Self::Release => say!(lang, "取消常开", "released"),
        }
    }
}

/// As it is to be done.
fn to_be_done(movement: Movement, lang: Lang) -> String {
    match movement {
        Movement::Close => say!(lang, "关闸", "close"),
        Movement::Stop => say!(lang, "停闸", "stop"),
        Movement::HoldOpen => say!(lang, "常开", "hold open"),
        Movement::Release => say!(lang, "取消常开", "let go"),
    }
}

fn ms(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

/// In the largest unit that it is a whole number of.
fn span(duration: Duration, lang: Lang) -> String {
    let seconds = duration.as_secs();
    match seconds {
        _ if seconds >= 3600 && seconds.is_multiple_of(3600) => {
            let hours = seconds / 3600;
            say!(lang, "{hours} 小时", "{hours} h")
        }
        _ if seconds >= 60 && seconds.is_multiple_of(60) => {
            let minutes = seconds / 60;
            say!(lang, "{minutes} 分钟", "{minutes} min")
        }
        _ => say!(lang, "{seconds} 秒", "{seconds} s"),
    }
}

fn interface(code: u16, lang: Lang) -> String {
    let name = Interface::find(code).map_or("", |found| match lang {
        Lang::Zh => found.name_zh,
        Lang::En => found.name_en,
    });
    format!("{code} {name}")
}

impl Words for ByItself {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Hold => say!(lang, "不放行", "hold"),
            Self::Open => say!(lang, "自动放行", "open"),
        }
    }
}

/// The line.
/// What a device's key points at, in a sentence.
pub(super) fn pointed(key: &str, lang: Lang) -> String {
    match key {
        "plate" => say!(lang, "车牌", "a plate"),
        "occupied" => say!(lang, "车位状态", "a space's state"),
        key => format!("`{key}`"),
    }
}

impl Words for Happening {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::PlateRead { lane, plate, live: true } => {
                say!(lang, "{lane}：识别 {plate}", "{lane}: {plate} arrives")
            }
            Self::PlateRead { lane, plate, live: false } => {
                say!(lang, "{lane}：补传 {plate}", "{lane}: {plate} was here earlier")
            }
            Self::Repeat { lane, plate } => {
                say!(lang, "{lane}：{plate} 重复识别", "{lane}: {plate} read again")
            }
            Self::Redelivered { device } => {
                say!(lang, "{device}：消息重复，忽略", "{device}: message came again, ignored")
            }
            Self::NoLane { device } => say!(
                lang,
                "相机 {device} 未分配车道，识别结果被忽略",
                "camera {device} belongs to no lane; its read is ignored"
            ),
            Self::Entered { lane, plate, .. } => {
                say!(lang, "{lane}：{plate} 放行入场", "{lane}: {plate} enters")
            }
            Self::Left { lane, plate, received, .. } => say!(
                lang,
                "{lane}：{plate} 放行出场，实收 {received} 元",
                "{lane}: {plate} leaves, {received} yuan received"
            ),
            Self::Held { lane, plate, reason } => {
                let reason = reason.text(lang);
                say!(lang, "{lane}：{plate} 不放行：{reason}", "{lane}: {plate} is held: {reason}")
            }
            Self::BookingUsed { plate, book_code } => {
                say!(
                    lang,
                    "{plate} 预约到场（{book_code}）",
                    "{plate} came as booked ({book_code})"
                )
            }
            Self::BookingExpired { plate, book_code } => say!(
                lang,
                "{plate} 的预约 {book_code} 已过期，车位已释放",
                "{plate} did not come in time; booking {book_code} has expired"
            ),
            Self::QueueFull { full: true, pending, bytes } => say!(
                lang,
                "上报队列已达上限（{pending} 条，{bytes} 字节）：不再保留状态上报，停车和收费记录不受影响；请检查平台连接和磁盘",
                "the queue of reports has reached its bound ({pending} rows, {bytes} bytes): states are no longer kept, records and money are; check the platform and the disk"
            ),
            Self::QueueFull { full: false, pending, .. } => {
                say!(
                    lang,
                    "上报队列恢复正常（{pending} 条）",
                    "the queue is within its bounds again ({pending} rows)"
                )
            }
            Self::SpaceSeen { space_no, seen } => {
                let (zh, en) = match seen {
                    SpaceSeen::Free => ("空闲", "free"),
                    SpaceSeen::Occupied => ("占用", "occupied"),
                    SpaceSeen::Unknown => ("未知", "unknown"),
                };
                say!(lang, "车位 {space_no}：{zh}", "space {space_no} is {en}")
            }
            Self::Evicted { images, states } => say!(
                lang,
                "为停车记录腾出空间：丢弃图片 {images} 张、状态上报 {states} 条",
                "to make room for records: {images} images and {states} states thrown away"
            ),
            Self::ImageUploaded { place } => {
                say!(lang, "图片已上传：{place}", "image uploaded: {place}")
            }
            Self::ImageRefused { words, given_up: false } => {
                say!(
                    lang,
                    "平台拒收图片：{words}；将重试",
                    "platform refused an image: {words}; trying again"
                )
            }
            Self::ImageRefused { words, given_up: true } => {
                say!(
                    lang,
                    "图片无法上传，已放弃：{words}",
                    "an image could not be uploaded and was given up: {words}"
                )
            }
            Self::Corrected { plate, before, reason, by, .. } => {
                let was = if before.is_empty() { "—" } else { before };
                let why = if reason.is_empty() { "—" } else { reason };
                say!(
                    lang,
                    "{by} 更正了停车记录 {was}，现为 {plate}：{why}",
                    "{by} corrected the record of {was}, now {plate}: {why}"
                )
            }
            Self::OpenedByHand { lane, by, reason } => {
                say!(lang, "{lane}：{by} 手动开闸：{reason}", "{lane}: opened by {by}: {reason}")
            }
            Self::OpenedByButton { lane } => {
                say!(lang, "{lane}：按钮开闸", "{lane}: opened by its button")
            }
            Self::UnreadableRow { error } => say!(
                lang,
                "数据库中有一行无法读取，已跳过：{error}；请联系维护人员",
                "a row of the database cannot be read and is left out: {error}; call maintenance"
            ),
            Self::MovedByHand { lane, movement, by } => {
                let done = movement.text(lang);
                say!(lang, "{lane}：{by} 手动{done}", "{lane}: barrier {done} by {by}")
            }
            Self::LetPassByHand { lane, plate, by: None, held } => {
                let held = held.text(lang);
                say!(
                    lang,
                    "{lane}：按钮放行 {plate}（{held}）",
                    "{lane}: the button lets {plate} pass, which was held: {held}"
                )
            }
            Self::LetPassByHand { lane, plate, by: Some(by), held } => {
                let held = held.text(lang);
                say!(
                    lang,
                    "{lane}：{by} 人工放行 {plate}（{held}）",
                    "{lane}: {by} lets {plate} pass, which was held: {held}"
                )
            }
            Self::LeftUnknown { lane, plate, .. } => say!(
                lang,
                "{lane}：{plate} 无入场记录，放行出场，按异常记录上报",
                "{lane}: {plate} leaves; no entry of it is known, its record is abnormal"
            ),
            Self::UnreadEarlier { lane, at, place } => {
                let place = place.as_deref().unwrap_or("—");
                say!(
                    lang,
                    "{lane}：补传记录，{at} 有车未识别到车牌，无法确定车辆，图片 {place}",
                    "{lane}: sent late, a car without a readable plate was there at {at}; nobody can tell which, picture {place}"
                )
            }
            Self::OutOfTime { lane, device, plate, at } => {
                let plate = plate.as_deref().unwrap_or("—");
                say!(
                    lang,
                    "{lane}：补传 {plate} 的时间 {at} 不可信，已保留，未开闸，未计停车记录；请检查相机 {device} 的时钟",
                    "{lane}: {plate}, sent late, is of {at}, which cannot be right; it is kept, opens nothing and makes no stay; check the clock of camera {device}"
                )
            }
            Self::PutAside { lane, what } => {
                let lane = lane.as_deref().unwrap_or("—");
                say!(
                    lang,
                    "{lane}：反复导致程序中断或无法入库，已搁置，请人工处理；lotgate aside ls 查看：{what}",
                    "{lane}: it ended the process each time, or cannot be stored, and is put aside; somebody has to see to it, lotgate aside ls shows it: {what}"
                )
            }
            Self::AsideAgain { number, what } => say!(
                lang,
                "重新处理搁置的第 {number} 条：{what}",
                "number {number} of what was put aside is done again: {what}"
            ),
            Self::AsideDropped { number, what, by, reason } => say!(
                lang,
                "{by} 丢弃搁置的第 {number} 条（{reason}）：{what}",
                "{by} threw away number {number} of what was put aside ({reason}): {what}"
            ),
            Self::LeftUnknownEarlier { lane, plate } => say!(
                lang,
                "{lane}：补传 {plate} 出场，但无入场记录，不计停车记录",
                "{lane}: {plate} left earlier; no entry of it is known, no record is made"
            ),
            Self::BackedOut { lane, plate } => say!(
                lang,
                "{lane}：{plate} 未通过，不计停车记录",
                "{lane}: {plate} did not drive through; no record is made"
            ),
            Self::LetPassAgain { lane, plate } => say!(
                lang,
                "{lane}：{plate} 仍在车道，再次放行，不重复计费",
                "{lane}: {plate} is still there; let pass again on the same terms"
            ),
            Self::AssumedGone { lane, plate } => say!(
                lang,
                "{lane}：{plate} 视为已通过，但无法确认是否抬杆",
                "{lane}: {plate} is taken to have gone, though nothing told that the barrier opened"
            ),
            Self::MayBeOneCar { lane, first, second } => say!(
                lang,
                "{lane}：{first} 与 {second} 相隔过近，可能是同一辆车的两次识别，请核对停车记录",
                "{lane}: {first} and {second} came so close that they may be one car, read twice; please look at their records"
            ),
            Self::LoopStuck { lane } => say!(
                lang,
                "{lane}：地感持续有车，恢复前不予采信，请检查地感",
                "{lane}: the loop has been taken for too long; it is not believed until it is free again, please look at it"
            ),
            Self::MayStillOpen { lane, plate } => say!(
                lang,
                "{lane}：给 {plate} 的开闸指令尚未应答，道闸仍可能抬起",
                "{lane}: the command sent for {plate} was not answered; the barrier may still open"
            ),
            Self::OpenedLate { lane } => say!(
                lang,
                "{lane}：道闸迟到抬起，对应车辆已不在车道",
                "{lane}: the barrier opened late; the car it was for stands there no more"
            ),
            Self::ReadsLay { broker, stand_there, late } => say!(
                lang,
                "MQTT {broker}：离线期间积存的识别结果，{stand_there} 辆仍在车道，{late} 条按补传处理",
                "MQTT {broker}: of the reads that lay there, {stand_there} cars stand there still, {late} are late"
            ),
            Self::Matched { lane, reading, plate, .. } => say!(
                lang,
                "{lane}：{reading} 与在场车辆 {plate} 相似，按该车处理",
                "{lane}: {reading} is taken for {plate}, which is inside"
            ),
            Self::Tailed { lane, leaves, plate } => {
                let plate = plate.as_deref().unwrap_or("—");
                let (zh, en) = if *leaves { ("驶离", "out") } else { ("驶入", "in") };
                say!(
                    lang,
                    "{lane}：一次开闸后又有车辆跟随{zh}（{plate}），请查看",
                    "{lane}: another car drove {en} behind the one that was let pass ({plate}); please look"
                )
            }
            Self::AllUp { by, reason } => {
                say!(lang, "全部道闸抬起（{by}：{reason}）", "all barriers up ({by}: {reason})")
            }
            Self::AllUpEnded { by, reason } => say!(
                lang,
                "恢复道闸（{by}：{reason}）",
                "barriers in service again ({by}: {reason})"
            ),
            Self::StockTaken { by, closed, entered, misread, reason } => say!(
                lang,
                "盘点（{by}：{reason}）：结束 {closed} 条停车记录，补录 {entered} 辆，一字之差 {misread} 辆未动",
                "stock taken ({by}: {reason}): {closed} stays closed, {entered} cars entered, {misread} misread by a character left as they are"
            ),
            Self::StockTakenBack { by, restored, removed } => say!(
                lang,
                "{by} 撤回盘点：恢复 {restored} 条停车记录，取消补录 {removed} 辆",
                "{by} took the stock taken back: {restored} stays go on, {removed} entered cars are none"
            ),
            Self::MissingTurnedUp { lane, plate, .. } => say!(
                lang,
                "{lane}：{plate} 曾因盘点结束，现又出现，按原入场时间继续",
                "{lane}: {plate}, whose stay was closed by a count, has turned up; it goes on since it came in"
            ),
            Self::NamedByHand { lane, reading, plate, by, reason } => say!(
                lang,
                "{lane}：{reading} 由 {by} 确认为 {plate}（{reason}）",
                "{lane}: {reading} is {plate}, says {by} ({reason})"
            ),
            Self::BackedOutByHand { lane, by, reason } => say!(
                lang,
                "{lane}：{by} 确认车辆已退回（{reason}）",
                "{lane}: the car has gone back, says {by} ({reason})"
            ),
            Self::TailSettled { lane, by, reason } => say!(
                lang,
                "{lane}：{by} 已处理跟车记录（{reason}）",
                "{lane}: {by} has said what drove through behind ({reason})"
            ),
            Self::EntryUnseen { lane, plate, .. } => say!(
                lang,
                "{lane}：{plate} 无入场记录，已补建停车记录",
                "{lane}: nobody saw {plate} come in; its record is made"
            ),
            Self::TicketGiven { lane, plate } => {
                say!(lang, "{lane}：无牌车编号 {plate}", "{lane}: a car without a plate is {plate}")
            }
            Self::SnapshotKept { lane, place } => {
                say!(
                    lang,
                    "{lane}：手动开闸抓拍 {place}",
                    "{lane}: picture of the opening: {place}"
                )
            }
            Self::BusUp { bus } => say!(lang, "总线 `{bus}` 已连接", "bus `{bus}` is up"),
            Self::BusDown { bus, error } => say!(
                lang,
                "总线 `{bus}` 断开：{error}；请检查接线，将自动重连",
                "bus `{bus}` is gone: {error}; check its wiring, trying again"
            ),
            Self::UnitRefused { device, exception } => say!(
                lang,
                "{device} 拒绝读写（Modbus 异常 {exception}）；请核对寄存器地址",
                "{device} refused (Modbus exception {exception}); check the addresses of its registers"
            ),
            Self::BatteryLow { device, sensor, percent } => say!(
                lang,
                "{device}：传感器 {sensor} 电量 {percent}%，请更换电池",
                "{device}: sensor {sensor} has {percent}% battery left, replace it"
            ),
            Self::GarageAlarm { meaning } => {
                say!(lang, "机械车库：{meaning}", "mechanical garage: {meaning}")
            }
            Self::MissionOrdered { mission, store } => {
                let (zh, en) = if *store { ("存车", "store") } else { ("取车", "retrieve") };
                say!(lang, "机械车库任务 {mission}：{zh}", "garage mission {mission}: {en}")
            }
            Self::MissionTaken { mission, seconds } => say!(
                lang,
                "机械车库任务 {mission} 已开始，约 {seconds} 秒",
                "garage mission {mission} has begun, {seconds} s to go"
            ),
            Self::MissionDone { mission, .. } => {
                say!(lang, "机械车库任务 {mission} 完成", "garage mission {mission} is done")
            }
            Self::MissionFailed { mission, words } => say!(
                lang,
                "机械车库任务 {mission} 失败：{words}",
                "garage mission {mission} failed: {words}"
            ),
            Self::LaneStands { lane, state } => {
                let (zh, en) = match state {
                    LaneState::Normal => ("正常", "normal"),
                    LaneState::Congested => ("拥堵", "congested"),
                    LaneState::BadlyCongested => ("严重拥堵", "badly congested"),
                    LaneState::Stopped => ("停用", "stopped"),
                };
                say!(lang, "{lane}：车道{zh}", "{lane}: the lane is {en}")
            }
            Self::ClassGiven { plate, class, by } => say!(
                lang,
                "{by} 将 {plate} 归入车型 {class}",
                "{by} has put {plate} into the class {class}"
            ),
            Self::ClockUnproven { since } => say!(
                lang,
                "时钟未核实：只知道晚于 {since}；照常放行，只按已证实的时长收费，入场上报等核实后再发；请检查网络对时和主板电池",
                "the clock is not proven: all that is known is that it is later than {since}; lanes go on, only proven time is charged, entries are reported once it is; look after the time server and the box's battery"
            ),
            Self::ClockProven { voucher, seconds } => {
                let voucher = voucher.text(lang);
                say!(
                    lang,
                    "时钟已由{voucher}核实，校正 {seconds} 秒；在场车辆的时长不变",
                    "the clock is proven by {voucher}: put right by {seconds} s; no stay became longer by that"
                )
            }
            Self::ClockStepped { seconds } => say!(
                lang,
                "时钟跳变 {seconds} 秒；在场车辆的时长不变",
                "the clock has stepped by {seconds} s; no stay became longer or shorter by that"
            ),
            Self::CalendarMissing { year } => say!(
                lang,
                "[[tariff.calendar]] 缺少 {year} 年，届时按周一至周五为工作日收费；请按国务院放假通知补充",
                "[[tariff.calendar]] lacks {year}: Monday to Friday will be charged as working days; add the year's holidays and make-up days"
            ),
            Self::ClassTaken { plate, class, by } => say!(
                lang,
                "{by} 将 {plate} 移出车型 {class}",
                "{by} has taken {plate} out of the class {class}"
            ),
            Self::LockReleased { plate, by } => {
                say!(lang, "{by} 人工放行锁定车辆 {plate}", "{by} lets the locked car {plate} out")
            }
            Self::PassGiven { plates, by } => {
                say!(lang, "{by} 发放访客通行：{plates}", "{by} gives {plates} a visitor's pass")
            }
            Self::PassWithdrawn { plates, by } => {
                say!(
                    lang,
                    "{by} 撤销访客通行：{plates}",
                    "{by} withdraws the visitor's pass of {plates}"
                )
            }
            Self::CouponGiven { coupon_no, by } => {
                say!(lang, "{by} 发放优惠券 {coupon_no}", "{by} gives coupon {coupon_no}")
            }
            Self::CouponReturned { coupon_no, by } => {
                say!(lang, "{by} 收回优惠券 {coupon_no}", "{by} takes coupon {coupon_no} back")
            }
            Self::CommandOffTime { code, seconds, refused } => {
                let off = beside_our_clock(*seconds, lang);
                if *refused {
                    say!(
                        lang,
                        "平台指令 {code} 的时间戳{off}，按 [platform.callback] 的 `max_age` 拒绝",
                        "command {code}, its timestamp {off}, is refused as `max_age` in [platform.callback] says"
                    )
                } else {
                    say!(
                        lang,
                        "平台指令 {code} 的时间戳{off}，仍已执行；请核对平台时钟，或查明是否有人重发旧指令",
                        "command {code}, its timestamp {off}, is carried out all the same; check the platform's clock, or find out who sends old commands again"
                    )
                }
            }
            Self::BadSign { code, wrong } => {
                let WrongSign { came, wanted, wanted_canonical, begins } = wrong;
                say!(
                    lang,
                    "平台指令 {code} 的签名不符：收到 {came}，按收到的文本应为 {wanted}，按键名排序后应为 {wanted_canonical}；内容开头为 {begins}",
                    "the sign of command {code} does not fit: {came} came; {wanted} would be that of the text as it came, {wanted_canonical} that of it with sorted keys; it begins with {begins}"
                )
            }
            Self::ConfigurationRefused { count, first } => say!(
                lang,
                "配置有 {count} 处错误，网关仍在运行，请尽快改正；第一处：{first}；全部错误及因此停用的部分见 lotgate check",
                "the configuration has {count} mistakes; the gateway runs all the same, mend them soon. The first: {first}. lotgate check names all of them, and what is shut until then"
            ),
            Self::CallerRefused { address } => say!(
                lang,
                "{address} 无权调用 HTTPS 回调；如为平台地址，请加入 [platform.callback] 的 `allow`",
                "{address} may not call the HTTPS callback; if it is the platform, add it to `allow` in [platform.callback]"
            ),
            Self::CallbackFromPage { address } => say!(
                lang,
                "{address} 的浏览器网页调用了 HTTPS 回调，已拒绝；平台的服务器不会这样调用，请查明该网页",
                "a web page in a browser at {address} called the HTTPS callback and was refused; a platform's server never calls so, find out what page it was"
            ),
            Self::Crowded { door, address, times } => say!(
                lang,
                "{door} 连接过多，已关闭 {times} 个，最近一个来自 {address}；请查明是谁占用连接",
                "{door}: too many connections, {times} closed, the last came from {address}; find out who keeps them open"
            ),
            Self::CallbackClosed { error, again_in } => {
                let again = seconds(*again_in);
                say!(
                    lang,
                    "HTTPS 回调无法打开：{error}；{again} 后重试",
                    "the HTTPS callback cannot be opened: {error}; again in {again}"
                )
            }
            Self::ClosedUnseen { plate, .. } => say!(
                lang,
                "{plate} 再次入场，上一条停车记录按异常关闭",
                "{plate} came in again; its former stay is closed as abnormal"
            ),
            Self::LeaseSpaceTaken { plate, since } => say!(
                lang,
                "{plate} 自 {since} 起占用月租车位",
                "{plate} has a space of its lease since {since}"
            ),
            Self::LeaseSpaceLost { plate } => say!(
                lang,
                "{plate} 的月租车位不足，自此按临停计费",
                "{plate} has no space of its lease any more and is a visitor from now on"
            ),
            Self::OpenedByCamera { lane, plate, at } => say!(
                lang,
                "{lane}：{plate} 于 {at} 由相机按白名单自行放行（当时网关未在线）",
                "{lane}: the camera let {plate} through by its own list at {at}, while nobody spoke with it"
            ),
            Self::CameraListStuck { device, plate, removing: true, fault } => {
                let fault = fault.text(lang);
                say!(
                    lang,
                    "{device}：白名单未能删除 {plate}（{fault}），断网时可能放行；将继续重试",
                    "{device}: {plate} does not come off its own list ({fault}) and may be let through while the box is down; trying again"
                )
            }
            Self::CameraListStuck { device, plate, removing: false, fault } => {
                let fault = fault.text(lang);
                say!(
                    lang,
                    "{device}：白名单未能写入 {plate}（{fault}）；将继续重试",
                    "{device}: {plate} does not get onto its own list ({fault}); trying again"
                )
            }
            Self::CameraListMode { device, always: true } => say!(
                lang,
                "{device}：白名单为“始终启用”，相机会绕过网关自行开闸；请在相机网页改为“仅脱机时启用”并关闭模糊匹配",
                "{device}: its own list opens always, beside the gateway; in its web page set it to \"when offline\" and switch fuzzy matching off"
            ),
            Self::CameraListMode { device, always: false } => say!(
                lang,
                "{device}：白名单未启用，断网时不会放行；请在相机网页设为“仅脱机时启用”",
                "{device}: its own list never opens, so nobody passes while the box is down; in its web page set it to \"when offline\""
            ),
            Self::CameraListFull { device, plates } => say!(
                lang,
                "{device}：白名单已满（{plates} 个车牌），其余车牌未写入",
                "{device}: its own list is full ({plates} plates); the others are not on it"
            ),
            Self::Paid { plate, received, pay_from, by: None } => {
                say!(
                    lang,
                    "{plate} 缴费 {received} 元（{pay_from}）",
                    "{plate} paid {received} yuan ({pay_from})"
                )
            }
            Self::Paid { plate, received, pay_from, by: Some(by) } => {
                say!(
                    lang,
                    "{by} 收取 {plate} 缴费 {received} 元（{pay_from}）",
                    "{by} took {received} yuan for {plate} ({pay_from})"
                )
            }
            Self::Refunded { plate, money, refund_from, by, .. } => {
                say!(
                    lang,
                    "{by} 向 {plate} 退款 {money} 元（{refund_from}）",
                    "{by} gave {money} yuan back to {plate} ({refund_from})"
                )
            }
            Self::Forgotten { records, by, reason } => say!(
                lang,
                "{by} 已清除一个车牌的信息，涉及 {records} 条停车记录：{reason}",
                "{by} had a plate forgotten, which {records} parking records named: {reason}"
            ),
            Self::ReportDropped { row, code, key, by, reason } => {
                let name = interface(*code, lang);
                say!(
                    lang,
                    "{by} 丢弃了被拒的第 {row} 条上报 {name}（{key}）：{reason}",
                    "{by} threw away the refused report {row}, {name} ({key}): {reason}"
                )
            }
            Self::LoginFailed { address } => say!(
                lang,
                "{address} 访问 [web] 时 token 不对或缺失",
                "{address} called [web] with a wrong token or none"
            ),
            Self::SaidOnBox { by, path } => {
                say!(lang, "本机用户 {by} 执行了 {path}", "{by} on this box called {path}")
            }
            Self::SocketShut { path, error } => say!(
                lang,
                "无法建立本机命令行使用的 {path}（{error}）；命令行将改用 [web] 的 token",
                "{path} cannot be made ({error}): the command line needs the token of [web]"
            ),
            Self::OutOfRole { merchant, address } => say!(
                lang,
                "商家 {merchant}（{address}）访问了仅限岗亭人员的接口，已拒绝",
                "the shop {merchant} ({address}) asked for what only staff may do and was refused"
            ),
            Self::PaidOtherwise { plate, due, received, .. } => say!(
                lang,
                "{plate} 离场后缴费 {received} 元，应缴 {due} 元；请在欠费（/api/arrears）或待退款（/api/overpaid）清单中核对",
                "{plate} paid {received} yuan after it had left, {due} yuan were due; see the list of arrears (/api/arrears) or of refunds (/api/overpaid)"
            ),
            Self::BarrierCommanded { lane, act, after } => {
                let (zh, en) = match act {
                    Act::Open { .. } => ("开闸指令", "barrier commanded to open"),
                    Act::Close { .. } => ("关闸指令", "barrier commanded to close"),
                    Act::Stop { .. } => ("停闸指令", "barrier commanded to stop"),
                    Act::Hold { .. } => ("常开指令", "barrier commanded to stay open"),
                    Act::Release { .. } => {
                        ("取消常开指令", "barrier commanded to stay open no longer")
                    }
                };
                match after.map(ms) {
                    Some(after) => say!(
                        lang,
                        "{lane}：{zh}已发出，距识别 {after}",
                        "{lane}: {en} {after} after the read"
                    ),
                    None => say!(lang, "{lane}：{zh}已发出", "{lane}: {en}"),
                }
            }
            Self::BarrierConfirmed { lane, after } => {
                let after = ms(*after);
                say!(lang, "{lane}：设备已应答，{after}", "{lane}: device confirmed in {after}")
            }
            Self::BarrierFault { lane, fault } => {
                let fault = fault.text(lang);
                say!(
                    lang,
                    "{lane}：道闸未打开：{fault}",
                    "{lane}: the barrier did not open: {fault}"
                )
            }
            Self::BarrierMoved { lane, movement, after } => {
                let (done, after) = (movement.text(lang), ms(*after));
                say!(
                    lang,
                    "{lane}：{done}，设备已应答，{after}",
                    "{lane}: device confirmed in {after} that the barrier is {done}"
                )
            }
            Self::BarrierNotMoved { lane, movement, fault } => {
                let (act, fault) = (to_be_done(*movement, lang), fault.text(lang));
                say!(
                    lang,
                    "{lane}：道闸未执行{act}：{fault}",
                    "{lane}: the barrier did not {act}: {fault}"
                )
            }
            Self::DeviceOnline { device } => {
                say!(lang, "设备 {device} 在线", "device {device} is online")
            }
            Self::DeviceOffline { device } => say!(
                lang,
                "设备 {device} 离线；请检查供电和网络",
                "device {device} is offline; check its power and network"
            ),
            Self::BadMessage { device, error } => {
                say!(
                    lang,
                    "设备 {device} 的消息无法解析：{error}",
                    "device {device} sent what cannot be read: {error}"
                )
            }
            Self::PushRefused { device, why } => {
                let why = why.text(lang);
                say!(
                    lang,
                    "{device} 的推送未接收：{why}",
                    "a push of {device} was not taken: {why}"
                )
            }
            Self::PushClosed { name, error, again_in } => {
                let again = again_in.as_secs();
                say!(
                    lang,
                    "[[http_push]] `{name}` 无法监听：{error}；{again} 秒后重试，其间相机无法推送",
                    "[[http_push]] `{name}` cannot listen: {error}; trying again in {again} s, meanwhile no camera can push"
                )
            }
            Self::LoginStopped { device, minutes } => say!(
                lang,
                "{device} 拒绝登录；为免账号被锁，{minutes} 分钟内不再尝试。请核对 `user` 和 `password` 后重启网关",
                "{device} refuses our login; lest it lock the account it is not tried again for {minutes} min. Check `user` and `password`, then restart the gateway"
            ),
            Self::CallsFail { device, fault } => {
                let why = fault.text(lang);
                say!(
                    lang,
                    "{device} 无法呼叫，不能开闸：{why}",
                    "{device} cannot be called and will open nothing: {why}"
                )
            }
            Self::CallsAnswered { device } => {
                say!(lang, "{device} 应答呼叫", "{device} answers when it is called")
            }
            Self::CameraListLeft { device, plates } => say!(
                lang,
                "设备 {device} 已不在配置中，其名单上仍可能有 {plates} 个车牌并会自行开闸；请在相机上清空名单",
                "device {device} is no longer configured; its own list may still hold {plates} plates for which it opens: clear the list on the camera"
            ),
            Self::OpensItself { device } => say!(
                lang,
                "{device} 也按自己的名单开闸；若应由网关决定，请在相机的道闸设置中改为平台控制",
                "{device} opens the barrier by its own list, too; if the gateway is to decide, set its barrier control to platform"
            ),
            Self::BrokerUp { broker } => {
                say!(lang, "已连接 MQTT `{broker}`", "MQTT `{broker}` connected")
            }
            Self::BrokerDown { broker, error } => say!(
                lang,
                "MQTT `{broker}` 断开：{error}；将自动重连",
                "MQTT `{broker}` is gone: {error}; connecting again"
            ),
            Self::ClientIdKnown { error } => say!(
                lang,
                "MQTT 客户端标识无法保存（{error}），改用众所周知的标识，知道它的人可以顶替网关；请检查数据库所在目录的权限和空间",
                "the client id at brokers could not be kept ({error}); one that everybody knows is used, and whoever does can take the gateway's place: look at the folder of the database, its rights and its space"
            ),
            Self::RetainedIgnored { device } => say!(
                lang,
                "设备 {device} 的消息被 MQTT 服务器保留（retain），无法判断是何时的，已忽略；请在设备上关闭保留",
                "the broker keeps a message of device {device} for whoever comes (retain); since nobody knows of when it is, it is ignored: switch retain off at the device"
            ),
            Self::BrokerOlder { broker } => say!(
                lang,
                "MQTT `{broker}` 只支持 MQTT 3.1.1：过大的消息仍会整条传来，由网关丢弃",
                "MQTT `{broker}` speaks MQTT 3.1.1 only: a message that is too large comes all the way and is thrown away here"
            ),
            Self::WindowOverrun { broker, window } => say!(
                lang,
                "MQTT `{broker}` 同时发出的消息超过约定的 {window} 条（mosquitto 2.0.11 的已知缺陷）：不会丢失，网关按自己的速度读取，但其间服务器占用的内存最多加倍",
                "MQTT `{broker}` has more than the {window} messages on their way at once that it was asked to (mosquitto 2.0.11 is known for it): nothing is lost, they are read as fast as they can be stored, but meanwhile the broker needs up to twice its memory"
            ),
            Self::MessageTooLarge { broker, topic, megabytes, most } => say!(
                lang,
                "MQTT `{broker}`：{topic} 上的消息有 {megabytes} MB，超过 {most} MB，已丢弃，其中的识别结果丢失；请在相机上减小图片",
                "MQTT `{broker}`: a message of {megabytes} MB on {topic}, more than {most} MB, is thrown away, and a read in it is lost; have the camera send smaller pictures"
            ),
            Self::UnitMisnumbered { device, asked, answered } => say!(
                lang,
                "{device} 有应答，但 Modbus TCP 事务号不符（应为 {asked}，收到 {answered}），无法采信；请升级或更换该网关",
                "{device} answers, but with transaction number {answered} instead of {asked}, which cannot be trusted; update or replace its Modbus TCP gateway"
            ),
            Self::MarkerMissing { broker, topic } => say!(
                lang,
                "MQTT `{broker}`：在 {topic} 上发给自己的消息没有返回，无法判断哪些识别结果曾滞留在服务器；请给网关用户加上 topic readwrite {topic}",
                "MQTT `{broker}`: our own message on {topic} does not come back, so that nobody can tell which reads had lain there; give the gateway's user `topic readwrite {topic}`"
            ),
            Self::ReachedAt { host, at, of } => say!(
                lang,
                "{host} 有 {of} 个地址，应答的是 {at}",
                "{host} has {of} addresses; {at} answered"
            ),
            Self::LoggedIn { renewed: false } => {
                say!(lang, "已登录平台", "logged in to the platform")
            }
            Self::LoggedIn { renewed: true } => say!(lang, "令牌已刷新", "token renewed"),
            Self::LoggedOut => say!(lang, "已登出平台", "logged out of the platform"),
            Self::Acknowledged { code, count, after } => {
                let (name, after) = (interface(*code, lang), ms(*after));
                say!(
                    lang,
                    "平台确认 {name} × {count}，{after}",
                    "platform acknowledged {name} × {count} in {after}"
                )
            }
            Self::CalledByName { name } => say!(
                lang,
                "接口被以 {name} 之名调用，而该名称未配置：出示令牌者仍可使用，浏览器不可；请将其写入 `[web] names`",
                "the API is called as {name}, a name that is not written down: whoever shows a token is answered, a browser is not; write it in `[web] names`"
            ),
            Self::StateUnknown { device, what, value } => say!(
                lang,
                "{device}：{what} 的取值 {value} 含义不明，按未知处理，不预约、不出售；请核对 occupied_when、free_when 或点位的 occupied、free、map",
                "{device}: {what} says {value}, and nobody knows what that means: it is taken for unknown, neither booked nor sold; check occupied_when and free_when, or occupied, free and map of its point"
            ),
            Self::StateKnown { device, what } => say!(
                lang,
                "{device}：{what} 的取值恢复正常",
                "{device}: {what} says again what it may"
            ),
            Self::InputUnknown { device, what, value } => say!(
                lang,
                "{device}：{what} 的取值 {value} 含义不明，不予采用（输入视为未变，识别视为即时）；请核对相机的固件与接口版本",
                "{device}: {what} says {value}, and nobody knows what that means: it is passed over (an input is taken for unchanged, a read for one of now); check the camera's firmware and interface version"
            ),
            Self::InputKnown { device, what } => say!(
                lang,
                "{device}：{what} 的取值恢复正常",
                "{device}: {what} says again what it may"
            ),
            Self::MoreUnknown { device, than } => say!(
                lang,
                "{device}：含义不明的取值多于 {than} 个；全部见 `lotgate status` 与 `lotgate doctor`",
                "{device}: more than {than} of its values mean nothing; `lotgate status` and `lotgate doctor` show all of them"
            ),
            Self::PointerMisses { device, key, pointer, has } => {
                let what = pointed(key, lang);
                say!(
                    lang,
                    "{device}：有消息，但其中没有{what}：`{key} = \"{pointer}\"` 处没有内容，消息中有 {has}；请改正 `{key}`",
                    "{device}: messages come, none holds {what}: `{key} = \"{pointer}\"` finds nothing, the message has {has}; put `{key}` right"
                )
            }
            Self::PointerFinds { device, key } => {
                say!(lang, "{device}：`{key}` 处有内容了", "{device}: `{key}` finds something now")
            }
            Self::NothingReadable { device, error } => say!(
                lang,
                "{device}：有消息，但都无法识读：{error}；请核对 `driver`、设备的型号和固件，以及设备上设置的上报格式",
                "{device}: messages come and none can be read: {error}; see that `driver` is what the device is, and what form and firmware it is set to send with"
            ),
            Self::ReadableAgain { device } => {
                say!(lang, "{device}：消息可以识读了", "{device}: its messages can be read now")
            }
            Self::SentOnce { device } => say!(
                lang,
                "{device} 以 QoS 0 上报识别结果：网关或服务器不在时发送的会丢失；请在相机的 MQTT 设置中改为 QoS 1",
                "{device} publishes its reads at QoS 0: what it sends while we are away is lost; set QoS 1 in its MQTT settings"
            ),
            Self::SentSafely { device } => {
                say!(lang, "{device} 已改为 QoS 1 上报", "{device} publishes at QoS 1 now")
            }
            Self::TopicRefused { broker, topic, reason } => say!(
                lang,
                "MQTT 服务器 {broker} 不允许订阅主题 {topic}（原因码 {reason}）：以此上报的设备将收不到；请检查服务器的权限（ACL）",
                "broker {broker} does not let us hear the topic {topic} (reason {reason}): no device is heard there; check the broker's rights (ACL)"
            ),
            Self::PublishRefused { broker, topic, reason } => say!(
                lang,
                "MQTT 服务器 {broker} 的规则不允许网关在 {topic} 上发布（原因码 {reason}）；请为网关的登录开放该主题的写权限（ACL）",
                "broker {broker}: its rules forbid our publishing on {topic} (reason {reason}): give the gateway's login write access"
            ),
            Self::PublishAllowed { broker, topic } => say!(
                lang,
                "MQTT 服务器 {broker} 现已允许网关在 {topic} 上发布",
                "broker {broker} lets us publish on {topic} now"
            ),
            Self::DeliveredOnce { broker, topics } if topics.is_empty() => say!(
                lang,
                "MQTT 服务器 {broker} 只支持 QoS 0：网关不在时发送的会丢失；请将其 max_qos 设为 1",
                "broker {broker} knows QoS 0 alone: what is sent while we are away is lost; set max_qos 1"
            ),
            Self::DeliveredOnce { broker, topics } => {
                let topics = topics.join(", ");
                say!(
                    lang,
                    "MQTT 服务器 {broker} 只以 QoS 0 转发 {topics}：网关不在时发送的会丢失；请允许网关的登录以 QoS 1 订阅",
                    "broker {broker} hands {topics} over at QoS 0 alone: what is sent while we are away is lost; let the gateway's login subscribe at QoS 1"
                )
            }
            Self::DeliveredSafely { broker } => say!(
                lang,
                "MQTT 服务器 {broker} 已按 QoS 1 转发",
                "broker {broker} hands over at QoS 1 now"
            ),
            Self::PicturesFromAnywhere { device } => say!(
                lang,
                "{device} 以网址给出图片，而其地址未配置：将从任意内网地址下载；请填写该相机的 `address`",
                "{device} names pictures by their address, and its own is not known: any private address is asked; write its `address`"
            ),
            Self::CertificateRenewed { path } => say!(
                lang,
                "证书文件 {path} 已更新，新连接将使用新证书",
                "the certificates of {path} were renewed; new connections go by them"
            ),
            Self::CertificateUnreadable { error, kept: true } => say!(
                lang,
                "证书文件无法使用：{error}；暂时继续使用原证书，请改正",
                "a certificate file is no good: {error}; the one before is used on, put it right"
            ),
            Self::CertificateUnreadable { error, kept: false } => say!(
                lang,
                "证书文件无法使用：{error}；改正之前无法连接",
                "a certificate file is no good: {error}; nothing can be connected until it is put right"
            ),
            Self::PutOff { code, key, words, give_up_after } => {
                let (name, hours) = (interface(*code, lang), span(*give_up_after, lang));
                say!(
                    lang,
                    "平台未接收 {name}（{key}），但接收了其他同类上报：{words}；将重试，{hours}后仍不接收则转入死信",
                    "the platform does not take {name} ({key}) but takes others: {words}; trying again, for {hours} before it is kept as a dead letter"
                )
            }
            Self::GivenUp { code, key, words, after } => {
                let (name, hours) = (interface(*code, lang), span(*after, lang));
                say!(
                    lang,
                    "平台 {hours}内一直未接收 {name}（{key}），其他同类上报则已接收：{words}；已转入死信，可用 lotgate queue retry 重发",
                    "the platform did not take {name} ({key}) for {hours} in which it took others: {words}; kept as a dead letter, lotgate queue retry sends it again"
                )
            }
            Self::NotWanted { code, key, words } => {
                let name = interface(*code, lang);
                say!(
                    lang,
                    "平台未接收单独发送的 {name}（{key}），但接收了其他同类：{words}；将重试，共三次不接收则转入死信",
                    "the platform does not take {name} ({key}) by itself, but takes others: {words}; tried again, and kept as a dead letter at the third time"
                )
            }
            Self::UnwantedAside { code, key, words } => {
                let name = interface(*code, lang);
                say!(
                    lang,
                    "平台一再不接收单独发送的 {name}（{key}），其他同类则已接收：{words}；已转入死信，其余照常上报，可用 lotgate queue retry 重发",
                    "again and again the platform did not take {name} ({key}) by itself, but took others: {words}; kept as a dead letter, the rest goes on; lotgate queue retry sends it again"
                )
            }
            Self::PictureUnreadable { key, error } => say!(
                lang,
                "图片 {key} 的文件暂时无法读取（{error}）：将重试一天；请确认图片所在的盘已挂载",
                "the file of picture {key} cannot be read ({error}): tried again for a day; look whether its disk is mounted"
            ),
            Self::WebListens { address } => {
                say!(lang, "[web] 在 {address} 监听", "[web] listens on {address}")
            }
            Self::WebRefused { address, error, again_in } => {
                let again = seconds(*again_in);
                say!(
                    lang,
                    "[web] 无法在 {address} 监听：{error}；车道照常工作，{again} 后重试",
                    "[web] cannot listen on {address}: {error}; the lanes work without it, again in {again}"
                )
            }
            Self::NoPictureTaken { words } => say!(
                lang,
                "平台不接收任何图片：{words}；图片保留，将重试",
                "the platform takes no pictures: {words}; they are kept and tried again"
            ),
            Self::MayBeDelivered { code, key, words } => {
                let name = interface(*code, lang);
                say!(
                    lang,
                    "平台对 {name}（{key}）的应答一直无法识别，其他同类上报则已接收：{words}；可能已送达，已转入死信，请与平台核对，未收到时可用 lotgate queue retry 重发",
                    "the answers to {name} ({key}) could not be read while the platform took others: {words}; it may have been taken. Kept as a dead letter: ask the platform, and if it has none lotgate queue retry sends it again"
                )
            }
            Self::NotTaken { code, words } => {
                let name = interface(*code, lang);
                say!(
                    lang,
                    "平台不接收 {name}，其他接口正常：{words}；此类上报留在队列中，将重试",
                    "the platform takes no {name}, but others: {words}; they stay in the queue and are tried again"
                )
            }
            Self::TakenWithoutAWord { code } => {
                let name = interface(*code, lang);
                say!(
                    lang,
                    "平台对 {name} 只回空的成功，按已接收处理；若平台上没有这些记录，则是中间的代理或防火墙代答，请查网络",
                    "the platform answers {name} with a success that says nothing, which counts as taken; if it does not have these records, a proxy or firewall answers in its place: look at the network"
                )
            }
            Self::TakenAgain { code } => {
                let name = interface(*code, lang);
                say!(lang, "平台恢复接收 {name}", "the platform takes {name} again")
            }
            Self::Refused { code, key, words } => {
                let name = interface(*code, lang);
                say!(
                    lang,
                    "平台拒收 {name}（{key}）：{words}；已转入死信，改正后可重发",
                    "platform refused {name} ({key}): {words}; kept as a dead letter, to be sent again once mended"
                )
            }
            Self::PlatformDown { error, again_in } => {
                let again = seconds(*again_in);
                say!(
                    lang,
                    "平台不可用：{error}；{again} 后重试",
                    "platform not available: {error}; again in {again}"
                )
            }
            Self::PlatformUp => say!(lang, "平台恢复", "platform is back"),
            Self::UnfitReport { error } => {
                say!(
                    lang,
                    "数据不符合标准，无法上报：{error}；停车与收费记录已留存，见 lotgate queue ls --dead",
                    "not reportable by the standard: {error}; what is of the books is kept, see lotgate queue ls --dead"
                )
            }
            Self::LinkTakenOver { times } => say!(
                lang,
                "指令通道登录后不久即被平台断开，已连续 {times} 次：可能另有网关用同一账号登录；请确认只有一台网关使用该 userId，其他功能照常",
                "the platform has ended the command link {times} times soon after the login: another gateway may log in with the same userId; see that only one does; all else goes on"
            ),
            Self::LinkKept => {
                say!(lang, "指令通道不再被顶替", "the command link is no longer taken over")
            }
            Self::AnotherGateway { stance, other, here } => {
                another_gateway(*stance, other, here, lang)
            }
            Self::NoOtherGateway => say!(
                lang,
                "另一台网关已无声息，由本网关控制道闸",
                "no other gateway is heard any more: this one commands the barriers"
            ),
            Self::DrivesAgain => say!(
                lang,
                "本网关重新控制道闸；让位期间平台下发的锁车、预约、名单、共享、月租只到了另一台网关，请让平台重新下发",
                "this gateway commands the barriers again; the locks, bookings, control lists, shares and leases that the platform sent while it stood back went to the other alone: have the platform send them again"
            ),
            Self::ToldToDrive { by, reason } => say!(
                lang,
                "指定由本网关控制道闸（{by}：{reason}）",
                "this gateway shall command the barriers ({by}: {reason})"
            ),
            Self::LinkUp => say!(lang, "指令通道已登录", "command link logged in"),
            Self::LinkDown { error, again_in } => {
                let again = seconds(*again_in);
                say!(
                    lang,
                    "指令通道断开：{error}；{again} 后重连",
                    "command link is down: {error}; again in {again}"
                )
            }
            Self::LinkLeft => say!(
                lang,
                "另一网关控制道闸：指令通道让给它",
                "another gateway commands the barriers: the command link is left to it"
            ),
            Self::BadFrame { error } => {
                say!(
                    lang,
                    "指令通道收到错误数据：{error}",
                    "command link received bad bytes: {error}"
                )
            }
            Self::Commanded { code, result_code, message } => {
                let name = interface(*code, lang);
                say!(
                    lang,
                    "平台指令 {name}：应答 {result_code} {message}",
                    "platform commands {name}: answered {result_code} {message}"
                )
            }
            Self::CommitFailed { error } => say!(
                lang,
                "写入数据库失败：{error}；请检查磁盘",
                "the database could not be written: {error}; check the disk"
            ),
            Self::Reloaded { after_restart } if after_restart.is_empty() => {
                say!(lang, "配置已重新加载", "configuration reloaded")
            }
            Self::Reloaded { after_restart } => {
                let sections = after_restart.join(" ");
                say!(
                    lang,
                    "配置已重新加载；{sections} 的修改需重启后生效",
                    "configuration reloaded; what changed in {sections} takes effect at the next start"
                )
            }
            Self::ReloadRefused { first } => say!(
                lang,
                "新配置有误，继续使用旧配置：{first}",
                "the new configuration is wrong, the old one stays: {first}"
            ),
            Self::StoreLost { error, when_it_fails } => {
                let (entry, exit) = (when_it_fails.entry.text(lang), when_it_fails.exit.text(lang));
                say!(
                    lang,
                    "数据库不可写（{error}）：无法记录，仍可用岗亭软件、按钮和消防输入开闸；入口{entry}，出口{exit}；每 10 秒重试，请检查磁盘",
                    "nothing can be written down ({error}): the booth, buttons and the fire input open barriers still; entries {entry}, exits {exit} by themselves; tried again every 10 s, look at the disk"
                )
            }
            Self::StoreBack { since, error, kept, dropped } => say!(
                lang,
                "数据库自 {since} 起中断（{error}），现已恢复，补记 {kept} 条，遗漏 {dropped} 条",
                "the database can be written again; since {since} it was not in use ({error}): {kept} things kept meanwhile are written down, {dropped} found no room"
            ),
            Self::ReadWithoutStore { lane, plate, opens: true } => say!(
                lang,
                "{lane}：识别 {plate}，无法记录，自动放行",
                "{lane}: {plate} arrives, nothing can be written down, the lane opens by itself"
            ),
            Self::ReadWithoutStore { lane, plate, opens: false } => say!(
                lang,
                "{lane}：识别 {plate}，无法记录，不放行；请工作人员开闸",
                "{lane}: {plate} arrives, nothing can be written down, the barrier stays down; staff, please open"
            ),
            Self::Ballast { there: false } => say!(
                lang,
                "磁盘已满：已释放预留文件供数据库使用；请清理磁盘",
                "the disk is full: the ballast file went to make room for the database; make room on the disk"
            ),
            Self::Ballast { there: true } => {
                say!(lang, "预留文件已重建", "the ballast file is there again")
            }
            Self::DatabaseMended { mended } => {
                let Mended { aside, copied, taken, unread } = mended;
                let none = || say!(lang, "无", "none");
                let aside = aside.clone().unwrap_or_else(none);
                let copied = copied.map_or_else(none, |at| at.to_string());
                say!(
                    lang,
                    "数据库已损坏，已用 {copied} 的备份和仍可读取的数据重建：补回 {taken} 行，约 {unread} 行无法读取；损坏的文件保留为 {aside}，请检查磁盘",
                    "the database was damaged and is put together anew from its copy of {copied} and what could be read since: {taken} rows taken over, about {unread} cannot be read; the damaged file is kept as {aside}, look at the disk"
                )
            }
            Self::DatabaseDisplaced { path, aside: None } => say!(
                lang,
                "数据库文件 {path} 被删除，已由运行中的网关重新写出，数据完整；请勿删除运行中的数据库",
                "the database {path} was deleted; the running gateway has written it out again, nothing is missing; leave the file of a running gateway alone"
            ),
            Self::DatabaseDisplaced { path, aside: Some(aside) } => say!(
                lang,
                "数据库文件 {path} 被替换，已恢复为运行中网关的数据，换入的文件移至 {aside}；恢复备份请先停止网关再用 lotgate restore",
                "the database {path} was replaced under the running gateway, whose own is in its place again; the other was moved to {aside}: to restore a backup stop the gateway and run lotgate restore"
            ),
            Self::DatabaseBegun { path } => say!(
                lang,
                "{path} 处没有数据库，已新建；若此前已有数据，请检查其磁盘是否已挂载",
                "there was no database at {path}, a new one is begun; had there been one, look whether its disk is mounted"
            ),
            Self::DatabaseUnderneath { path, beside } => say!(
                lang,
                "数据库 {path} 所在的磁盘在启动之后才挂载：现使用磁盘上原有的数据库；启动后记录的内容保留在 {beside}，请核对；请在 /etc/fstab 中登记该磁盘",
                "the disk of the database {path} was mounted after the start: the one on that disk is in use now, what was written since the start is kept in {beside}, compare it; name the disk in /etc/fstab"
            ),
            Self::CopyMade { path, bytes } => say!(
                lang,
                "数据库已备份到 {path}（{bytes} 字节），已校验",
                "the database was copied to {path} ({bytes} bytes), verified"
            ),
            Self::CopyFailed { error } => {
                say!(
                    lang,
                    "数据库无法备份：{error}；请检查 [store] backup 目录的空间、权限和挂载",
                    "no copy of the database can be made: {error}; look at the room, rights and mount of [store] backup"
                )
            }
            Self::CopiesAgain => {
                say!(lang, "数据库又可以备份了", "copies of the database are made again")
            }
            Self::LogHeld { bytes } => {
                let megabytes = bytes >> 20;
                say!(
                    lang,
                    "有程序一直在读取数据库而不结束，其日志文件（-wal）已增至 {megabytes} MB；lotgate doctor 会指出是哪个程序",
                    "somebody reads in the database and does not end, its log (-wal) has grown to {megabytes} MB; lotgate doctor names who"
                )
            }
            Self::LogCutBack { bytes } => {
                let megabytes = bytes >> 20;
                say!(
                    lang,
                    "数据库的日志文件（-wal）曾达 {megabytes} MB，已恢复正常大小",
                    "the database's log (-wal) of {megabytes} MB is cut back"
                )
            }
        }
    }
}

/// What this gateway does beside another.
fn another_gateway(stance: Stance, other: &str, here: &str, lang: Lang) -> String {
    match stance {
        Stance::StandsBack => say!(
            lang,
            "本停车场另有一台网关（{other}）在运行，由其控制道闸：本网关（{here}）不再自动开闸，按钮、岗亭和消防照常；请关闭不用的一台，或在要用的一台上运行 lotgate drive",
            "another gateway ({other}) runs for this lot and goes first: this one ({here}) opens no barrier by itself, buttons, booth and fire alarm still do; switch off the one that is not wanted, or run `lotgate drive` on the one that is"
        ),
        Stance::Drives => say!(
            lang,
            "本停车场另有一台网关（{other}）在运行，由本网关（{here}）控制道闸，另一台让位；请关闭不用的一台，或在要用的一台上运行 lotgate drive",
            "another gateway ({other}) runs for this lot; this one ({here}) commands the barriers and the other stands back; switch off the one that is not wanted, or run `lotgate drive` on the one that is"
        ),
        Stance::Unprotected => say!(
            lang,
            "本停车场似乎另有一台网关（{other}）在运行；MQTT 服务器未限制谁可以这样声明，因此本网关（{here}）照常开闸，两台可能重复开闸和计费；请关闭不用的一台，并用 lotgate init --broker 设置权限",
            "another gateway ({other}) seems to run for this lot; the broker lets anybody claim that, so this one ({here}) goes on, and both may open for and book every car; switch off the one that is not wanted, and give the broker its rights by lotgate init --broker"
        ),
    }
}
