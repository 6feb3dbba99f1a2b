<?php
/**
 * How is an English sentence said in the owner's language?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\Options_Page;

use Theme_License\V1\Languages;

defined( 'ABSPATH' ) || exit;

/**
 * The catalog of one language, read by WordPress's reader of `.mo` files. Unknown sentences stay English.
 */
final class Catalog {

	private const FOLDER = __DIR__ . '/../languages';

	/** @var array<string, self> By language. */
	private static array $read = array();

	private string $language;

	private \MO $translations;

	private function __construct( string $language ) {
		if ( ! class_exists( \MO::class, false ) ) {
			require_once ABSPATH . WPINC . '/pomo/mo.php';
		}
		$this->language     = $language;
		$this->translations = new \MO();
		$file               = self::FOLDER . '/theme-license-' . strtr( $language, '-', '_' ) . '.mo';
		if ( is_readable( $file ) ) {
			$this->translations->import_from_file( $file );
		}
	}

	/**
	 * Return the catalog of the language that fits the one that the user has chosen in WordPress.
	 */
	public static function of_user(): self {
		return self::of( Languages::best( get_user_locale() ) );
	}

	/**
	 * Return the catalog of an offered language.
	 */
	public static function of( string $language ): self {
		if ( ! isset( self::$read[ $language ] ) ) {
			self::$read[ $language ] = new self( $language );
		}
		return self::$read[ $language ];
	}

	/**
	 * Return the language's tag.
	 */
	public function language(): string {
		return $this->language;
	}

	/**
	 * Return the translation of a sentence.
	 */
	public function gettext( string $sentence ): string {
		return $this->translations->translate( $sentence );
	}

	/**
	 * Return the form of a sentence that fits `$count`.
	 */
	public function ngettext( string $one, string $many, int $count ): string {
		return $this->translations->translate_plural( $one, $many, $count );
	}
}
