<?php
/**
 * Reads tests/vectors, half surrogate pairs among it, and gives the core's answers in the vectors' own words.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\Tests;

use Theme_License\V1\Domain;
use Theme_License\V1\Domain_Refused;
use Theme_License\V1\Key_Malformed;
use Theme_License\V1\License_Key;
use Theme_License\V1\Public_Key;
use Theme_License\V1\Unusable_Public_Key;

require __DIR__ . '/../theme-license/theme-license.php';

set_error_handler(
	static function ( int $level, string $message, string $file, int $line ): void {
		throw new \ErrorException( $message, 0, $level, $file, $line );
	}
);

const VECTORS = __DIR__ . '/../../../tests/vectors';

/**
 * Return what the JSON file holds. Half a surrogate pair becomes the three bytes that UTF-8 would give it if it might.
 *
 * @return mixed
 */
function read_vectors( string $path ) {
	$half = '/\\\\u(d[89ab]..)(?!\\\\ud[c-f])|(?<!\\\\ud[89ab]..)\\\\u(d[c-f]..)/i';
	$json = preg_replace( $half, '{half $1$2}', file_get_contents( $path ) );
	$rows = json_decode( $json, true, 512, JSON_THROW_ON_ERROR );
	array_walk_recursive(
		$rows,
		static function ( &$value ): void {
			if ( is_string( $value ) ) {
				$value = preg_replace_callback(
					'/\{half (....)\}/',
					static fn( array $found ): string => pack( 'C3', 0xed, 0x80 | hexdec( $found[1] ) >> 6 & 0x3f, 0x80 | hexdec( $found[1] ) & 0x3f ),
					$value
				);
			}
		}
	);
	return $rows;
}

/**
 * Return the canonical form of `$text`, null where it has none, and the decision.
 *
 * @return array{?string, string}
 */
function domain( string $text ): array {
	try {
		$domain = Domain::parse( $text );
		return array( $domain->is_canonical() ? $domain->name : null, $domain->decision );
	} catch ( Domain_Refused $error ) {
		return array( null, "reject:{$error->reason}" );
	}
}

/**
 * Return the thirty symbols of the key that `$text` holds, null for none.
 */
function license_key( string $text ): ?string {
	try {
		return License_Key::parse( $text )->symbols();
	} catch ( Key_Malformed $error ) {
		return null;
	}
}

/**
 * Return the bytes of the public key that `$text` holds in hexadecimal digits, null for none.
 */
function public_key( string $text ): ?string {
	try {
		return bin2hex( Public_Key::parse( $text )->raw );
	} catch ( Unusable_Public_Key $error ) {
		return null;
	}
}
