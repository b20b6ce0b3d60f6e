"""A hand-made assessment of the JSON contract: every outcome and severity, hostile names, invented numbers."""

HOSTILE = (
    '{{7*7}} {% x %} ${1+1} `id` <img src=x onerror=alert(1)> #eval("1") $x^2$ '
    "\\input{a} =1+1 & \u202eevil\u202c \x07 😀 𠮷"
)
FORMULA = '=HYPERLINK("http://example.invalid","x")'

#: A square of 0.01 degrees near 120.3E, 36.2N: about 899 m by 1,110 m.
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[120.30, 36.20], [120.31, 36.20], [120.31, 36.21], [120.30, 36.21], [120.30, 36.20]]],
}
WITNESS = {"type": "LineString", "coordinates": [[120.31, 36.205], [120.35, 36.205]]}


def citation(document, clause="", evidence="V", confidence="high", **more):
    """A citation with every field of the contract."""
    return {
        "document": document,
        "number": "",
        "clause": clause,
        "date": "",
        "evidence": evidence,
        "confidence": confidence,
        "quote": "",
        "verb": "不得",
        **more,
    }


def finding(rule, title, outcome, severity, why=None, condition=None, **measured):
    """A finding with every field of the contract; ``measured`` fills some of them."""
    empty = {
        "layer": None,
        "features": [],
        "limit_m": None,
        "distance_m": None,
        "margin_m": None,
        "overlap_m2": None,
        "overlap_share": None,
        "value": None,
        "tolerance_m": None,
        "witness": None,
    }
    cited = measured.pop("citation", None) or citation(f"{rule} 文件", "第一条")
    asked = condition or {
        "relation": "min_distance",
        "layer": measured.get("layer"),
        "distance_m": measured.get("limit_m"),
    }
    return {
        "rule": rule,
        "title": {"zh": title, "en": f"Rule {rule}"},
        "note": {},
        "outcome": outcome,
        "severity": severity,
        "why": why,
        **empty,
        **measured,
        "conditions": [{**asked, "outcome": outcome, "why": why, "measured": {**empty, **measured}}],
        "citation": cited,
    }


def findings():
    """One finding of every outcome and severity that a report tells apart."""
    return [
        finding(
            "W1",
            "新建海上风电离岸距离与水深",
            "conflict",
            "prohibit",
            layer="mainland_coast",
            features=["CN-1"],
            limit_m=30000.0,
            distance_m=12345.678,
            margin_m=-17654.322,
            tolerance_m=316.2,
            witness=WITNESS,
            citation=citation(
                "关于进一步加强海上风电项目用海管理的通知", "第二条", date="2024-12-30", quote="离岸 30 千米以远"
            ),
        ),
        finding(
            "E2",
            "自然保护区一般控制区",
            "conflict",
            "restrict",
            layer="nature_reserves",
            features=[f"R{number}" for number in range(9)],
            overlap_m2=[1200.5, 1300.25],
            overlap_share=[0.12, 0.13],
            condition={"relation": "no_overlap", "layer": "nature_reserves", "where": {"zone": ["control"]}},
            citation=citation("《自然保护区条例》", "第二十六条", number="国务院令第830号"),
        ),
        finding(
            "D2",
            "与铁路的距离（建议）",
            "conflict",
            "advise",
            layer="railways",
            limit_m=100.0,
            distance_m=99.98,
            margin_m=-0.02,
        ),
        finding(
            "C3",
            "海岸线三十米",
            "uncertain",
            "prohibit",
            "within_tolerance",
            layer="mainland_coast",
            limit_m=30.0,
            distance_m=120.0,
            margin_m=90.0,
            tolerance_m=1004.99,
        ),
        finding(
            "L3",
            "公路建筑控制区",
            "uncertain",
            "prohibit",
            "weak_source",
            layer="highways",
            citation=citation("公路安全保护条例", "第十一条", evidence="M", confidence="low"),
        ),
        finding(
            "E3",
            "生态保护红线",
            "not_assessed",
            "prohibit",
            "missing_layer",
            condition={"relation": "no_overlap", "layer": "ecological_red_line"},
        ),
        finding(
            "W5",
            "单位容量用海面积",
            "not_assessed",
            "restrict",
            "value_unknown",
            condition={"relation": "value_at_least", "quantity": "capacity_mw", "value": 100, "unit": "MW"},
        ),
        finding(
            "W8",
            "与航路的安全距离",
            "not_assessed",
            "restrict",
            "needs_study",
            condition={"relation": "study", "layer": "shipping_routes"},
        ),
        finding(
            "J3",
            "胶州湾国家级海洋公园",
            "clear",
            "prohibit",
            layer="mainland_coast",
            distance_m=45000.0,
            limit_m=0.0,
            margin_m=45000.0,
        ),
    ]


