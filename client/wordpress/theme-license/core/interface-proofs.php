<?php
/**
 * Which texts were proved to be the vendor's before? (protocol §7)
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * A memory that nobody but this site can write, for a PHP that takes long to verify a signature. What it holds is that a
 * signature was good, never what follows from the license.
 */
interface Proofs {

	/**
	 * Return whether `$text` was proved with these very keys.
	 */
	public function hold( string $text, Pinned_Keys $pinned ): bool;

	/**
	 * Remember that `$text` was proved with these keys.
	 */
	public function add( string $text, Pinned_Keys $pinned ): void;
}
