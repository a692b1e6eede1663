//! What can be wrong with the lot that a configuration describes, though each of its keys can be read, and what
//! to write instead.

use super::severity::Severity;
use super::{Lang, Words, say};

/// Why nothing can be heard on a topic as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopicFault {
    /// Its messages are shared out among several.
    Shared,
    /// Only the broker speaks there.
    OfBroker,
    /// White space that no device has there.
    Spaces,
}

/// One thing wrong with a described lot.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are named for what they hold")]
pub enum LotProblem {
    CodeLength { key: String, want: u16, have: usize },
    CodeCharacter { key: String, odd: char, capitals: bool },
    CodeOfOther { key: String, park_code: String },
    ShortDistrict { want: u16, have: usize },
    NoGarage { code: String, nearest: Option<String> },
    IsGarage { written: i64 },
    HalfAPlace { key: String, other: String },
    SwappedPlace { longitude: f64, latitude: f64 },
    OutsideChina { key: String, low: f64, high: f64 },
    NoSpaceAtAll,
    MoreThanTotal { key: String, have: i64, total: i64 },
    MoreNumbered { numbered: i64, total: i64 },
    GaragesTooLarge { garages: i64, total: i64 },
    GarageOverfull { numbered: i64, total: i64 },
    StreetWithoutSpaces,
    LaneWithoutRoad,
    NoLanes,
    NoEntry,
    NoExit,
    NoTariff,
    ExitWithoutBarrier,
    PositionOfOther { on_street: bool },
    MaterialOfOther { mechanical: bool },
    PileWithoutEquipment,
    SpaceWithoutPile,
    PileCharges,
    OtherCharges,
    NoEquipmentType { written: String },
    TypeOfOther { driver: String, types: String },
    GarageUnsaid,
    NoSpace { number: String, nearest: Option<String> },
    CodeTwice { code: String },
    EquipmentOfTwoLanes { name: String, lane: String },
    GarageWithoutPlc { key: String },
    GarageTwice { id: String },
    PlcNumberTwice { number: i64 },
    AlarmOfPlates { code: i64 },
    LongColor { key: String, max: u16, have: usize },
    ShortCap,
    GatewayUnfiled,
    RuleUnreached { by: usize },
    VehiclesTaken,
    ClassUnused { name: String },
    DearerThanCap { price: String, cap: String },
    YearMissing { year: i16 },
    NoCapAnew { key: String },
    FreeAfterSteps,
    FlatOfADay,
    ShortSecret { least: usize },
    SecretTwice,
    TopicOfMany { key: String },
    TopicTwice { other: String },
    AddressTwice { other: String },
    NotACamerasAddress { name: String },
    BarrierWithoutLogin { name: String },
    ListNotTold,
    BarrierNotTold { name: String },
    FromExample { key: String },
    MeansBoth { word: String },
    TopicUnmatched { key: String, why: TopicFault },
    NoTopic { key: String },
}

