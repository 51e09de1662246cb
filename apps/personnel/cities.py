"""Where cities lie, so that a candidate's way from home to a site can be told without asking anybody outside."""

from math import asin, cos, radians, sin, sqrt

EARTH = 6371  # its radius in kilometres

# latitude, longitude, names
_PLACES = (
    (39.90, 116.41, "北京 beijing peking"),
    (31.23, 121.47, "上海 shanghai"),
    (23.13, 113.26, "广州 廣州 guangzhou canton"),
    (22.54, 114.06, "深圳 shenzhen"),
    (39.08, 117.20, "天津 tianjin"),
    (29.56, 106.55, "重庆 重慶 chongqing"),
    (30.57, 104.07, "成都 chengdu"),
    (30.59, 114.31, "武汉 武漢 wuhan"),
    (34.34, 108.94, "西安 xian xi'an"),
    (30.27, 120.16, "杭州 hangzhou"),
    (32.06, 118.80, "南京 nanjing"),
    (31.30, 120.58, "苏州 蘇州 suzhou"),
    (31.57, 120.30, "无锡 無錫 wuxi"),
    (29.87, 121.54, "宁波 寧波 ningbo"),
    (31.82, 117.23, "合肥 hefei"),
    (28.23, 112.94, "长沙 長沙 changsha"),
    (28.68, 115.86, "南昌 nanchang"),
    (34.75, 113.63, "郑州 鄭州 zhengzhou"),
    (36.65, 117.12, "济南 濟南 jinan"),
    (36.07, 120.38, "青岛 青島 qingdao"),
    (38.91, 121.61, "大连 大連 dalian"),
    (41.80, 123.43, "沈阳 瀋陽 shenyang"),
    (43.82, 125.32, "长春 長春 changchun"),
    (45.80, 126.53, "哈尔滨 哈爾濱 harbin"),
    (38.04, 114.51, "石家庄 石家莊 shijiazhuang"),
    (37.87, 112.55, "太原 taiyuan"),
    (26.07, 119.30, "福州 fuzhou"),
    (24.48, 118.09, "厦门 廈門 xiamen amoy"),
    (25.04, 102.72, "昆明 kunming"),
    (26.65, 106.63, "贵阳 貴陽 guiyang"),
    (22.82, 108.37, "南宁 南寧 nanning"),
    (20.04, 110.34, "海口 haikou"),
    (36.06, 103.83, "兰州 蘭州 lanzhou"),
    (43.83, 87.62, "乌鲁木齐 烏魯木齊 urumqi"),
    (40.84, 111.75, "呼和浩特 hohhot"),
    (29.65, 91.14, "拉萨 拉薩 lhasa"),
    (38.49, 106.23, "银川 銀川 yinchuan"),
    (36.62, 101.78, "西宁 西寧 xining"),
    (23.02, 113.12, "佛山 foshan"),
    (23.02, 113.75, "东莞 東莞 dongguan"),
    (22.27, 113.58, "珠海 zhuhai"),
    (22.32, 114.17, "香港 hongkong"),
    (22.20, 113.54, "澳门 澳門 macau macao"),
    (25.03, 121.57, "台北 臺北 taipei"),
    (24.80, 120.97, "新竹 hsinchu"),
    (22.63, 120.30, "高雄 kaohsiung"),
    (1.35, 103.82, "新加坡 singapore"),
    (3.14, 101.69, "吉隆坡 kualalumpur"),
    (13.76, 100.50, "曼谷 bangkok"),
    (35.68, 139.69, "东京 東京 tokyo"),
    (37.57, 126.98, "首尔 首爾 seoul"),
    (40.71, -74.01, "纽约 紐約 newyork"),
    (37.77, -122.42, "旧金山 舊金山 sanfrancisco"),
    (51.51, -0.13, "伦敦 倫敦 london"),
    (50.11, 8.68, "法兰克福 法蘭克福 frankfurt"),
)
WHERE = {name: (latitude, longitude) for latitude, longitude, names in _PLACES for name in names.split()}


def _plain(city: str) -> str:
    return "".join(city.casefold().split()).removesuffix("市").removesuffix("city")


def distance(one: str, other: str) -> int | None:
    """Kilometres as the crow flies; 0 in the same city, None where one of them is not known."""
    one, other = _plain(one), _plain(other)
    if one and one == other:
        return 0
    if one not in WHERE or other not in WHERE:
        return None
    (south, west), (north, east) = (map(radians, WHERE[name]) for name in (one, other))
    arc = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin((east - west) / 2) ** 2
    return round(2 * EARTH * asin(sqrt(arc)))
