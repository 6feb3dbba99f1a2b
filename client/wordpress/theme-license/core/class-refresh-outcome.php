<?php
/**
 * How did a refresh end?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * The end of a refresh; `detail` is the cause or the problem's code, where there is one.
 */
final class Refresh_Outcome {

	public const REFRESHED      = 'refreshed';
	public const NOT_DUE        = 'not_due';
	public const NOTHING_STORED = 'nothing_stored';

	/** What is stored was validated for another domain. */
	public const ANOTHER_DOMAIN = 'another_domain';

	/** Another process is asking. */
	public const BUSY = 'busy';

	public const UNREACHABLE = 'unreachable';
	public const REFUSED     = 'refused';

	/** An answer that proved nothing. */
	public const IGNORED = 'ignored';

	/** One of this class's names. */
	public string $name;

	public ?string $detail;

	public function __construct( string $name, ?string $detail = null ) {
		$this->name   = $name;
		$this->detail = $detail;
	}
}