impl LotProblem {
    /// How bad it is: a fault where the platform must refuse what the lot files, or cars cannot come, go or
    /// be counted as described; a warning where it may be meant.
    pub fn severity(&self) -> Severity {
        match self {
            Self::CodeLength { .. }
            | Self::NoGarage { .. }
            | Self::SwappedPlace { .. }
            | Self::OutsideChina { .. }
            | Self::NoSpaceAtAll
            | Self::MoreThanTotal { .. }
            | Self::MoreNumbered { .. }
            | Self::GaragesTooLarge { .. }
            | Self::GarageOverfull { .. }
            | Self::StreetWithoutSpaces
            | Self::LaneWithoutRoad
            | Self::NoLanes
            | Self::NoEntry
            | Self::NoExit
            | Self::NoEquipmentType { .. }
            | Self::NoSpace { .. }
            | Self::RuleUnreached { .. }
            | Self::VehiclesTaken
            | Self::ShortSecret { .. }
            | Self::SecretTwice
            | Self::TopicOfMany { .. }
            | Self::TopicTwice { .. }
            | Self::MeansBoth { .. }
            | Self::TopicUnmatched { .. }
            | Self::NoTopic { .. }
            | Self::NotACamerasAddress { .. }
            | Self::ListNotTold
            | Self::BarrierNotTold { .. }
            | Self::GarageTwice { .. }
            | Self::PlcNumberTwice { .. }
            | Self::AlarmOfPlates { .. }
            | Self::LongColor { .. }
            | Self::ShortCap
            | Self::GarageWithoutPlc { .. } => Severity::Fault,
            Self::CodeCharacter { .. }
            | Self::CodeOfOther { .. }
            | Self::ShortDistrict { .. }
            | Self::IsGarage { .. }
            | Self::HalfAPlace { .. }
            | Self::NoTariff
            | Self::ExitWithoutBarrier
            | Self::PositionOfOther { .. }
            | Self::MaterialOfOther { .. }
            | Self::PileWithoutEquipment
            | Self::SpaceWithoutPile
            | Self::PileCharges
            | Self::OtherCharges
            | Self::TypeOfOther { .. }
            | Self::GarageUnsaid
            | Self::CodeTwice { .. }
            | Self::EquipmentOfTwoLanes { .. }
            | Self::GatewayUnfiled
            | Self::ClassUnused { .. }
            | Self::DearerThanCap { .. }
            | Self::YearMissing { .. }
            | Self::NoCapAnew { .. }
            | Self::FreeAfterSteps
            | Self::FlatOfADay
            | Self::AddressTwice { .. }
            | Self::BarrierWithoutLogin { .. }
            | Self::FromExample { .. } => Severity::Warning,
        }
    }
}

