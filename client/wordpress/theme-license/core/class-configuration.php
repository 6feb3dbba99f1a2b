<?php
/**
 * What did the theme's developer write? Checked once, so that nothing of it can fail later.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * What one site checks: a product on a domain, by these keys, with this server.
 */
final class Configuration {

	public string $product;

	/** The license server's address, without a slash at its end. */
	public string $server;

	public Pinned_Keys $pinned;

	public Domain $domain;

	/**
	 * @param string   $product The product's name on the license server.
	 * @param string   $server  The license server's address.
	 * @param string[] $keys    The license server's public keys, the signing one first.
	 * @param string   $domain  The site's own domain or address.
	 * @throws Configuration_Error With what to write instead.
	 */
	public function __construct( string $product, string $server, array $keys, string $domain ) {
		if ( 1 !== preg_match( '/\A[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\z/', $product ) ) {
			throw new Configuration_Error( 'product must be the name on the license server, like "jannah"' );
		}
		$this->product = $product;
		$this->server  = self::check_server( $server );
		$this->pinned  = self::check_keys( $keys );
		try {
			$this->domain = Domain::parse( $domain );
		} catch ( Domain_Refused $error ) {
			throw new Configuration_Error( "domain must be the site's own domain, like \"news.example.com\"; this one is refused: {$error->reason}" );
		}
	}

	private static function check_keys( array $keys ): Pinned_Keys {
		if ( array_filter( $keys, 'is_string' ) !== $keys ) {
			throw new Configuration_Error( "keys must be a list of the license server's public keys, the signing one first" );
		}
		try {
			return new Pinned_Keys( $keys );
		} catch ( Unusable_Public_Key $error ) {
			throw new Configuration_Error( "keys cannot be used: {$error->getMessage()}" );
		}
	}

	private static function check_server( string $server ): string {
		if ( 1 !== preg_match( '~\A(https?)://([^/?#@\s]+)(/[^?#\s]*)?\z~', $server, $parts ) ) {
			throw new Configuration_Error( 'server must be the license server\'s address, like "https://licenses.example.com"' );
		}
		try {
			$host = Domain::parse( $parts[2] );
		} catch ( Domain_Refused $error ) {
			throw new Configuration_Error( "server names no host that can be asked: {$error->reason}" );
		}
		if ( 'http' === $parts[1] && ! $host->is_development() ) {
			throw new Configuration_Error( 'server must begin with https://; plain http is for development names only' );
		}
		return rtrim( $server, '/' );
	}
}