def layers():
    """Layers with a synthetic, an internal and a hostile one among them."""
    base = {"accuracy_m": 300.0, "covers": "region", "distribution": "public", "assumed": [], "licence": "LGPL"}
    return [
        {
            **base,
            "id": "mainland_coast",
            "title": {"zh": "大陆海岸线", "en": "Mainland coast"},
            "sha256": "a" * 64,
            "as_of": "2017-06-15",
            "basis": "derived",
            "source": "GSHHG 2.3.7",
            "attribution": "Wessel & Smith 1996",
        },  # fmt: skip
        {
            **base,
            "id": "nature_reserves",
            "title": {"zh": "我的保护地 <b>", "en": "My reserves <b>"},
            "sha256": "b" * 64,
            "as_of": "",
            "basis": "user",
            "source": FORMULA,
            "attribution": "",
            "distribution": "internal",
            "assumed": ["accuracy_exact"],
        },  # fmt: skip
        {
            **base,
            "id": "railways",
            "title": {"zh": "示例铁路", "en": "Sample railways"},
            "sha256": "c" * 64,
            "as_of": "2026-01-01",
            "basis": "synthetic",
            "source": "图谱生成",
            "attribution": "示例",
        },  # fmt: skip
    ]


def site(identifier="S1", name="董家口风电场", **changed):
    """A site in conflict."""
    entry = {
        "id": identifier,
        "name": name,
        "use": "offshore_wind",
        "quantities": {"turbine_mw": 8.0, "status": "new"},
        "geometry": SQUARE,
        "accuracy_m": 100.0,
        "verdict": "conflict",
        "why": None,
        "counts": {"conflict": 3, "uncertain": 2, "not_assessed": 3, "clear": 1},
        "notices": ["on_land"],
        "context": {
            "district": "黄岛区",
            "districts": [{"code": "370211", "name_zh": "黄岛区", "name_en": "Huangdao"}],
            "zones": [],
            "designations": [
                {
                    "clause": "三（五）2",
                    "sector": "新能源",
                    "place": "西海岸新区",
                    "kind": "基地",
                    "supports_use": True,
                },
                {"clause": "三（一）1", "sector": "新一代信息技术", "place": "青岛西海岸新区", "kind": "集群"},
            ],
        },
        "findings": findings(),
    }
    return {**entry, **changed}


def clear_site():
    """A point with one rule checked and one piece of advice against it."""
    against_advice = finding(
        "D7", "与住宅的距离", "conflict", "advise", layer="housing", limit_m=100.0, distance_m=50.0, margin_m=-50.0
    )
    passed = finding("J3", "胶州湾国家级海洋公园", "clear", "prohibit", layer="mainland_coast")
    return site(
        "S2",
        HOSTILE,
        use="base_station",
        geometry={"type": "Point", "coordinates": [120.3826, 36.0671]},
        verdict="clear",
        quantities={},
        notices=[],
        context={"district": "", "districts": [], "zones": [], "designations": []},
        counts={"conflict": 1, "uncertain": 0, "not_assessed": 0, "clear": 1},
        findings=[against_advice, passed],
    )


def restricted_site():
    """A site that only a restricting rule stands against."""
    only = [entry for entry in findings() if entry["rule"] in ("E2", "J3")]
    return site("S3", FORMULA, findings=only, counts={"conflict": 1, "uncertain": 0, "not_assessed": 0, "clear": 1})


def assessment(*sites):
    """A whole assessment; of three sites unless told otherwise."""
    return {
        "verdict": "conflict",
        "on": "2026-11-24",
        "region": {"bounds": [119.3, 35.2, 121.8, 37.3], "frame": "EPSG:4326"},
        "version": "0.1.0",
        "computed_at": "2026-11-24T03:04:05Z",
        "rulebook_sha256": "d" * 64,
        "inputs": [
            {
                "name": "+sites.geojson",
                "sha256": "e" * 64,
                "crs": "EPSG:4326",
                "accuracy_m": 100.0,
                "assumed": ["crs_by_standard"],
            }
        ],
        "rejected": [
            {
                "row": 4,
                "field": "geometry",
                "reason": "geometry_self_crossing",
                "values": {"where": "(120.1, 36.1)", "reason": "Self-intersection"},
            }
        ],
        "proposals": list(sites) or [site(), clear_site(), restricted_site()],
        "layers": layers(),
        "holds": {"rulebook": None, "layers": []},
    }
