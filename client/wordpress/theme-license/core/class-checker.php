<?php
/**
 * Is this site licensed, and what has changed at the vendor? The theme's two verbs: check and refresh (protocol §7).
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * Checks and refreshes the license of one site.
 *
 * `check` never throws, never blocks and never touches the network; `refresh` does all of that, and changes nothing
 * unless the vendor signed the change for this very question. When to call `refresh` (from cron, a command, a click) is
 * for the outside to say: `is_refresh_due` tells whether it is time.
 */
final class Checker {

	private const LOOK_AGAIN_SECONDS   = 1;
	private const RETRY_SECONDS        = array( 60, 600, 6000, 86400 );
	private const RETRY_JITTER         = 0.2;
	private const LONGEST_PLAN_SECONDS = 8 * 86400;
	private const NEVER                = 9007199254740991;
	private const NONCE_BYTES          = 32;

	public Configuration $configuration;

	public State $state;

	public Transport $transport;

	/** @var callable(): (int|float) */
	private $clock;

	/** @var callable(int): string */
	private $random_bytes;

	private ?Verdict $remembered = null;

	private float $remembered_since = 0.0;

	private float $remembered_until = 0.0;

	/** The text whose signature was checked last. */
	private ?string $proved_text = null;

	/** The license that it is and the id of the key that signed it; null where it is none. */
	private ?array $proved = null;

	/** The verdict's code where it is none. */
	private string $refusal = Verdict::MALFORMED;

	/**
	 * @param callable(): (int|float) $clock        Gives seconds since 1970-01-01 UTC, like `time`.
	 * @param callable(int): string   $random_bytes Gives so many unpredictable bytes, like `random_bytes`.
	 */
	public function __construct( Configuration $configuration, State $state, Transport $transport, callable $clock, callable $random_bytes ) {
		$this->configuration = $configuration;
		$this->state         = $state;
		$this->transport     = $transport;
		$this->clock         = $clock;
		$this->random_bytes  = $random_bytes;
	}

	/**
	 * Return the verdict on this site's domain, now. Never throws, never blocks, never touches the network.
	 */
	public function check(): Verdict {
		try {
			$now = (float) ( $this->clock )();
			if ( null === $this->remembered || $now < $this->remembered_since || $now >= $this->remembered_until ) {
				$this->remembered       = $this->check_again( (int) $now );
				$this->remembered_since = $now;
				$this->remembered_until = min( $now + self::LOOK_AGAIN_SECONDS, $this->next_boundary( $now ) );
			}
			return $this->remembered;
		} catch ( \Throwable $error ) { // A theme must stand whatever happens here.
			return new Verdict( Verdict::NOT_ACTIVATED, null, $this->configuration->domain->name );
		}
	}

	/**
	 * Ask the server what has become of this activation, if it is time to or `$force`.
	 *
	 * Throws nothing that this client names. One process of a site asks at a time; the others are told `BUSY`.
	 */
	public function refresh( bool $force = false ): Refresh_Outcome {
		return $this->state->locked(
			0.0,
			fn( bool $is_held ): Refresh_Outcome => $is_held ? $this->refresh_alone( $force ) : new Refresh_Outcome( Refresh_Outcome::BUSY )
		);
	}

	/**
	 * Return whether a refresh would ask the server now.
	 */
	public function is_refresh_due(): bool {
		$state = $this->state->read();
		return null === $this->reason_not_to_ask( $state ) && $this->is_time( $state );
	}

	/**
	 * Keep the answer if the vendor signed it, for this nonce, product and domain; return whether it was kept.
	 *
	 * `$domain` is the site's own unless it is told. An answer signed by a key that is pinned before the stored license's
	 * key is not kept (protocol §4).
	 */
	public function accept( Reply $reply, string $nonce, ?Domain $domain = null ): bool {
		try {
			list( $license, $key_id ) = Wire::decode( $reply->signed_license, $this->configuration->pinned );
		} catch ( License_Refused $error ) {
			return false;
		}
		$domain    = $domain ?? $this->configuration->domain;
		$is_for_us = $license->product === $this->configuration->product && $domain->may_be( $license->domain );
		$is_answer = $license->nonce === $nonce;
		if ( ! $is_for_us || ! $is_answer || $this->is_below_floor( $key_id ) ) {
			return false;
		}
		// A release that the owner can still undo does not end the asking (protocol §6).
		$is_over = Signed_License::RELEASED === $license->status && ! array_key_exists( 'undo_until', $reply->activation );
		$token   = $is_over ? null : $reply->token ?? $this->state->read()->token;
		$this->keep( $license, $reply->signed_license, $token, $reply->activation, $domain );
		return true;
	}

