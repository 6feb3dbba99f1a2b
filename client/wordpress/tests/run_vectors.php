<?php
/**
 * Does this client give the answers of tests/vectors, which every client must give? Exits 1 where it does not.
 *
 *     php client/wordpress/tests/run_vectors.php [--without-intl]
 *
 * With `--without-intl` PHP is started again without the functions of that extension. Then the rows are run whose text is
 * ASCII; of a domain with `xn--` labels the answer must be that intl is needed.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\Tests;

use Theme_License\V1\Domain;
use Theme_License\V1\Ed25519;
use Theme_License\V1\Idna;
use Theme_License\V1\Look_Alikes;
use Theme_License\V1\Pinned_Keys;
use Theme_License\V1\Utf8;
use Theme_License\V1\Wire;

if ( in_array( '--without-intl', $argv, true ) ) {
	$functions = 'disable_functions=idn_to_ascii,idn_to_utf8,normalizer_normalize';
	passthru( escapeshellarg( PHP_BINARY ) . ' -d ' . $functions . ' ' . escapeshellarg( __FILE__ ), $status );
	exit( $status );
}

require __DIR__ . '/vectors.php';

/**
 * Compare the answers to one file's rows and print each that is not the expected one; return how many there are.
 *
 * @param string   $name   The file's.
 * @param iterable $checks What is asked, the expected answer, and the answer.
 */
function compare( string $name, iterable $checks ): int {
	$run   = 0;
	$wrong = 0;
	foreach ( $checks as list( $asked, $expected, $answer ) ) {
		++$run;
		if ( $expected !== $answer ) {
			++$wrong;
			printf( "  %s: expected %s, got %s\n", json_encode( $asked, JSON_INVALID_UTF8_SUBSTITUTE ), json_encode( $expected ), json_encode( $answer ) );
		}
	}
	printf( "%s: %d of %d agree\n", $name, $run - $wrong, $run );
	return $wrong + ( 0 === $run ? 1 : 0 );
}

/**
 * Return whether this PHP is expected to know the answer for `$text`.
 */
function is_to_be_run( string $text ): bool {
	return Idna::is_available() || Utf8::is_ascii( $text );
}

function domains( string $path ): iterable {
	foreach ( read_vectors( $path ) as $row ) {
		if ( ! is_to_be_run( $row['input'] ) ) {
			continue;
		}
		$decision = 'server' === ( $row['decided_by'] ?? null ) ? Domain::SITE : $row['decision'];
		$expected = array( $row['canonical'], $decision );
		if ( ! Idna::is_available() && 1 === preg_match( '/(?:\A|\.)xn--/i', $row['input'] ) ) {
			$expected = array( null, Domain::NEEDS_INTL );
		}
		yield array( $row['input'], $expected, domain( $row['input'] ) );
	}
}

function look_alikes( string $path ): iterable {
	foreach ( read_vectors( $path ) as $row ) {
		// Without intl a name is shown as it is on the wire, so nobody is misled.
		$expected = Idna::is_available() ? array( $row['shown'], $row['looks_like'], $row['mixes_scripts'] ) : array( $row['canonical'], null, false );
		$shown    = Idna::display_name( $row['canonical'] );
		yield array( $row['description'], $expected, array( $shown, Look_Alikes::latin_twin( $shown ), Look_Alikes::mixes_scripts( $shown ) ) );
	}
}

function license_keys( string $path ): iterable {
	foreach ( read_vectors( $path ) as $row ) {
		if ( is_to_be_run( $row['input'] ) ) {
			yield array( $row['description'], $row['symbols'], license_key( $row['input'] ) );
		}
	}
}

function public_keys( string $path ): iterable {
	foreach ( read_vectors( $path ) as $row ) {
		yield array( $row['description'], $row['raw'], public_key( $row['text'] ) );
	}
}

function signatures( string $path ): iterable {
	foreach ( read_vectors( $path ) as $row ) {
		yield array( $row['description'], $row['valid'], Ed25519::verify( hex2bin( $row['public_key'] ), hex2bin( $row['message'] ), hex2bin( $row['signature'] ) ) );
	}
}

function signed_licenses( string $folder ): iterable {
	foreach ( glob( "$folder/*.json" ) as $path ) {
		$row     = read_vectors( $path );
		$verdict = Wire::verify( $row['signed_license'], new Pinned_Keys( $row['pinned_keys'] ), $row['product'], $row['domain'], $row['now'] );
		yield array( basename( $path ) . ', ' . $row['description'], $row['verdict'], $verdict->code );
	}
}

echo Idna::is_available() ? '' : "without intl: the rows in ASCII\n";
$wrong = compare( 'domains.json', domains( VECTORS . '/domains.json' ) )
	+ compare( 'domains_more.json', domains( VECTORS . '/domains_more.json' ) )
	+ compare( 'look_alikes.json', look_alikes( VECTORS . '/look_alikes.json' ) )
	+ compare( 'license_keys.json', license_keys( VECTORS . '/license_keys.json' ) )
	+ compare( 'public_keys.json', public_keys( VECTORS . '/public_keys.json' ) )
	+ compare( 'signatures.json', signatures( VECTORS . '/signatures.json' ) )
	+ compare( 'signed_license', signed_licenses( VECTORS . '/signed_license' ) );
exit( 0 === $wrong ? 0 : 1 );
