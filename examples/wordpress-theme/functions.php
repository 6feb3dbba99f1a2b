<?php
/**
 * The theme's start.
 *
 * @package Jannah
 */

require __DIR__ . '/inc/setup.php';

// The license. Replace both by your license server's address and its public keys (`license-server signing-key list`).
defined( 'JANNAH_LICENSE_SERVER' ) || define( 'JANNAH_LICENSE_SERVER', 'https://licenses.example.com' );
defined( 'JANNAH_LICENSE_KEYS' ) || define( 'JANNAH_LICENSE_KEYS', array( '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' ) );

require __DIR__ . '/inc/theme-license/theme-license.php';
Theme_License::boot(
	array(
		'product' => 'jannah',
		'server'  => JANNAH_LICENSE_SERVER,
		'keys'    => JANNAH_LICENSE_KEYS,
	)
);

if ( is_admin() ) {
	require __DIR__ . '/inc/starter-content.php';
}
