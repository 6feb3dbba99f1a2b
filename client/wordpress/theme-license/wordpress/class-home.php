<?php
/**
 * Under which domain does this site run, whatever a request says?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\WordPress;

use Theme_License\V1\Domain;
use Theme_License\V1\Domain_Refused;

defined( 'ABSPATH' ) || exit;

/**
 * The site's own address as it is stored: no header, no filter and no constant of a request can change it.
 */
final class Home {

	/**
	 * Return the address in the database. It is among the options that WordPress has loaded already.
	 */
	public static function stored(): string {
		$loaded = wp_load_alloptions();
		if ( isset( $loaded['home'] ) && is_string( $loaded['home'] ) ) {
			return $loaded['home'];
		}
		global $wpdb; // Somebody has taken it from there: once a request, and never through a filter.
		return (string) $wpdb->get_var( "SELECT option_value FROM $wpdb->options WHERE option_name = 'home'" );
	}

	/**
	 * Return the domain that `WP_HOME` sets, where it is another one than `$domain`; null where it is not.
	 *
	 * Such a constant may be derived from a request, so it never decides; it only stops what could go wrong.
	 */
	public static function other_domain( Domain $domain ): ?string {
		if ( ! defined( 'WP_HOME' ) || ! is_string( WP_HOME ) ) {
			return null;
		}
		try {
			$set = Domain::parse( WP_HOME )->name;
		} catch ( Domain_Refused $error ) {
			return null;
		}
		return $set === $domain->name ? null : $set;
	}
}