	/**
	 * Store `$text`, the signed license that was proved to be `$license`, with what came with it.
	 *
	 * @param ?array<string, mixed> $activation
	 */
	public function keep( Signed_License $license, string $text, ?string $token, ?array $activation, Domain $domain ): void {
		$state                  = new Site_State();
		$state->signed_license  = $text;
		$state->token           = $token;
		$state->activation      = null === $activation ? null : self::for_the_card( $activation );
		$state->next_attempt_at = $this->next_attempt_at( $license );
		$state->last_success_at = $this->now();
		$state->typed_domain    = $domain->is_canonical() ? null : $domain->name;
		$this->state->write( $state );
		$this->forget();
	}

	/**
	 * Return whether the key is pinned before the one that signed the stored license (protocol §4).
	 */
	public function is_below_floor( string $key_id ): bool {
		$stored = $this->prove( $this->state->read()->signed_license );
		return null !== $stored && $this->configuration->pinned->position( $key_id ) < $this->configuration->pinned->position( $stored[1] );
	}

	/**
	 * Return what is stored and proved to be the vendor's, for whatever domain; null where there is no such.
	 */
	public function stored_license(): ?Signed_License {
		$stored = $this->prove( $this->state->read()->signed_license );
		return null === $stored ? null : $stored[0];
	}

	/**
	 * Look at the storage again at the next check, even within the same second.
	 */
	public function forget(): void {
		$this->remembered = null;
	}

	/**
	 * Return 32 fresh random bytes as 43 characters, for one request.
	 */
	public function new_nonce(): string {
		return Base64url::encode( ( $this->random_bytes )( self::NONCE_BYTES ) );
	}

	/**
	 * Return the clock's whole seconds.
	 */
	public function now(): int {
		return (int) ( $this->clock )();
	}

	private function check_again( int $now ): Verdict {
		$domain = $this->configuration->domain;
		if ( $domain->is_development() ) {
			return new Verdict( Verdict::DEVELOPMENT, null, $domain->name );
		}
		$state  = $this->state->read();
		$stored = $this->prove( $state->signed_license );
		if ( null === $stored ) {
			return new Verdict( null === $state->signed_license ? Verdict::NOT_ACTIVATED : $this->refusal, null, $domain->name );
		}
		return Verdict::judge( $stored[0], $this->configuration->product, $this->own_name( $state, $stored[0] ), $now );
	}

	/**
	 * Return the site's canonical domain. Where intl is missing to read it, it is the one that the server signed when the
	 * site asked for the domain as it is typed now.
	 */
	private function own_name( Site_State $state, Signed_License $license ): string {
		$domain    = $this->configuration->domain;
		$was_asked = ! $domain->is_canonical() && $state->typed_domain === $domain->name;
		return $was_asked && $domain->may_be( $license->domain ) ? $license->domain : $domain->name;
	}

	/**
	 * Return the license that `$text` holds, and the id of its key; null where it holds none, with the reason in
	 * `refusal`. A signature is verified once per text.
	 *
	 * @return ?array{Signed_License, string}
	 */
	private function prove( ?string $text ): ?array {
		if ( null === $text ) {
			return null;
		}
		if ( $text !== $this->proved_text ) {
			try {
				$this->proved = Wire::decode( $text, $this->configuration->pinned );
			} catch ( License_Refused $error ) {
				$this->proved  = null;
				$this->refusal = $error->stable_code();
			}
			$this->proved_text = $text;
		}
		return $this->proved;
	}

