<?php
/**
 * Which public key does a text hold, and is it fit to be pinned? (protocol §2, §4)
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * An Ed25519 public key fit to be pinned.
 */
final class Public_Key {

	/** What stands before the 32 bytes in a PEM block (RFC 8410). */
	private const PEM_PREFIX = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";

	/** The 32 bytes. */
	public string $raw;

	/** The 43 characters of its JWK thumbprint (RFC 7638). */
	public string $key_id;

	private function __construct( string $raw ) {
		$this->raw    = $raw;
		$this->key_id = Base64url::encode( hash( 'sha256', '{"crv":"Ed25519","kty":"OKP","x":"' . Base64url::encode( $raw ) . '"}', true ) );
	}

	/**
	 * Read a public key as 43 characters of base64url, as a JWK (RFC 8037) or as PEM.
	 *
	 * @throws Unusable_Public_Key For everything else, and for points that no honest key has: not on the curve, not
	 *                             canonical, of low order.
	 */
	public static function parse( string $text ): self {
		$text = trim( $text );
		if ( '' !== $text && '{' === $text[0] ) {
			$raw = self::raw_from_jwk( $text );
		} elseif ( 0 === strncmp( $text, '-----BEGIN', 10 ) ) {
			$raw = self::raw_from_pem( $text );
		} else {
			$raw = self::raw_from_text( $text );
		}
		if ( ! Ed25519::is_usable_point( $raw ) || ! Ed25519::lies_on_curve( $raw ) ) {
			throw new Unusable_Public_Key( 'these 32 bytes are no safe Ed25519 public key; copy the key from the vendor again' );
		}
		return new self( $raw );
	}

	private static function raw_from_text( string $text ): string {
		$raw = Base64url::decode( $text );
		if ( null === $raw || Ed25519::PUBLIC_KEY_BYTES !== strlen( $raw ) ) {
			throw new Unusable_Public_Key( 'a public key is written as 43 characters of base64url' );
		}
		return $raw;
	}

	private static function raw_from_jwk( string $text ): string {
		$jwk = json_decode( $text, true );
		if ( ! is_array( $jwk ) ) {
			throw new Unusable_Public_Key( 'a JWK must be a JSON object' );
		}
		if ( 'OKP' !== ( $jwk['kty'] ?? null ) || 'Ed25519' !== ( $jwk['crv'] ?? null ) || ! is_string( $jwk['x'] ?? null ) ) {
			throw new Unusable_Public_Key( 'a JWK must have "kty": "OKP", "crv": "Ed25519" and "x"' );
		}
		if ( array_key_exists( 'd', $jwk ) ) {
			throw new Unusable_Public_Key( 'this JWK holds a private key; a theme pins the public one, without its member d' );
		}
		return self::raw_from_text( $jwk['x'] );
	}

	private static function raw_from_pem( string $text ): string {
		$is_block = preg_match( '/\A-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+\/=\s]+)-----END PUBLIC KEY-----\z/', $text, $block );
		$der      = 1 === $is_block ? base64_decode( $block[1], true ) : false;
		if ( false === $der || 0 !== strncmp( $der, self::PEM_PREFIX, strlen( self::PEM_PREFIX ) ) || 44 !== strlen( $der ) ) {
			throw new Unusable_Public_Key( 'a PEM must be one BEGIN PUBLIC KEY block with an Ed25519 key' );
		}
		return substr( $der, strlen( self::PEM_PREFIX ) );
	}
}
