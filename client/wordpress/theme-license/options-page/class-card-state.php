<?php
/**
 * Which state is the card in? One name, one badge, and what may be done there.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\Options_Page;

use Theme_License\V1\Signed_License;
use Theme_License\V1\Verdict;

defined( 'ABSPATH' ) || exit;

/**
 * Every state that an owner can find the card in.
 */
final class Card_State {

	public const NOT_ACTIVATED = 'not_activated';
	public const ACTIVE        = 'active';
	public const EXPIRING      = 'expiring';
	public const TERM_EXPIRED  = 'term_expired';
	public const SUSPENDED     = 'suspended';
	public const REVOKED       = 'revoked';
	public const LIMIT_REACHED = 'limit_reached';
	public const WRONG_DOMAIN  = 'wrong_domain';
	public const OFFLINE       = 'offline_activation';
	public const DEVELOPMENT   = 'development';

	public const ASKS_FOR_KEY = array(
		self::NOT_ACTIVATED,
		self::SUSPENDED,
		self::REVOKED,
		self::LIMIT_REACHED,
		self::WRONG_DOMAIN,
		self::DEVELOPMENT,
	);

	/** An icon and a colour by kind, and a word. */
	public const BADGES = array(
		self::NOT_ACTIVATED => array( 'warning', 'Not validated' ),
		self::ACTIVE        => array( 'active', 'Active' ),
		self::EXPIRING      => array( 'warning', 'Expires soon' ),
		self::TERM_EXPIRED  => array( 'warning', 'Term ended' ),
		self::SUSPENDED     => array( 'error', 'Suspended' ),
		self::REVOKED       => array( 'error', 'Revoked' ),
		self::LIMIT_REACHED => array( 'error', 'In use elsewhere' ),
		self::WRONG_DOMAIN  => array( 'warning', 'Another domain' ),
		self::OFFLINE       => array( 'neutral', 'Offline activation' ),
		self::DEVELOPMENT   => array( 'neutral', 'Development' ),
	);

	private const BY_CODE = array(
		Verdict::EXPIRED_TERM => self::TERM_EXPIRED,
		Verdict::SUSPENDED    => self::SUSPENDED,
		Verdict::REVOKED      => self::REVOKED,
		Verdict::WRONG_DOMAIN => self::WRONG_DOMAIN,
		Verdict::DEVELOPMENT  => self::DEVELOPMENT,
	);

	private const GOOD                 = array( Verdict::VALID, Verdict::VALID_IN_GRACE, Verdict::CLOCK_BEHIND );
	private const EXPIRING_WITHIN_DAYS = 30;

	/**
	 * Return the state.
	 *
	 * @param bool $is_offline_step Whether the owner is about to carry a request to the portal.
	 */
	public static function of( Verdict $verdict, ?Failure $failure, bool $is_offline_step, int $now ): string {
		if ( $is_offline_step && Verdict::DEVELOPMENT !== $verdict->code ) {
			return self::OFFLINE;
		}
		if ( null !== $failure && 'no_activations_left' === $failure->code ) {
			return self::LIMIT_REACHED;
		}
		if ( in_array( $verdict->code, self::GOOD, true ) ) {
			$left = self::days_left( $verdict->license, $now );
			return null === $left || $left > self::EXPIRING_WITHIN_DAYS ? self::ACTIVE : self::EXPIRING;
		}
		return self::BY_CODE[ $verdict->code ] ?? self::NOT_ACTIVATED;
	}

	/**
	 * Return the whole days until the paid term ends, 1 on the last of them; null for a perpetual license.
	 */
	public static function days_left( ?Signed_License $license, int $now ): ?int {
		if ( null === $license || null === $license->term_ends_at ) {
			return null;
		}
		return intdiv( max( DAY_IN_SECONDS, $license->term_ends_at - $now ), DAY_IN_SECONDS );
	}
}
