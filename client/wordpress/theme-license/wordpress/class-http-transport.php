<?php
/**
 * What did the license server say? Asked by WordPress's own HTTP, so that the host's proxy and rules count.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\WordPress;

use Theme_License\V1\Copies;
use Theme_License\V1\Reply;
use Theme_License\V1\Server_Unreachable;
use Theme_License\V1\Transport;

defined( 'ABSPATH' ) || exit;

/**
 * One request, bounded in time and size; what comes back is left to `Reply` to read.
 */
final class Http_Transport implements Transport {

	private const TIMEOUT_SECONDS = 5;

	/** What curl's numbers mean; any other is `no_reply`. */
	private const CAUSE_BY_CURL = array(
		5  => 'dns',
		6  => 'dns',
		7  => 'refused',
		28 => 'timeout',
		35 => 'tls',
		51 => 'tls',
		58 => 'tls',
		60 => 'tls',
		77 => 'tls',
		83 => 'tls',
		90 => 'tls',
	);

	/** What PHP's streams say instead. */
	private const CAUSE_BY_WORDS = array(
		'getaddrinfo|name lookup|resolve host' => 'dns',
		'refused|unreachable'                  => 'refused',
		'timed out'                            => 'timeout',
		'certificate|ssl|tls'                  => 'tls',
	);

	private string $server;

	public function __construct( string $server ) {
		$this->server = $server;
	}

	/** @inheritDoc */
	public function send( string $action, array $body, ?string $token ): Reply {
		$headers = array(
			'Content-Type' => 'application/json',
			'Accept'       => 'application/json',
		);
		if ( null !== $token ) {
			$headers['Authorization'] = "Bearer $token";
		}
		$answer = wp_remote_post(
			"{$this->server}/v1/licenses/$action",
			array(
				'timeout'             => self::TIMEOUT_SECONDS,
				'redirection'         => 0,
				'limit_response_size' => Reply::MAX_BYTES + 1,
				'user-agent'          => 'theme-license/' . Copies::version() . ' (WordPress)',
				'headers'             => $headers,
				'body'                => (string) wp_json_encode( $body ),
			)
		);
		if ( is_wp_error( $answer ) ) {
			throw new Server_Unreachable( self::cause( (string) $answer->get_error_code(), $answer->get_error_message() ) );
		}
		$type = wp_remote_retrieve_header( $answer, 'content-type' );
		return Reply::read( (int) wp_remote_retrieve_response_code( $answer ), is_string( $type ) ? $type : '', wp_remote_retrieve_body( $answer ) );
	}

	private static function cause( string $code, string $message ): string {
		if ( 'http_request_not_executed' === $code ) {
			return 'refused'; // WP_HTTP_BLOCK_EXTERNAL.
		}
		if ( 1 === preg_match( '/not yet valid|has expired/i', $message ) ) {
			return 'clock';
		}
		if ( 1 === preg_match( '/cURL error (\d+)/', $message, $number ) ) {
			return self::CAUSE_BY_CURL[ (int) $number[1] ] ?? 'no_reply';
		}
		foreach ( self::CAUSE_BY_WORDS as $words => $cause ) {
			if ( 1 === preg_match( "~$words~i", $message ) ) {
				return $cause;
			}
		}
		return 'no_reply';
	}
}
