<?php
/**
 * What does `wp theme-license` do?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\WordPress;

use Theme_License\V1\Activation;
use Theme_License\V1\Checker;
use Theme_License\V1\Configuration_Error;
use Theme_License\V1\Options_Page\Catalog;
use Theme_License\V1\Options_Page\Failure;
use Theme_License\V1\Options_Page\Messages;
use Theme_License\V1\Options_Page\Words;
use Theme_License\V1\Refresh_Outcome;
use Theme_License\V1\Signed_License;
use Theme_License\V1\Theme_License_Error;
use WP_CLI;

defined( 'ABSPATH' ) || exit;

/**
 * Shows and changes the license of a theme on this site.
 *
 * Exit status: 0 done or licensed, 1 wrong usage or configuration, 5 not licensed, 6 the server cannot be reached.
 */
final class Cli {

	private const NOT_LICENSED = 5;
	private const UNREACHABLE  = 6;

	/**
	 * Says whether this site is licensed, without any call.
	 *
	 * ## OPTIONS
	 *
	 * [--product=<product>]
	 * : Which product, where the site has several.
	 *
	 * [--format=<format>]
	 * : table or json.
	 * ---
	 * default: table
	 * options:
	 *   - table
	 *   - json
	 * ---
	 *
	 * @param string[]              $args
	 * @param array<string, string> $assoc_args
	 */
	public function status( array $args, array $assoc_args ): void {
		$checker = $this->checker( $this->theme( $assoc_args ) );
		$this->tell_verdict( $checker, $assoc_args['format'] ?? 'table' );
	}

	/**
	 * Activates the license whose key stands on standard input, or is typed.
	 *
	 * ## OPTIONS
	 *
	 * [--product=<product>]
	 * : Which product, where the site has several.
	 *
	 * [--replaces=<activation>]
	 * : The id of the activation to move here.
	 *
	 * [--test-copy]
	 * : Take one of the places for test copies.
	 *
	 * ## EXAMPLES
	 *
	 *     wp theme-license activate <key.txt
	 *
	 * @param string[]              $args
	 * @param array<string, string> $assoc_args
	 */
	public function activate( array $args, array $assoc_args ): void {
		if ( array() !== $args ) {
			WP_CLI::error( 'The key is no argument: everybody on this machine could read it there. Give it on standard input.' );
		}
		$theme       = $this->theme( $assoc_args );
		$environment = isset( $assoc_args['test-copy'] ) ? Signed_License::STAGING : Signed_License::PRODUCTION;
		$key         = $this->read_key();
		$this->change(
			$theme,
			static fn( Checker $checker ) => ( new Activation( $checker ) )->activate( $key, $assoc_args['replaces'] ?? null, $environment )
		);
		WP_CLI::success( 'The license is validated.' );
	}

	/**
	 * Gives this site's activation back, so that the license can be used elsewhere.
	 *
	 * ## OPTIONS
	 *
	 * [--product=<product>]
	 * : Which product, where the site has several.
	 *
	 * @param string[]              $args
	 * @param array<string, string> $assoc_args
	 */
	public function deactivate( array $args, array $assoc_args ): void {
		$this->change( $this->theme( $assoc_args ), static fn( Checker $checker ) => ( new Activation( $checker ) )->deactivate() );
		WP_CLI::success( 'The license is no longer used on this site. You can use it on another domain.' );
	}

	/**
	 * Asks the license server now, then says whether this site is licensed.
	 *
	 * ## OPTIONS
	 *
	 * [--product=<product>]
	 * : Which product, where the site has several.
	 *
	 * @param string[]              $args
	 * @param array<string, string> $assoc_args
	 */
	public function refresh( array $args, array $assoc_args ): void {
		$theme   = $this->theme( $assoc_args );
		$outcome = $this->change( $theme, static fn( Checker $checker ): Refresh_Outcome => $checker->refresh( true ) );
		WP_CLI::log( $outcome->name . ( null === $outcome->detail ? '' : ": {$outcome->detail}" ) );
		if ( in_array( $outcome->name, array( Refresh_Outcome::UNREACHABLE, Refresh_Outcome::IGNORED ), true ) ) {
			WP_CLI::halt( self::UNREACHABLE );
		}
		$this->tell_verdict( $theme->checker(), 'table' );
	}

