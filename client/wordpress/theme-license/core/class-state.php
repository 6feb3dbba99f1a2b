<?php
/**
 * How does a site read and write what it keeps, so that nothing of it can fail?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * The state of one site in its storage. What is absent, torn, altered or unreadable is an empty state; what cannot be
 * written is kept in memory.
 */
final class State {

	/** Four times the longest answer of a server: escaped, whatever fits into an answer fits in here. */
	private const MAX_BYTES = 262144;

	private Storage $storage;

	private ?Site_State $memory = null;

	public function __construct( Storage $storage ) {
		$this->storage = $storage;
	}

	/**
	 * Return what is kept; an empty state for anything that cannot be read. Never throws.
	 */
	public function read(): Site_State {
		if ( null !== $this->memory ) {
			return clone $this->memory;
		}
		try {
			$text = $this->storage->read();
		} catch ( \Throwable $error ) {
			$text = null;
		}
		$is_readable = null !== $text && strlen( $text ) <= self::MAX_BYTES;
		return ( $is_readable ? Site_State::parse( $text ) : null ) ?? new Site_State();
	}

	/**
	 * Keep `$state`; return whether it is in the storage, and not in the memory of this process only. Never throws.
	 */
	public function write( Site_State $state ): bool {
		try {
			$is_written = $this->storage->write( $state->text() );
		} catch ( \Throwable $error ) {
			$is_written = false;
		}
		$this->memory = $is_written ? null : clone $state;
		return $is_written;
	}

	/**
	 * Call `$work` and return what it returns, while the site's one lock is held. `$work` is told whether it is held:
	 * whoever asks the server because somebody clicked goes on without, after the wait.
	 *
	 * @param callable(bool): mixed $work
	 * @return mixed
	 */
	public function locked( float $wait_seconds, callable $work ) {
		try {
			$is_held = $this->storage->lock( $wait_seconds );
		} catch ( \Throwable $error ) {
			return $work( true );
		}
		try {
			return $work( $is_held );
		} finally {
			if ( $is_held ) {
				$this->storage->unlock();
			}
		}
	}
}
