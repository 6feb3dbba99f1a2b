"""Can PHP 7.4 read the client, and can the running PHP? And would the first of these tests notice if not?"""

import subprocess
from pathlib import Path

import pytest

from tests.wordpress.php import WORDPRESS, php, run

ROOT = WORDPRESS.parents[1]
FILES = sorted([*WORDPRESS.rglob("*.php"), *(ROOT / "examples").rglob("*.php")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_php_reads_the_file(path: Path) -> None:
    done = subprocess.run([php(), "-d", "error_reporting=-1", "-l", path], capture_output=True, text=True)
    assert done.stdout.startswith("No syntax errors"), done.stdout + done.stderr


def test_php_7_4_could_read_every_file() -> None:
    done = run("syntax.php", *map(str, FILES))
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


NEWER = {
    "match": "$a = match ( 1 ) { 1 => 2 };",
    "an enum": "enum A { case B; }",
    "readonly": "class A { public readonly int $b; }",
    "?->": "$a?->b;",
    "an attribute": "#[A]\nfunction b() {}",
    "a named argument": "f( name: 1 );",
    "a parameter that becomes a property": "class A { function __construct( private $b ) {} }",
    "| in a type": "function f( int|string $a ) {}",
    "& in a type": "function f( A&B $a ) {}",
    "mixed in a type": "class A { public mixed $b; }",
    "never in a type": "function f(): never {}",
    "static as a type": "class A { function f(): static {} }",
    "new as a default": "function f( $a = new B() ) {}",
    "a comma after the last parameter": "function f( $a, ) {}",
    "a comma after the last variable": "$f = function () use ( $a, ) {};",
    "throw within an expression": "$a = $b ?? throw $c;",
    "::class of an object": "$a::class;",
    "a callable by (...)": "f( ... );",
    "instanceof an expression": "$a instanceof ( B );",
    "an octal number by 0o": "0o17;",
    "catch without a variable": "try {} catch ( A ) {}",
    "a const that is final or has a type": "class A { final const B = 1; }",
    "str_contains": "str_contains( $a, $b );",
}
OLDER = """
class A extends \\Exception {
	public ?int $a = 1 | 2;
	private static array $b = array( B => C, );
	const D = 1;
	public function __construct( ?int &$a, int $b = C | D, A ...$c ) {}
	public function f(): ?self { throw $this; }
}
$f = fn( int $a ): int => $a | 1;
f( $a ? B : C, $a & $b, $a->str_contains( D ), E ? F : G, );
switch ( $a ) { case B: throw $c; case C: default: g( ...$a ); }
try {} catch ( A | B $error ) {}
"""


@pytest.mark.parametrize("what", NEWER)
def test_what_php_7_4_cannot_read_is_found(what: str, tmp_path: Path) -> None:
    path = tmp_path / "newer.php"
    path.write_text(f"<?php\n{NEWER[what]}\n")
    done = run("syntax.php", str(path))
    assert done.returncode == 1
    assert what in done.stdout


def test_what_php_7_4_can_read_is_not_found(tmp_path: Path) -> None:
    path = tmp_path / "older.php"
    path.write_text(f"<?php\n{OLDER}\n")
    done = run("syntax.php", str(path))
    assert (done.returncode, done.stdout) == (0, "")
