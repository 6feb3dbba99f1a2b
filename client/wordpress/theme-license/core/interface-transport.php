<?php
/**
 * What did the license server say? (protocol §6)
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * Whatever carries a request to the license server and brings the answer back.
 *
 * It takes ten seconds at most, reads `Reply::MAX_BYTES` and one byte more at most, follows no redirect, and leaves the
 * reading to `Reply::read`.
 */
interface Transport {

	/**
	 * Send `$body` as JSON to `/v1/licenses/<action>`, with `$token` as a bearer token where there is one.
	 *
	 * @param array<string, mixed> $body
	 * @throws Server_Refused     For a problem of the server.
	 * @throws Server_Unreachable For everything else.
	 */
	public function send( string $action, array $body, ?string $token ): Reply;
}
