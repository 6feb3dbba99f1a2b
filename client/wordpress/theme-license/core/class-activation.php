<?php
/**
 * What can a site's owner do with a license here? Activate it, move it here, give it back, or start anew (protocol §6).
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * The owner's verbs. Where one throws, nothing has changed.
 */
final class Activation {

	private const LOCK_WAIT_SECONDS = 12.0;

	private Checker $checker;

	public function __construct( Checker $checker ) {
		$this->checker = $checker;
	}

	/**
	 * Activate the license whose key `$key_text` holds on this site's domain and return the new verdict.
	 *
	 * @param string  $key_text    What the owner pasted.
	 * @param ?string $replaces    The id of the activation to move here.
	 * @param string  $environment `Signed_License::PRODUCTION` or `STAGING`.
	 * @param ?Domain $domain      Where the site still runs under a development name: the name under which it will be
	 *                             public, for which the license is kept.
	 * @throws Key_Malformed      Before any call.
	 * @throws Server_Refused     After it.
	 * @throws Server_Unreachable After it.
	 */
	public function activate( string $key_text, ?string $replaces = null, string $environment = Signed_License::PRODUCTION, ?Domain $domain = null ): Verdict {
		$key    = License_Key::parse( $key_text );
		$domain = $domain ?? $this->checker->configuration->domain;
		$nonce  = $this->checker->new_nonce();
		$body   = array(
			'license_key' => $key->text(),
			'product'     => $this->checker->configuration->product,
			'domain'      => $domain->name,
			'nonce'       => $nonce,
			'environment' => $environment,
		);
		if ( null !== $replaces ) {
			$body['replaces'] = $replaces;
		}
		$this->checker->state->locked(
			self::LOCK_WAIT_SECONDS,
			function () use ( $body, $nonce, $domain ): void {
				$this->ask( 'activate', $body, null, $nonce, $domain );
			}
		);
		return $this->checker->check();
	}

	/**
	 * Give this site's activation back, so that the license can be used elsewhere, and return the new verdict. Deletes
	 * nothing.
	 *
	 * @throws Server_Refused     Also where no token is kept.
	 * @throws Server_Unreachable
	 */
	public function deactivate(): Verdict {
		$domain = $this->checker->configuration->domain;
		$nonce  = $this->checker->new_nonce();
		$this->checker->state->locked(
			self::LOCK_WAIT_SECONDS,
			function () use ( $nonce, $domain ): void {
				$token = $this->checker->state->read()->token;
				if ( null === $token ) {
					throw new Server_Refused( 'token_invalid', 401, array() );
				}
				$body = array(
					'domain' => $domain->name,
					'nonce'  => $nonce,
				);
				$this->ask( 'deactivate', $body, $token, $nonce, $domain );
			}
		);
		return $this->checker->check();
	}

	/**
	 * Forget a license that was validated for another domain, here and nowhere else, and return the new verdict.
	 *
	 * Nothing is sent, so the other site keeps what it has. A license for this very domain is never forgotten.
	 */
	public function start_anew(): Verdict {
		$this->checker->state->locked(
			self::LOCK_WAIT_SECONDS,
			function (): void {
				$this->checker->forget();
				if ( Verdict::WRONG_DOMAIN === $this->checker->check()->code ) {
					$this->checker->state->write( new Site_State() );
					$this->checker->forget();
				}
			}
		);
		return $this->checker->check();
	}

	private function ask( string $action, array $body, ?string $token, string $nonce, Domain $domain ): void {
		$reply = $this->checker->transport->send( $action, $body, $token );
		if ( ! $this->checker->accept( $reply, $nonce, $domain ) ) {
			throw new Server_Unreachable( 'not_the_server' );
		}
	}
}
