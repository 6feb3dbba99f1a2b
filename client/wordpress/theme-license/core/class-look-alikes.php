<?php
/**
 * Could a person take this name for another one? By the scripts and shapes of its letters (protocol §5).
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * The twin of `look_alikes.py`: of names in their own script, as people read them.
 */
final class Look_Alikes {

	/**
	 * Letters that are drawn like one of ASCII, and that one: Latin beyond ASCII, Greek, Cyrillic, Armenian.
	 */
	private const SHAPES = array(
		'ɑ' => 'a',
		'ɡ' => 'g',
		'ı' => 'i',
		'α' => 'a',
		'ε' => 'e',
		'η' => 'n',
		'ι' => 'i',
		'κ' => 'k',
		'ν' => 'v',
		'ο' => 'o',
		'ρ' => 'p',
		'τ' => 't',
		'υ' => 'u',
		'χ' => 'x',
		'γ' => 'y',
		'ω' => 'w',
		'ϲ' => 'c',
		'ϳ' => 'j',
		'а' => 'a',
		'с' => 'c',
		'ԁ' => 'd',
		'е' => 'e',
		'һ' => 'h',
		'і' => 'i',
		'ј' => 'j',
		'ӏ' => 'l',
		'о' => 'o',
		'р' => 'p',
		'ԛ' => 'q',
		'ѕ' => 's',
		'ԝ' => 'w',
		'х' => 'x',
		'у' => 'y',
		'ь' => 'b',
		'г' => 'r',
		'п' => 'n',
		'ѵ' => 'v',
		'ү' => 'y',
		'ҽ' => 'e',
		'к' => 'k',
		'м' => 'm',
		'т' => 't',
		'օ' => 'o',
		'ո' => 'n',
		'ս' => 'u',
		'ց' => 'g',
		'հ' => 'h',
		'յ' => 'j',
		'զ' => 'q',
	);

	/**
	 * Scripts that one word of a language may mix; every other script stands alone.
	 */
	private const WRITTEN_TOGETHER = array( '\p{Han}\p{Hiragana}\p{Katakana}', '\p{Han}\p{Hangul}', '\p{Han}\p{Bopomofo}' );

	/**
	 * The scripts of names, a class for each.
	 */
	private const SCRIPTS = array(
		'Latin', 'Greek', 'Cyrillic', 'Armenian', 'Hebrew', 'Arabic', 'Syriac', 'Thaana', 'Devanagari', 'Bengali', 'Gurmukhi',
		'Gujarati', 'Oriya', 'Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Sinhala', 'Thai', 'Lao', 'Tibetan', 'Myanmar', 'Georgian',
		'Hangul', 'Ethiopic', 'Cherokee', 'Khmer', 'Mongolian', 'Han', 'Hiragana', 'Katakana', 'Bopomofo',
	);

	/**
	 * Return the Latin name that `$shown`, a name in its own script, looks like; null where there is none.
	 */
	public static function latin_twin( string $shown ): ?string {
		$labels = array();
		foreach ( explode( '.', $shown ) as $label ) {
			$twin     = strtr( $label, self::SHAPES );
			$labels[] = 1 === preg_match( '/[^\x00-\x7f]/', $twin ) ? $label : $twin;
		}
		$twin = implode( '.', $labels );
		return $twin === $shown ? null : $twin;
	}

	/**
	 * Return whether a label of the name, which is in its own script, mixes letters that no language writes together.
	 */
	public static function mixes_scripts( string $shown ): bool {
		foreach ( explode( '.', $shown ) as $label ) {
			if ( 1 === preg_match( '/[^\x00-\x7f]/', $label ) && self::is_mixed( $label ) ) {
				return true;
			}
		}
		return false;
	}

	private static function is_mixed( string $label ): bool {
		foreach ( self::WRITTEN_TOGETHER as $together ) {
			if ( 1 === preg_match( '/\A(?:[' . $together . '\p{Latin}]|\P{L}|\p{Lm})+\z/u', $label ) ) {
				return false;
			}
		}
		$count = 0;
		foreach ( self::SCRIPTS as $script ) {
			$count += (int) preg_match( '/(?=[\p{Ll}\p{Lo}])\p{' . $script . '}/u', $label );
		}
		return $count > 1;
	}
}
