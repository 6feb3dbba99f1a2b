<?php
/**
 * What are the A-labels of a name that is not plain ASCII? Asks ICU, through PHP's extension intl (protocol §5, step 6).
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * UTS #46 by ICU, and the rules of IDNA 2008 that ICU does not hold a name to.
 */
final class Idna {

	/** ICU's UIDNA_CHECK_CONTEXTO, for which PHP has no name: the middle dot between two l, and its like. */
	private const CHECK_CONTEXTO = 0x40;

	/**
	 * What RFC 5892 lets stand in a label, after the mapping of UTS #46: letters, marks and digits with its exceptions.
	 * ICU takes emoji and other symbols too.
	 */
	private const VALID_NAME = '/\A(?:(?!' . self::DISALLOWED . ')[\p{Ll}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}.\-' . self::EXCEPTIONS . '])+\z/u';

	private const DISALLOWED = '[\x{640}\x{7fa}\x{302e}\x{302f}\x{3031}-\x{3035}\x{303b}' // Exceptions (2.6).
		. '\x{20d0}-\x{20ff}\x{1d100}-\x{1d24f}'                                        // IgnorableBlocks (2.4).
		. '\x{1100}-\x{11ff}\x{a960}-\x{a97f}\x{d7b0}-\x{d7ff}]';                       // OldHangulJamo (2.9).

	private const EXCEPTIONS = '\x{b7}\x{375}\x{5f3}\x{5f4}\x{6fd}\x{6fe}\x{f0b}\x{200c}\x{200d}\x{3007}\x{30fb}';

	/** What UTS #46 maps to nothing, at the end of a name. */
	private const IGNORED_ENDING = '/[\x{ad}\x{34f}\x{200b}\x{2060}\x{2064}\x{fe00}-\x{fe0f}\x{feff}]+\z/u';

	/**
	 * Return whether names outside of plain ASCII can be read here.
	 */
	public static function is_available(): bool {
		return function_exists( 'idn_to_ascii' ) && function_exists( 'idn_to_utf8' );
	}

	/**
	 * Return the A-labels of `$host` in lower case; null where it has none.
	 *
	 * An ICU whose tables are older than the server's refuses names with characters that are new to it.
	 */
	public static function to_ascii( string $host ): ?string {
		// Since Unicode 15.1 the capital sharp s is the small one; an older ICU makes it "ss".
		$host = str_replace( "\u{1e9e}", "\u{df}", $host );
		// ICU takes a root dot for an empty label where something without width stands after it.
		$host = preg_replace( self::IGNORED_ENDING, '', $host );
		if ( '' === $host ) {
			return null;
		}
		$rules = IDNA_USE_STD3_RULES | IDNA_CHECK_BIDI | IDNA_CHECK_CONTEXTJ | self::CHECK_CONTEXTO;
		$name  = idn_to_ascii( $host, $rules | IDNA_NONTRANSITIONAL_TO_ASCII, INTL_IDNA_VARIANT_UTS46 );
		if ( false === $name ) {
			return null;
		}
		$shown = idn_to_utf8( $name, $rules | IDNA_NONTRANSITIONAL_TO_UNICODE, INTL_IDNA_VARIANT_UTS46 );
		return false !== $shown && 1 === preg_match( self::VALID_NAME, $shown ) ? $name : null;
	}

	/**
	 * Return the canonical `$name` as people write it: `xn--` labels in their own script. As it is where intl is missing.
	 */
	public static function display_name( string $name ): string {
		if ( ! self::is_available() || false === strpos( $name, 'xn--' ) ) {
			return $name;
		}
		$shown = idn_to_utf8( $name, IDNA_NONTRANSITIONAL_TO_UNICODE, INTL_IDNA_VARIANT_UTS46 );
		return false === $shown ? $name : $shown;
	}
}
