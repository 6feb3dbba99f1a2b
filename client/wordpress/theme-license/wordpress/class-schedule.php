<?php
/**
 * When does this site ask the license server again? By WordPress's cron, at the time that the core says.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\WordPress;

defined( 'ABSPATH' ) || exit;

/**
 * One single event of each product. Its jitter is the core's and the server's; its lock is the storage's.
 */
final class Schedule {

	private const SOONEST_SECONDS = 60;
	private const LATEST_SECONDS  = 8 * DAY_IN_SECONDS;

	/**
	 * Return the name of the event.
	 */
	public static function hook( string $product ): string {
		return "theme_license_refresh_$product";
	}

	/**
	 * Plan the event if the site has what to ask with and the event got lost: with a restored database, or while another
	 * theme was active. No query where nothing is to be done.
	 */
	public static function ensure( Theme $theme ): void {
		$asks = true === ( Option_Storage::loaded( $theme->product )['asks'] ?? null );
		if ( $asks && false === wp_next_scheduled( self::hook( $theme->product ) ) ) {
			self::plan( $theme );
		}
	}

	/**
	 * Plan the event anew, after what is kept has changed.
	 */
	public static function plan( Theme $theme ): void {
		self::clear( $theme->product );
		$kept = $theme->checker()->state->read();
		$now  = time();
		if ( null === $kept->token || self::is_elsewhere( $theme ) ) {
			return;
		}
		$at = max( $now + self::SOONEST_SECONDS, min( $kept->next_attempt_at, $now + self::LATEST_SECONDS ) );
		wp_schedule_single_event( $at, self::hook( $theme->product ) );
	}

	/**
	 * Ask the server, if it is time to; the event calls this.
	 */
	public static function run( Theme $theme ): void {
		if ( null !== $theme->configuration_error() || self::is_elsewhere( $theme ) ) {
			return;
		}
		$theme->change( static fn( $checker ) => $checker->refresh() );
	}

	/**
	 * Forget the event.
	 */
	public static function clear( string $product ): void {
		wp_clear_scheduled_hook( self::hook( $product ) );
	}

	private static function is_elsewhere( Theme $theme ): bool {
		return null !== Home::other_domain( $theme->checker()->configuration->domain );
	}
}
