<?php
/**
 * Which request waits for its answer? (protocol §8)
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * A request that waits for its answer: its nonce, and when it was made in seconds since 1970-01-01 UTC.
 */
final class Pending {

	private const SECONDS = 24 * 3600;

	public string $nonce;

	public int $made_at;

	public function __construct( string $nonce, int $made_at ) {
		$this->nonce   = $nonce;
		$this->made_at = $made_at;
	}

	/**
	 * Return whether its answer comes too late (exactly 24 h later it does).
	 */
	public function is_over( int $now ): bool {
		return $now >= $this->made_at + self::SECONDS;
	}
}
