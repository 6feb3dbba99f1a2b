<?php
/**
 * The configuration of a site of the test bed: every constant is a member of `site.json`, which a test may change.
 *
 * @package Theme_License
 */

foreach ( json_decode( file_get_contents( __DIR__ . '/site.json' ), true ) as $name => $value ) {
	define( $name, $value );
}
$table_prefix = 'wp_';
if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
