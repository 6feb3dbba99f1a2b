"""What a WordPress site keeps, for whom, and how it goes: what the browser does not show."""

from tests.license_server.live import LiveServer
from tests.wordpress.conftest import SHOP, NewSite
from tests.wordpress.site import Site
from tests.wordpress.visitor import OPTIONS_PAGE, Visitor

SLOW_PHP = """
    use Theme_License\\V1\\{Checker, Pinned_Keys, State, Wire};
    use Theme_License\\V1\\WordPress\\{Option_Storage, Seal, Themes};
    $fast = Themes::find( 'jannah' )->checker();
    $pinned = $fast->configuration->pinned;
    $seal = new Seal( 'jannah' );
    $storage = new Option_Storage( 'jannah', Option_Storage::EVERYTHING, $seal );
    $slow = new Checker( $fast->configuration, new State( $storage ), $fast->transport, 'time', 'random_bytes', $seal );
    $kept = fn() => Option_Storage::loaded( 'jannah' );
"""
"""A checker as it is made where PHP lacks libsodium."""


def activate(site: Site, key: str) -> None:
    admin = Visitor(site).log_in("admin")
    form = {"action": "theme_license", "_wpnonce": admin.nonce(), "do": "activate", "license_key": key}
    answer = admin.post("/wp-admin/admin-post.php", form)
    assert answer.headers["Location"].endswith("&done=activated"), admin.get(OPTIONS_PAGE).text


def test_every_page_loads_the_license_and_nothing_else(site: Site, server: LiveServer) -> None:
    activate(site, server.issue().license_key)
    loaded = site.ask("wp_load_alloptions( true )")
    assert [name for name in loaded if "theme_license" in name] == ["theme_license_jannah"]
    assert "thma_" not in loaded["theme_license_jannah"]
    assert len(loaded["theme_license_jannah"]) < 2_048
    assert sorted(site.kept()) == ["theme_license_jannah", "theme_license_jannah_site"]


def test_a_slow_php_verifies_a_license_once(site: Site, server: LiveServer) -> None:
    activate(site, server.issue().license_key)
    assert (
        site.ask("array_key_exists( 'seal', Theme_License\\V1\\WordPress\\Option_Storage::loaded( 'jannah' ) )")
        is False
    )
    answers = site.run(
        SLOW_PHP
        + """
        $before = $seal->hold( $kept()['signed_license'], $pinned );
        $slow->check();
        $slow->state->write( $slow->state->read() );
        $license = $kept()['signed_license'];
        $later = new Seal( 'jannah' );
        $other = new Pinned_Keys( array( '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' ) );
        echo json_encode( array(
            'before' => $before,
            'after' => $later->hold( $license, $pinned ),
            'altered' => $later->hold( $license . 'A', $pinned ),
            'other keys' => $later->hold( $license, $other ),
            'verdict' => $slow->check()->code,
        ) );
        """
    )
    assert answers == ('{"before":false,"after":true,"altered":false,"other keys":false,"verdict":"valid"}')


def test_an_altered_license_is_never_sealed(site: Site, server: LiveServer) -> None:
    activate(site, server.issue().license_key)
    answers = site.run(
        SLOW_PHP
        + """
        $state = $slow->state->read();
        $state->signed_license = substr( $state->signed_license, 0, -9 ) . 'AAAAAAAAA';
        $slow->state->write( $state );
        $slow->check();
        $slow->state->write( $slow->state->read() );
        echo json_encode( array( isset( $kept()['seal'] ), $slow->check()->code ) );
        """
    )
    assert answers in ('[false,"bad_signature"]', '[false,"malformed"]')


def test_sites_of_a_network_have_a_license_each(site: Site, server: LiveServer) -> None:
    second = site.become_network(SHOP)
    activate(site, server.issue().license_key)
    assert (site.verdict(), second.verdict()) == ("valid", "not_activated")
    activate(second, server.issue().license_key)
    seen = "switch_to_blog( {} ) ? Theme_License::check( 'jannah' ) : null"
    verdicts = [site.ask(seen.format(blog)) for blog in (1, 2)]
    assert [(each["domain"], each["code"]) for each in verdicts] == [("news.example.com", "valid"), (SHOP, "valid")]


