<?php
/**
 * How does a PHP without libsodium remember that a signature was good?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\WordPress;

use Theme_License\V1\Pinned_Keys;
use Theme_License\V1\Proofs;

defined( 'ABSPATH' ) || exit;

/**
 * Beside the signed license stands an HMAC under the site's own salt, over the license and the pinned keys: WordPress's
 * PHP replacement of libsodium takes some 40 ms for a signature, and this none.
 */
final class Seal implements Proofs {

	private string $product;

	/** @var array<string, string> Seals by text, of what was proved in this process. */
	private array $proved = array();

	public function __construct( string $product ) {
		$this->product = $product;
	}

	/** @inheritDoc */
	public function hold( string $text, Pinned_Keys $pinned ): bool {
		$kept = Option_Storage::loaded( $this->product )['seal'] ?? null;
		$seal = $this->seal( $text, $pinned );
		if ( ! is_string( $kept ) || ! hash_equals( $seal, $kept ) ) {
			return false;
		}
		$this->proved[ $text ] = $seal;
		return true;
	}

	/** @inheritDoc */
	public function add( string $text, Pinned_Keys $pinned ): void {
		$this->proved[ $text ] = $this->seal( $text, $pinned );
	}

	/**
	 * Return what to keep beside a license: its seal, where it was proved in this process.
	 *
	 * @return array<string, string>
	 */
	public function members( ?string $text ): array {
		return isset( $this->proved[ $text ] ) ? array( 'seal' => $this->proved[ $text ] ) : array();
	}

	private function seal( string $text, Pinned_Keys $pinned ): string {
		return hash_hmac( 'sha256', "theme-license seal 1\n" . implode( ' ', $pinned->key_ids() ) . "\n" . $text, wp_salt( 'auth' ) );
	}
}
