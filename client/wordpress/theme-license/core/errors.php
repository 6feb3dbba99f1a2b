<?php
/**
 * Every fault this client can name, under one root, each with a code that never changes.
 *
 * Catch `Theme_License_Error` to catch them all; compare `stable_code()`, never the text.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * The root of every error that this client throws on purpose.
 */
abstract class Theme_License_Error extends \Exception {

	private string $stable_code;

	public function __construct( string $stable_code, string $message ) {
		parent::__construct( $message );
		$this->stable_code = $stable_code;
	}

	/**
	 * Return the code that never changes.
	 */
	public function stable_code(): string {
		return $this->stable_code;
	}
}

/**
 * A text that names no domain (protocol §5); `reason` says which rule refused it.
 */
final class Domain_Refused extends Theme_License_Error {

	public string $reason;

	public function __construct( string $reason ) {
		parent::__construct( 'domain_invalid', "not a domain name: $reason" );
		$this->reason = $reason;
	}
}

/**
 * A text that is no license key: wrong characters, wrong length or wrong check symbols (protocol §1).
 */
final class Key_Malformed extends Theme_License_Error {

	public function __construct( string $message ) {
		parent::__construct( 'key_malformed', $message );
	}
}

/**
 * A text that is no trustworthy signed license (protocol §2). Its code is the verdict's: `malformed`, `unknown_key` or
 * `bad_signature`.
 */
final class License_Refused extends Theme_License_Error {

	public static function malformed( string $message ): self {
		return new self( Verdict::MALFORMED, $message );
	}
}

/**
 * A text that is no Ed25519 public key fit to be pinned (protocol §2, §4).
 */
final class Unusable_Public_Key extends Theme_License_Error {

	public function __construct( string $message ) {
		parent::__construct( 'public_key_unusable', $message );
	}
}

/**
 * The theme's developer configured the client wrongly; the text says what to write instead.
 */
final class Configuration_Error extends Theme_License_Error {

	public function __construct( string $message ) {
		parent::__construct( 'configuration_invalid', $message );
	}
}

/**
 * The license server understood the request and refused it with a problem (RFC 9457, protocol §6).
 */
final class Server_Refused extends Theme_License_Error {

	/** The HTTP status. */
	public int $status;

	/** @var array<string, mixed> The body's members. */
	public array $problem;

	public function __construct( string $stable_code, int $status, array $problem ) {
		parent::__construct( $stable_code, "the license server refused: $stable_code" );
		$this->status  = $status;
		$this->problem = $problem;
	}
}

/**
 * No answer of the license server arrived; `cause` is a stable word for what stood in the way.
 *
 * One of `dns`, `refused`, `tls`, `clock` (a certificate that is not valid at this machine's time), `timeout`,
 * `redirect`, `not_the_server`, `server_error`, `no_reply`. It never says anything about the license: could not ask is
 * not "not valid".
 */
final class Server_Unreachable extends Theme_License_Error {

	public string $cause;

	public function __construct( string $cause ) {
		parent::__construct( 'server_unreachable', "the license server could not be reached: $cause" );
		$this->cause = $cause;
	}
}

/**
 * A text brought back from the vendor's portal that this site does not take (protocol §8); nothing has changed.
 *
 * Its code is one of `answer_is_a_key`, `answer_malformed`, `answer_bad_signature`, `answer_unknown_key`,
 * `answer_retired_key`, `answer_wrong_product`, `answer_wrong_domain`, `answer_not_active`, `answer_over`,
 * `answer_used`, `answer_old`, `answer_must_be_pasted`.
 */
final class Answer_Refused extends Theme_License_Error {

	public function __construct( string $stable_code ) {
		parent::__construct( $stable_code, "the answer is not taken: $stable_code" );
	}
}
