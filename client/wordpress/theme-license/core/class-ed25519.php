<?php
/**
 * Is this the Ed25519 signature of these bytes, on the terms on which all clients agree? (protocol §2)
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * Ed25519 (RFC 8032) by libsodium, or by WordPress's sodium_compat, which defines the same functions.
 *
 * Libraries agree on honest points and differ on the others, so those are refused here before a library is asked.
 */
final class Ed25519 {

	public const PUBLIC_KEY_BYTES = 32;
	public const SIGNATURE_BYTES  = 64;

	/** 2^255 - 19, highest byte first. */
	private const PRIME = '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed';

	/** The y of the eight points of low order, highest byte first; x and -x share one. */
	private const LOW_ORDER_Y = array(
		'0000000000000000000000000000000000000000000000000000000000000000',
		'0000000000000000000000000000000000000000000000000000000000000001',
		'7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec',
		'7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7',
		'05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826',
	);

	/** The curve's d = -121665/121666, lowest byte first. */
	private const D = 'a3785913ca4deb75abd841414d0a700098e879777940c78c73fe6f2bee6c0352';

	/**
	 * Return whether `$signature` is the signature of `$message` by `$public_key` (RFC 8032 5.1.7, without the cofactor).
	 *
	 * A wrong length is false, and nothing is thrown for any bytes.
	 */
	public static function verify( string $public_key, string $message, string $signature ): bool {
		if ( self::PUBLIC_KEY_BYTES !== strlen( $public_key ) || self::SIGNATURE_BYTES !== strlen( $signature ) ) {
			return false;
		}
		$r = substr( $signature, 0, self::PUBLIC_KEY_BYTES );
		if ( ! self::is_usable_point( $public_key ) || ! self::is_usable_point( $r ) ) {
			return false;
		}
		try {
			return sodium_crypto_sign_verify_detached( $signature, $message, $public_key ) && self::needs_no_cofactor( $r );
		} catch ( \SodiumException $error ) {
			return false;
		}
	}

	/**
	 * Return whether `$encoded`, 32 bytes, is canonical and not of low order; not whether it is on the curve.
	 */
	public static function is_usable_point( string $encoded ): bool {
		$y = self::y( $encoded );
		return strcmp( $y, self::PRIME ) < 0 && ! in_array( $y, self::LOW_ORDER_Y, true );
	}

	/**
	 * Return whether some x satisfies -x² + y² = 1 + d·x²·y² for the y of `$encoded`.
	 */
	public static function lies_on_curve( string $encoded ): bool {
		// Thirty times faster than what follows, and true of every honest key.
		if ( extension_loaded( 'sodium' ) && self::is_in_prime_group( $encoded ) ) {
			return true;
		}
		$y         = Field25519::read( $encoded );
		$y_squared = Field25519::multiply( $y, $y );
		// x² = numerator / denominator is a square where their product is one.
		$numerator   = Field25519::subtract( $y_squared, Field25519::ONE );
		$denominator = Field25519::add( Field25519::multiply( Field25519::read( hex2bin( self::D ) ), $y_squared ), Field25519::ONE );
		return Field25519::is_square( Field25519::multiply( $numerator, $denominator ) );
	}

	/**
	 * Return whether a signature that holds with the cofactor holds without it.
	 *
	 * A libsodium newer than 1.0.20 may multiply the equation by eight, and so forgive R a part of low order, which no
	 * honest R has. sodium_compat compares R byte for byte.
	 */
	private static function needs_no_cofactor( string $r ): bool {
		return ! extension_loaded( 'sodium' ) || self::is_in_prime_group( $r );
	}

	/**
	 * Return whether libsodium would make a key of X25519 of the point, for which it must lie on the curve without any
	 * part of low order.
	 */
	private static function is_in_prime_group( string $encoded ): bool {
		try {
			return '' !== sodium_crypto_sign_ed25519_pk_to_curve25519( $encoded );
		} catch ( \SodiumException $error ) {
			return false;
		}
	}

	/**
	 * Return the 255 low bits of 32 little-endian bytes, in hexadecimal digits, the highest first.
	 */
	private static function y( string $encoded ): string {
		$bytes    = strrev( $encoded );
		$bytes[0] = $bytes[0] & "\x7f";
		return bin2hex( $bytes );
	}
}
