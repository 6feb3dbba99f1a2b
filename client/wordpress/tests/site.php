<?php
/**
 * Lives through what a site may live through, step by step, so that another client can be compared with it.
 *
 * Each line in is a life: its configuration, and steps with the time, the domain, the server's answer and what is done.
 * Each line out is what became of each step: its outcome, the verdict, what was sent, and what is kept.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\Tests;

use Theme_License\V1\Activation;
use Theme_License\V1\Answer_Refused;
use Theme_License\V1\Checker;
use Theme_License\V1\Configuration;
use Theme_License\V1\Domain;
use Theme_License\V1\Key_Malformed;
use Theme_License\V1\Offline;
use Theme_License\V1\Pending;
use Theme_License\V1\Reply;
use Theme_License\V1\Server_Refused;
use Theme_License\V1\Server_Unreachable;
use Theme_License\V1\State;
use Theme_License\V1\Storage;
use Theme_License\V1\Transport;

require __DIR__ . '/vectors.php';

/**
 * A storage in memory that can be locked by somebody else, and refuse to write.
 */
final class Memory_Storage implements Storage {

	public ?string $text = null;

	public bool $is_locked = false;

	public bool $is_full = false;

	public function read(): ?string {
		return $this->text;
	}

	public function write( string $text ): bool {
		if ( $this->is_full ) {
			throw new \RuntimeException( 'no space left' );
		}
		$this->text = $text;
		return true;
	}

	public function lock( float $wait_seconds ): bool {
		return ! $this->is_locked;
	}

	public function unlock(): void {
	}
}

/**
 * A transport that gives the answer it is told to give, and remembers what was sent.
 */
final class Scripted_Transport implements Transport {

	public ?array $script = null;

	public ?array $sent = null;

	public function send( string $action, array $body, ?string $token ): Reply {
		$this->sent = array( $action, $body, $token );
		if ( isset( $this->script['unreachable'] ) ) {
			throw new Server_Unreachable( $this->script['unreachable'] );
		}
		if ( isset( $this->script['refused'] ) ) {
			throw new Server_Refused( $this->script['refused'], 409, array() );
		}
		return new Reply( $this->script['signed_license'], $this->script['activation'], $this->script['token'] );
	}
}

/**
 * Do one step and return its outcome.
 *
 * @return mixed
 */
function act( Checker $checker, array $step ) {
	try {
		switch ( $step['do'] ) {
			case 'check':
				return $checker->check()->code;
			case 'is_due':
				return $checker->is_refresh_due();
			case 'refresh':
				$outcome = $checker->refresh( $step['force'] );
				return array( $outcome->name, $outcome->detail );
			case 'activate':
				$domain = null === $step['for'] ? null : Domain::parse( $step['for'] );
				return ( new Activation( $checker ) )->activate( $step['key'], $step['replaces'], $step['environment'], $domain )->code;
			case 'deactivate':
				return ( new Activation( $checker ) )->deactivate()->code;
			case 'start_anew':
				return ( new Activation( $checker ) )->start_anew()->code;
			case 'request':
				$offline = new Offline( $checker );
				$request = $offline->request_text( $offline->new_request(), $step['return_url'] );
				return array( $request, $offline->portal_address( $request ), $offline->can_return_to( (string) $step['return_url'] ) );
			case 'take_answer':
				$pending  = array_map( static fn( array $each ): Pending => new Pending( ...$each ), $step['pending'] );
				$answered = ( new Offline( $checker ) )->take_answer( $step['text'], $pending, $step['pasted'] );
				return null === $answered ? null : $answered->nonce;
		}
	} catch ( Server_Refused | Answer_Refused | Key_Malformed $error ) {
		return array( 'refused', $error->stable_code() );
	} catch ( Server_Unreachable $error ) {
		return array( 'unreachable', $error->cause );
	}
	throw new \InvalidArgumentException( "nobody does {$step['do']}" );
}

/**
 * Live through every step.
 */
function live( array $life ): array {
	$storage   = new Memory_Storage();
	$transport = new Scripted_Transport();
	$drawn     = 0;
	$became    = array();
	$random    = static function ( int $count ) use ( &$drawn ): string {
		return substr( hash( 'sha256', 'random ' . $drawn++, true ), 0, $count );
	};
	foreach ( $life['steps'] as $step ) {
		$storage->is_locked = $step['locked'] ?? false;
		$storage->is_full   = $step['full'] ?? false;
		if ( array_key_exists( 'kept', $step ) ) {
			$storage->text = $step['kept'];
		}
		$transport->script = $step['answer'] ?? null;
		$transport->sent   = null;

		$configuration = new Configuration( $life['product'], $life['server'], $step['keys'], $step['domain'] );
		$checker       = new Checker( $configuration, new State( $storage ), $transport, static fn(): int => $step['now'], $random );
		$outcome       = act( $checker, $step );
		$became[]      = array(
			'outcome' => $outcome,
			'verdict' => $checker->check()->code,
			'sent'    => $transport->sent,
			'kept'    => get_object_vars( $checker->state->read() ),
		);
	}
	return $became;
}

while ( false !== ( $line = fgets( STDIN ) ) ) {
	echo json_encode( live( json_decode( $line, true, 512, JSON_THROW_ON_ERROR ) ), JSON_THROW_ON_ERROR ), "\n";
}
