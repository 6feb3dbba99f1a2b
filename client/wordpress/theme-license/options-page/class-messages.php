<?php
/**
 * Which sentence does the owner read above the facts? What failed, what to know, and what the state means.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\Options_Page;

use Theme_License\V1\Signed_License;
use Theme_License\V1\Site_State;
use Theme_License\V1\Verdict;

defined( 'ABSPATH' ) || exit;

/**
 * The messages of one card, as HTML; null where there is nothing to say.
 */
final class Messages {

	private Words $words;

	private Verdict $verdict;

	private Site_State $kept;

	private ?Failure $failure;

	public function __construct( Words $words, Verdict $verdict, Site_State $kept, ?Failure $failure ) {
		$this->words   = $words;
		$this->verdict = $verdict;
		$this->kept    = $kept;
		$this->failure = $failure;
	}

	/**
	 * Return what went wrong after a click, or why what is stored cannot be used.
	 */
	public function error(): ?string {
		if ( null !== $this->failure ) {
			$is_known_good = $this->failure->is_unreachable() && $this->verdict->ok && null !== $this->verdict->license;
			return $is_known_good ? null : $this->failure_text( $this->failure, $this->verdict->domain );
		}
		$sentence = Sentences::DAMAGED[ $this->verdict->code ] ?? null;
		return null === $sentence ? null : $this->words->tell( $sentence );
	}

	/**
	 * Return what the owner of a license that works should know: while it is good, no call is more than a warning.
	 */
	public function warning(): ?string {
		if ( Verdict::CLOCK_BEHIND === $this->verdict->code ) {
			return $this->words->tell( "This server's clock is more than a day behind. Ask your host to set it right." );
		}
		$license = $this->verdict->license;
		if ( null === $license || ! $this->verdict->ok || ( null !== $this->failure && $this->failure->is_answer() ) ) {
			return null;
		}
		$until     = array( 'date' => Words::day( $license->ends_at() ) );
		$unchanged = $this->words->tell( 'Nothing changes before {date}.', $until );
		$cause     = self::standing_cause( $this->kept, $this->failure );
		if ( null !== $cause && isset( Sentences::CAUSES[ $cause ] ) ) {
			$away = $this->words->tell( 'The license server cannot be reached.' );
			return "$away $unchanged " . $this->words->tell( Sentences::CAUSES[ $cause ] );
		}
		if ( null !== $this->failure ) {
			return $unchanged; // The refusal itself is told as an error.
		}
		if ( null !== $cause ) {
			return $this->failure_text( new Failure( $cause ), $license->domain ) . " $unchanged";
		}
		if ( Verdict::VALID_IN_GRACE !== $this->verdict->code ) {
			return null;
		}
		if ( null === $license->refresh_at ) {
			return $this->words->tell( 'The offline license has ended. Validate the license again before {date}.', $until );
		}
		return $this->words->tell( 'The license server has not confirmed the license for a while.' ) . " $unchanged";
	}

	/**
	 * Return what the state means for this site.
	 *
	 * @param ?Signed_License $license What is stored: on a development name the verdict does not look at it.
	 */
	public function explanation( string $state, ?Signed_License $license, int $now ): ?string {
		if ( Card_State::DEVELOPMENT === $state ) {
			return $this->development( $license );
		}
		if ( Card_State::TERM_EXPIRED === $state ) {
			return $this->words->tell( 'Your site keeps working. Updates and support have stopped.' );
		}
		if ( null === $license || in_array( $state, array( Card_State::OFFLINE, Card_State::LIMIT_REACHED ), true ) ) {
			return null;
		}
		$told_on = array( 'date' => Words::day( $license->issued_at ) );
		if ( Card_State::EXPIRING === $state && null !== $license->term_ends_at ) {
			return $this->words->tell_count(
				'The term ends in {count} day, on {date}. Your site keeps working then; updates and support stop.',
				'The term ends in {count} days, on {date}. Your site keeps working then; updates and support stop.',
				Card_State::days_left( $license, $now ) ?? 1,
				array( 'date' => Words::day( $license->term_ends_at ) )
			);
		}
		if ( Card_State::SUSPENDED === $state ) {
			return $this->words->tell( 'The vendor has suspended this license; told on {date}.', $told_on );
		}
		if ( Card_State::REVOKED === $state ) {
			return $this->words->tell( 'The vendor has revoked this license; told on {date}.', $told_on );
		}
		if ( Card_State::WRONG_DOMAIN === $state ) {
			return $this->other_domain( $license->domain, $this->verdict->domain );
		}
		if ( Signed_License::RELEASED === $license->status ) {
			return $this->released( $told_on );
		}
		if ( Verdict::LEASE_ENDED === $this->verdict->code ) {
			return $this->words->tell( 'The license could not be renewed with the license server for too long. Check it now, or paste the key.' );
		}
		return null;
	}

