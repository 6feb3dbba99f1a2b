<?php
/**
 * What follows from a signed license here and now? (protocol §2, §7)
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * What the client concluded about `domain`, with the license that it concluded it from, if one was readable.
 */
final class Verdict {

	public const VALID          = 'valid';
	public const VALID_IN_GRACE = 'valid_in_grace';
	public const EXPIRED_TERM   = 'expired_term';
	public const CLOCK_BEHIND   = 'clock_behind';
	public const DEVELOPMENT    = 'development';
	public const NOT_ACTIVATED  = 'not_activated';
	public const SUSPENDED      = 'suspended';
	public const REVOKED        = 'revoked';
	public const LEASE_ENDED    = 'lease_ended';
	public const WRONG_DOMAIN   = 'wrong_domain';
	public const WRONG_PRODUCT  = 'wrong_product';
	public const MALFORMED      = 'malformed';
	public const UNKNOWN_KEY    = 'unknown_key';
	public const BAD_SIGNATURE  = 'bad_signature';

	private const OK               = array( self::VALID, self::VALID_IN_GRACE, self::DEVELOPMENT, self::EXPIRED_TERM, self::CLOCK_BEHIND );
	private const HAS_ITS_OWN_CARD = array( self::SUSPENDED, self::REVOKED, self::WRONG_DOMAIN );

	private const BY_STATUS = array(
		Signed_License::RELEASED  => self::NOT_ACTIVATED,
		Signed_License::SUSPENDED => self::SUSPENDED,
		Signed_License::REVOKED   => self::REVOKED,
	);

	private const CLOCK_TOLERANCE_SECONDS = 24 * 3600;

	/** One of this class's codes; they are stable. */
	public string $code;

	public ?Signed_License $license;

	public string $domain;

	public function __construct( string $code, ?Signed_License $license, string $domain ) {
		$this->code    = $code;
		$this->license = $license;
		$this->domain  = $domain;
	}

	/**
	 * Judge a license whose signature holds (protocol §2, from the product on; the first failure wins).
	 *
	 * `$domain` must be canonical; `$now` is in seconds since 1970-01-01 UTC. `exp`, `exp` + `grace` and `expires` are the
	 * first second after; a clock is behind from one second more than 24 h before `iat`.
	 */
	public static function judge( Signed_License $license, string $product, string $domain, int $now ): self {
		return new self( self::judge_code( $license, $product, $domain, $now ), $license, $domain );
	}

	/**
	 * Return whether the theme works in full (protocol §7).
	 */
	public function is_ok(): bool {
		return in_array( $this->code, self::OK, true );
	}

	/**
	 * Return whether the "license is not validated" notice belongs on the theme options page.
	 */
	public function needs_notice(): bool {
		return ! $this->is_ok() && ! in_array( $this->code, self::HAS_ITS_OWN_CARD, true );
	}

	private static function judge_code( Signed_License $license, string $product, string $domain, int $now ): string {
		if ( $license->product !== $product ) {
			return self::WRONG_PRODUCT;
		}
		if ( $license->domain !== $domain ) {
			return self::WRONG_DOMAIN;
		}
		if ( Signed_License::ACTIVE !== $license->status ) {
			return self::BY_STATUS[ $license->status ];
		}
		if ( $now < $license->issued_at - self::CLOCK_TOLERANCE_SECONDS ) {
			return self::CLOCK_BEHIND;
		}
		if ( $now >= $license->ends_at() ) {
			return self::LEASE_ENDED;
		}
		if ( $now >= $license->lease_ends_at ) {
			return self::VALID_IN_GRACE;
		}
		if ( null !== $license->term_ends_at && $now >= $license->term_ends_at ) {
			return self::EXPIRED_TERM;
		}
		return self::VALID;
	}
}
