<?php
/**
 * Where does the browser go after a click?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\Options_Page;

defined( 'ABSPATH' ) || exit;

/**
 * What came of a click that succeeded: members for the page's address, or another address.
 */
final class Done {

	/** @var array<string, string> */
	public array $query;

	/** The license server's page, where the browser goes there. */
	public ?string $address;

	private function __construct( array $query, ?string $address ) {
		$this->query   = $query;
		$this->address = $address;
	}

	/**
	 * @param string $word A name in `Sentences::DONE`.
	 */
	public static function told( string $word ): self {
		return new self( array( 'done' => $word ), null );
	}

	/**
	 * Go on with another step of the page.
	 */
	public static function step( string $step ): self {
		return new self( array( 'step' => $step ), null );
	}

	/**
	 * Leave for the license server.
	 */
	public static function leave( string $address ): self {
		return new self( array(), $address );
	}
}
