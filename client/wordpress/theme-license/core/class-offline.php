<?php
/**
 * How does a site get its license where no call goes out? Its owner carries a request there and an answer back (protocol
 * §8).
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * The request is no secret and unsigned; the license key is typed on the vendor's portal and is never part of it. What
 * comes back is proved like every signed license, and taken once, by the administrator who asked.
 */
final class Offline {

	/** The member of the query in which an answer comes back through the browser. */
	public const ANSWER_MEMBER = 'signed_license';

	private const REQUEST_VERSION   = 1;
	private const PORTAL_PAGE       = '/portal/activate';
	private const LOCK_WAIT_SECONDS = 1.0;

	private Checker $checker;

	public function __construct( Checker $checker ) {
		$this->checker = $checker;
	}

	/**
	 * Return a request with a fresh nonce, made now.
	 */
	public function new_request(): Pending {
		return new Pending( $this->checker->new_nonce(), $this->checker->now() );
	}

	/**
	 * Return the request as it is carried: base64url of its JSON.
	 *
	 * @param ?string $return_url Where the answer goes; null: it comes by hand.
	 */
	public function request_text( Pending $pending, ?string $return_url ): string {
		$members = array(
			'v'          => self::REQUEST_VERSION,
			'product'    => $this->checker->configuration->product,
			'domain'     => $this->checker->configuration->domain->name,
			'nonce'      => $pending->nonce,
			'iat'        => $pending->made_at,
			'return_url' => $return_url,
		);
		return Base64url::encode( (string) json_encode( $members, JSON_UNESCAPED_SLASHES ) );
	}

	/**
	 * Return the page of the vendor's portal that answers `$request`.
	 */
	public function portal_address( string $request ): string {
		return $this->checker->configuration->server . self::PORTAL_PAGE . '?request=' . rawurlencode( $request );
	}

	/**
	 * Return whether an answer may come back to `$url`: its host must be this site's domain, or its `www`.
	 */
	public function can_return_to( string $url ): bool {
		if ( 1 !== preg_match( '~\Ahttps?://([^/?#]+)~i', $url, $parts ) ) {
			return false;
		}
		try {
			return Domain::parse( $parts[1] )->name === $this->checker->configuration->domain->name;
		} catch ( Domain_Refused $error ) {
			return false;
		}
	}

	/**
	 * Keep the offline license `$text` and return the request that it answers, null for one that answers none.
	 *
	 * @param string    $text      What came back.
	 * @param Pending[] $pending   The requests of this administrator's session.
	 * @param bool      $is_pasted A license whose nonce is null is taken only then.
	 * @throws Answer_Refused Which says what is wrong; then nothing has changed.
	 */
	public function take_answer( string $text, array $pending, bool $is_pasted ): ?Pending {
		$text = (string) preg_replace( '/[\s\x1c-\x1f\x{85}\p{Z}]+/u', '', $text );
		return $this->checker->state->locked(
			self::LOCK_WAIT_SECONDS,
			function () use ( $text, $pending, $is_pasted ): ?Pending {
				list( $license, $key_id ) = $this->prove( $text );
				$this->require_fit( $license );
				$answered = $this->find_answered( $license, $pending, $is_pasted );
				if ( $this->checker->is_below_floor( $key_id ) ) {
					throw new Answer_Refused( 'answer_retired_key' );
				}
				$links = $this->checker->state->read()->activation['links'] ?? null;
				$this->checker->keep( $license, $text, null, null === $links ? null : array( 'links' => $links ), $this->checker->configuration->domain );
				return $answered;
			}
		);
	}

	/**
	 * @return array{Signed_License, string}
	 */
	private function prove( string $text ): array {
		try {
			return Wire::decode( $text, $this->checker->configuration->pinned );
		} catch ( License_Refused $error ) {
			throw new Answer_Refused( self::is_license_key( $text ) ? 'answer_is_a_key' : 'answer_' . $error->stable_code() );
		}
	}

	private function require_fit( Signed_License $license ): void {
		$configuration = $this->checker->configuration;
		if ( $license->product !== $configuration->product ) {
			throw new Answer_Refused( 'answer_wrong_product' );
		}
		if ( ! $configuration->domain->may_be( $license->domain ) ) {
			throw new Answer_Refused( 'answer_wrong_domain' );
		}
		if ( Signed_License::ACTIVE !== $license->status ) {
			throw new Answer_Refused( 'answer_not_active' );
		}
		if ( $this->checker->now() >= $license->ends_at() ) {
			throw new Answer_Refused( 'answer_over' );
		}
	}

	/**
	 * @param Pending[] $pending
	 */
	private function find_answered( Signed_License $license, array $pending, bool $is_pasted ): ?Pending {
		if ( null === $license->nonce ) {
			if ( ! $is_pasted ) {
				throw new Answer_Refused( 'answer_must_be_pasted' );
			}
			return null;
		}
		foreach ( $pending as $request ) {
			if ( $request->nonce === $license->nonce && ! $request->is_over( $this->checker->now() ) ) {
				return $request;
			}
		}
		$stored = $this->checker->stored_license();
		throw new Answer_Refused( null !== $stored && $stored->nonce === $license->nonce ? 'answer_used' : 'answer_old' );
	}

	private static function is_license_key( string $text ): bool {
		try {
			License_Key::parse( $text );
		} catch ( Key_Malformed $error ) {
			return false;
		}
		return true;
	}
}
