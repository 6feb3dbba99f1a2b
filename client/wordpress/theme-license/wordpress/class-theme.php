<?php
/**
 * What is one product on this site?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\WordPress;

use Theme_License\V1\Checker;
use Theme_License\V1\Configuration;
use Theme_License\V1\Configuration_Error;
use Theme_License\V1\State;
use Theme_License\V1\Verdict;

defined( 'ABSPATH' ) || exit;

/**
 * A product with what its theme's author wrote. Everything is made when it is first needed, and anew for each blog of a
 * network.
 */
final class Theme {

	public string $product;

	/** Its name as people read it. */
	public string $name;

	/** @var array<string, mixed> */
	private array $config;

	/** @var array<int, Configuration|Configuration_Error> By blog. */
	private array $configurations = array();

	/** @var array<string, Checker> By blog and kind of storage. */
	private array $checkers = array();

	/**
	 * @param array<string, mixed> $config
	 */
	public function __construct( array $config ) {
		$text          = static fn( string $name ): string => is_string( $config[ $name ] ?? null ) ? trim( $config[ $name ] ) : '';
		$this->config  = $config;
		$this->product = $text( 'product' );
		$this->name    = '' !== $text( 'name' ) ? $text( 'name' ) : ucwords( strtr( $this->product, '-', ' ' ) );
	}

	/**
	 * Return the verdict on this site. Never throws; no query and no call goes out.
	 */
	public function check(): Verdict {
		try {
			return $this->make_checker( Option_Storage::LICENSE_ONLY )->check();
		} catch ( \Throwable $error ) { // A theme must stand whatever happens here.
			return new Verdict( Verdict::NOT_ACTIVATED, null, '' );
		}
	}

	/**
	 * Return what checks, asks and knows all that is kept.
	 *
	 * @throws Configuration_Error
	 */
	public function checker(): Checker {
		return $this->make_checker( Option_Storage::EVERYTHING );
	}

	/**
	 * Return what is wrong with what the theme's author wrote; null where nothing is.
	 */
	public function configuration_error(): ?Configuration_Error {
		try {
			$this->configuration();
			return null;
		} catch ( Configuration_Error $error ) {
			return $error;
		}
	}

	/**
	 * Do what may change what is kept: afterwards the next refresh is planned, and a changed verdict is told.
	 *
	 * @param callable(Checker): mixed $work
	 * @return mixed What `$work` returns.
	 * @throws Configuration_Error Beside what `$work` throws.
	 */
	public function change( callable $work ) {
		$checker = $this->checker();
		$old     = $checker->check()->code;
		try {
			return $work( $checker );
		} finally {
			$checker->forget();
			$this->make_checker( Option_Storage::LICENSE_ONLY )->forget();
			Schedule::plan( $this );
			$new = $checker->check()->code;
			if ( $new !== $old ) {
				/**
				 * Fires when a click, a command or a refresh has changed the verdict on a product.
				 *
				 * @param string $product The product's name on the license server.
				 * @param string $old     The verdict's code before, one of the constants of `Verdict`.
				 * @param string $new     The verdict's code now.
				 */
				do_action( 'theme_license_changed', $this->product, $old, $new );
			}
		}
	}

	/**
	 * Keep that the stored license was verified, where that takes long and is not kept yet: after an update has changed the
	 * pinned keys.
	 */
	public function keep_seal(): void {
		$license = Option_Storage::loaded( $this->product )['signed_license'] ?? null;
		if ( extension_loaded( 'sodium' ) || ! is_string( $license ) ) {
			return;
		}
		$checker = $this->checker();
		$seal    = new Seal( $this->product );
		if ( ! $seal->hold( $license, $checker->configuration->pinned ) && null !== $checker->stored_license() ) {
			$checker->state->write( $checker->state->read() );
		}
	}

	private function make_checker( bool $kind ): Checker {
		$name = get_current_blog_id() . ( $kind ? '' : ' license' );
		if ( ! isset( $this->checkers[ $name ] ) ) {
			$configuration = $this->configuration();
			$seal          = extension_loaded( 'sodium' ) ? null : new Seal( $this->product );

			$this->checkers[ $name ] = new Checker(
				$configuration,
				new State( new Option_Storage( $this->product, $kind, $seal ) ),
				new Http_Transport( $configuration->server ),
				'time',
				'random_bytes',
				$seal
			);
		}
		return $this->checkers[ $name ];
	}

	private function configuration(): Configuration {
		$blog = get_current_blog_id();
		if ( ! isset( $this->configurations[ $blog ] ) ) {
			try {
				$this->configurations[ $blog ] = $this->read_configuration();
			} catch ( Configuration_Error $error ) {
				$this->configurations[ $blog ] = $error;
			}
		}
		if ( $this->configurations[ $blog ] instanceof Configuration_Error ) {
			throw $this->configurations[ $blog ];
		}
		return $this->configurations[ $blog ];
	}

	private function read_configuration(): Configuration {
		foreach ( array( 'product', 'server' ) as $name ) {
			if ( ! is_string( $this->config[ $name ] ?? null ) ) {
				throw new Configuration_Error( "$name is missing in what Theme_License::boot is given" );
			}
		}
		if ( ! is_array( $this->config['keys'] ?? null ) ) {
			throw new Configuration_Error( "keys must be a list of the license server's public keys, the signing one first" );
		}
		return new Configuration( $this->product, trim( $this->config['server'] ), $this->config['keys'], Home::stored() );
	}
}
