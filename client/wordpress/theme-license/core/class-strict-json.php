<?php
/**
 * What does the payload of a signed license say, read as strictly as every JSON reader can? (protocol §2, step 6)
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * A reader of one JSON object. PHP's own takes the last of two members of one name, and cannot tell `{}` from `[]`.
 *
 * Numbers that are no integers everywhere (a fraction, an exponent, -0, more than sixteen characters) are floats, which
 * no claim is. An object within the object is an empty one: what it holds is checked and forgotten, for no claim is an
 * object.
 */
final class Strict_Json {

	private const MAX_NESTING        = 64;
	private const MAX_INTEGER_LENGTH = 16;

	private const WHITE_SPACE = " \t\n\r";
	private const TEXT        = '/\G"(?:[^"\\\\\x00-\x1f]++|\\\\(?:["\\\\\/bfnrt]|u[0-9A-Fa-f]{4}))*+"/';
	private const NUMBER      = '/\G-?(?:0|[1-9][0-9]*+)((?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)/';
	private const WORD        = '/\G(?:true|false|null)/';

	private string $text;

	private int $at = 0;

	private function __construct( string $text ) {
		$this->text = $text;
	}

	/**
	 * Return the members of the one object that `$text` is.
	 *
	 * @return array<string, mixed>
	 * @throws License_Refused For everything that is not one JSON object in UTF-8, or that step 6 of §2 refuses.
	 */
	public static function read_object( string $text ): array {
		$reader = new self( $text );
		if ( ! $reader->comes( '{' ) ) {
			throw License_Refused::malformed( 'the payload is not a JSON object' );
		}
		$members = $reader->read_members( 1 );
		$reader->skip_white_space();
		if ( strlen( $text ) !== $reader->at ) {
			throw License_Refused::malformed( 'something stands after the object' );
		}
		return $members;
	}

	/**
	 * Read what follows an opening brace, up to the closing one.
	 */
	private function read_members( int $level ): array {
		$this->check_level( $level );
		$members = array();
		if ( $this->comes( '}' ) ) {
			return $members;
		}
		do {
			$this->skip_white_space();
			$name = $this->read_text();
			if ( array_key_exists( $name, $members ) ) {
				throw License_Refused::malformed( 'the payload names a member twice' );
			}
			$this->expect( ':' );
			$members[ $name ] = $this->read_value( $level );
		} while ( $this->comes( ',' ) );
		$this->expect( '}' );
		return $members;
	}

	/**
	 * Read what follows an opening bracket, up to the closing one.
	 */
	private function read_items( int $level ): array {
		$this->check_level( $level );
		$items = array();
		if ( $this->comes( ']' ) ) {
			return $items;
		}
		do {
			$items[] = $this->read_value( $level );
		} while ( $this->comes( ',' ) );
		$this->expect( ']' );
		return $items;
	}

	/**
	 * Read a value that stands within `$level` arrays and objects.
	 *
	 * @return mixed
	 */
	private function read_value( int $level ) {
		if ( $this->comes( '{' ) ) {
			$this->read_members( $level + 1 );
			return new \stdClass();
		}
		if ( $this->comes( '[' ) ) {
			return $this->read_items( $level + 1 );
		}
		if ( '"' === substr( $this->text, $this->at, 1 ) ) {
			return $this->read_text();
		}
		$word = $this->take( self::WORD );
		return null === $word ? $this->read_number() : json_decode( $word[0] );
	}

	private function read_text(): string {
		$found = $this->take( self::TEXT );
		// PHP's reader knows the escapes, and refuses half a surrogate pair and what is not UTF-8, as we do.
		$text = null === $found ? null : json_decode( $found[0] );
		if ( ! is_string( $text ) ) {
			throw License_Refused::malformed( 'not a JSON string of whole characters' );
		}
		return $text;
	}

	/**
	 * @return int|float
	 */
	private function read_number() {
		$found = $this->take( self::NUMBER );
		if ( null === $found ) {
			throw License_Refused::malformed( 'not a JSON value' );
		}
		$is_integer = '' === $found[1] && '-0' !== $found[0] && strlen( $found[0] ) <= self::MAX_INTEGER_LENGTH;
		return $is_integer ? (int) $found[0] : (float) $found[0];
	}

	private function check_level( int $level ): void {
		if ( $level > self::MAX_NESTING ) {
			throw License_Refused::malformed( 'the payload is nested too deeply' );
		}
	}

	private function skip_white_space(): void {
		$this->at += strspn( $this->text, self::WHITE_SPACE, $this->at );
	}

	/**
	 * Go past white space and `$mark`, if that is what comes; return whether it was.
	 */
	private function comes( string $mark ): bool {
		$this->skip_white_space();
		if ( substr( $this->text, $this->at, 1 ) !== $mark ) {
			return false;
		}
		++$this->at;
		return true;
	}

	private function expect( string $mark ): void {
		if ( ! $this->comes( $mark ) ) {
			throw License_Refused::malformed( "the payload lacks a $mark" );
		}
	}

	/**
	 * Go past what `$pattern` matches here and return it; null where it does not match.
	 */
	private function take( string $pattern ): ?array {
		if ( 1 !== preg_match( $pattern, $this->text, $found, 0, $this->at ) ) {
			return null;
		}
		$this->at += strlen( $found[0] );
		return $found;
	}
}
