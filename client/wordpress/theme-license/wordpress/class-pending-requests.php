<?php
/**
 * Which requests wait for an answer that this administrator brings? (protocol §8)
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\WordPress;

use Theme_License\V1\Pending;

defined( 'ABSPATH' ) || exit;

/**
 * At most five of each product, each for a day, in the user's meta. Neither a key nor a license is among them.
 */
final class Pending_Requests {

	private const MAX = 5;

	private int $user;

	private string $name;

	private int $now;

	public function __construct( string $product, int $user, int $now ) {
		$this->user = $user;
		$this->name = self::meta( $product );
		$this->now  = $now;
	}

	/**
	 * Return the name of the user's meta.
	 */
	public static function meta( string $product ): string {
		return "theme_license_{$product}_pending";
	}

	/**
	 * Return the requests that still wait, oldest first; what was never written here is not among them.
	 *
	 * @return Pending[]
	 */
	public function all(): array {
		$kept    = get_user_meta( $this->user, $this->name, true );
		$waiting = array();
		foreach ( is_array( $kept ) ? $kept : array() as $item ) {
			if ( is_array( $item ) && is_string( $item[0] ?? null ) && is_int( $item[1] ?? null ) ) {
				$waiting[] = new Pending( $item[0], $item[1] );
			}
		}
		return array_values( array_filter( $waiting, fn( Pending $pending ): bool => ! $pending->is_over( $this->now ) ) );
	}

	/**
	 * Remember one more; the oldest makes room for it.
	 */
	public function add( Pending $pending ): void {
		$this->store( array_slice( array_merge( $this->all(), array( $pending ) ), -self::MAX ) );
	}

	/**
	 * Forget one, since its answer was taken.
	 */
	public function remove( Pending $pending ): void {
		$this->store( array_filter( $this->all(), static fn( Pending $each ): bool => $each->nonce !== $pending->nonce ) );
	}

	/**
	 * @param Pending[] $requests
	 */
	private function store( array $requests ): void {
		if ( array() === $requests ) {
			delete_user_meta( $this->user, $this->name );
			return;
		}
		$kept = array_map( static fn( Pending $each ): array => array( $each->nonce, $each->made_at ), array_values( $requests ) );
		update_user_meta( $this->user, $this->name, $kept );
	}
}
