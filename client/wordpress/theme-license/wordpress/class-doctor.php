<?php
/**
 * Is what the license stands on in order on this site?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\WordPress;

use Theme_License\V1\Configuration_Error;
use Theme_License\V1\Copies;
use Theme_License\V1\Idna;
use Theme_License\V1\Options_Page\Details;

defined( 'ABSPATH' ) || exit;

/**
 * Every check is a sentence in English, for whoever runs the site; nobody is asked.
 */
final class Doctor {

	private const LATE_SECONDS = HOUR_IN_SECONDS;

	/**
	 * Examine all, whatever is broken.
	 *
	 * @return array<int, array{bool, string}> Whether it is in order, and the sentence.
	 */
	public static function examine( Theme $theme ): array {
		$found = array(
			array( true, 'version ' . Copies::version() . ' of the folder, PHP ' . PHP_VERSION . ', WordPress ' . get_bloginfo( 'version' ) ),
			array( PHP_INT_SIZE >= 8, 'integers have ' . 8 * PHP_INT_SIZE . ' bits; 64 are needed' ),
			array( true, extension_loaded( 'sodium' ) ? 'signatures are verified by libsodium' : "signatures are verified in PHP, once per license; libsodium (PHP's extension sodium) is faster" ),
			array( true, Idna::is_available() ? 'international domains are read by intl' : "PHP's extension intl is missing: the server reads international domains" ),
		);
		try {
			$checker = $theme->checker();
		} catch ( Configuration_Error $error ) {
			$found[] = array( false, $error->getMessage() );
			return $found;
		}
		$domain  = $checker->configuration->domain;
		$server  = $checker->configuration->server;
		$other   = Home::other_domain( $domain );
		$kept    = $checker->state->read();
		$next    = wp_next_scheduled( Schedule::hook( $theme->product ) );
		$blocked = ( new \WP_Http() )->block_request( $server );
		$cause   = Details::of_call( $checker, $kept->failures > 0 ? $kept->last_failure : null );
		$found[] = array( true, "product {$theme->product} on {$domain->name}, license server $server" );
		$found[] = array( null === $other, null === $other ? 'WP_HOME agrees with the database, or is not set' : strtr( Details::of_home( $checker, $other ), "\n", ' ' ) );
		$found[] = array( ! $blocked, $blocked ? 'WP_HTTP_BLOCK_EXTERNAL forbids calls to the license server; add it to WP_ACCESSIBLE_HOSTS' : 'WordPress allows calls to the license server' );
		$found[] = array( null === $cause, null === $cause ? 'the last call got through, or none was made' : strtr( $cause, "\n", '; ' ) );
		$found[] = array( $checker->check()->ok, "the verdict is {$checker->check()->code}" );
		if ( null !== $kept->token ) {
			$found[] = array( false !== $next, false === $next ? 'no refresh is planned; opening the dashboard plans one' : 'the next refresh is planned for ' . gmdate( 'Y-m-d H:i:s', $next ) . ' UTC' );
			if ( false !== $next && $next < time() - self::LATE_SECONDS ) {
				$found[] = array( false, 'that time is past: WP-Cron does not run on this site; let the machine call wp-cron.php' );
			}
		}
		return $found;
	}
}
