<?php
/**
 * What does each button of the card do? It reads the form, does one thing, and says where the browser goes next.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\Options_Page;

use Theme_License\V1\Activation;
use Theme_License\V1\Checker;
use Theme_License\V1\Domain;
use Theme_License\V1\Domain_Refused;
use Theme_License\V1\Offline;
use Theme_License\V1\Pending;
use Theme_License\V1\Refresh_Outcome;
use Theme_License\V1\Server_Refused;
use Theme_License\V1\Server_Unreachable;
use Theme_License\V1\Signed_License;

defined( 'ABSPATH' ) || exit;

/**
 * The buttons of one form. Where one throws, nothing has changed.
 */
final class Actions {

	private const METHODS = array(
		'activate'   => 'activate',
		'move'       => 'move',
		'test_copy'  => 'activate_test_copy',
		'anew'       => 'start_anew',
		'prepare'    => 'prepare',
		'check'      => 'check_now',
		'deactivate' => 'deactivate',
		'browser'    => 'go_through_browser',
		'offline'    => 'go_by_hand',
		'answer'     => 'take_pasted',
	);

	private Checker $checker;

	private Activation $activation;

	private Offline $offline;

	/** @var Pending[] */
	private array $pending;

	/** @var array<string, string> */
	private array $form;

	private string $page_address;

	/**
	 * @param Pending[]             $pending The requests that wait for an answer.
	 * @param array<string, string> $form
	 */
	public function __construct( Checker $checker, array $pending, array $form, string $page_address ) {
		$this->checker      = $checker;
		$this->activation   = new Activation( $checker );
		$this->offline      = new Offline( $checker );
		$this->pending      = $pending;
		$this->form         = $form;
		$this->page_address = $page_address;
	}

	/**
	 * Do what the button `$name` says.
	 *
	 * @throws \Theme_License\V1\Theme_License_Error One that `Failure::of` reads.
	 */
	public function act( string $name ): Done {
		if ( ! isset( self::METHODS[ $name ] ) ) {
			throw self::refusal( 'request_invalid' );
		}
		return $this->{ self::METHODS[ $name ] }();
	}

	/**
	 * Take the answer that came back through the browser.
	 *
	 * @throws \Theme_License\V1\Answer_Refused
	 */
	public function take_returned( string $text ): Done {
		return $this->take( $text, false );
	}

	/**
	 * Return the public name that was typed on a site under a development name, null where nothing was.
	 *
	 * @throws Server_Refused With a code of our own for a text that is no name.
	 */
	public function public_name(): ?Domain {
		$typed = trim( $this->form['public_name'] ?? '' );
		if ( '' === $typed ) {
			return null;
		}
		try {
			return Domain::parse( $typed );
		} catch ( Domain_Refused $error ) {
			throw self::refusal( 'public_name_refused' );
		}
	}

	private function activate(): Done {
		$this->activation->activate( $this->key() );
		return Done::told( 'activated' );
	}

	private function move(): Done {
		$domain   = $this->checker->configuration->domain->is_development() ? $this->public_name() : null;
		$replaces = $this->form['replaces'] ?? '';
		$this->activation->activate( $this->key(), '' === $replaces ? null : $replaces, Signed_License::PRODUCTION, $domain );
		return Done::told( null === $domain ? 'activated' : 'prepared' );
	}

	private function activate_test_copy(): Done {
		try {
			$this->activation->activate( $this->key(), null, Signed_License::STAGING );
		} catch ( Server_Refused $error ) {
			// A copy must not be offered to take the license from the site that it was made of.
			throw 'no_activations_left' === $error->stable_code() ? self::refusal( 'no_test_copies' ) : $error;
		}
		return Done::told( 'activated' );
	}

	private function start_anew(): Done {
		$this->activation->start_anew();
		return Done::told( 'anew' );
	}

	private function prepare(): Done {
		$domain = $this->public_name();
		if ( null === $domain || $domain->is_development() ) {
			throw self::refusal( 'public_name_refused' );
		}
		try {
			$this->activation->activate( $this->key(), null, Signed_License::PRODUCTION, $domain );
		} catch ( Server_Refused $error ) {
			throw in_array( $error->stable_code(), array( 'domain_invalid', 'domain_not_allowed' ), true ) ? self::refusal( 'public_name_refused' ) : $error;
		}
		return Done::told( 'prepared' );
	}

	private function check_now(): Done {
		$outcome = $this->checker->refresh( true );
		if ( in_array( $outcome->name, array( Refresh_Outcome::UNREACHABLE, Refresh_Outcome::IGNORED ), true ) ) {
			throw new Server_Unreachable( $outcome->detail ?? 'no_reply' );
		}
		if ( Refresh_Outcome::REFUSED === $outcome->name ) {
			throw self::refusal( $outcome->detail ?? 'request_invalid' );
		}
		return Done::told( 'checked' );
	}

	private function deactivate(): Done {
		$this->activation->deactivate();
		return Done::told( 'deactivated' );
	}

	private function go_through_browser(): Done {
		if ( ! $this->offline->can_return_to( $this->page_address ) ) {
			throw self::refusal( 'request_invalid' );
		}
		$asked = $this->offline->new_request();
		return Done::leave( $this->offline->portal_address( $this->offline->request_text( $asked, $this->page_address ) ), $asked );
	}

	private function go_by_hand(): Done {
		return Done::step( 'offline', $this->offline->new_request() );
	}

	private function take_pasted(): Done {
		return $this->take( $this->form['answer'] ?? '', true );
	}

	private function take( string $text, bool $is_pasted ): Done {
		return Done::told( 'activated', $this->offline->take_answer( $text, $this->pending, $is_pasted ) );
	}

	private function key(): string {
		return $this->form['license_key'] ?? '';
	}

	private static function refusal( string $code ): Server_Refused {
		return new Server_Refused( $code, 400, array() );
	}
}
