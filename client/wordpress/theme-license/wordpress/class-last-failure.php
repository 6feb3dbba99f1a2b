<?php
/**
 * What did the last click come to, until the page has shown it?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\WordPress;

use Theme_License\V1\Options_Page\Failure;
use Theme_License\V1\Options_Page\Request;

defined( 'ABSPATH' ) || exit;

/**
 * A transient of one user for five minutes, which is gone once it was shown. The license key is never in it.
 */
final class Last_Failure {

	private const SECONDS = 5 * MINUTE_IN_SECONDS;

	private string $name;

	public function __construct( string $product, int $user ) {
		$this->name = self::prefix( $product ) . $user;
	}

	/**
	 * Return what the names of the transients of a product begin with.
	 */
	public static function prefix( string $product ): string {
		return "theme_license_{$product}_failure_";
	}

	/**
	 * Keep what the page is to show next.
	 */
	public function keep( Failure $failure, bool $is_offline_step, ?string $public_name ): void {
		set_transient( $this->name, array( $failure->code, $failure->problem, $is_offline_step, $public_name ), self::SECONDS );
	}

	/**
	 * Put what was kept into the request, and forget it.
	 */
	public function tell( Request $request ): void {
		$kept = get_transient( $this->name );
		delete_transient( $this->name );
		if ( is_array( $kept ) && 4 === count( $kept ) ) {
			$request->failure         = new Failure( $kept[0], $kept[1] );
			$request->is_offline_step = $kept[2];
			$request->public_name     = $kept[3];
		}
	}
}
