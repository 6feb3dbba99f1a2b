<?php
/**
 * Is the code one that PHP 7.4 can read? Exits 1 where a file has syntax, functions or classes that are newer.
 *
 *     php client/wordpress/tests/syntax.php FILE...
 *
 * It looks at tokens, so that it needs no PHP 7.4. `php -l` beside it tells what no PHP can read.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\Tests;

/**
 * The tokens of one file, without white space and comments, and what is too new among them.
 */
final class Source {

	private const NEWER_TOKENS = array(
		'T_MATCH'                    => 'match',
		'T_ENUM'                     => 'an enum',
		'T_READONLY'                 => 'readonly',
		'T_NULLSAFE_OBJECT_OPERATOR' => '?->',
		'T_ATTRIBUTE'                => 'an attribute',
	);

	private const NEWER_TYPES = array( 'mixed', 'never', 'null', 'false', 'true' );

	private const NEWER_NAMES = array(
		'str_contains',
		'str_starts_with',
		'str_ends_with',
		'get_debug_type',
		'get_resource_id',
		'preg_last_error_msg',
		'fdiv',
		'array_is_list',
		'array_find',
		'array_find_key',
		'array_any',
		'array_all',
		'array_first',
		'array_last',
		'json_validate',
		'mb_str_pad',
		'mb_trim',
		'WeakMap',
		'Stringable',
		'ValueError',
		'UnhandledMatchError',
	);

	/** @var array{string, string, int}[] Of each token its name (of a sign the sign), its text and its line. */
	private array $tokens = array();

	/** @var string[] */
	private array $findings = array();

	public function __construct( string $code ) {
		$line = 1;
		foreach ( token_get_all( $code ) as $token ) {
			if ( is_string( $token ) ) {
				$this->tokens[] = array( $token, $token, $line );
				continue;
			}
			$line = $token[2];
			if ( ! in_array( $token[0], array( T_WHITESPACE, T_COMMENT, T_DOC_COMMENT ), true ) ) {
				$this->tokens[] = array( token_name( $token[0] ), $token[1], $line );
			}
		}
	}

	/**
	 * Return a sentence for everything that PHP 7.4 does not know.
	 *
	 * @return string[]
	 */
	public function findings(): array {
		$this->findings = array();
		foreach ( $this->tokens as $at => list( $name, $text ) ) {
			$this->look_at( $at, $name, $text );
		}
		return array_values( array_unique( $this->findings ) );
	}

	private function look_at( int $at, string $name, string $text ): void {
		$before = $this->name( $at - 1 );
		$after  = $this->name( $at + 1 );
		if ( isset( self::NEWER_TOKENS[ $name ] ) ) {
			$this->find( $at, self::NEWER_TOKENS[ $name ] );
		}
		if ( in_array( ltrim( $text, '\\' ), self::NEWER_NAMES, true ) && ! in_array( $before, array( 'T_OBJECT_OPERATOR', 'T_DOUBLE_COLON', 'T_FUNCTION' ), true ) ) {
			$this->find( $at, $text );
		}
		if ( ':' === $after && in_array( $before, array( '(', ',' ), true ) && 1 === preg_match( '/\A\w+\z/', $text ) ) {
			$this->find( $at, 'a named argument' );
		}
		if ( 'T_THROW' === $name && ! in_array( $before, array( ';', '{', '}', ')', ':', 'T_ELSE', 'T_OPEN_TAG' ), true ) ) {
			$this->find( $at, 'throw within an expression' );
		}
		if ( 'T_DOUBLE_COLON' === $name && 'T_CLASS' === $after && in_array( $before, array( 'T_VARIABLE', ')', ']' ), true ) ) {
			$this->find( $at, '::class of an object' );
		}
		if ( 'T_ELLIPSIS' === $name && '(' === $before && ')' === $after ) {
			$this->find( $at, 'a callable by (...)' );
		}
		if ( 'T_INSTANCEOF' === $name && '(' === $after ) {
			$this->find( $at, 'instanceof an expression' );
		}
		if ( 'T_LNUMBER' === $name && 0 === stripos( $text, '0o' ) ) {
			$this->find( $at, 'an octal number by 0o' );
		}
		if ( 'T_CATCH' === $name && ! in_array( 'T_VARIABLE', $this->names( $at + 2, $this->closing( $at + 1 ) ), true ) ) {
			$this->find( $at, 'catch without a variable' );
		}
		if ( 'T_CONST' === $name && ( 'T_FINAL' === $before || '=' !== $this->name( $at + 2 ) ) && 'T_USE' !== $before ) {
			$this->find( $at, 'a const that is final or has a type' );
		}
		if ( in_array( $name, array( 'T_FUNCTION', 'T_FN' ), true ) && 'T_USE' !== $before ) {
			$this->look_at_function( $at );
		}
		if ( in_array( $name, array( 'T_PUBLIC', 'T_PROTECTED', 'T_PRIVATE', 'T_VAR' ), true ) ) {
			$this->look_at_property( $at + 1 );
		}
	}

