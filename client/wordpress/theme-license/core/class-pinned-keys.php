<?php
/**
 * Which keys does the theme trust, and in which order? (protocol §4)
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * The ordered public keys that a theme trusts: the first signs today, the later ones stand by.
 */
final class Pinned_Keys {

	/** @var array<string, Public_Key> By id, in their order. */
	private array $keys = array();

	/**
	 * Read each text as `Public_Key::parse` does.
	 *
	 * @param string[] $texts
	 * @throws Unusable_Public_Key For such a text, for none at all and for one that stands there twice.
	 */
	public function __construct( array $texts ) {
		foreach ( $texts as $text ) {
			$key = Public_Key::parse( $text );

			$this->keys[ $key->key_id ] = $key;
		}
		if ( array() === $this->keys ) {
			throw new Unusable_Public_Key( 'no public key is pinned; pin at least the one that signs today' );
		}
		if ( count( $this->keys ) !== count( $texts ) ) {
			throw new Unusable_Public_Key( 'the same public key is pinned twice; pin each once, in the order of their use' );
		}
	}

	/**
	 * Return the pinned key with this id, null where none has it.
	 */
	public function find( string $key_id ): ?Public_Key {
		return $this->keys[ $key_id ] ?? null;
	}

	/**
	 * Return where the key stands in the order, from 0; null where it is not pinned.
	 */
	public function position( string $key_id ): ?int {
		$position = array_search( $key_id, $this->key_ids(), true );
		return false === $position ? null : $position;
	}

	/**
	 * Return the ids of all keys, in their order.
	 *
	 * @return string[]
	 */
	public function key_ids(): array {
		return array_keys( $this->keys );
	}
}
