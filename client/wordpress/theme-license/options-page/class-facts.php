<?php
/**
 * What does an owner want to know of a license that works?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\Options_Page;

use Theme_License\V1\Signed_License;
use Theme_License\V1\Site_State;

defined( 'ABSPATH' ) || exit;

/**
 * Names and values, in the order in which they are asked.
 */
final class Facts {

	/**
	 * Return the facts of the stored license, as HTML; what the server told beside it is shown where it has the right
	 * shape.
	 *
	 * @return array<int, array{string, string}>
	 */
	public static function of( Words $words, Signed_License $license, Site_State $kept, int $now ): array {
		$told  = $kept->activation ?? array();
		$plan  = is_string( $told['plan_name'] ?? null ) ? $told['plan_name'] : $license->plan;
		$facts = array(
			array( $words->tell( 'Plan' ), Words::isolated( $plan ) ),
			array( $words->tell( 'Domain' ), $words->domain( $license->domain ) ),
		);
		if ( Signed_License::STAGING === $license->environment ) {
			$facts[] = array( $words->tell( 'Kind' ), $words->tell( 'Test copy' ) );
		}
		if ( is_string( $told['key_last5'] ?? null ) ) {
			$facts[] = array( $words->tell( 'License key' ), Words::latin( "…{$told['key_last5']}" ) );
		}
		$facts[] = array( $words->tell( 'Term' ), self::term( $words, $license, $now ) );
		if ( is_int( $told['used'] ?? null ) && is_int( $told['limit'] ?? null ) ) {
			$counted = array(
				'used'  => Words::number( $told['used'] ),
				'limit' => Words::number( $told['limit'] ),
			);
			$facts[] = array( $words->tell( 'Activations used' ), $words->tell( '{used} of {limit}', $counted ) );
		}
		if ( null === $license->refresh_at ) {
			$ends    = array( 'date' => Words::day( $license->lease_ends_at ) );
			$facts[] = array( $words->tell( 'Validated offline' ), $words->tell( 'Needs no connection until {date}.', $ends ) );
		}
		if ( null !== $kept->last_success_at ) {
			$facts[] = array( $words->tell( 'Last check' ), Words::moment( $kept->last_success_at ) );
		}
		return $facts;
	}

	private static function term( Words $words, Signed_License $license, int $now ): string {
		$left = Card_State::days_left( $license, $now );
		if ( null === $license->term_ends_at || null === $left ) {
			return $words->tell( 'Perpetual' );
		}
		$ends = array( 'date' => Words::day( $license->term_ends_at ) );
		if ( $now >= $license->term_ends_at ) {
			return $words->tell( 'Ended on {date}', $ends );
		}
		return $words->tell_count( 'Until {date} ({count} day left)', 'Until {date} ({count} days left)', $left, $ends );
	}
}