	/**
	 * Says what the license stands on here, and what is wrong with it. Asks nobody.
	 *
	 * ## OPTIONS
	 *
	 * [--product=<product>]
	 * : Which product, where the site has several.
	 *
	 * @param string[]              $args
	 * @param array<string, string> $assoc_args
	 */
	public function doctor( array $args, array $assoc_args ): void {
		$is_well = true;
		foreach ( Doctor::examine( $this->theme( $assoc_args ) ) as list( $is_good, $line ) ) {
			WP_CLI::log( ( $is_good ? 'ok    ' : 'wrong ' ) . $line );
			$is_well = $is_well && $is_good;
		}
		if ( ! $is_well ) {
			WP_CLI::halt( 1 );
		}
	}

	/**
	 * @param array<string, string> $assoc_args
	 */
	private function theme( array $assoc_args ): Theme {
		$themes  = Themes::all();
		$product = $assoc_args['product'] ?? ( 1 === count( $themes ) ? key( $themes ) : null );
		if ( null === $product ) {
			WP_CLI::error( 'Which one? Give --product=' . implode( ' or --product=', array_keys( $themes ) ) );
		}
		if ( ! isset( $themes[ $product ] ) ) {
			WP_CLI::error( "No product $product was booted on this site." );
		}
		return $themes[ $product ];
	}

	private function checker( Theme $theme ): Checker {
		try {
			return $theme->checker();
		} catch ( Configuration_Error $error ) {
			WP_CLI::error( $error->getMessage() );
		}
	}

	/**
	 * @param callable(Checker): mixed $work
	 * @return mixed
	 */
	private function change( Theme $theme, callable $work ) {
		$checker = $this->checker( $theme );
		$other   = Home::other_domain( $checker->configuration->domain );
		if ( null !== $other ) {
			WP_CLI::error( "wp-config.php sets WP_HOME to $other, the database says {$checker->configuration->domain->name}; set both to the same address." );
		}
		try {
			return $theme->change( $work );
		} catch ( Theme_License_Error $error ) {
			$failure  = Failure::of( $error );
			$messages = new Messages( new Words( $theme->name, Catalog::of( 'en' ) ), $checker->check(), $checker->state->read(), $failure );
			WP_CLI::error( wp_specialchars_decode( wp_strip_all_tags( $messages->failure_text( $failure, $checker->configuration->domain->name ) ), ENT_QUOTES ), false );
			WP_CLI::halt( $failure->is_unreachable() ? self::UNREACHABLE : 1 );
		}
	}

	private function tell_verdict( Checker $checker, string $format ): void {
		$verdict = $checker->check();
		$kept    = $checker->state->read();
		$license = $verdict->license;
		$utc     = static fn( ?int $moment ): ?string => null === $moment ? null : gmdate( 'Y-m-d\TH:i:s\Z', $moment );
		$row     = array(
			'domain'       => $verdict->domain,
			'verdict'      => $verdict->code,
			'ok'           => $verdict->ok,
			'plan'         => null === $license ? null : $license->plan,
			'term_ends'    => null === $license ? null : $utc( $license->term_ends_at ),
			'lease_ends'   => null === $license ? null : $utc( $license->lease_ends_at ),
			'last_answer'  => $utc( $kept->last_success_at ),
			'last_failure' => $kept->failures > 0 ? $kept->last_failure : null,
		);
		if ( 'json' === $format ) {
			WP_CLI::line( (string) wp_json_encode( $row ) );
		} else {
			foreach ( $row as $name => $value ) {
				WP_CLI::line( str_pad( $name, 14 ) . ( is_bool( $value ) ? ( $value ? 'yes' : 'no' ) : $value ?? '-' ) );
			}
		}
		if ( ! $verdict->ok ) {
			WP_CLI::halt( self::NOT_LICENSED );
		}
	}

	/**
	 * Return what stands on standard input, typed without an echo where that is a terminal.
	 */
	private function read_key(): string {
		$is_terminal = function_exists( 'posix_isatty' ) && posix_isatty( STDIN );
		if ( $is_terminal ) {
			fwrite( STDERR, 'License key: ' );
			shell_exec( 'stty -echo' );
		}
		$typed = fgets( STDIN );
		if ( $is_terminal ) {
			shell_exec( 'stty echo' );
			fwrite( STDERR, "\n" );
		}
		return trim( (string) $typed );
	}
}
