<?php
/**
 * Which of the copies of this folder answers, where two themes or plugins of one site carry one each?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * The newest copy that was registered before the first class was needed; then it stays that one for the whole request.
 *
 * The first copy that is loaded brings this class, whichever it is. So its two promises, `register` and `version`, are
 * part of what the name V1 stands for and never change; everything else comes from the newest copy.
 */
final class Copies {

	/** @var array<string, string> Folder by version. */
	private static array $folders = array();

	/** The version that answers, null until a class was needed. */
	private static ?string $version = null;

	/**
	 * Offer the copy in `$folder`. One that comes after the first class was loaded is not used.
	 */
	public static function register( string $version, string $folder ): void {
		if ( array() === self::$folders ) {
			spl_autoload_register( array( self::class, 'load' ) );
		}
		self::$folders += array( $version => $folder );
	}

	/**
	 * Return the version of the copy that answers.
	 */
	public static function version(): string {
		if ( null === self::$version ) {
			$versions = array_map( 'strval', array_keys( self::$folders ) );
			usort( $versions, 'version_compare' );
			self::$version = end( $versions );
			require self::$folders[ self::$version ] . '/core/errors.php';
		}
		return self::$version;
	}

	/**
	 * Load a class or interface of this namespace: `Signed_License` from `core/class-signed-license.php`.
	 */
	private static function load( string $name ): void {
		if ( 0 !== strncmp( $name, __NAMESPACE__ . '\\', strlen( __NAMESPACE__ ) + 1 ) ) {
			return;
		}
		$folder = self::$folders[ self::version() ] . '/core/';
		$ending = strtr( substr( $name, strlen( __NAMESPACE__ ) + 1 ), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ_', 'abcdefghijklmnopqrstuvwxyz-' ) . '.php';
		foreach ( array( 'class-', 'interface-' ) as $kind ) {
			if ( is_file( $folder . $kind . $ending ) ) {
				require $folder . $kind . $ending;
				return;
			}
		}
	}
}
