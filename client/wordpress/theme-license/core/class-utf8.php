<?php
/**
 * What are the characters of a text in UTF-8? Without mbstring, which a host may lack.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * The few questions about characters that the core asks.
 */
final class Utf8 {

	/**
	 * Return whether every byte is ASCII.
	 */
	public static function is_ascii( string $text ): bool {
		return 1 !== preg_match( '/[\x80-\xff]/', $text );
	}

	/**
	 * Return how many code points `$text` has; of bytes that are no UTF-8, all that could begin one count.
	 */
	public static function length( string $text ): int {
		return strlen( $text ) - preg_match_all( '/[\x80-\xbf]/', $text );
	}

	/**
	 * Return `$text` with A-Z in lower case and nothing else changed, whatever the locale.
	 */
	public static function ascii_lower( string $text ): string {
		return strtr( $text, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz' );
	}

	/**
	 * Return `$text` with a-z in upper case and nothing else changed, whatever the locale.
	 */
	public static function ascii_upper( string $text ): string {
		return strtr( $text, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ' );
	}

	/**
	 * Return the code point of one character.
	 */
	public static function code_point( string $character ): int {
		$bytes = array_values( unpack( 'C*', $character ) );
		$point = $bytes[0] & ( 0x7f >> ( count( $bytes ) > 1 ? count( $bytes ) : 0 ) );
		foreach ( array_slice( $bytes, 1 ) as $byte ) {
			$point = $point << 6 | $byte & 0x3f;
		}
		return $point;
	}

	/**
	 * Return the character of a code point.
	 */
	public static function character( int $point ): string {
		if ( $point < 0x80 ) {
			return chr( $point );
		}
		$tail = '';
		for ( $first = 0x3f; $point > $first; $point >>= 6, $first >>= 1 ) {
			$tail = chr( 0x80 | $point & 0x3f ) . $tail;
		}
		return chr( ~( $first << 1 | 1 ) & 0xff | $point ) . $tail;
	}
}
