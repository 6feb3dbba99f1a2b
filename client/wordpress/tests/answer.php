<?php
/**
 * Answers questions about the core, one JSON line in, one JSON line out, so that another client can be compared with it.
 *
 * `ask` names the function; texts are base64, for they need not be UTF-8.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\Tests;

use Theme_License\V1\Copies;
use Theme_License\V1\Ed25519;
use Theme_License\V1\Jws;
use Theme_License\V1\Languages;
use Theme_License\V1\License_Refused;
use Theme_License\V1\Notice;
use Theme_License\V1\Pinned_Keys;
use Theme_License\V1\Reply;
use Theme_License\V1\Server_Refused;
use Theme_License\V1\Server_Unreachable;
use Theme_License\V1\Wire;

require __DIR__ . '/vectors.php';

/**
 * @return mixed
 */
function answer( array $question ) {
	$text = isset( $question['text'] ) ? base64_decode( $question['text'], true ) : '';
	switch ( $question['ask'] ) {
		case 'version':
			return Copies::version();
		case 'domain':
			return domain( $text );
		case 'license_key':
			return license_key( $text );
		case 'public_key':
			return public_key( $text );
		case 'signature':
			return Ed25519::verify( hex2bin( $question['public_key'] ), hex2bin( $question['message'] ), hex2bin( $question['signature'] ) );
		case 'jws':
			return jws( $text, new Pinned_Keys( $question['pinned'] ), $question['typ'] );
		case 'signed_license':
			$verdict = Wire::verify( $text, new Pinned_Keys( $question['pinned'] ), $question['product'], $question['domain'], $question['now'] );
			return array( $verdict->code, $verdict->ok, $verdict->needs_notice(), null === $verdict->license ? null : get_object_vars( $verdict->license ) );
		case 'reply':
			return reply( $question['status'], $question['content_type'], $text );
		case 'languages':
			return array_map( array( Languages::class, 'best' ), $question['locales'] );
		case 'offered':
			return Languages::OFFERED;
		case 'notice':
			$notice = new Notice( $question['theme'], static fn( string $sentence ): string => $question['catalog'][ $sentence ] );
			return array( $notice->text(), $notice->html( $question['language'], $question['field_url'] ) );
	}
	throw new \InvalidArgumentException( "nobody answers {$question['ask']}" );
}

/**
 * Return the payload, as base64, and the id of the key that signed it, or the code of the refusal.
 *
 * @return string[]
 */
function jws( string $text, Pinned_Keys $pinned, string $typ ): array {
	try {
		list( $payload, $key_id ) = Jws::decode( $text, $pinned, $typ );
	} catch ( License_Refused $error ) {
		return array( $error->stable_code() );
	}
	return array( base64_encode( $payload ), $key_id );
}

/**
 * @return array{string, mixed}
 */
function reply( int $status, string $content_type, string $body ): array {
	try {
		return array( 'reply', get_object_vars( Reply::read( $status, $content_type, $body ) ) );
	} catch ( Server_Refused $error ) {
		return array( 'refused', array( $error->stable_code(), $error->status ) );
	} catch ( Server_Unreachable $error ) {
		return array( 'unreachable', $error->cause );
	}
}

while ( false !== ( $line = fgets( STDIN ) ) ) {
	echo json_encode( answer( json_decode( $line, true, 512, JSON_THROW_ON_ERROR ) ), JSON_THROW_ON_ERROR ), "\n";
}