	private function refresh_alone( bool $force ): Refresh_Outcome {
		$state  = $this->state->read();
		$reason = $this->reason_not_to_ask( $state );
		if ( null !== $reason ) {
			return new Refresh_Outcome( $reason );
		}
		if ( ! $force && ! $this->is_time( $state ) ) {
			return new Refresh_Outcome( Refresh_Outcome::NOT_DUE );
		}
		$nonce = $this->new_nonce();
		$body  = array(
			'domain' => $this->configuration->domain->name,
			'nonce'  => $nonce,
		);
		try {
			$reply = $this->transport->send( 'refresh', $body, $state->token );
		} catch ( Server_Unreachable $error ) {
			$this->note_failure( $state, $error->cause );
			return new Refresh_Outcome( Refresh_Outcome::UNREACHABLE, $error->cause );
		} catch ( Server_Refused $error ) {
			$this->note_failure( $state, $error->stable_code() );
			return new Refresh_Outcome( Refresh_Outcome::REFUSED, $error->stable_code() );
		}
		if ( ! $this->accept( $reply, $nonce ) ) {
			$this->note_failure( $state, 'not_the_server' );
			return new Refresh_Outcome( Refresh_Outcome::IGNORED, 'not_the_server' );
		}
		return new Refresh_Outcome( Refresh_Outcome::REFRESHED );
	}

	private function reason_not_to_ask( Site_State $state ): ?string {
		if ( null === $state->token ) {
			return Refresh_Outcome::NOTHING_STORED;
		}
		$stored = $this->prove( $state->signed_license );
		if ( null !== $stored && $this->own_name( $state, $stored[0] ) !== $stored[0]->domain ) {
			return Refresh_Outcome::ANOTHER_DOMAIN; // The token proves nothing on this one.
		}
		return null;
	}

	private function is_time( Site_State $state ): bool {
		if ( self::NEVER === $state->next_attempt_at ) {
			return false;
		}
		$now = $this->now();
		// A plan further ahead than any that is ever made was made by a clock that was wrong.
		return $now >= $state->next_attempt_at || $state->next_attempt_at > $now + self::LONGEST_PLAN_SECONDS;
	}

	private function note_failure( Site_State $state, string $cause ): void {
		$wait   = self::RETRY_SECONDS[ min( $state->failures, count( self::RETRY_SECONDS ) - 1 ) ];
		$chance = unpack( 'n', ( $this->random_bytes )( 2 ) )[1] / 65535;

		$state->failures       += 1;
		$state->last_failure    = $cause;
		$state->next_attempt_at = $this->now() + $wait + (int) ( $wait * self::RETRY_JITTER * ( 2 * $chance - 1 ) );
		$this->state->write( $state );
	}

	/**
	 * Return when to ask again by this machine's clock: as long from now as the server meant from its own.
	 */
	private function next_attempt_at( Signed_License $license ): int {
		if ( null === $license->refresh_at ) {
			return self::NEVER;
		}
		$wait = $license->refresh_at - $license->issued_at;
		return $this->now() + min( max( $wait, self::RETRY_SECONDS[0] ), self::LONGEST_PLAN_SECONDS );
	}

	/**
	 * Return the next moment at which the remembered verdict may change by the clock alone.
	 */
	private function next_boundary( float $now ): float {
		$license = $this->remembered->license;
		$moments = null === $license ? array() : array( $license->lease_ends_at, $license->ends_at(), $license->term_ends_at ?? self::NEVER );
		$moments = array_filter( $moments, fn( int $moment ): bool => $moment > $now );
		return (float) min( array_merge( array( self::NEVER ), $moments ) );
	}

	/**
	 * Return the plain values of the server's unproved words.
	 *
	 * @param array<string, mixed> $activation
	 * @return array<string, mixed>
	 */
	private static function for_the_card( array $activation ): array {
		$kept = array_filter( $activation, fn( $value ): bool => is_string( $value ) || is_int( $value ) || is_bool( $value ) );
		if ( is_array( $activation['links'] ?? null ) ) {
			$kept['links'] = array_filter( $activation['links'], 'is_string' );
		}
		return $kept;
	}
}
