<?php
/**
 * In which language, and in which direction, does the owner read?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * The languages that have a catalog, as BCP 47 tags.
 */
final class Languages {

	public const OFFERED = array( 'en', 'ar', 'de', 'es', 'fa', 'fr', 'he', 'hi', 'id', 'ja', 'pt-BR', 'ru', 'tr', 'zh-CN' );

	private const RIGHT_TO_LEFT = array( 'ar', 'fa', 'he' );

	/**
	 * Return the offered language that fits `$locale` best: a tag, or a locale as WordPress writes it (`pt_BR`). English
	 * where nothing fits.
	 */
	public static function best( string $locale ): string {
		$wanted = strtr( Utf8::ascii_lower( $locale ), '_', '-' );
		foreach ( self::OFFERED as $language ) {
			if ( Utf8::ascii_lower( $language ) === $wanted ) {
				return $language;
			}
		}
		foreach ( self::OFFERED as $language ) {
			if ( self::primary( Utf8::ascii_lower( $language ) ) === self::primary( $wanted ) ) {
				return $language;
			}
		}
		return 'en';
	}

	/**
	 * Return the value of `dir` for text in an offered language.
	 */
	public static function direction( string $language ): string {
		return in_array( self::primary( $language ), self::RIGHT_TO_LEFT, true ) ? 'rtl' : 'ltr';
	}

	private static function primary( string $tag ): string {
		return explode( '-', $tag )[0];
	}
}
