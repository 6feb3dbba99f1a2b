<?php
/**
 * Did the vendor sign this text, byte for byte, with a key that the theme pins? (protocol §2)
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * JWS compact (RFC 7515) in a frozen profile: one header, one algorithm. No JSON is parsed before the signature holds,
 * and what is verified are the bytes received.
 */
final class Wire {

	private const MAX_CHARACTERS = 16384;

	private const HEADER = '/\A\{"alg":"EdDSA","kid":"[A-Za-z0-9_-]{43}","typ":"theme-license\+jwt"\}\z/';

	/**
	 * Return the license and the id of the pinned key that signed it.
	 *
	 * Not checked here: product, domain, status and times, which are `Verdict::judge`'s.
	 *
	 * @return array{Signed_License, string}
	 * @throws License_Refused With the code of the first step of §2 that fails.
	 */
	public static function decode( string $text, Pinned_Keys $pinned ): array {
		if ( strlen( $text ) > self::MAX_CHARACTERS ) {
			throw License_Refused::malformed( 'longer than 16 KiB' );
		}
		$parts = explode( '.', $text );
		if ( 3 !== count( $parts ) ) {
			throw License_Refused::malformed( 'not three parts' );
		}
		$decoded = array_map( array( Base64url::class, 'decode' ), $parts );
		if ( in_array( null, $decoded, true ) ) {
			throw License_Refused::malformed( 'a part is not canonical base64url' );
		}
		list( $header, $payload, $signature ) = $decoded;
		if ( 1 !== preg_match( self::HEADER, $header ) ) {
			throw License_Refused::malformed( 'not the one header that a signed license has' );
		}
		$key = $pinned->find_by_header( $parts[0] );
		if ( null === $key ) {
			throw new License_Refused( Verdict::UNKNOWN_KEY, 'signed by a key that is not pinned' );
		}
		if ( ! Ed25519::verify( $key->raw, $parts[0] . '.' . $parts[1], $signature ) ) {
			throw new License_Refused( Verdict::BAD_SIGNATURE, 'the signature does not match' );
		}
		return array( Signed_License::from_claims( Strict_Json::read_object( $payload ) ), $key->key_id );
	}

	/**
	 * Return the verdict on `$text` by every step of §2. Never throws, whatever the text.
	 *
	 * `$domain` must be canonical; `$now` is in seconds since 1970-01-01 UTC.
	 */
	public static function verify( string $text, Pinned_Keys $pinned, string $product, string $domain, int $now ): Verdict {
		try {
			list( $license ) = self::decode( $text, $pinned );
		} catch ( License_Refused $error ) {
			return new Verdict( $error->stable_code(), null, $domain );
		}
		return Verdict::judge( $license, $product, $domain, $now );
	}
}