	/**
	 * Return why the vendor suspended or revoked the license, where that was told.
	 */
	public function reason( string $state ): ?string {
		$told = $this->kept->activation['reason'] ?? null;
		if ( ! in_array( $state, array( Card_State::SUSPENDED, Card_State::REVOKED ), true ) || ! is_string( $told ) ) {
			return null;
		}
		return $this->words->tell( 'Reason: {reason}', array( 'reason' => Words::isolated( $told ) ) );
	}

	/**
	 * Return for which domain the license was validated, where this is another.
	 */
	public function other_domain( string $old, string $new ): string {
		return $this->words->tell(
			'Validated for {old}; this is {new}.',
			array(
				'old' => $this->words->domain( $old ),
				'new' => $this->words->domain( $new ),
			)
		);
	}

	/**
	 * Return why the server could not be asked or refused: just now, or else at the last refresh.
	 */
	public static function standing_cause( Site_State $kept, ?Failure $failure ): ?string {
		if ( null !== $failure ) {
			return $failure->code;
		}
		return $kept->failures > 0 ? $kept->last_failure : null;
	}

	/**
	 * Return the one sentence that belongs to a refusal or to the cause for which nobody could be asked.
	 */
	public function failure_text( Failure $failure, string $domain ): string {
		$code         = $failure->code;
		$next_move_at = Words::seconds_of( $failure->problem['next_move_at'] ?? null );
		if ( 'moves_exhausted' === $code && null !== $next_move_at ) {
			return $this->words->tell(
				'The license has moved to new domains as often as its plan allows in a year. The next move is possible on {date}; until then the vendor can release a domain.',
				array( 'date' => Words::day( $next_move_at ) )
			);
		}
		if ( 'rate_limited' === $code ) {
			$wait = $failure->problem['retry_after'] ?? null;
			return $this->words->tell_count(
				'There were too many attempts. Wait for {count} minute, then try again.',
				'There were too many attempts. Wait for {count} minutes, then try again.',
				is_int( $wait ) ? (int) max( 1, ceil( $wait / MINUTE_IN_SECONDS ) ) : 10
			);
		}
		return $this->words->tell(
			Sentences::CAUSES[ $code ] ?? Sentences::REFUSALS[ $code ] ?? Sentences::ANSWERS[ $code ] ?? Sentences::UNKNOWN_REFUSAL,
			array(
				'domain' => $this->words->domain( $domain ),
				'code'   => Words::latin( $code ),
			)
		);
	}

	/**
	 * @param array<string, string> $told_on
	 */
	private function released( array $told_on ): string {
		$until = Words::seconds_of( $this->kept->activation['undo_until'] ?? null );
		if ( null === $until ) {
			return $this->words->tell( 'The license of this site was released on {date}, so that another domain can use it. Nothing was deleted.', $told_on );
		}
		return $this->words->tell(
			"This site's license was released on the vendor's license page. It can be taken back there until {date}; then check again here.",
			array( 'date' => Words::moment( $until ) )
		);
	}

	private function development( ?Signed_License $license ): string {
		$needless = $this->words->tell( 'No license is needed on a development name.' );
		if ( null === $license ) {
			return $needless;
		}
		$stored = $this->words->tell(
			'A license for {domain} is stored and takes effect as soon as the site runs under that name.',
			array( 'domain' => $this->words->domain( $license->domain ) )
		);
		return "$needless $stored";
	}
}
