<?php
/**
 * What does a signed license say? (protocol §2)
 *
 * Pure: no file, no network, no clock, no cryptography. `Wire` proves who signed; this only reads.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * The document for one activation. Times are integer seconds since 1970-01-01 UTC, 0 to 2^53-1.
 */
final class Signed_License {

	public const ACTIVE    = 'active';
	public const SUSPENDED = 'suspended';
	public const REVOKED   = 'revoked';
	public const RELEASED  = 'released';

	public const PRODUCTION = 'production';
	public const STAGING    = 'staging';

	private const VERSION     = 1;
	private const MAX_INTEGER = 9007199254740991;

	public string $issuer;
	public string $license_id;
	public string $activation_id;
	public string $domain;
	public string $product;
	public string $plan;

	/** `PRODUCTION` or `STAGING`: what kind of place the activation took. */
	public string $environment;

	/** `ACTIVE`, `SUSPENDED`, `REVOKED` or `RELEASED`: what the vendor says. */
	public string $status;

	public int $issued_at;
	public int $lease_ends_at;
	public int $grace_seconds;

	/** When to ask again; null: never. */
	public ?int $refresh_at;

	/** When the paid term ends; null: never. */
	public ?int $term_ends_at;

	/** @var string[] */
	public array $features;

	/** What the request carried; null in a license that is to be pasted. */
	public ?string $nonce;

	private function __construct() {
	}

	/**
	 * Read the claims strictly; unknown ones are ignored.
	 *
	 * @param array<string, mixed> $claims
	 * @throws License_Refused As malformed, for every other flaw.
	 */
	public static function from_claims( array $claims ): self {
		if ( self::VERSION !== self::integer( $claims, 'v' ) ) {
			throw License_Refused::malformed( 'a version of the format that this client does not know' );
		}
		$license                = new self();
		$license->issuer        = self::string( $claims, 'iss' );
		$license->license_id    = self::string( $claims, 'sub' );
		$license->activation_id = self::string( $claims, 'jti' );
		$license->domain        = self::string( $claims, 'aud' );
		$license->product       = self::string( $claims, 'product' );
		$license->plan          = self::string( $claims, 'plan' );
		$license->environment   = self::one_of( $claims, 'env', array( self::PRODUCTION, self::STAGING ) );
		$license->status        = self::one_of( $claims, 'status', array( self::ACTIVE, self::SUSPENDED, self::REVOKED, self::RELEASED ) );
		$license->issued_at     = self::integer( $claims, 'iat' );
		$license->lease_ends_at = self::integer( $claims, 'exp' );
		$license->grace_seconds = self::integer( $claims, 'grace' );
		$license->refresh_at    = self::is_null( $claims, 'refresh' ) ? null : self::integer( $claims, 'refresh' );
		$license->term_ends_at  = self::is_null( $claims, 'expires' ) ? null : self::integer( $claims, 'expires' );
		$license->features      = self::strings( $claims, 'features' );
		$license->nonce         = self::is_null( $claims, 'nonce' ) ? null : self::string( $claims, 'nonce' );
		return $license;
	}

	/**
	 * Return the first second in which the license no longer holds, its grace included.
	 */
	public function ends_at(): int {
		return $this->lease_ends_at + $this->grace_seconds;
	}

	private static function is_null( array $claims, string $name ): bool {
		return array_key_exists( $name, $claims ) && null === $claims[ $name ];
	}

	private static function string( array $claims, string $name ): string {
		if ( ! is_string( $claims[ $name ] ?? null ) ) {
			throw License_Refused::malformed( "the claim $name is not a string" );
		}
		return $claims[ $name ];
	}

	private static function integer( array $claims, string $name ): int {
		$value = $claims[ $name ] ?? null;
		if ( ! is_int( $value ) || $value < 0 || $value > self::MAX_INTEGER ) {
			throw License_Refused::malformed( "the claim $name is not an integer from 0 to 2^53-1" );
		}
		return $value;
	}

	/**
	 * @return string[]
	 */
	private static function strings( array $claims, string $name ): array {
		$value = $claims[ $name ] ?? null;
		if ( ! is_array( $value ) || array_filter( $value, 'is_string' ) !== $value ) {
			throw License_Refused::malformed( "the claim $name is not a list of strings" );
		}
		return $value;
	}

	private static function one_of( array $claims, string $name, array $known ): string {
		$value = self::string( $claims, $name );
		if ( ! in_array( $value, $known, true ) ) {
			throw License_Refused::malformed( "the claim $name has a value that this client does not know" );
		}
		return $value;
	}
}
