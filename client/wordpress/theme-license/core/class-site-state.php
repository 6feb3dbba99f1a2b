<?php
/**
 * What does a site keep between two requests?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * Everything that is kept. Times are integer seconds since 1970-01-01 UTC by this machine's clock. The license key is
 * never among it.
 */
final class Site_State {

	private const FORMAT      = 1;
	private const MAX_INTEGER = 9007199254740991;

	public ?string $signed_license = null;

	public ?string $token = null;

	/** @var ?array<string, mixed> The server's last word on plan, places and links, for the card: nothing is decided by it. */
	public ?array $activation = null;

	public int $next_attempt_at = 0;

	public int $failures = 0;

	public ?string $last_failure = null;

	public ?int $last_success_at = null;

	/** How the site's domain was typed when the license was stored, where only a PHP with intl could read it. */
	public ?string $typed_domain = null;

	/**
	 * Return the state that `$text` holds; null for everything that `text` never wrote.
	 */
	public static function parse( string $text ): ?self {
		$members = json_decode( $text, true );
		if ( ! is_array( $members ) || self::FORMAT !== ( $members['format'] ?? null ) ) {
			return null;
		}
		$state = new self();
		try {
			foreach ( array_intersect_key( $members, get_object_vars( $state ) ) as $name => $value ) {
				$state->$name = $value;
			}
		} catch ( \TypeError $error ) {
			return null;
		}
		foreach ( array( $state->next_attempt_at, $state->failures, $state->last_success_at ?? 0 ) as $number ) {
			if ( $number < 0 || $number > self::MAX_INTEGER ) {
				return null;
			}
		}
		return $state;
	}

	/**
	 * Return the text that `parse` reads: JSON in ASCII.
	 */
	public function text(): string {
		return (string) json_encode( array( 'format' => self::FORMAT ) + get_object_vars( $this ), JSON_INVALID_UTF8_SUBSTITUTE );
	}
}
