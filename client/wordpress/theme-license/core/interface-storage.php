<?php
/**
 * Where does a site keep what it keeps? (protocol §7)
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * One place for one text, and one lock. What it throws is taken for "could not".
 */
interface Storage {

	/**
	 * Return the text that was written last; null where there is none.
	 */
	public function read(): ?string;

	/**
	 * Replace the text in one step; return whether it will be there for the next request.
	 */
	public function write( string $text ): bool;

	/**
	 * Take the site's one lock, waiting `$wait_seconds` at most; return whether it is held now.
	 *
	 * A place that has no locks says that it is held: a site that asks twice is better off than one that never asks. A
	 * lock whose holder died is free again before long.
	 */
	public function lock( float $wait_seconds ): bool;

	/**
	 * Let the lock go.
	 */
	public function unlock(): void;
}
