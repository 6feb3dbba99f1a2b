<?php
/**
 * How is a sentence said in the owner's language? Translated, with its values escaped and put in.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\Options_Page;

use Theme_License\V1\Idna;
use Theme_License\V1\Look_Alikes;

defined( 'ABSPATH' ) || exit;

/**
 * The words of one theme's card in one language. What these methods return is HTML, safe between tags, with no element in
 * it but `bdi`; days and numbers are written as the site writes them everywhere.
 */
final class Words {

	private string $theme;

	private Catalog $catalog;

	public function __construct( string $theme, Catalog $catalog ) {
		$this->theme   = $theme;
		$this->catalog = $catalog;
	}

	/**
	 * Return the sentence with its values in place of `{name}`; `{theme}` is known.
	 *
	 * @param array<string, string> $values HTML, as this class makes it.
	 */
	public function tell( string $sentence, array $values = array() ): string {
		return $this->fill( $this->catalog->gettext( $sentence ), $values );
	}

	/**
	 * Return the form of the sentence that fits `$count`, which is `{count}` in it.
	 *
	 * @param array<string, string> $values HTML, as this class makes it.
	 */
	public function tell_count( string $one, string $many, int $count, array $values = array() ): string {
		return $this->fill( $this->catalog->ngettext( $one, $many, $count ), $values + array( 'count' => self::number( $count ) ) );
	}

	/**
	 * Return a day, of seconds since 1970-01-01 UTC, in the site's time zone.
	 */
	public static function day( int $moment ): string {
		return esc_html( (string) wp_date( (string) get_option( 'date_format' ), $moment ) );
	}

	/**
	 * Return a day and a minute, of seconds since 1970-01-01 UTC, in the site's time zone.
	 */
	public static function moment( int $moment ): string {
		return esc_html( (string) wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), $moment ) );
	}

	/**
	 * Return a number.
	 */
	public static function number( int $number ): string {
		return esc_html( number_format_i18n( $number ) );
	}

	/**
	 * Return what somebody named, kept from turning the direction of the text around it.
	 */
	public static function isolated( string $text ): string {
		return '<bdi>' . esc_html( $text ) . '</bdi>';
	}

	/**
	 * Return what is always written from left to right, such as an address or the end of a key.
	 */
	public static function latin( string $text ): string {
		return '<bdi dir="ltr">' . esc_html( $text ) . '</bdi>';
	}

	/**
	 * Return a canonical domain as people read it: in its own script, and beside that what it is on the wire.
	 *
	 * One that could be taken for another, by its letters, is said to be such (protocol §5).
	 */
	public function domain( string $name ): string {
		$shown = Idna::display_name( $name );
		if ( $shown === $name ) {
			return self::latin( $name );
		}
		$values = array(
			'domain' => self::latin( $shown ),
			'ascii'  => self::latin( $name ),
		);
		$twin   = Look_Alikes::latin_twin( $shown );
		if ( null !== $twin ) {
			return $this->tell( '{domain} ({ascii}: looks like {name}, but is another domain)', $values + array( 'name' => self::latin( $twin ) ) );
		}
		if ( Look_Alikes::mixes_scripts( $shown ) ) {
			return $this->tell( '{domain} ({ascii}: mixes letters of several scripts)', $values );
		}
		return $values['domain'] . ' (' . $values['ascii'] . ')';
	}

	/**
	 * Return the moment that an answer tells as RFC 3339; null for anything else.
	 *
	 * @param mixed $text
	 */
	public static function seconds_of( $text ): ?int {
		if ( ! is_string( $text ) || 1 !== preg_match( '/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)\z/', $text ) ) {
			return null;
		}
		$moment = strtotime( $text );
		return false === $moment ? null : $moment;
	}

	/**
	 * @param array<string, string> $values
	 */
	private function fill( string $sentence, array $values ): string {
		$put = array();
		foreach ( $values + array( 'theme' => self::isolated( $this->theme ) ) as $name => $html ) {
			$put[ '{' . $name . '}' ] = $html;
		}
		return strtr( esc_html( $sentence ), $put );
	}
}
