<?php
/**
 * What does the dashboard get? A page for each product under Appearance, and a notice where something is wrong.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\WordPress;

use Theme_License\V1\Notice;
use Theme_License\V1\Options_Page\Catalog;

defined( 'ABSPATH' ) || exit;

/**
 * The dashboard's side, for people who may edit theme options.
 */
final class Admin {

	public const CAPABILITY = 'edit_theme_options';

	/** What a form tells admin-post.php to call. */
	public const ACTION = 'theme_license';

	/**
	 * Put a page for each product under Appearance.
	 */
	public static function add_pages(): void {
		$themes  = self::usable_themes();
		$catalog = Catalog::of_user();
		$title   = 'en' === $catalog->language() ? 'Theme License' : $catalog->gettext( 'Theme license' );
		foreach ( $themes as $theme ) {
			$label = 1 === count( $themes ) ? $title : "$title: {$theme->name}";
			$page  = new Page( $theme );
			$hook  = add_theme_page( $label, esc_html( $label ), self::CAPABILITY, $page->slug(), array( $page, 'show' ) );
			if ( false !== $hook ) {
				add_action( "load-$hook", array( $page, 'prepare' ) );
			}
		}
	}

	/**
	 * Do what a public page must not: plan events that got lost, keep that a slow PHP has verified a license.
	 */
	public static function start(): void {
		foreach ( self::usable_themes() as $theme ) {
			Schedule::ensure( $theme );
			$theme->keep_seal();
		}
	}

	/**
	 * Take what a form of a page sent, and lead the browser on.
	 */
	public static function take_form(): void {
		// phpcs:ignore WordPress.Security.NonceVerification.Missing -- It says which nonce is asked for.
		$product = isset( $_POST['product'] ) && is_string( $_POST['product'] ) ? wp_unslash( $_POST['product'] ) : '';
		$themes  = self::usable_themes();
		$theme   = '' === $product ? reset( $themes ) : $themes[ $product ] ?? false;
		if ( false === $theme || ! current_user_can( self::CAPABILITY ) ) {
			wp_die( esc_html( __( 'Sorry, you are not allowed to access this page.' ) ), 403 ); // In WordPress's own words.
		}
		$page = new Page( $theme );
		check_admin_referer( $page->nonce_action() );
		$page->take_form();
		exit;
	}

	/**
	 * Print what the theme's author wrote wrongly; and, where the site wants it, a line that leads to the page.
	 */
	public static function print_notices(): void {
		if ( ! current_user_can( self::CAPABILITY ) ) {
			return;
		}
		foreach ( Themes::all() as $theme ) {
			$error = $theme->configuration_error();
			if ( null !== $error ) {
				printf( '<div class="notice notice-error" lang="en" dir="ltr"><p>Theme License: %s</p></div>', esc_html( $error->getMessage() ) );
				continue;
			}
			/**
			 * Filters whether a line on the other pages of the dashboard leads to the page while a license is missing.
			 *
			 * @param bool   $is_shown Whether it is shown; false unless somebody says otherwise.
			 * @param string $product  The product's name on the license server.
			 */
			$is_shown = true === apply_filters( 'theme_license_show_pointer', false, $theme->product );
			if ( $is_shown && ! self::is_own_page( $theme ) && $theme->check()->needs_notice() ) {
				self::print_pointer( $theme );
			}
		}
	}

	/**
	 * @return array<string, Theme>
	 */
	private static function usable_themes(): array {
		return array_filter( Themes::all(), static fn( Theme $theme ): bool => null === $theme->configuration_error() );
	}

	private static function is_own_page( Theme $theme ): bool {
		global $plugin_page;
		return ( new Page( $theme ) )->slug() === $plugin_page;
	}

	private static function print_pointer( Theme $theme ): void {
		$catalog               = Catalog::of_user();
		list( $missing, $way ) = ( new Notice( $theme->name, array( $catalog, 'gettext' ) ) )->sentences();
		printf(
			'<div class="notice notice-info" lang="%s"><p>%s <a href="%s">%s</a></p></div>',
			esc_attr( $catalog->language() ),
			esc_html( $missing ),
			esc_url( ( new Page( $theme ) )->address() . '#theme-license-key' ),
			esc_html( $way )
		);
	}
}
