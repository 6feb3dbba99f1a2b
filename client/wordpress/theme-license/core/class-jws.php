<?php
/**
 * Did the vendor sign this text, byte for byte, with a key that the theme pins? (protocol §2)
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * JWS compact (RFC 7515) in a frozen profile: one header for each kind of document, one algorithm, Ed25519. What is
 * verified are the bytes received, and what they say is read by nobody before.
 */
final class Jws {

	private const MAX_CHARACTERS = 16384;

	private const HEADER = '/\A\{"alg":"EdDSA","kid":"([A-Za-z0-9_-]{43})","typ":"([^"\\\\]+)"\}\z/';

	/**
	 * Return the payload of a document of kind `$typ`, and the id of the pinned key that signed it.
	 *
	 * Not checked here: what the payload says.
	 *
	 * @param ?Proofs $proofs Remembers between processes which texts were proved.
	 * @return array{string, string}
	 * @throws License_Refused With the code of the first of these steps of §2 that fails: the size, three parts, their
	 *                         base64url, the header's bytes, the key, the signature.
	 */
	public static function decode( string $text, Pinned_Keys $pinned, string $typ, ?Proofs $proofs = null ): array {
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
		if ( 1 !== preg_match( self::HEADER, $header, $named ) || $named[2] !== $typ ) {
			throw License_Refused::malformed( 'not the one header that such a document has' );
		}
		$key = $pinned->find( $named[1] );
		if ( null === $key ) {
			throw new License_Refused( Verdict::UNKNOWN_KEY, 'signed by a key that is not pinned' );
		}
		$is_proved = null !== $proofs && $proofs->hold( $text, $pinned );
		if ( ! $is_proved && ! Ed25519::verify( $key->raw, $parts[0] . '.' . $parts[1], $signature ) ) {
			throw new License_Refused( Verdict::BAD_SIGNATURE, 'the signature does not match' );
		}
		if ( ! $is_proved && null !== $proofs ) {
			$proofs->add( $text, $pinned );
		}
		return array( $payload, $key->key_id );
	}
}
