<?php
/**
 * What went wrong after a click?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\Options_Page;

use Theme_License\V1\Server_Refused;
use Theme_License\V1\Server_Unreachable;
use Theme_License\V1\Theme_License_Error;

defined( 'ABSPATH' ) || exit;

/**
 * The code of a refusal, or the cause for which no server could be asked; `problem` is what the server told.
 */
final class Failure {

	private const MAX_LISTED = 100;

	/** What the card reads of a problem; the rest is not kept until the page is shown. */
	private const MEMBERS = array( 'activations', 'links', 'next_move_at', 'retry_after' );

	public string $code;

	/** @var array<string, mixed> */
	public array $problem;

	/**
	 * @param array<string, mixed> $problem
	 */
	public function __construct( string $code, array $problem = array() ) {
		$this->code    = $code;
		$this->problem = array_intersect_key( $problem, array_flip( self::MEMBERS ) );
		if ( is_array( $this->problem['activations'] ?? null ) ) {
			$this->problem['activations'] = array_slice( $this->problem['activations'], 0, self::MAX_LISTED );
		}
	}

	/**
	 * Return what an error means to an owner.
	 */
	public static function of( Theme_License_Error $error ): self {
		if ( $error instanceof Server_Unreachable ) {
			return new self( $error->cause );
		}
		return new self( $error->stable_code(), $error instanceof Server_Refused ? $error->problem : array() );
	}

	/**
	 * Return whether nobody answered, so that nothing is known.
	 */
	public function is_unreachable(): bool {
		return isset( Sentences::CAUSES[ $this->code ] );
	}

	/**
	 * Return whether a text that was brought back from the portal was not taken.
	 */
	public function is_answer(): bool {
		return 0 === strncmp( $this->code, 'answer_', 7 );
	}
}
