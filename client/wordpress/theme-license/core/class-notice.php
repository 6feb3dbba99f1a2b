<?php
/**
 * What does the notice say, in the owner's language? (protocol §7)
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * Three sentences; the second leads to the key field. They belong on the theme options page alone, and on no page that a
 * visitor reads.
 */
final class Notice {

	private const SENTENCES = array(
		'{theme} Theme License is not validated.',
		'Go to the theme options page to validate the license.',
		'You need a single license for each domain name.',
	);

	private string $theme;

	/** @var callable(string): string */
	private $translate;

	/**
	 * @param string                   $theme     The theme's name.
	 * @param callable(string): string $translate Gives the translation of an English sentence: the catalog's `gettext`.
	 */
	public function __construct( string $theme, callable $translate ) {
		$this->theme     = $theme;
		$this->translate = $translate;
	}

	/**
	 * Return the three sentences as plain text.
	 *
	 * @return string[]
	 */
	public function sentences(): array {
		list( $first, $second, $third ) = array_map( $this->translate, self::SENTENCES );
		return array( str_replace( '{theme}', $this->theme, $first ), $second, $third );
	}

	/**
	 * Return the notice as one line of plain text.
	 */
	public function text(): string {
		return implode( ' ', $this->sentences() );
	}

	/**
	 * Return the notice as escaped HTML with its `lang` and `dir`; its look is the options page's style sheet.
	 *
	 * @param string $language  The language that `translate` speaks.
	 * @param string $field_url Where the field for the key is.
	 */
	public function html( string $language, string $field_url ): string {
		list( $first, $second, $third ) = array_map( array( self::class, 'escape' ), array_map( $this->translate, self::SENTENCES ) );
		return sprintf(
			'<div class="theme-license-notice" role="status" lang="%s" dir="%s"><p><strong>%s</strong> <a href="%s">%s</a> %s</p></div>',
			self::escape( $language ),
			Languages::direction( $language ),
			str_replace( '{theme}', '<bdi>' . self::escape( $this->theme ) . '</bdi>', $first ),
			self::escape( $field_url ),
			$second,
			$third
		);
	}

	private static function escape( string $text ): string {
		return htmlspecialchars( $text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8' );
	}
}
