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

	/** @var array<string, Public_Key> By the first part of every license that the key signs. */
	private array $by_header = array();

	/** @var array<string, int> Where a key stands in the order, from 0, by its id. */
	private array $positions = array();

	/**
	 * Read each text as `Public_Key::parse` does.
	 *
	 * @param string[] $texts
	 * @throws Unusable_Public_Key For such a text, for none at all and for one that stands there twice.
	 */
	public function __construct( array $texts ) {
		foreach ( array_values( $texts ) as $position => $text ) {
			$key = Public_Key::parse( $text );

			$this->by_header[ Base64url::encode( self::header( $key->key_id ) ) ] = $key;
			$this->positions[ $key->key_id ]                                      = $position;
		}
		if ( array() === $this->positions ) {
			throw new Unusable_Public_Key( 'no public key is pinned; pin at least the one that signs today' );
		}
		if ( count( $this->positions ) !== count( $texts ) ) {
			throw new Unusable_Public_Key( 'the same public key is pinned twice; pin each once, in the order of their use' );
		}
	}

	/**
	 * Return the key whose licenses begin with this part, null where no such key is pinned.
	 */
	public function find_by_header( string $part ): ?Public_Key {
		return $this->by_header[ $part ] ?? null;
	}

	/**
	 * Return where the key stands in the order, from 0; null where it is not pinned.
	 */
	public function position( string $key_id ): ?int {
		return $this->positions[ $key_id ] ?? null;
	}

	/**
	 * Return the only header that a license by this key may have (protocol §2).
	 */
	private static function header( string $key_id ): string {
		return '{"alg":"EdDSA","kid":"' . $key_id . '","typ":"theme-license+jwt"}';
	}
}
