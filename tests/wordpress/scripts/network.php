<?php
/**
 * Makes a network of a site; its configuration must say so afterwards.
 *
 * @package Theme_License
 */

require getcwd() . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/network.php';

foreach ( $wpdb->tables( 'ms_global' ) as $table => $name ) {
	$wpdb->$table = $name;
}
install_network();
populate_network( 1, $_SERVER['HTTP_HOST'], 'admin@example.com', 'The network', '/', true );
