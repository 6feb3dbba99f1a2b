<?php
/**
 * What is the one canonical name of the domain somebody typed, and what may stand on it? (protocol §5)
 *
 * The only place where text becomes a domain. Nothing here asks the network, the clock or the public suffix list.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * A canonical domain: lower-case ASCII without `www.`, or an IP address (IPv6 in brackets).
 *
 * There is one exception, which says so: where PHP lacks the extension intl, a host that is not plain ASCII, or has
 * `xn--` labels, can be neither read nor refused here. Its decision is `NEEDS_INTL` and its name is the host as it was
 * typed. The server, which can read it, tells the canonical domain in the signed license; `may_be` guards that.
 */
final class Domain {

	public const SITE             = 'site';
	public const DEV              = 'dev';
	public const DENY_PUBLIC_IP   = 'deny:public_ip';
	public const DENY_SPECIAL_IP  = 'deny:special_ip';
	public const DENY_SPECIAL_USE = 'deny:special_use';
	public const NEEDS_INTL       = 'needs_intl';

	private const MAX_INPUT_LENGTH = 1024;
	private const MAX_NAME_LENGTH  = 253;
	private const MAX_LABELS       = 10;
	private const MAX_PORT         = 65535;

	private const DEVELOPMENT_ENDINGS = array( 'localhost', 'test', 'example', 'invalid', 'local', 'internal' );
	private const SPECIAL_USE_ENDINGS = array( 'onion', 'alt', 'arpa' );
	private const DECISION_BY_SCOPE   = array(
		'private' => self::DEV,
		'public'  => self::DENY_PUBLIC_IP,
		'special' => self::DENY_SPECIAL_IP,
	);

	private const LABEL = '(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';

	/** The dots of every script, which UTS #46 takes for dots. */
	private const DOTS = '/[.\x{3002}\x{ff0e}\x{ff61}]/u';

	/** The canonical name; the host as it was typed where the decision is `NEEDS_INTL`. */
	public string $name;

	/** One of this class's decisions: what the name is to a license, as far as the name alone tells. */
	public string $decision;

	private function __construct( string $name, string $decision ) {
		$this->name     = $name;
		$this->decision = $decision;
	}

	/**
	 * Read a domain name, host or http(s) address as a person would paste it (protocol §5).
	 *
	 * The result parses to itself. A denied name (an address, a special-use name) is returned with its decision; public
	 * suffixes are the server's to deny.
	 *
	 * @throws Domain_Refused Whose `reason` names the rule.
	 */
	public static function parse( string $text ): self {
		list( $host, $is_bracketed ) = self::cut_host( $text );
		if ( $is_bracketed || self::looks_like_ipv6( $host ) ) {
			return self::of_address( Ip_Address::parse_ipv6( $host ) );
		}
		$name = self::canonical_name( $host );
		if ( null === $name ) {
			return new self( $host, self::NEEDS_INTL );
		}
		// Browsers would read such a name as an IPv4 address (WHATWG URL, "ends in a number checker").
		if ( 1 === preg_match( '/(?:\A|\.)(?:[0-9]+|0x[0-9a-f]*)\z/', $name ) ) {
			return self::of_address( Ip_Address::parse_ipv4( $name ) );
		}
		$labels = explode( '.', $name );
		if ( count( $labels ) > self::MAX_LABELS ) {
			throw new Domain_Refused( 'too_many_labels' );
		}
		$labels = self::without_www( $labels );
		if ( array( 'localhost' ) !== $labels && 1 === count( $labels ) ) {
			throw new Domain_Refused( 'not_fqdn' );
		}
		return new self( implode( '.', $labels ), self::decide_by_ending( end( $labels ) ) );
	}

	/**
	 * Return whether the name is one that is used for development only and needs no license.
	 */
	public function is_development(): bool {
		return self::DEV === $this->decision;
	}

	/**
	 * Return whether the name is canonical, and not one that only a PHP with intl could read.
	 */
	public function is_canonical(): bool {
		return self::NEEDS_INTL !== $this->decision;
	}

	/**
	 * Return whether `$canonical` is this domain, or, where this one needs intl, may be its canonical form: as many
	 * labels, the same ones in ASCII, and an `xn--` label for each in another script.
	 */
	public function may_be( string $canonical ): bool {
		if ( $this->is_canonical() ) {
			return $this->name === $canonical;
		}
		$typed  = self::without_www( preg_split( self::DOTS, preg_replace( '/\.\z/', '', Utf8::ascii_lower( $this->name ) ) ) );
		$labels = explode( '.', $canonical );
		if ( count( $typed ) !== count( $labels ) ) {
			return false;
		}
		foreach ( $labels as $place => $label ) {
			$is_same = Utf8::is_ascii( $typed[ $place ] ) ? $typed[ $place ] === $label : 0 === strncmp( $label, 'xn--', 4 );
			if ( ! $is_same ) {
				return false;
			}
		}
		return true;
	}

