<?php
/**
 * Is this text a signed license, and what does it say? (protocol §2)
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * From a text to a license. No JSON is parsed before the signature holds.
 */
final class Wire {

	private const TYP = 'theme-license+jwt';

	/**
	 * Return the license and the id of the pinned key that signed it.
	 *
	 * Not checked here: product, domain, status and times, which are `Verdict::judge`'s.
	 *
	 * @param ?Proofs $proofs Remembers between processes which texts were proved.
	 * @return array{Signed_License, string}
	 * @throws License_Refused With the code of the first step of §2 that fails.
	 */
	public static function decode( string $text, Pinned_Keys $pinned, ?Proofs $proofs = null ): array {
		list( $payload, $key_id ) = Jws::decode( $text, $pinned, self::TYP, $proofs );
		return array( Signed_License::from_claims( Strict_Json::read_object( $payload ) ), $key_id );
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