impl Words for LotProblem {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::CodeLength { key, want, have } => say!(
                lang,
                "`{key}` 只有 {have} 位，应为 {want} 位；请填写完整编码（平台另有规定时用 [platform.dialect] lengths 说明）",
                "`{key}` has {have} characters, it must have {want}; write the whole code (where the platform wants another length, say so in [platform.dialect] lengths)"
            ),
            Self::GarageTwice { id } => say!(
                lang,
                "`id` 的值 `{id}` 已用于另一座车库；每座必须不同，在此之前本车库不启用",
                "`id` has the value `{id}` of another garage; each must have its own, this one is left out until then"
            ),
            Self::PlcNumberTwice { number } => say!(
                lang,
                "同一车库有两个车位的 `plc_number` 为 {number}；每个必须不同，在此之前两个车位都不自动存取",
                "two spaces of a garage have the `plc_number` {number}; each must have its own, nothing is stored in or retrieved from either until then"
            ),
            Self::AlarmOfPlates { code } => say!(
                lang,
                "事件 {code} 是套牌车，车库不能上报；请核对 `code`，该报警不上报",
                "event {code} is a cloned plate, which no garage reads; check `code`, the alarm is not reported"
            ),
            Self::LongColor { key, max, have } => say!(
                lang,
                "`{key}` 中有 {have} 个字符的颜色，标准最多允许 {max} 个；请写标准的颜色，超长的不使用",
                "`{key}` has a colour of {have} characters, the standard allows {max}; write the standard's word, longer ones are left out"
            ),
            Self::ShortCap => say!(
                lang,
                "封顶时段不足 1 小时；请核对公示牌，写 `hours` 或至少 60 `minutes`",
                "the cap is of less than an hour; look at the sign, write `hours` or 60 `minutes` and more"
            ),
            Self::CodeCharacter { key, odd, capitals: false } => say!(
                lang,
                "`{key}` 中有 `{odd}`；该编码应全部为数字",
                "`{key}` has a `{odd}`; it should be digits only"
            ),
            Self::CodeCharacter { key, odd, capitals: true } => say!(
                lang,
                "`{key}` 中有 `{odd}`；该编码应只含数字和大写字母",
                "`{key}` has a `{odd}`; it should be digits and capital letters only"
            ),
            Self::CodeOfOther { key, park_code } => say!(
                lang,
                "`{key}` 应以本停车场编码 {park_code} 开头；请核对",
                "`{key}` should begin with this lot's code {park_code}; check it"
            ),
            Self::ShortDistrict { want, have } => say!(
                lang,
                "`district_code` 只有 {have} 位；应为 {want} 位：6 位行政区划代码加 3 位街道代码",
                "`district_code` has {have} characters; it should have {want}: 6 digits of the district and 3 of the sub-district"
            ),
            Self::NoGarage { code, nearest: Some(nearest) } => say!(
                lang,
                "没有编码为 `{code}` 的 [[garage]]；是否想写 `{nearest}`？",
                "there is no [[garage]] with the code `{code}`; did you mean `{nearest}`?"
            ),
            Self::NoGarage { code, nearest: None } => say!(
                lang,
                "没有编码为 `{code}` 的 [[garage]]；请配置该车库，或删除此键",
                "there is no [[garage]] with the code `{code}`; describe that garage, or remove this key"
            ),
            Self::IsGarage { written: 0 } => say!(
                lang,
                "`is_garage` 为 0，但配置了 [[garage]]；请写 1",
                "`is_garage` is 0 and there is a [[garage]]; write 1"
            ),
            Self::IsGarage { .. } => say!(
                lang,
                "`is_garage` 为 1，但没有配置 [[garage]]；请配置车库，或写 0",
                "`is_garage` is 1 and there is no [[garage]]; describe the garage, or write 0"
            ),
            Self::HalfAPlace { key, other } => say!(
                lang,
                "只有 `{key}`，没有 `{other}`；请两个都写或都不写",
                "there is a `{key}` and no `{other}`; write both or none"
            ),
            Self::SwappedPlace { longitude, latitude } => say!(
                lang,
                "经度和纬度写反了；请写 longitude = {latitude}、latitude = {longitude}（GCJ-02 坐标）",
                "longitude and latitude are swapped; write longitude = {latitude}, latitude = {longitude} (GCJ-02)"
            ),
            Self::OutsideChina { key, low, high } => say!(
                lang,
                "`{key}` 不在中国境内（{low} 到 {high}）；请填写以度为单位的 GCJ-02 坐标，例如 longitude = 114.0866、latitude = 22.5562",
                "`{key}` is outside China ({low} to {high}); write degrees in GCJ-02, e.g. longitude = 114.0866, latitude = 22.5562"
            ),
            Self::NoSpaceAtAll => say!(
                lang,
                "`total_spaces` 为 0，车辆都会被当作车位已满；请填写总车位数",
                "`total_spaces` is 0: the lot would be full for every car; write how many spaces it has"
            ),
            Self::MoreThanTotal { key, have, total } => say!(
                lang,
                "`{key}` 为 {have}，超过总车位数 `total_spaces` {total}；请填写不大于 {total} 的数",
                "`{key}` is {have}, more than all spaces, `total_spaces` {total}; write {total} or less"
            ),
            Self::MoreNumbered { numbered, total } => say!(
                lang,
                "配置了 {numbered} 个编号车位，但 `total_spaces` 为 {total}；请写至少 {numbered}，或删除多余的车位",
                "{numbered} numbered spaces are described and `total_spaces` is {total}; write at least {numbered}, or remove spaces"
            ),
            Self::GaragesTooLarge { garages, total } => say!(
                lang,
                "机械车库共有 {garages} 个车位，超过停车场的 `total_spaces` {total}；请核对两处数字（车库车位计入停车场总数）",
                "the garages have {garages} spaces, more than the lot's `total_spaces` {total}; check both (a garage's spaces are part of the lot's)"
            ),
            Self::GarageOverfull { numbered, total } => say!(
                lang,
                "该车库配置了 {numbered} 个编号车位，但 `total_spaces` 为 {total}；请核对车位的 `garage_code` 和此数字",
                "{numbered} numbered spaces are said to be in this garage and its `total_spaces` is {total}; check their `garage_code` and this number"
            ),
            Self::StreetWithoutSpaces => say!(
                lang,
                "路内停车区（park_type = 0）必须有编号车位；请添加 [[space]] 或 `spaces_file`",
                "a street lot (park_type = 0) lives by its numbered spaces; add [[space]] or `spaces_file`"
            ),
            Self::LaneWithoutRoad => say!(
                lang,
                "路内停车区的出入口必须写所在道路；请添加 `road_name`",
                "a lane of a street lot must say its road (table 8); add `road_name`"
            ),
            Self::NoLanes => say!(
                lang,
                "没有 [[lane]]，车辆无法进出；请添加车道，路内停车区请写 park_type = 0",
                "there is no [[lane]]: no car could come or go; add lanes, or write park_type = 0 for a street"
            ),
            Self::NoEntry => say!(
                lang,
                "没有入口车道；请添加 direction = \"entry\" 或 \"both\" 的 [[lane]]",
                "no lane leads in; add a [[lane]] with direction = \"entry\" or \"both\""
            ),
            Self::NoExit => say!(
                lang,
                "没有出口车道，停车记录不会结束；请添加 direction = \"exit\" 或 \"both\" 的 [[lane]]",
                "no lane leads out: no stay would end; add a [[lane]] with direction = \"exit\" or \"both\""
            ),
            Self::RuleUnreached { by } => say!(
                lang,
                "该规则不会被用到：第 {by} 条 [[tariff.rule]] 起所有车辆都已有规则；请把适用面更窄的规则写在前面",
                "this rule never has its turn: from [[tariff.rule]] number {by} on all vehicles have theirs; write the narrower rule before it"
            ),
            Self::VehiclesTaken => say!(
                lang,
                "该规则不会被用到：前面的 [[tariff.rule]] 已包含这些车型",
                "this rule never has its turn: [[tariff.rule]]s before it take all its vehicles"
            ),
            Self::ClassUnused { name } => say!(
                lang,
                "没有规则或减免使用车型 `{name}`，也未写 free = true",
                "no rule and no waiver is for the class `{name}`, and it has no free = true"
            ),
            Self::DearerThanCap { price, cap } => say!(
                lang,
                "该价格 {price} 元高于封顶 {cap} 元，实际只会收 {cap} 元；请核对公示牌",
                "this price, {price} yuan, is above the cap, {cap} yuan: only {cap} will be charged; look at the sign again"
            ),
            Self::NoCapAnew { key } => say!(
                lang,
                "`{key}` = \"cap\" 要求有相应的封顶；请写 cap = {{ hours = 24, … }} 或 cap = {{ per = \"day\", … }}",
                "`{key}` = \"cap\" wants a cap of that window: write cap = {{ hours = 24, … }} or cap = {{ per = \"day\", … }}"
            ),
            Self::FreeAfterSteps => say!(
                lang,
                "最后一个阶梯之后不再收费；如需继续计费请添加 `then`",
                "after the last step nothing more is charged; add `then` unless that is meant"
            ),
            Self::FlatOfADay => say!(
                lang,
                "非工作日的按次收费会覆盖整次停车；请写 every_day = \"restart\"，使每日重新计费",
                "the price of one stay covers all its days; write every_day = \"restart\" so that each day begins anew"
            ),
            Self::YearMissing { year } => say!(
                lang,
                "缺少 {year} 年的节假日，届时周一至周五按工作日收费；请添加 [[tariff.calendar]]",
                "the holidays of {year} are missing: Monday to Friday will be charged as working days; add a [[tariff.calendar]]"
            ),
            Self::NoTariff => say!(
                lang,
                "没有 [tariff]，所有停车都免费；收费的停车场请添加 [tariff]",
                "there is no [tariff]: nobody pays; add [tariff] unless parking is free"
            ),
            Self::ExitWithoutBarrier => say!(
                lang,
                "该出口没有道闸，未缴费的车辆也能离开；请添加 `barrier`，例如 barrier = {{ device = \"…\", output = 0 }}",
                "this exit has no barrier: who has not paid leaves as well; add `barrier`, e.g. barrier = {{ device = \"…\", output = 0 }}"
            ),
            Self::PositionOfOther { on_street: true } => say!(
                lang,
                "路内停车区（park_type = 0）的车位应写 position_type = 0",
                "a space of a street lot (park_type = 0) has position_type = 0"
            ),
            Self::PositionOfOther { on_street: false } => say!(
                lang,
                "路外停车场的车位应写 position_type = 1（室内）或 2（室外）；路内停车区请写 park_type = 0",
                "a space off the street has position_type = 1 (indoor) or 2 (outdoor); for a street write park_type = 0"
            ),
            Self::MaterialOfOther { mechanical: true } => say!(
                lang,
                "机械车库的车位（material_type = 1）必须写所属车库；请添加 `garage_code`",
                "a space of a mechanical garage (material_type = 1) says which garage; add `garage_code`"
            ),
            Self::MaterialOfOther { mechanical: false } => say!(
                lang,
                "该车位属于机械车库（有 `garage_code`）；请写 material_type = 1",
                "this space is in a mechanical garage, by its `garage_code`; write material_type = 1"
            ),
            Self::PileWithoutEquipment => say!(
                lang,
                "该车位有充电桩，但没有对应设备；请添加 [[device]]：driver = \"none\"、equipment_type = \"2000\"、charge_type = 1 或 2、`space_no` 为该车位",
                "this space has a charging pile and no equipment says so; add a [[device]] with driver = \"none\", equipment_type = \"2000\", charge_type = 1 or 2 and this `space_no`"
            ),
            Self::SpaceWithoutPile => say!(
                lang,
                "该车位的 with_charging_pile 为 0，但此处有充电桩；请在车位上写 1",
                "the space that this pile stands at has with_charging_pile = 0; write 1 there"
            ),
            Self::PileCharges => say!(
                lang,
                "充电桩（2000）必须写充电类型；请写 charge_type = 1（直流）或 2（交流）",
                "a charging pile (2000) says how it charges; write charge_type = 1 (direct current) or 2 (alternating)"
            ),
            Self::OtherCharges => say!(
                lang,
                "有充电类型的设备应为充电桩；请写 equipment_type = \"2000\"，或 charge_type = 0",
                "what charges is a charging pile; write equipment_type = \"2000\", or charge_type = 0"
            ),
            Self::NoEquipmentType { written } => say!(
                lang,
                "标准没有设备类型 `{written}`；请写 \"1000\" 出入口、\"2000\" 充电桩、\"3000\" 车位、\"4000\" 网关、\"5000\" 诱导，或机械车库的 \"6000\" 至 \"6018\"（表 A.4）",
                "the standard has no equipment type `{written}`; write \"1000\" entrance, \"2000\" charging pile, \"3000\" space, \"4000\" gateway, \"5000\" guidance, or \"6000\" to \"6018\" of mechanical garages (table A.4)"
            ),
            Self::TypeOfOther { driver, types } => say!(
                lang,
                "驱动 {driver} 的设备应为 equipment_type = {types}",
                "what `{driver}` drives has equipment_type = {types}"
            ),
            Self::GarageUnsaid => say!(
                lang,
                "机械车库设备应写所属车库；请添加 `garage_code`",
                "equipment of a mechanical garage says which; add `garage_code`"
            ),
            Self::NoSpace { number, nearest: Some(nearest) } => say!(
                lang,
                "没有编号为 `{number}` 的车位；是否想写 `{nearest}`？",
                "there is no space numbered `{number}`; did you mean `{nearest}`?"
            ),
            Self::NoSpace { number, nearest: None } => say!(
                lang,
                "没有编号为 `{number}` 的车位；请添加 [[space]]，或删除此键",
                "there is no space numbered `{number}`; add its [[space]], or remove this key"
            ),
            Self::EquipmentOfTwoLanes { name, lane } => say!(
                lang,
                "设备 `{name}` 已列在车道 `{lane}` 的 `equipments` 中；一台设备只属于一个出入口，请从其中一处删除",
                "the device `{name}` stands in the `equipments` of lane `{lane}` already; it is at one entrance: take it out of one of them"
            ),
            Self::GarageWithoutPlc { key } => say!(
                lang,
                "`{key}` 由车库的 PLC 给出，但没有配置 `plc`；请写 plc = \"设备名称\"，或删除 `{key}`",
                "`{key}` is for a garage's PLC and there is no `plc`; write plc = \"the device's name\", or remove `{key}`"
            ),
            Self::CodeTwice { code } => say!(
                lang,
                "设备编号 `{code}` 出现了两次；请为其中一台设备写另一个 `equipment_code`",
                "the equipment code `{code}` is another device's, too; write another `equipment_code` for one of them"
            ),
            Self::GatewayUnfiled => say!(
                lang,
                "没有 `id` 与此相同的 [[device]]，平台不认识该设备；请添加：driver = \"none\"、equipment_type = \"4000\"",
                "no [[device]] has this `id`, so the platform does not know it; add one with driver = \"none\" and equipment_type = \"4000\""
            ),
            Self::ShortSecret { least } => say!(
                lang,
                "`secret` 太短，容易被猜中；请至少用 {least} 个随机字符",
                "`secret` is short enough to be guessed; use at least {least} random characters"
            ),
            Self::TopicOfMany { key } => say!(
                lang,
                "`{key}` 中的 `+`、`#` 或控制字符会使这台相机代表其他相机说话；请写这台相机自己的主题",
                "`+`, `#` or a control character in `{key}` would have this camera speak for others; write its own topic"
            ),
            Self::MeansBoth { word } => say!(
                lang,
                "`{word}` 同时写为占用和空闲，无法判断；请只写在一处",
                "`{word}` is written for occupied and for free, and can mean neither; write it once"
            ),
            Self::TopicUnmatched { key, why: TopicFault::Shared } => say!(
                lang,
                "`{key}` 是共享订阅（$share/…、$queue/…）：另一成员会取走一部分识别结果；请写设备自己的主题",
                "`{key}` is a shared subscription ($share/…, $queue/…): another member would be given some of the reads; write the device's own topic"
            ),
            Self::TopicUnmatched { key, why: TopicFault::OfBroker } => say!(
                lang,
                "`{key}` 以 `$` 开头，是 MQTT 服务器自己的主题，没有设备能在那里上报；请写设备自己的主题",
                "`{key}` begins with `$`: those topics are the broker's own, and no device can publish there; write the device's own topic"
            ),
            Self::TopicUnmatched { key, why: TopicFault::Spaces } => say!(
                lang,
                "`{key}` 首尾或层级两端有空格，设备不会在那里上报；请去掉空格",
                "`{key}` has white space at an end or beside a `/`, and no device publishes there; take it out"
            ),
            Self::NoTopic { key } => say!(
                lang,
                "`{key}` 构不成 MQTT 主题：不能为空、过长，不能含 `+`、`#`、控制字符，不能以 `$` 开头，层级两端不能有空格",
                "`{key}` makes no MQTT topic: it may not be empty or too long, contain `+`, `#` or a control character, begin with `$`, or have white space at an end or beside a `/`"
            ),
            Self::TopicTwice { other } => say!(
                lang,
                "设备 `{other}` 使用同样的主题，无法区分；每台相机必须不同",
                "device `{other}` speaks on the same topic and nothing tells the two apart; give each its own"
            ),
            Self::SecretTwice => say!(
                lang,
                "另一台相机也用这个 `secret`，无法区分；每台相机必须不同",
                "another camera has this `secret`, too, and nothing tells the two apart; give each its own"
            ),
            Self::AddressTwice { other } => say!(
                lang,
                "`address` 与设备 `{other}` 相同；若不是同一地址转换设备之后，请核对",
                "`address` is that of device `{other}`, too; check it, unless both are behind one router"
            ),
            Self::NotACamerasAddress { name } => say!(
                lang,
                "`{name}` 不是相机的地址：应为本机与链路本地地址以外的 IP 地址，例如 \"192.168.1.20\"；在此之前，不按地址取该相机的图片",
                "`{name}` is no camera's address: an IP address is wanted, neither this machine's nor link-local, e.g. \"192.168.1.20\"; until then no picture of it is fetched by its address"
            ),
            Self::BarrierWithoutLogin { name } => say!(
                lang,
                "相机 `{name}` 没有 `user` 和 `password`；若它要求登录，网关无法通过它开闸",
                "camera `{name}` has no `user` and `password`; if it wants a login, nothing opens the barrier through it"
            ),
            Self::BarrierNotTold { name } => say!(
                lang,
                "按相机 `{name}` 的 `open_by`，它收不到开闸指令；请修改 `open_by`，或由其他设备开闸",
                "by its `open_by` camera `{name}` hears no command; write another `open_by`, or let another device open"
            ),
            Self::ListNotTold => say!(
                lang,
                "按当前 `open_by`，网关无法更改相机名单；请改为相机轮询方式，或去掉 `white_list`",
                "by this `open_by` the camera hears nothing of its list; let it poll, or leave `white_list` out"
            ),
            Self::FromExample { key } => say!(
                lang,
                "`{key}` 仍是示例中的值；请改为本停车场的值",
                "`{key}` is still the example's; write this lot's own"
            ),
        }
    }
}
