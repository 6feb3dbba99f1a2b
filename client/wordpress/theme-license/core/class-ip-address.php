<?php
/**
 * Which IP address does a host name spell, and is it private, public or special? (protocol §5)
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * An IPv4 or IPv6 address. It is read and written here and not by `inet_pton`, which differs between systems.
 */
final class Ip_Address {

	private const PRIVATE_RANGES = array( '127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '::1/128', 'fc00::/7' );

	/** The IANA special-purpose address registries (RFC 6890). */
	private const SPECIAL_RANGES = array(
		'0.0.0.0/8',
		'100.64.0.0/10',   // Shared by carriers.
		'169.254.0.0/16',  // Link-local.
		'192.0.0.0/24',
		'192.0.2.0/24',    // Documentation.
		'192.88.99.0/24',  // 6to4 relays.
		'198.18.0.0/15',   // Benchmarking.
		'198.51.100.0/24', // Documentation.
		'203.0.113.0/24',  // Documentation.
		'224.0.0.0/3',     // Multicast, reserved, broadcast.
		'2001::/23',       // Protocol assignments, Teredo among them.
		'2001:db8::/32',   // Documentation.
		'2002::/16',       // 6to4.
		'3fff::/20',       // Documentation.
	);

	/** In IPv6, whatever lies outside of these is special. */
	private const REACHABLE_IPV6_RANGES = array( '2000::/3', '64:ff9b::/96' );

	private const IPV4_MAPPED_RANGE = '::ffff:0:0/96';

	/** Four or sixteen bytes. */
	private string $bytes;

	private function __construct( string $bytes ) {
		$this->bytes = $bytes;
	}

	/**
	 * Return the address that four decimal numbers spell; null for every other spelling (octal, hexadecimal, short).
	 */
	public static function parse_ipv4( string $text ): ?self {
		if ( 1 !== preg_match( '/\A(?:(?:0|[1-9][0-9]{0,2})(?:\.(?!\z)|\z)){4}\z/', $text ) ) {
			return null;
		}
		$numbers = array_map( 'intval', explode( '.', $text ) );
		return max( $numbers ) > 255 ? null : new self( pack( 'C4', ...$numbers ) );
	}

	/**
	 * Return the address that `$text`, without brackets, spells (RFC 4291, no zone); an IPv4-mapped one becomes IPv4.
	 */
	public static function parse_ipv6( string $text ): ?self {
		$address = self::read_ipv6( $text );
		if ( null !== $address && $address->is_in( self::IPV4_MAPPED_RANGE ) ) {
			return new self( substr( $address->bytes, 12 ) );
		}
		return $address;
	}

	/**
	 * Return the canonical form in a domain: dotted decimal, or RFC 5952 in brackets.
	 */
	public function name(): string {
		if ( 4 === strlen( $this->bytes ) ) {
			return implode( '.', unpack( 'C4', $this->bytes ) );
		}
		$groups = array_map( 'dechex', unpack( 'n8', $this->bytes ) );
		$text   = implode( ':', $groups );
		preg_match_all( '/(?<![^:])0(?::0)+(?![^:])/', $text, $runs );
		usort( $runs[0], static fn( string $a, string $b ): int => strlen( $b ) <=> strlen( $a ) );
		if ( array() === $runs[0] ) {
			return "[$text]";
		}
		// Of the longest runs of zeros the first is cut out.
		$at = strpos( ":$text:", ':' . $runs[0][0] . ':' );
		return '[' . rtrim( substr( $text, 0, $at ), ':' ) . '::' . ltrim( substr( $text, $at + strlen( $runs[0][0] ) ), ':' ) . ']';
	}

	/**
	 * Say who can reach the address: `private` for a developer's own machine or network, `public` for everybody,
	 * `special` for nobody in the usual way.
	 */
	public function scope(): string {
		if ( $this->is_in_any( self::PRIVATE_RANGES ) ) {
			return 'private';
		}
		$is_reachable = 4 === strlen( $this->bytes ) || $this->is_in_any( self::REACHABLE_IPV6_RANGES );
		return $is_reachable && ! $this->is_in_any( self::SPECIAL_RANGES ) ? 'public' : 'special';
	}

	private static function read_ipv6( string $text ): ?self {
		$halves = explode( '::', $text );
		if ( count( $halves ) > 2 ) {
			return null;
		}
		$before = self::read_groups( $halves[0], 1 === count( $halves ) );
		$after  = self::read_groups( $halves[1] ?? '', true );
		if ( null === $before || null === $after ) {
			return null;
		}
		$missing = 16 - strlen( $before ) - strlen( $after );
		if ( 1 === count( $halves ) ? 0 !== $missing : $missing < 2 ) {
			return null;
		}
		return new self( $before . str_repeat( "\0", $missing ) . $after );
	}

	/**
	 * Return the bytes of groups of hexadecimal digits, the last of which may be an IPv4 address where `$is_end`.
	 */
	private static function read_groups( string $text, bool $is_end ): ?string {
		$bytes  = '';
		$groups = '' === $text ? array() : explode( ':', $text );
		foreach ( $groups as $place => $group ) {
			if ( 1 === preg_match( '/\A[0-9A-Fa-f]{1,4}\z/', $group ) ) {
				$bytes .= pack( 'n', hexdec( $group ) );
				continue;
			}
			$ipv4 = $is_end && count( $groups ) - 1 === $place ? self::parse_ipv4( $group ) : null;
			if ( null === $ipv4 ) {
				return null;
			}
			$bytes .= $ipv4->bytes;
		}
		return $bytes;
	}

	private function is_in_any( array $ranges ): bool {
		foreach ( $ranges as $range ) {
			if ( $this->is_in( $range ) ) {
				return true;
			}
		}
		return false;
	}

	private function is_in( string $range ): bool {
		list( $text, $bits ) = explode( '/', $range );
		$network = self::parse_ipv4( $text ) ?? self::read_ipv6( $text );
		if ( strlen( $network->bytes ) !== strlen( $this->bytes ) ) {
			return false;
		}
		$whole = str_repeat( "\xff", intdiv( (int) $bits, 8 ) ) . chr( 0xff00 >> (int) $bits % 8 & 0xff );
		$mask  = substr( str_pad( $whole, strlen( $this->bytes ), "\0" ), 0, strlen( $this->bytes ) );
		return ( $this->bytes & $mask ) === $network->bytes;
	}
}
