<?php
/**
 * Which products were booted on this site?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\WordPress;

use Theme_License\V1\Verdict;

defined( 'ABSPATH' ) || exit;

/**
 * The products of this request, by name.
 */
final class Themes {

	/** @var array<string, Theme> */
	private static array $themes = array();

	/**
	 * Take up one product. The first of a name stays; a configuration that names none is told to who may mend it.
	 *
	 * @param mixed $config What the theme's author wrote.
	 */
	public static function add( $config ): void {
		$theme = new Theme( is_array( $config ) ? $config : array() );
		if ( isset( self::$themes[ $theme->product ] ) ) {
			return;
		}
		self::$themes[ $theme->product ] = $theme;
		Hooks::add( $theme, 1 === count( self::$themes ) );
	}

	/**
	 * Return all products, in the order in which they were booted.
	 *
	 * @return array<string, Theme>
	 */
	public static function all(): array {
		return self::$themes;
	}

	/**
	 * Return the product of this name, null where none was booted.
	 */
	public static function find( string $product ): ?Theme {
		return self::$themes[ $product ] ?? null;
	}

	/**
	 * Return the verdict on a product; a product that was not booted is not activated.
	 */
	public static function check( string $product ): Verdict {
		$theme = self::find( $product );
		return null === $theme ? new Verdict( Verdict::NOT_ACTIVATED, null, '' ) : $theme->check();
	}
}
