<?php
/**
 * Is a signed license refused whichever of its bits is flipped? Exits 1 where one is not.
 *
 *     php client/wordpress/tests/bit_flips.php
 *
 * Flips each bit of the text, then each bit of each decoded part, and prints one letter a flip, the first of the verdict:
 * m(alformed), u(nknown_key), b(ad_signature).
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\Tests;

use Theme_License\V1\Base64url;
use Theme_License\V1\Pinned_Keys;
use Theme_License\V1\Wire;

require __DIR__ . '/vectors.php';

/**
 * Give `$text` with each of its bits flipped.
 */
function flips( string $text ): iterable {
	for ( $place = 0; $place < 8 * strlen( $text ); $place++ ) {
		$flipped = $text;

		$flipped[ intdiv( $place, 8 ) ] = $flipped[ intdiv( $place, 8 ) ] ^ chr( 1 << $place % 8 );
		yield $flipped;
	}
}

/**
 * Give every text that is one bit from `$text`, as it stands or as it decodes.
 */
function spoiled( string $text ): iterable {
	yield from flips( $text );
	$parts = explode( '.', $text );
	foreach ( $parts as $place => $part ) {
		foreach ( flips( Base64url::decode( $part ) ) as $flipped ) {
			yield implode( '.', array_replace( $parts, array( $place => Base64url::encode( $flipped ) ) ) );
		}
	}
}

$row     = read_vectors( VECTORS . '/signed_license/valid.json' );
$pinned  = new Pinned_Keys( $row['pinned_keys'] );
$letters = '';
foreach ( spoiled( $row['signed_license'] ) as $text ) {
	$letters .= Wire::verify( $text, $pinned, $row['product'], $row['domain'], $row['now'] )->code[0];
}
echo $letters, "\n";
exit( strlen( $letters ) === strspn( $letters, 'mub' ) ? 0 : 1 );
