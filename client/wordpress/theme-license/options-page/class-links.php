<?php
/**
 * Which of the product's links may an owner be shown?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\Options_Page;

defined( 'ABSPATH' ) || exit;

/**
 * The links in an answer that nobody signed, which may hold anything.
 */
final class Links {

	private const NAMES = array( 'renew', 'buy', 'support', 'find_key', 'portal' );

	/**
	 * Return the links that may be shown: known names, https only.
	 *
	 * @param array<string, mixed> $source
	 * @return array<string, string>
	 */
	public static function shown( array $source ): array {
		$links = is_array( $source['links'] ?? null ) ? $source['links'] : array();
		return array_filter(
			array_intersect_key( $links, array_flip( self::NAMES ) ),
			static fn( $link ): bool => is_string( $link ) && 1 === preg_match( '~\Ahttps://[^/?#\s]+~i', $link )
		);
	}
}