	/**
	 * Look at the parameters and the return type of the function whose keyword is at `$at`.
	 */
	private function look_at_function( int $at ): void {
		$open  = $this->next( $at, array( '(' ) );
		$close = $this->closing( $open );
		if ( ',' === $this->name( $close - 1 ) ) {
			$this->find( $close, 'a comma after the last parameter' );
		}
		$is_type = true;
		$depth   = 0;
		for ( $place = $open + 1; $place < $close; $place++ ) {
			$name   = $this->name( $place );
			$depth += in_array( $name, array( '(', '[' ), true ) ? 1 : 0;
			$depth -= in_array( $name, array( ')', ']' ), true ) ? 1 : 0;
			if ( ',' === $name && 0 === $depth ) {
				$is_type = true;
			} elseif ( 'T_VARIABLE' === $name ) {
				$is_type = false;
			} elseif ( $is_type ) {
				$this->look_at_type( $place );
			} elseif ( 'T_NEW' === $name ) {
				$this->find( $place, 'new as a default' );
			}
			if ( in_array( $name, array( 'T_PUBLIC', 'T_PROTECTED', 'T_PRIVATE' ), true ) ) {
				$this->find( $place, 'a parameter that becomes a property' );
			}
		}
		if ( 'T_USE' === $this->name( $close + 1 ) ) {
			$close = $this->closing( $close + 2 );
			if ( ',' === $this->name( $close - 1 ) ) {
				$this->find( $close, 'a comma after the last variable' );
			}
		}
		if ( ':' === $this->name( $close + 1 ) ) {
			$end = $this->next( $close, array( '{', ';', 'T_DOUBLE_ARROW' ) );
			for ( $place = $close + 2; $place < $end; $place++ ) {
				$this->look_at_type( $place );
				if ( 'T_STATIC' === $this->name( $place ) ) {
					$this->find( $place, 'static as a type' );
				}
			}
		}
	}

	/**
	 * Look at the type of the property whose first modifier stands before `$at`, if it is one.
	 */
	private function look_at_property( int $at ): void {
		$end = $this->next( $at - 1, array( 'T_VARIABLE', 'T_FUNCTION', 'T_CONST' ) );
		for ( $place = $at; 'T_VARIABLE' === $this->name( $end ) && $place < $end; $place++ ) {
			$this->look_at_type( $place );
		}
	}

	private function look_at_type( int $at ): void {
		list( $name, $text ) = $this->tokens[ $at ];
		if ( in_array( $name, array( '|', 'T_AMPERSAND_NOT_FOLLOWED_BY_VAR_OR_VARARG' ), true ) || in_array( strtolower( $text ), self::NEWER_TYPES, true ) ) {
			$this->find( $at, "$text in a type" );
		}
	}

	private function find( int $at, string $what ): void {
		$this->findings[] = "line {$this->tokens[ $at ][2]}: $what";
	}

	private function name( int $at ): string {
		return $this->tokens[ $at ][0] ?? '';
	}

	/**
	 * @return string[]
	 */
	private function names( int $from, int $to ): array {
		return array_column( array_slice( $this->tokens, $from, $to - $from ), 0 );
	}

	/**
	 * Return where the first token after `$at` with one of these names is; the end where there is none.
	 */
	private function next( int $at, array $names ): int {
		do {
			++$at;
		} while ( isset( $this->tokens[ $at ] ) && ! in_array( $this->name( $at ), $names, true ) );
		return $at;
	}

	/**
	 * Return where the parenthesis that opens at `$at` closes.
	 */
	private function closing( int $at ): int {
		$depth = 0;
		do {
			$depth += '(' === $this->name( $at ) ? 1 : 0;
			$depth -= ')' === $this->name( $at ) ? 1 : 0;
			++$at;
		} while ( $depth > 0 && isset( $this->tokens[ $at ] ) );
		return $at - 1;
	}
}

$is_newer = false;
foreach ( array_slice( $argv, 1 ) as $path ) {
	foreach ( ( new Source( file_get_contents( $path ) ) )->findings() as $finding ) {
		$is_newer = true;
		echo "$path, $finding\n";
	}
}
exit( $is_newer ? 1 : 0 );
