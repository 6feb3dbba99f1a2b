<?php
/**
 * How does everything go that a product has left on a site?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\WordPress;

defined( 'ABSPATH' ) || exit;

/**
 * Options, users' meta, transients and events. The license server is not told: a theme that is deleted may be installed
 * again, and on the same domain that costs nothing.
 */
final class Uninstall {

	/**
	 * Remove what is kept for a product; on this site of a network, and of users that all sites share.
	 */
	public static function product( string $product ): void {
		global $wpdb;
		$option = Option_Storage::option( $product );
		delete_option( $option );
		delete_option( "{$option}_site" );
		delete_option( "{$option}_lock" );
		delete_metadata( 'user', 0, Pending_Requests::meta( $product ), '', true );
		Schedule::clear( $product );
		$transients = $wpdb->get_col( $wpdb->prepare( "SELECT option_name FROM $wpdb->options WHERE option_name LIKE %s", $wpdb->esc_like( '_transient_' . Last_Failure::prefix( $product ) ) . '%' ) );
		foreach ( $transients as $name ) {
			delete_transient( substr( $name, strlen( '_transient_' ) ) );
		}
	}

	/**
	 * Remove what the products of a theme have left, once the theme was deleted. WordPress loads no code of such a theme, so
	 * this runs where another copy of the folder is at work: in the vendor's next theme, or in a plugin.
	 *
	 * @param string $stylesheet The theme's folder.
	 */
	public static function theme( string $stylesheet, bool $is_deleted ): void {
		if ( ! $is_deleted ) {
			return;
		}
		$blogs = is_multisite() ? get_sites(
			array(
				'fields' => 'ids',
				'number' => 0,
			)
		) : array( null );
		foreach ( $blogs as $blog ) {
			if ( null !== $blog ) {
				switch_to_blog( (int) $blog );
			}
			foreach ( self::products_of( $stylesheet ) as $product ) {
				self::product( $product );
			}
			if ( null !== $blog ) {
				restore_current_blog();
			}
		}
	}

	/**
	 * Return the products that a theme has activated on the current site.
	 *
	 * @return string[]
	 */
	private static function products_of( string $stylesheet ): array {
		global $wpdb;
		$like     = $wpdb->esc_like( Option_Storage::option( '' ) ) . '%' . $wpdb->esc_like( '_site' );
		$products = array();
		foreach ( $wpdb->get_results( $wpdb->prepare( "SELECT option_name, option_value FROM $wpdb->options WHERE option_name LIKE %s", $like ) ) as $row ) {
			$members = json_decode( $row->option_value, true );
			if ( is_array( $members ) && ( $members['theme'] ?? null ) === $stylesheet ) {
				$products[] = substr( $row->option_name, strlen( Option_Storage::option( '' ) ), -strlen( '_site' ) );
			}
		}
		return $products;
	}
}
