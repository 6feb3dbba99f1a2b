<?php
/**
 * Which bytes does a part of a signed license spell? (protocol §2, step 2)
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * Base64url without padding (RFC 7515 section 2), in its one canonical spelling.
 */
final class Base64url {

	/**
	 * Return the text of `$raw`.
	 */
	public static function encode( string $raw ): string {
		return rtrim( strtr( base64_encode( $raw ), '+/', '-_' ), '=' );
	}

	/**
	 * Return the bytes of `$text`; null for every spelling that `encode` does not write.
	 */
	public static function decode( string $text ): ?string {
		$raw = base64_decode( strtr( $text, '-_', '+/' ), true );
		return false !== $raw && self::encode( $raw ) === $text ? $raw : null;
	}
}
