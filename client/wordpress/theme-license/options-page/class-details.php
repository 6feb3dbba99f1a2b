<?php
/**
 * What does the support of the site's host need to know while no call gets through? In English, for them.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\Options_Page;

use Theme_License\V1\Checker;

defined( 'ABSPATH' ) || exit;

/**
 * Plain text for whoever runs the site's server.
 */
final class Details {

	private const PROBLEMS = array(
		'dns'            => 'the name cannot be resolved (DNS)',
		'refused'        => 'connection refused',
		'tls'            => 'the TLS certificate cannot be verified',
		'clock'          => "the TLS certificate is not valid at this server's time",
		'timeout'        => 'no answer in time',
		'redirect'       => 'the request is redirected elsewhere',
		'not_the_server' => 'the answer comes from somebody else, such as a proxy',
		'server_error'   => 'the license server answers with an error (HTTP 5xx)',
		'no_reply'       => 'the connection breaks off',
	);

	/**
	 * Return what keeps calls from getting through; null where `$cause` is nothing of the kind.
	 */
	public static function of_call( Checker $checker, ?string $cause ): ?string {
		if ( ! isset( self::PROBLEMS[ $cause ] ) ) {
			return null;
		}
		$server  = $checker->configuration->server;
		$problem = self::PROBLEMS[ $cause ];
		$please  = "Please allow outgoing connections of this site to $server, and check DNS, proxy and clock.";
		if ( 'refused' === $cause && ( new \WP_Http() )->block_request( $server ) ) {
			$problem = 'WP_HTTP_BLOCK_EXTERNAL in wp-config.php forbids the call';
			$please  = 'Please add ' . wp_parse_url( $server, PHP_URL_HOST ) . ' to WP_ACCESSIBLE_HOSTS in wp-config.php.';
		}
		$last = $checker->state->read()->last_success_at;
		return implode(
			"\n",
			array(
				"Site: {$checker->configuration->domain->name}",
				"License server: $server",
				"Problem: $problem",
				'Last answer: ' . ( null === $last ? 'never' : self::utc( $last ) ),
				"This server's clock: " . self::utc( $checker->now() ),
				$please,
			)
		);
	}

	/**
	 * Return what is wrong where `WP_HOME` names another domain than the database.
	 */
	public static function of_home( Checker $checker, string $other ): string {
		return implode(
			"\n",
			array(
				"Site address in the database (option home): {$checker->configuration->domain->name}",
				"Site address in wp-config.php (WP_HOME): $other",
				'A license is for one domain, so nothing is asked and nothing is stored while the two differ.',
				'Please set both to the same address.',
			)
		);
	}

	private static function utc( int $moment ): string {
		return gmdate( 'Y-m-d H:i:s', $moment ) . ' UTC';
	}
}
