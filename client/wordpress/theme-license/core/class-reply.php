<?php
/**
 * Is this an answer of the license server at all? It is never believed for what it claims (protocol §6).
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * An answer of the expected shape; none of it is proved yet.
 */
final class Reply {

	public const MAX_BYTES = 65536;

	public string $signed_license;

	/** @var array<string, mixed> The server's words on plan, places and links, for the card only. */
	public array $activation;

	public ?string $token;

	public function __construct( string $signed_license, array $activation, ?string $token ) {
		$this->signed_license = $signed_license;
		$this->activation     = $activation;
		$this->token          = $token;
	}

	/**
	 * Read what came over HTTP.
	 *
	 * @throws Server_Refused     For a problem of the server (RFC 9457).
	 * @throws Server_Unreachable For what no license server answers: a redirect, a captive portal, a proxy's error page.
	 */
	public static function read( int $status, string $content_type, string $body ): self {
		if ( strlen( $body ) > self::MAX_BYTES ) {
			throw new Server_Unreachable( 'not_the_server' );
		}
		if ( $status >= 300 && $status < 400 ) {
			throw new Server_Unreachable( 'redirect' );
		}
		$members = json_decode( $body, true );
		$members = is_array( $members ) ? $members : array();
		$code    = $members['code'] ?? null;
		if ( $status >= 400 && self::is_problem( $content_type ) && is_string( $code ) && 1 === preg_match( '/\A[a-z][a-z_]{1,63}\z/', $code ) ) {
			throw new Server_Refused( $code, $status, $members );
		}
		if ( $status >= 500 ) {
			throw new Server_Unreachable( 'server_error' );
		}
		$signed_license = $members['signed_license'] ?? null;
		$activation     = $members['activation'] ?? null;
		$token          = $members['activation_token'] ?? null;
		$has_shape      = is_string( $signed_license ) && is_array( $activation ) && ( null === $token || is_string( $token ) );
		if ( ! in_array( $status, array( 200, 201 ), true ) || ! $has_shape ) {
			throw new Server_Unreachable( 'not_the_server' );
		}
		return new self( $signed_license, $activation, $token );
	}

	private static function is_problem( string $content_type ): bool {
		return 'application/problem+json' === Utf8::ascii_lower( trim( explode( ';', $content_type )[0] ) );
	}
}