	/**
	 * Return what stands where the host stands, and whether it stood in brackets; scheme, port and path are gone.
	 *
	 * @return array{string, bool}
	 */
	private static function cut_host( string $text ): array {
		if ( Utf8::length( $text ) > self::MAX_INPUT_LENGTH ) {
			throw new Domain_Refused( 'too_long' );
		}
		$text = trim( $text, " \t\r\n" );
		if ( '' === $text ) {
			throw new Domain_Refused( 'empty' );
		}
		// Controls (C0, DEL, C1) and white space of every script. Half a surrogate pair is no UTF-8, so nothing matches.
		if ( 1 !== preg_match( '/\A[^\x00-\x20\x7f-\x{9f}\p{Z}\\\\@%]+\z/u', $text ) ) {
			throw new Domain_Refused( 'bad_character' );
		}
		if ( 1 === preg_match( '~\A([^/?#]*?)://~', $text, $scheme ) ) {
			if ( ! in_array( Utf8::ascii_lower( $scheme[1] ), array( 'http', 'https' ), true ) ) {
				throw new Domain_Refused( 'bad_scheme' );
			}
			$text = substr( $text, strlen( $scheme[0] ) );
		}
		$host = substr( $text, 0, strcspn( $text, '/?#' ) );
		if ( '' === $host ) {
			throw new Domain_Refused( 'empty' );
		}
		if ( '[' === $host[0] ) {
			if ( 1 !== preg_match( '/\A\[([^\[\]]*)\](?::(.*))?\z/s', $host, $parts ) ) {
				throw new Domain_Refused( 'bad_ip' );
			}
			self::check_port( $parts[2] ?? null );
			return array( $parts[1], true );
		}
		return array( self::cut_port( $host ), false );
	}

	private static function cut_port( string $host ): string {
		if ( false === strpos( $host, ':' ) || self::looks_like_ipv6( $host ) ) {
			return $host;
		}
		list( $name, $port ) = explode( ':', $host, 2 );
		self::check_port( $port );
		if ( '' === $name ) {
			throw new Domain_Refused( 'empty' );
		}
		return $name;
	}

	private static function looks_like_ipv6( string $host ): bool {
		return substr_count( $host, ':' ) > 1 && 1 === preg_match( '/\A[0-9A-Fa-f:.]+\z/', $host );
	}

	private static function check_port( ?string $port ): void {
		if ( null === $port ) {
			return;
		}
		// Five digits at most remain, so that none is too large for an integer.
		if ( 1 !== preg_match( '/\A0*([1-9][0-9]{0,4})\z/', $port, $number ) || (int) $number[1] > self::MAX_PORT ) {
			throw new Domain_Refused( 'bad_port' );
		}
	}

	/**
	 * Return `$host` as lower-case A-labels without its root dot; null where only intl could tell them and is missing.
	 */
	private static function canonical_name( string $host ): ?string {
		$name = Utf8::ascii_lower( $host );
		if ( 1 !== preg_match( '/\A' . self::LABEL . '(?:\.' . self::LABEL . ')*\.?\z/', $name ) ) {
			if ( Utf8::is_ascii( $name ) && 1 !== preg_match( '/(?:\A|\.)xn--/', $name ) ) {
				throw new Domain_Refused( 'not_idna2008' );
			}
			if ( ! Idna::is_available() ) {
				return null;
			}
			$name = (string) Idna::to_ascii( $host );
		}
		$name = preg_replace( '/\.\z/', '', $name );
		if ( '' === $name || strlen( $name ) > self::MAX_NAME_LENGTH ) {
			throw new Domain_Refused( 'not_idna2008' );
		}
		return $name;
	}

	/**
	 * @param string[] $labels
	 * @return string[]
	 */
	private static function without_www( array $labels ): array {
		while ( 'www' === $labels[0] && count( $labels ) > 2 ) {
			array_shift( $labels );
		}
		return $labels;
	}

	private static function decide_by_ending( string $top_label ): string {
		if ( in_array( $top_label, self::DEVELOPMENT_ENDINGS, true ) ) {
			return self::DEV;
		}
		return in_array( $top_label, self::SPECIAL_USE_ENDINGS, true ) ? self::DENY_SPECIAL_USE : self::SITE;
	}

	private static function of_address( ?Ip_Address $address ): self {
		if ( null === $address ) {
			throw new Domain_Refused( 'bad_ip' );
		}
		return new self( $address->name(), self::DECISION_BY_SCOPE[ $address->scope() ] );
	}
}
