<?php
/**
 * What license key does the text that a person pasted hold? (protocol §1)
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * A license key whose check symbols hold.
 *
 * Whoever holds the key holds the license, so nothing here prints one unless it is told to: `text()` tells it, to be
 * sent to the server, and a dump of this object shows the last five symbols alone.
 */
final class License_Key {

	public const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

	private const DEFAULT_PREFIX   = 'THM';
	private const MAX_INPUT_LENGTH = 256;
	private const DATA_SYMBOLS     = 26;
	private const CHECK_SYMBOLS    = 4;
	private const GROUP_SYMBOLS    = 5;

	/**
	 * White space, dashes, and what has no width. Beside what Unicode files so: minus signs, bullet, swung dash, Arabic
	 * tatweel and box-drawing lines; the grapheme joiner and the variation selectors.
	 */
	private const SEPARATORS = '/[\x09-\x0d\x1c-\x20\x{85}\p{Z}\p{Pd}\p{Cf}'
		. '\x{2212}\x{2d7}\x{2043}\x{2053}\x{640}\x{2500}\x{2501}\x{34f}\x{fe00}-\x{fe0f}]+/u';

	/** "THEM", so that neither thirty zeros nor a rotated key is a key. */
	private const MASK = array( 26, 17, 14, 20 );

	private string $symbols;

	private function __construct( string $symbols ) {
		$this->symbols = $symbols;
	}

	/**
	 * Read a license key as people paste it: any case, any dashes or spaces, any script's digits, I and L for 1.
	 *
	 * Where PHP lacks the extension intl, NFKC is not at hand: full-width letters are read all the same, mathematical and
	 * circled ones are refused.
	 *
	 * @throws Key_Malformed For everything else, a mistyped symbol included; the prefix is not compared.
	 */
	public static function parse( string $text ): self {
		if ( Utf8::length( $text ) > self::MAX_INPUT_LENGTH ) {
			throw new Key_Malformed( 'a license key is never longer than 256 characters' );
		}
		if ( 1 !== preg_match( '/\A(?:[A-Z]{2,6})?([0-9A-Z]{30})\z/', self::without_separators( $text ), $parts ) ) {
			throw new Key_Malformed( 'a license key has six groups of five digits and letters, and two to six letters before them' );
		}
		$symbols = strtr( $parts[1], 'ILO', '110' );
		if ( strlen( $symbols ) !== strspn( $symbols, self::ALPHABET ) ) {
			throw new Key_Malformed( 'a license key has only digits and letters, and no U' );
		}
		if ( substr( $symbols, self::DATA_SYMBOLS ) !== self::check_symbols( substr( $symbols, 0, self::DATA_SYMBOLS ) ) ) {
			throw new Key_Malformed( 'the check symbols do not match: at least one character is mistyped' );
		}
		return new self( $symbols );
	}

	/**
	 * Return the thirty symbols without prefix and dashes.
	 */
	public function symbols(): string {
		return $this->symbols;
	}

	/**
	 * Return the last five symbols, which may be shown to tell one key from another.
	 */
	public function last5(): string {
		return substr( $this->symbols, -self::GROUP_SYMBOLS );
	}

	/**
	 * Return the key as it is shown once to its owner and sent to the server: prefix and six groups of five.
	 */
	public function text( string $prefix = self::DEFAULT_PREFIX ): string {
		return $prefix . '-' . implode( '-', str_split( $this->symbols, self::GROUP_SYMBOLS ) );
	}

	public function __toString(): string {
		return '<License_Key …' . $this->last5() . '>';
	}

	public function __debugInfo(): array {
		return array( 'last5' => $this->last5() );
	}

	/**
	 * Return the letters and digits of `$text` in upper-case ASCII, without what only separates them (steps 2 to 4).
	 */
	private static function without_separators( string $text ): string {
		if ( Utf8::is_ascii( $text ) ) {
			$kept = $text;
		} elseif ( function_exists( 'normalizer_normalize' ) ) {
			$kept = (string) normalizer_normalize( $text, \Normalizer::FORM_KC );
		} else {
			$kept = (string) preg_replace_callback( '/[\x{ff01}-\x{ff5e}]/u', array( self::class, 'half_width' ), $text );
		}
		$kept = (string) preg_replace( self::SEPARATORS, '', $kept );
		$kept = (string) preg_replace_callback( '/[^\x00-\x7f]/u', array( self::class, 'ascii_digit' ), $kept );
		// After NFKC these two are the only letters outside of ASCII whose upper case is in it.
		return Utf8::ascii_upper( strtr( $kept, array( "\u{131}" => 'I', "\u{df}" => 'SS' ) ) );
	}

	private static function half_width( array $found ): string {
		return chr( Utf8::code_point( $found[0] ) - 0xfee0 );
	}

	/**
	 * Return the ASCII digit of a decimal digit of any script; other characters as they are.
	 *
	 * Unicode keeps every ten digits together from zero to nine, so a digit's value is how many stand right before it.
	 */
	private static function ascii_digit( array $found ): string {
		if ( 1 !== preg_match( '/\A\p{Nd}\z/u', $found[0] ) ) {
			return $found[0];
		}
		$point = Utf8::code_point( $found[0] );
		for ( $before = 0; 1 === preg_match( '/\A\p{Nd}\z/u', Utf8::character( $point - $before - 1 ) ); ) {
			++$before;
		}
		return (string) ( $before % 10 );
	}

	/**
	 * Return the remainder of `$data` · x⁴ by the generator with the roots α, α², α³, α⁴, masked.
	 */
	private static function check_symbols( string $data ): string {
		$generator = self::generator();
		$remainder = array_fill( 0, self::CHECK_SYMBOLS, 0 );
		foreach ( str_split( $data ) as $symbol ) {
			$feedback    = strpos( self::ALPHABET, $symbol ) ^ array_shift( $remainder );
			$remainder[] = 0;
			foreach ( $generator as $place => $coefficient ) {
				$remainder[ $place ] ^= self::multiply( $feedback, $coefficient );
			}
		}
		$text = '';
		foreach ( $remainder as $place => $value ) {
			$text .= self::ALPHABET[ $value ^ self::MASK[ $place ] ];
		}
		return $text;
	}

	/**
	 * Return the coefficients of (x-α)(x-α²)(x-α³)(x-α⁴) below its leading 1, highest power first.
	 *
	 * @return int[]
	 */
	private static function generator(): array {
		$product = array( 1 );
		$root    = 1;
		for ( $power = 1; $power <= self::CHECK_SYMBOLS; $power++ ) {
			$root      = self::multiply( $root, 2 );
			$product[] = 0;
			for ( $place = $power; $place > 0; $place-- ) {
				$product[ $place ] ^= self::multiply( $root, $product[ $place - 1 ] );
			}
		}
		return array_slice( $product, 1 );
	}

	/**
	 * Multiply in GF(32) by x⁵ + x² + 1.
	 */
	private static function multiply( int $a, int $b ): int {
		$product = 0;
		for ( ; $b > 0; $b >>= 1 ) {
			$product ^= $a * ( $b & 1 );
			$a        = $a << 1 ^ ( $a & 16 ? 0b100101 : 0 );
		}
		return $product;
	}
}
