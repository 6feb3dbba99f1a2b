"""What does a themed site look like that carries the client? Five lines of it, in an otherwise ordinary Flask app."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, jsonify, render_template, url_for

from theme_license.flask import ThemeLicense

OPTIONS_PAGE = "/admin/theme"
PUBLIC_PATHS = ("/", "/feed.xml", "/api/posts")


@dataclass(frozen=True, slots=True)
class Post:
    """One article of a demo site."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlan:
    """What distinguishes the demo's sites: a domain, a language and something to read."""

    domain: str
    language: str
    title: str
    tagline: str
    posts: tuple[Post, ...]

    @property
    def direction(self) -> str:
        """The direction in which the site's language is written."""
        return "rtl" if self.language == "ar" else "ltr"


NEWS = SitePlan(
    domain="news.example.com",
    language="ar",
    title="صحيفة المدينة",
    tagline="أخبار اليوم كما حدثت",
    posts=(
        Post("افتتاح مكتبة عامة جديدة في وسط المدينة", "فتحت المكتبة أبوابها صباح اليوم أمام القرّاء من كل الأعمار."),
        Post(
            "حافلات كهربائية على ثلاثة خطوط", "تبدأ الحافلات الجديدة عملها الأسبوع المقبل، وتصل إلى الأحياء الشمالية."
        ),
    ),
)
SHOP = SitePlan(
    domain="shop.example.org",
    language="en",
    title="Olive & Oak",
    tagline="Things for the kitchen, made to last",
    posts=(
        Post("A board that outlives its knives", "Cut from one piece of oak, oiled twice, and flat for good."),
        Post("How to season a cast-iron pan", "Thin coats of oil, a hot oven, and an afternoon of patience."),
    ),
)


def create_site(plan: SitePlan, *, server: str, keys: list[str], product: str, instance: Path) -> Flask:
    """Return the site of ``plan`` with the theme's license client in it; its state lives in ``instance``."""
    app = create_bare_site(plan, instance)
    theme_license = ThemeLicense(
        app,
        product=product,
        server=server,
        keys=keys,
        domain=plan.domain,
        options_page=OPTIONS_PAGE,
        guard=_admit_everybody,
        state=state_path(instance),
        language=plan.language,
    )
    app.extensions["demo_check"] = theme_license.check
    return app


def create_bare_site(plan: SitePlan, instance: Path) -> Flask:
    """Return the same site without the client: what its public pages are compared with, byte for byte."""
    app = Flask(__name__, instance_path=str(instance), static_folder="static")
    app.secret_key = secrets.token_bytes(32)
    # Cookies know no ports: without a name of its own, one site would sign the other's administrator out.
    app.config["SESSION_COOKIE_NAME"] = f"session-{plan.domain.replace('.', '-')}"
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"

    @app.get("/")
    def home() -> str:
        return render_template("site.html", site=plan)

    @app.get("/feed.xml")
    def feed() -> Response:
        address = url_for("home", _external=True)
        return Response(render_template("feed.xml", site=plan, address=address), mimetype="application/rss+xml")

    @app.get("/api/posts")
    def posts() -> Response:
        return jsonify([{"title": post.title, "text": post.text} for post in plan.posts])

    return app


def state_path(instance: Path) -> Path:
    """Return the one file in which the client keeps what it knows."""
    return instance / "theme-license.json"


def _admit_everybody() -> None:
    """Let everybody in who reaches this machine's loopback address: a real site asks who is asking."""
