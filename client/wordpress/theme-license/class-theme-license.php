<?php
/**
 * What does a theme call?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

use Theme_License\V1\Verdict;
use Theme_License\V1\WordPress\Themes;
use Theme_License\V1\WordPress\Uninstall;

/**
 * The three things that a theme says to its license.
 *
 * The first copy of the folder that is loaded brings this class, whichever it is. So these methods are promises that never
 * change, and do nothing themselves: the newest copy does.
 */
final class Theme_License {

	/** @var array<int, mixed> What was booted before WordPress had loaded every theme file. */
	private static array $waiting = array();

	/**
	 * Put the license of a product on this site: its page under Appearance, its checks in the background.
	 *
	 * Throws nothing and changes nothing on public pages. What is wrong with `$config` is told in the dashboard, to
	 * people who may edit theme options.
	 *
	 * @param array{product: string, server: string, keys: string[], name?: string} $config The product's name on the
	 *        license server, the server's address, its public keys with the signing one first, and the theme's name as
	 *        people read it.
	 */
	public static function boot( $config ): void {
		self::$waiting[] = $config;
		if ( did_action( 'after_setup_theme' ) ) {
			self::start();
		} elseif ( ! has_action( 'after_setup_theme', array( self::class, 'start' ) ) ) {
			// A child theme is loaded before its parent: by then all copies of the folder are known.
			add_action( 'after_setup_theme', array( self::class, 'start' ), 0 );
		}
	}

	/**
	 * Return the verdict on this site: `ok`, its `code`, and the `license` with plan and features where there is one.
	 *
	 * Never throws, never blocks and costs no query.
	 */
	public static function check( string $product ): Verdict {
		self::start();
		return Themes::check( $product );
	}

	/**
	 * Remove everything that is kept for a product on this site.
	 */
	public static function uninstall( string $product ): void {
		Uninstall::product( $product );
	}

	/**
	 * Take up what was booted; WordPress calls this.
	 */
	public static function start(): void {
		while ( array() !== self::$waiting ) {
			Themes::add( array_shift( self::$waiting ) );
		}
	}
}
