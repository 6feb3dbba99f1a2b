<?php
/**
 * Where does a WordPress site keep its license? In two options of each product.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\WordPress;

use Theme_License\V1\Storage;

defined( 'ABSPATH' ) || exit;

/**
 * `theme_license_<product>` holds what every page needs, and is loaded with all other options: the signed license.
 * `theme_license_<product>_site` holds the rest, and is read where it is needed.
 */
final class Option_Storage implements Storage {

	public const EVERYTHING = true;

	/** For a page that a visitor reads: nothing is written, and no query made. */
	public const LICENSE_ONLY = false;

	private const ON_EVERY_PAGE    = array( 'format', 'signed_license', 'typed_domain' );
	private const LOCK_SECONDS     = 60;
	private const LOOK_AGAIN_AFTER = 100000;

	private string $name;

	private bool $kind;

	private ?Seal $seal;

	private ?string $lock = null;

	/**
	 * @param bool $kind One of this class's constants.
	 */
	public function __construct( string $product, bool $kind, ?Seal $seal ) {
		$this->name = self::option( $product );
		$this->kind = $kind;
		$this->seal = $seal;
	}

	/**
	 * Return the name of the option that is loaded on every page.
	 */
	public static function option( string $product ): string {
		return "theme_license_$product";
	}

	/**
	 * Return the members of the option that is loaded on every page; none where it is missing or damaged. No query.
	 *
	 * @return array<string, mixed>
	 */
	public static function loaded( string $product ): array {
		// Not get_option: it would look for a missing option in the database, on every page.
		$text    = wp_load_alloptions()[ self::option( $product ) ] ?? null;
		$members = is_string( $text ) ? json_decode( $text, true ) : null;
		return is_array( $members ) ? $members : array();
	}

	/** @inheritDoc */
	public function read(): ?string {
		$loaded = wp_load_alloptions()[ $this->name ] ?? null;
		$loaded = is_string( $loaded ) ? $loaded : null;
		if ( self::LICENSE_ONLY === $this->kind ) {
			return $loaded;
		}
		$members = array();
		foreach ( array( $this->site_text(), $loaded ) as $text ) {
			$part     = null === $text ? null : json_decode( $text, true );
			$members += is_array( $part ) ? $part : array();
		}
		return array() === $members ? $loaded : (string) wp_json_encode( $members );
	}

	/** @inheritDoc */
	public function write( string $text ): bool {
		if ( self::LICENSE_ONLY === $this->kind ) {
			return false;
		}
		$members         = json_decode( $text, true );
		$loaded          = array_intersect_key( $members, array_flip( self::ON_EVERY_PAGE ) );
		$loaded['asks']  = null !== $members['token'];
		$loaded         += null === $this->seal ? array() : $this->seal->members( $loaded['signed_license'] );
		$site            = array_diff_key( $members, $loaded ) + array(
			'format' => $members['format'],
			'theme'  => get_template(),
		);
		$loaded_is_first = null === $members['token'];
		// If the process dies between the two, a token without its license, or a license with its former token, leads to
		// a refresh that sets all right.
		$is_written = true;
		foreach ( $loaded_is_first ? array( true, false ) : array( false, true ) as $is_loaded ) {
			$is_written = $this->put( $this->name . ( $is_loaded ? '' : '_site' ), $is_loaded ? $loaded : $site, $is_loaded ) && $is_written;
		}
		return $is_written;
	}

	/** @inheritDoc */
	public function lock( float $wait_seconds ): bool {
		global $wpdb;
		$mine  = sprintf( '%d %s', time(), bin2hex( random_bytes( 8 ) ) );
		$until = microtime( true ) + $wait_seconds;
		do {
			$taken = $wpdb->query( $wpdb->prepare( "INSERT IGNORE INTO $wpdb->options (option_name, option_value, autoload) VALUES (%s, %s, 'no')", "{$this->name}_lock", $mine ) );
			if ( 0 === $taken ) { // A holder that died has left its lock behind.
				$taken = $wpdb->query( $wpdb->prepare( "UPDATE $wpdb->options SET option_value = %s WHERE option_name = %s AND option_value < %s", $mine, "{$this->name}_lock", (string) ( time() - self::LOCK_SECONDS ) ) );
			}
			if ( 0 !== $taken ) {
				$this->lock = false === $taken ? null : $mine;
				$this->forget();
				return true;
			}
			usleep( self::LOOK_AGAIN_AFTER );
		} while ( microtime( true ) < $until );
		return false;
	}

	/** @inheritDoc */
	public function unlock(): void {
		global $wpdb;
		if ( null !== $this->lock ) {
			$wpdb->query( $wpdb->prepare( "DELETE FROM $wpdb->options WHERE option_name = %s AND option_value = %s", "{$this->name}_lock", $this->lock ) );
			$this->lock = null;
		}
	}

	private function site_text(): ?string {
		$text = get_option( "{$this->name}_site" );
		return is_string( $text ) ? $text : null;
	}

	/**
	 * @param array<string, mixed> $members
	 */
	private function put( string $name, array $members, bool $is_loaded ): bool {
		$text = (string) wp_json_encode( $members );
		return update_option( $name, $text, $is_loaded ) || get_option( $name ) === $text;
	}

	/**
	 * Read from the database next: another process may have written while this one waited.
	 */
	private function forget(): void {
		wp_cache_delete( 'alloptions', 'options' );
		wp_cache_delete( 'notoptions', 'options' );
		wp_cache_delete( "{$this->name}_site", 'options' );
	}
}
