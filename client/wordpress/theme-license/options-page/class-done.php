<?php
/**
 * Where does the browser go after a click?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\Options_Page;

use Theme_License\V1\Pending;

defined( 'ABSPATH' ) || exit;

/**
 * What came of a click that succeeded: members for the page's address or another address, and what that means for the
 * requests that wait for an answer.
 */
final class Done {

	/** @var array<string, string> */
	public array $query;

	/** The license server's page, where the browser goes there. */
	public ?string $address = null;

	/** A request that waits for its answer from now on. */
	public ?Pending $asked = null;

	/** A request that waits no longer. */
	public ?Pending $answered = null;

	private function __construct( array $query ) {
		$this->query = $query;
	}

	/**
	 * @param string $word A name in `Sentences::DONE`.
	 */
	public static function told( string $word, ?Pending $answered = null ): self {
		$done           = new self( array( 'done' => $word ) );
		$done->answered = $answered;
		return $done;
	}

	/**
	 * Go on with another step of the page, to carry a request by hand.
	 */
	public static function step( string $step, Pending $asked ): self {
		$done        = new self( array( 'step' => $step ) );
		$done->asked = $asked;
		return $done;
	}

	/**
	 * Leave for the license server with a request.
	 */
	public static function leave( string $address, Pending $asked ): self {
		$done          = new self( array() );
		$done->address = $address;
		$done->asked   = $asked;
		return $done;
	}
}
