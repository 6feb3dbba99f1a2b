<?php
/**
 * Installs WordPress with what the tests look at: people of three roles and posts in English and in Arabic.
 *
 * @package Theme_License
 */

define( 'WP_INSTALLING', true );
define( 'WP_SITEURL', 'http://' . $_SERVER['HTTP_HOST'] );
require getcwd() . '/wp-load.php';

/** Installing tells nobody by mail. */
function wp_new_blog_notification() {}

require_once ABSPATH . 'wp-admin/includes/upgrade.php';

wp_install( 'The News', 'admin', 'admin@example.com', true, '', 'password' );
foreach ( array( 'editor', 'subscriber' ) as $role ) {
	wp_insert_user(
		array(
			'user_login' => $role,
			'user_pass'  => 'password',
			'user_email' => "$role@example.com",
			'role'       => $role,
		)
	);
}
$posts = array(
	'the-harbour'   => array( 'The harbour is open again', 'Ships of every size came in this morning & stayed.' ),
	'market-prices' => array( 'Prices at the market', 'Lemons are cheaper <em>than last year</em>.' ),
	'al-mina'       => array( 'الميناء مفتوح من جديد', 'وصلت السفن من كل الأحجام هذا الصباح.' ),
	'al-souq'       => array( 'أسعار السوق', 'الليمون أرخص من العام الماضي.' ),
);
foreach ( $posts as $name => list( $title, $text ) ) {
	wp_insert_post(
		array(
			'post_name'    => $name,
			'post_title'   => $title,
			'post_content' => "<!-- wp:paragraph --><p>$text</p><!-- /wp:paragraph -->",
			'post_status'  => 'publish',
			'post_author'  => 1,
			'post_date'    => '2024-01-05 10:00:00',
		)
	);
}
// No picture of anybody is fetched from elsewhere, and addresses are those of an ordinary site.
update_option( 'show_avatars', 0 );
$wp_rewrite->set_permalink_structure( '/%postname%/' );
$wp_rewrite->flush_rules( false );