def test_a_constant_of_the_request_changes_nothing(site: Site, server: LiveServer) -> None:
    activate(site, server.issue().license_key)
    kept = site.kept()
    site.define(WP_HOME="http://evil.example")
    assert site.verdict() == "valid"
    page = Visitor(site).log_in("admin")
    text = page.get(OPTIONS_PAGE).text
    assert "WP_HOME" in text
    assert '<input name="license_key"' not in text
    form = {"action": "theme_license", "do": "deactivate"}
    nonce = "wp_set_current_user( 1 ) ? wp_create_nonce( 'theme_license_jannah' ) : ''"
    page.post("/wp-admin/admin-post.php", form | {"_wpnonce": site.ask(nonce)})
    assert site.kept() == kept


def test_a_form_needs_its_nonce_and_the_right_to_edit_theme_options(site: Site, server: LiveServer) -> None:
    activate(site, server.issue().license_key)
    kept = site.kept()
    form = {"action": "theme_license", "do": "deactivate", "product": "jannah"}
    assert Visitor(site).log_in("admin").post("/wp-admin/admin-post.php", form).status_code == 403
    editor = Visitor(site).log_in("editor")
    assert editor.get(OPTIONS_PAGE).status_code == 403
    nonce = (
        "wp_set_current_user( get_user_by( 'login', 'editor' )->ID ) ? wp_create_nonce( 'theme_license_jannah' ) : ''"
    )
    assert editor.post("/wp-admin/admin-post.php", form | {"_wpnonce": site.ask(nonce)}).status_code == 403
    assert site.kept() == kept


def test_what_a_deleted_theme_left_goes_where_a_copy_is_at_work(site: Site, server: LiveServer) -> None:
    activate(site, server.issue().license_key)
    site.put_theme("sahifa")
    functions = site.content / "themes" / "sahifa" / "functions.php"
    assert site.ask("wp_next_scheduled( 'theme_license_refresh_jannah' )")
    functions.write_text(functions.read_text("utf-8").replace("=> 'jannah'", "=> 'sahifa'"), "utf-8")
    site.run("switch_theme( 'sahifa' );")
    assert "theme_license_jannah" in site.kept(), "the way back costs nothing"
    assert site.ask("wp_next_scheduled( 'theme_license_refresh_jannah' )") is False
    site.run("do_action( 'deleted_theme', 'sahifa', true );")
    assert "theme_license_jannah" in site.kept()
    site.run("do_action( 'deleted_theme', 'jannah', true );")
    assert site.kept() == {}


def test_the_newest_copy_answers_for_both_themes(new_site: NewSite) -> None:
    site = new_site(SHOP)
    child = site.put_theme("child")
    (child / "style.css").write_text("/*\nTheme Name: Child\nTemplate: jannah\n*/", "utf-8")
    functions = child / "functions.php"
    functions.write_text(functions.read_text("utf-8").replace("require __DIR__ . '/inc/setup.php';", ""), "utf-8")
    functions.write_text(functions.read_text("utf-8").partition("if ( is_admin() )")[0], "utf-8")
    entry = site.theme / "inc" / "theme-license" / "theme-license.php"
    entry.write_text(entry.read_text("utf-8").replace("::register( '", "::register( '9."), "utf-8")
    site.run("switch_theme( 'child' );")
    assert site.ask("Theme_License\\V1\\Copies::version()").startswith("9.")
    where = "( new ReflectionClass( 'Theme_License\\\\V1\\\\WordPress\\\\Theme' ) )->getFileName()"
    assert "/themes/jannah/" in site.ask(where)
    assert site.verdict() == "not_activated"


def test_the_printed_lines_are_all_that_a_theme_needs(site: Site, server: LiveServer) -> None:
    snippet = server.cli("product", "snippet", "jannah", "--for", "wordpress").stdout
    (site.theme / "functions.php").write_text(f"<?php\n{snippet}", "utf-8")
    assert site.verdict() == "not_activated"
    activate(site, server.issue().license_key)
    assert site.is_ok()
