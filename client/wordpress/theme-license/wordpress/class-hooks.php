<?php
/**
 * Where does WordPress call? Nothing behind these hooks is loaded before it is called.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\WordPress;

defined( 'ABSPATH' ) || exit;

/**
 * The hooks of one product. On a page that a visitor reads none of them runs.
 */
final class Hooks {

	/**
	 * @param bool $is_first Whether it is the first product of this request, which brings what all share.
	 */
	public static function add( Theme $theme, bool $is_first ): void {
		if ( $is_first ) {
			self::add_shared();
		}
		if ( '' === $theme->product ) {
			return;
		}
		add_action(
			Schedule::hook( $theme->product ),
			static function () use ( $theme ): void {
				Schedule::run( $theme );
			}
		);
	}

	private static function add_shared(): void {
		if ( is_admin() ) {
			add_action( 'admin_menu', array( Admin::class, 'add_pages' ) );
			add_action( 'admin_init', array( Admin::class, 'start' ) );
			add_action( 'admin_notices', array( Admin::class, 'print_notices' ) );
			add_action( 'admin_post_theme_license', array( Admin::class, 'take_form' ) );
		}
		if ( wp_doing_cron() ) {
			add_action( 'init', array( self::class, 'ensure_schedules' ) );
		}
		if ( defined( 'WP_CLI' ) && WP_CLI ) {
			\WP_CLI::add_command( 'theme-license', Cli::class );
		}
		add_filter( 'site_status_tests', array( Site_Health::class, 'add_tests' ) );
		add_action( 'switch_theme', array( self::class, 'clear_schedules' ) );
		add_action( 'deleted_theme', array( Uninstall::class, 'theme' ), 10, 2 );
	}

	/**
	 * Plan every event that got lost.
	 */
	public static function ensure_schedules(): void {
		foreach ( Themes::all() as $theme ) {
			if ( null === $theme->configuration_error() ) {
				Schedule::ensure( $theme );
			}
		}
	}

	/**
	 * Forget every event: with another theme nothing would answer it. What is kept stays, for the way back.
	 */
	public static function clear_schedules(): void {
		foreach ( Themes::all() as $theme ) {
			Schedule::clear( $theme->product );
		}
	}
}
